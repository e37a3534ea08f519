//! The same cryptography with nothing around it.

use std::hint::black_box;

use tazcom_identity::{SecretKey, Signature};
use vodozemac::olm::{Account, OlmMessage, Session, SessionConfig};

use crate::measure::timed;

/// Two ends of a bare ratchet, and the key that signs.
pub(crate) struct Ends {
    key: SecretKey,
    one: Session,
    other: Session,
    plain: Vec<u8>,
    signed_len: usize,
}

impl Ends {
    /// With as many bytes sealed as ours seal, and as many signed.
    pub(crate) fn new(plain_len: usize, signed_len: usize) -> Self {
        let (one, mut other) = (Account::new(), Account::new());
        other.generate_one_time_keys(1);
        let key = *other.one_time_keys().values().next().expect("just made");
        let config = SessionConfig::version_1();
        let begun = one.create_outbound_session(config, other.curve25519_key(), key);
        let mut begun = begun.expect("sound keys");
        let OlmMessage::PreKey(first) = begun.encrypt("hello").expect("sound keys") else {
            panic!("it begins a ratchet");
        };
        let accepted = other.create_inbound_session(config, one.curve25519_key(), &first);
        let mut ends = Self {
            key: SecretKey::from_seed([1; 32]),
            one: begun,
            other: accepted.expect("begun with its keys").session,
            plain: vec![0x5a; plain_len],
            signed_len,
        };
        ends.answer();
        ends
    }

    /// Seconds for so many messages from one end to the other. An answer follows.
    pub(crate) fn turn(&mut self, messages: usize) -> f64 {
        let seconds = timed(|| (0..messages).for_each(|_| self.carry()));
        self.answer();
        seconds
    }

    fn carry(&mut self) {
        let message = self.one.encrypt(&self.plain).expect("sound keys");
        let (kind, mut bytes) = message.to_parts();
        let len = bytes.len();
        bytes.resize(self.signed_len, 0);
        let signature = self.key.sign(black_box(&bytes)).to_bytes();
        let signature = Signature::from_bytes(signature);
        let verified = self.key.node_id().verify(black_box(&bytes), &signature);
        verified.expect("just signed");
        let message = OlmMessage::from_parts(kind, &bytes[..len]).expect("just made");
        black_box(self.other.decrypt(&message).expect("just sealed"));
    }

    fn answer(&mut self) {
        let answer = self.other.encrypt(&self.plain).expect("sound keys");
        self.one.decrypt(&answer).expect("just sealed");
    }
}
