//! One ratchet with one person.

use std::collections::VecDeque;

use bytes::Bytes;
use tazcom_proto::UnixMillis;
use vodozemac::olm::{OlmMessage, PreKeyMessage, Session, SessionPickle};
use zeroize::Zeroizing;

use crate::row::{Fields, RestoreError, Writer};
use crate::wire;

/// Chains of the other side that a ratchet can still open: as many as Olm keeps.
const CHAINS: usize = 5;

/// Bytes of the longest ratchet as JSON: 5 chains with 40 keys of 32 bytes each, 4 digits a byte, and
/// what stands around them.
const JSON_ROOM: usize = 48 * 1024;

pub(crate) struct Ratchet {
    session: Session,
    id: String,
    /// Counts the ratchets with this person: the younger one has the greater number.
    pub(crate) number: u64,
    /// The long-term key of the other side.
    pub(crate) identity: [u8; 32],
    /// When it was begun, by either side.
    begun: UnixMillis,
    /// When something came in it; none: nobody knows yet whether the other side has it.
    pub(crate) received: Option<UnixMillis>,
    /// The keys of the other side's chains, newest last: finds the ratchet of a message.
    chains: VecDeque<[u8; 32]>,
}

impl Ratchet {
    pub(crate) fn new(
        number: u64,
        session: Session,
        identity: [u8; 32],
        begun: UnixMillis,
    ) -> Self {
        Self {
            id: session.session_id(),
            session,
            number,
            identity,
            begun,
            received: None,
            chains: VecDeque::new(),
        }
    }

    /// When it was last known to be of use.
    pub(crate) fn last(&self) -> UnixMillis {
        self.received.unwrap_or(self.begun)
    }

    /// None when the other side's keys are of the kind that makes every secret the same.
    pub(crate) fn seal(&mut self, plain: &[u8]) -> Option<Bytes> {
        Some(wire::encode(&self.session.encrypt(plain).ok()?))
    }

    /// None when this is not in its power. It is as it was then.
    pub(crate) fn open(
        &mut self,
        now: UnixMillis,
        message: &OlmMessage,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let plain = Zeroizing::new(self.session.decrypt(message).ok()?);
        self.opened(now, message);
        Some(plain)
    }

    /// Takes note that this message was opened.
    pub(crate) fn opened(&mut self, now: UnixMillis, message: &OlmMessage) {
        self.received = Some(now);
        let chain = chain_of(message);
        if !self.chains.contains(&chain) {
            self.chains.push_back(chain);
            if self.chains.len() > CHAINS {
                self.chains.pop_front();
            }
        }
    }

    /// Whether this message goes on a chain that was opened before.
    pub(crate) fn knows(&self, message: &OlmMessage) -> bool {
        self.chains.contains(&chain_of(message))
    }

    /// Whether this message began it.
    pub(crate) fn began_with(&self, message: &PreKeyMessage) -> bool {
        self.id == message.session_id()
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let json = json(&self.session.pickle(), JSON_ROOM);
        Writer::new(5, json.len() + 512)
            .bytes(&json)
            .bytes(&self.identity)
            .time(self.begun)
            .maybe(self.received, Writer::time)
            .list(self.chains.iter(), |row, chain| row.bytes(chain))
            .finish()
    }

    pub(crate) fn decode(number: u64, row: &[u8]) -> Result<Self, RestoreError> {
        let mut fields = Fields::new(row, 5)?;
        let pickle: SessionPickle =
            serde_json::from_slice(fields.bytes()?).map_err(RestoreError::Keys)?;
        let session = Session::from_pickle(pickle);
        let mut ratchet = Self::new(number, session, fields.fixed()?, fields.time()?);
        ratchet.received = fields.maybe(Fields::time)?;
        ratchet.chains = fields.list(Fields::fixed)?;
        fields.finish()?;
        Ok(ratchet)
    }
}

fn chain_of(message: &OlmMessage) -> [u8; 32] {
    match message {
        OlmMessage::Normal(message) => message.ratchet_key().to_bytes(),
        OlmMessage::PreKey(message) => message.message().ratchet_key().to_bytes(),
    }
}

/// As JSON, in one piece of memory that is wiped.
pub(crate) fn json(pickle: &impl serde::Serialize, room: usize) -> Zeroizing<Vec<u8>> {
    let mut json = Zeroizing::new(Vec::with_capacity(room));
    // Neither keys nor memory have a way to fail.
    let written = serde_json::to_writer(&mut *json, pickle);
    debug_assert!(written.is_ok(), "keys can be written");
    json
}
