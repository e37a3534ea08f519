//! Keys with which others can be written to, and those of people with whom there is nothing yet.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::cbor::CborError;
use tazcom_proto::{Hlc, MessageId, UnixMillis};

use crate::row::{Fields, Writer};

/// What orders the bundles of one author: the newest counts.
pub(crate) type Order = (Hlc, MessageId);

/// Somebody's signed keys.
#[derive(Clone, Copy)]
pub(crate) struct Bundle {
    pub(crate) identity: [u8; 32],
    pub(crate) fallback: [u8; 32],
    pub(crate) order: Order,
    pub(crate) expires: UnixMillis,
}

impl Bundle {
    pub(crate) const FIELDS: usize = 6;

    pub(crate) fn write(&self, row: Writer) -> Writer {
        let (hlc, name) = self.order;
        row.bytes(&self.identity)
            .bytes(&self.fallback)
            .time(hlc.millis)
            .uint(u64::from(hlc.counter))
            .bytes(name.as_bytes())
            .time(self.expires)
    }

    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Self, CborError> {
        Ok(Self {
            identity: fields.fixed()?,
            fallback: fields.fixed()?,
            order: read_order(fields)?,
            expires: fields.time()?,
        })
    }
}

pub(crate) fn read_order(fields: &mut Fields<'_>) -> Result<Order, CborError> {
    let millis = fields.time()?;
    let counter = u32::try_from(fields.uint()?).map_err(|_| CborError::Range)?;
    Ok((Hlc { millis, counter }, fields.name()?))
}

/// The bundles of people with whom there is nothing yet. Not on the disk: the envelopes are.
pub(crate) struct Strangers {
    most: usize,
    bundles: BTreeMap<NodeId, Bundle>,
}

impl Strangers {
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            bundles: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&self, who: &NodeId) -> Option<&Bundle> {
        self.bundles.get(who)
    }

    pub(crate) fn take(&mut self, who: &NodeId) -> Option<Bundle> {
        self.bundles.remove(who)
    }

    /// Whether it was kept. When there are too many, the one that ends first goes.
    pub(crate) fn put(&mut self, who: NodeId, bundle: Bundle) -> bool {
        self.bundles.insert(who, bundle);
        if self.bundles.len() <= self.most {
            return true;
        }
        let ends_first = self
            .bundles
            .iter()
            .min_by_key(|(who, bundle)| (bundle.expires, **who));
        let ends_first = ends_first.map(|(who, _)| *who);
        if let Some(gone) = &ends_first {
            self.bundles.remove(gone);
        }
        ends_first != Some(who)
    }

    /// Forgets those whose time is over.
    pub(crate) fn sweep(&mut self, now: UnixMillis) {
        self.bundles.retain(|_, bundle| bundle.expires > now);
    }

    /// Who has this long-term key.
    pub(crate) fn owner(&self, identity: &[u8; 32]) -> Option<NodeId> {
        let mut all = self.bundles.iter();
        all.find(|(_, bundle)| bundle.identity == *identity)
            .map(|(who, _)| *who)
    }
}

/// The points of small order on Curve25519, and the other ways to write two of them (RFC 7748,
/// section 6.1: with these every secret is the same).
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    with_ends(1, 0, 0),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    with_ends(0xec, 0xff, 0x7f),
    with_ends(0xed, 0xff, 0x7f),
    with_ends(0xee, 0xff, 0x7f),
];

const fn with_ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut key = [middle; 32];
    let [head, .., tail] = &mut key;
    *head = first;
    *tail = last;
    key
}

/// Whether a secret made with this key would be one that everybody knows.
pub(crate) fn is_weak(key: &[u8; 32]) -> bool {
    let mut key = *key;
    // The highest bit is not looked at when a secret is made.
    if let Some(last) = key.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&key)
}
