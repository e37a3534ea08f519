//! What there is with one person, besides the messages.

use std::collections::VecDeque;

use tazcom_proto::cbor::CborError;
use tazcom_proto::inner::InnerId;
use tazcom_proto::{MessageId, UnixMillis};
use vodozemac::olm::Session;
use zeroize::Zeroizing;

use crate::bundle::{Bundle, Order, read_order};
use crate::config::{Config, HOUR};
use crate::ratchet::Ratchet;
use crate::row::{Fields, Writer};

#[derive(Default)]
pub(crate) struct Peer {
    /// The long-term key of its private messages, as it was last proved.
    pub(crate) identity: Option<[u8; 32]>,
    /// Its bundle, if that names the same key.
    pub(crate) bundle: Option<Bundle>,
    /// The newest bundle that counted: nothing older does.
    pub(crate) newest: Option<Order>,
    /// A key of it that only we have.
    pub(crate) one_time: Option<[u8; 32]>,
    /// The one that we used last.
    used_one_time: Option<[u8; 32]>,
    /// Oldest first.
    pub(crate) ratchets: Vec<Ratchet>,
    next_ratchet: u64,
    /// When a ratchet was begun last because something could not be opened, and which.
    pub(crate) fresh: Option<(UnixMillis, u64)>,
    /// Messages of it that have come, and for which it has no receipt.
    pub(crate) owed: Vec<InnerId>,
    /// What of it could not be opened, newest last.
    complained: VecDeque<MessageId>,
    /// The hour in which complaints are counted, and how many they are.
    complaints: (UnixMillis, u64),
    /// Whether something was ever said to it.
    pub(crate) written: bool,
    /// When something was said to or by it, to the hour.
    pub(crate) active: UnixMillis,
}

impl Peer {
    /// Somebody of whom at most a bundle is known.
    pub(crate) fn new(now: UnixMillis, bundle: Option<Bundle>) -> Self {
        Self {
            identity: bundle.map(|bundle| bundle.identity),
            newest: bundle.map(|bundle| bundle.order),
            bundle,
            active: now,
            ..Self::default()
        }
    }

    /// The ratchets that are used to say something.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Ratchet> {
        let identity = self.identity;
        let all = self.ratchets.iter();
        all.filter(move |ratchet| Some(ratchet.identity) == identity)
    }

    pub(crate) fn ratchet(&mut self, number: u64) -> Option<&mut Ratchet> {
        let mut all = self.ratchets.iter_mut();
        all.find(|ratchet| ratchet.number == number)
    }

    /// Takes in a ratchet. Its number, and that of the one that had to go: one with keys that count no
    /// more, else the one that was of no use for longest.
    pub(crate) fn add(
        &mut self,
        now: UnixMillis,
        session: Session,
        identity: [u8; 32],
        config: &Config,
    ) -> (u64, Option<u64>) {
        let number = self.next_ratchet;
        self.next_ratchet = number.saturating_add(1);
        let mut gone = None;
        if self.ratchets.len() >= config.ratchets {
            let current = self.identity;
            let oldest = self.ratchets.iter().min_by_key(|ratchet| {
                let counts = Some(ratchet.identity) == current;
                (counts, ratchet.last(), ratchet.number)
            });
            gone = oldest.map(|ratchet| ratchet.number);
            self.ratchets.retain(|ratchet| Some(ratchet.number) != gone);
        }
        self.ratchets
            .push(Ratchet::new(number, session, identity, now));
        (number, gone)
    }

    /// Takes this for its long-term key. Whether it had another one.
    pub(crate) fn pin(&mut self, identity: [u8; 32]) -> bool {
        let before = self.identity.replace(identity);
        let other = before.is_some_and(|before| before != identity);
        if other {
            self.one_time = None;
            self.bundle = self
                .bundle
                .take()
                .filter(|bundle| bundle.identity == identity);
        }
        other
    }

    /// Keeps a key of it that only we have. Whether it is one that was not used yet.
    pub(crate) fn give(&mut self, key: [u8; 32]) -> bool {
        if self.used_one_time == Some(key) {
            return false;
        }
        self.one_time = Some(key);
        true
    }

    /// The key to begin a ratchet with: the one that only we have, else the one of its bundle. `afresh`,
    /// because something could not be opened, only that: it may have forgotten what it gave to us alone.
    pub(crate) fn take_key(&mut self, now: UnixMillis, afresh: bool) -> Option<[u8; 32]> {
        if !afresh && let Some(key) = self.one_time.take() {
            self.used_one_time = Some(key);
            return Some(key);
        }
        self.fallback(now)
    }

    fn fallback(&self, now: UnixMillis) -> Option<[u8; 32]> {
        let bundle = self.bundle.filter(|bundle| bundle.expires > now)?;
        Some(bundle.fallback)
    }

    /// A complaint goes in a ratchet younger than this: in the one of this hour that was begun afresh with
    /// the published key, as long as each message in it can begin it anew; else in the next one, for which
    /// it waits. Nobody knows which of the others the other side still has, and two who complain in
    /// ratchets that the other has forgotten only give each other more to complain about.
    pub(crate) fn for_complaints(&self, now: UnixMillis, config: &Config) -> Option<u64> {
        let youngest = self.next_ratchet.checked_sub(1)?;
        let afresh = self.fresh.filter(|_| !self.may_begin_afresh(now, config));
        let sure = self.live().any(|ratchet| {
            ratchet.number == youngest
                && ratchet.received.is_none()
                && afresh.is_some_and(|(_, number)| number == youngest)
        });
        match sure {
            true => youngest.checked_sub(1),
            false => Some(youngest),
        }
    }

    /// Takes note that something could not be opened. Whether to complain; none when there were too
    /// many complaints in this hour.
    pub(crate) fn complain(
        &mut self,
        now: UnixMillis,
        name: MessageId,
        config: &Config,
    ) -> Option<bool> {
        if self.complained.contains(&name) {
            return Some(false);
        }
        let (hour, count) = &mut self.complaints;
        if now.since(*hour) >= HOUR || *hour > now {
            (*hour, *count) = (now, 0);
        }
        if *count >= u64::try_from(config.complaints).unwrap_or(u64::MAX) {
            return None;
        }
        *count += 1;
        self.complained.push_back(name);
        if self.complained.len() > config.complaints {
            self.complained.pop_front();
        }
        Some(true)
    }

    /// Whether a ratchet may be begun because something could not be opened.
    pub(crate) fn may_begin_afresh(&self, now: UnixMillis, config: &Config) -> bool {
        self.fresh
            .is_none_or(|(at, _)| now.since(at) >= config.fresh_every || at > now)
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let room = 1024 + 18 * self.owed.len() + 34 * self.complained.len();
        let key = |row: Writer, key: [u8; 32]| row.bytes(&key);
        Writer::new(13, room)
            .maybe(self.identity, key)
            .maybe(self.bundle, |row, bundle| {
                bundle.write(row.count(Bundle::FIELDS))
            })
            .maybe(self.newest, |row, (hlc, name)| {
                row.count(3)
                    .time(hlc.millis)
                    .uint(u64::from(hlc.counter))
                    .bytes(name.as_bytes())
            })
            .maybe(self.one_time, key)
            .maybe(self.used_one_time, key)
            .uint(self.next_ratchet)
            .maybe(self.fresh, |row, (at, number)| {
                row.count(2).time(at).uint(number)
            })
            .list(self.owed.iter(), |row, id| row.bytes(&id.0))
            .list(self.complained.iter(), |row, name| {
                row.bytes(name.as_bytes())
            })
            .time(self.complaints.0)
            .uint(self.complaints.1)
            .bool(self.written)
            .time(self.active)
            .finish()
    }

    pub(crate) fn decode(row: &[u8]) -> Result<Self, CborError> {
        let mut fields = Fields::new(row, 13)?;
        let peer = Self {
            identity: fields.maybe(Fields::fixed)?,
            bundle: fields.maybe(|fields| {
                fields.count(Bundle::FIELDS)?;
                Bundle::read(fields)
            })?,
            newest: fields.maybe(|fields| {
                fields.count(3)?;
                read_order(fields)
            })?,
            one_time: fields.maybe(Fields::fixed)?,
            used_one_time: fields.maybe(Fields::fixed)?,
            ratchets: Vec::new(),
            next_ratchet: fields.uint()?,
            fresh: fields.maybe(|fields| {
                fields.count(2)?;
                Ok((fields.time()?, fields.uint()?))
            })?,
            owed: fields.list(|fields| Ok(InnerId(fields.fixed()?)))?,
            complained: fields.list(Fields::name)?,
            complaints: (fields.time()?, fields.uint()?),
            written: fields.bool()?,
            active: fields.time()?,
        };
        fields.finish()?;
        Ok(peer)
    }
}
