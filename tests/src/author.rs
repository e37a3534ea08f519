//! Messages signed by hand, by people who have no node.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tazcom_identity::SecretKey;
use tazcom_proto::{
    Content, Draft, Hlc, MessageId, Place, RoomName, Scope, UnixMillis, VerifiedEnvelope,
};

use crate::session::seed_of;

/// What a signature is over begins with this.
const DOMAIN: &[u8] = b"tazcom/v2/envelope\0";
const ID_LEN: usize = 32;
const SIGNATURE_LEN: usize = 64;

/// Somebody who writes in one room. Its id is that of the
/// [`Stranger`](crate::session::Stranger) of the same number.
#[derive(Debug)]
pub struct Author {
    key: SecretKey,
    room: RoomName,
    clock: Hlc,
    said: u64,
    last: Option<MessageId>,
}

impl Author {
    /// The same one for the same `number`, who writes in the lobby and has said nothing.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self {
            key: SecretKey::from_seed(seed_of(number)),
            room: RoomName::lobby(),
            clock: Hlc::default(),
            said: 0,
            last: None,
        }
    }

    /// Its node id: 43 characters.
    #[must_use]
    pub fn id(&self) -> String {
        self.key.node_id().to_string()
    }

    /// What is signed by [`Author::says`], to be changed.
    #[must_use]
    pub fn draft(&mut self, text: &str) -> Draft {
        let now = UnixMillis::from(SystemTime::now());
        self.clock = self.clock.tick(now);
        self.said += 1;
        let content = Content::Text {
            text: text.into(),
            action: false,
        };
        Draft {
            place: Some(Place {
                seq: self.said,
                previous: self.last,
            }),
            ..Draft::new(Scope::Room(self.room.clone()), content, self.clock, now)
        }
    }

    /// Signs the next message.
    pub fn says(&mut self, text: &str) -> VerifiedEnvelope {
        let draft = self.draft(text);
        self.signs(draft)
    }

    /// Signs what it is given.
    ///
    /// # Panics
    ///
    /// When that is no message.
    pub fn signs(&mut self, draft: Draft) -> VerifiedEnvelope {
        let envelope = draft.sign(&self.key).expect("a message that may be said");
        self.last = Some(envelope.id());
        envelope
    }

    /// Begins to count from 1 again, as if it had said nothing.
    pub const fn forgets(&mut self) {
        self.said = 0;
        self.last = None;
    }

    /// Signs bytes that may be no message, in place of those of `envelope`: what `change` makes of
    /// what stands between author and signature.
    #[must_use]
    pub fn signs_bytes(
        &self,
        envelope: &VerifiedEnvelope,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Vec<u8> {
        let whole = envelope.bytes();
        let mut body = whole[ID_LEN..whole.len() - SIGNATURE_LEN].to_vec();
        change(&mut body);
        let signed = [self.key.node_id().as_bytes().as_slice(), &body].concat();
        let signature = self.key.sign(&[DOMAIN, &signed].concat());
        [&signed, signature.to_bytes().as_slice()].concat()
    }
}

/// The envelope with one bit of its signature turned.
#[must_use]
pub fn resealed(envelope: &VerifiedEnvelope) -> Vec<u8> {
    let mut bytes = envelope.bytes().to_vec();
    let at = bytes.len() - SIGNATURE_LEN;
    bytes[at] ^= 1;
    bytes
}

/// A line of the file that `import` reads.
#[must_use]
pub fn export_line(envelope: &VerifiedEnvelope) -> String {
    let envelope = STANDARD.encode(envelope.bytes());
    format!("{{\"envelope\": \"{envelope}\"}}\n")
}
