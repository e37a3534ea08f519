//! The same cryptography with nothing around it.

use std::collections::VecDeque;
use std::hint::black_box;

use tazcom_identity::{SecretKey, Signature};
use vodozemac::megolm::{GroupSession, InboundGroupSession, MegolmMessage, SessionConfig};

/// Bytes that are sealed: what is said, filled up.
const PLAIN_LEN: usize = 256;

/// A session, its other end, and a key that signs.
pub(crate) struct Pair {
    key: SecretKey,
    session: GroupSession,
    inbound: InboundGroupSession,
    signed_len: usize,
    said: VecDeque<(MegolmMessage, Vec<u8>, Signature)>,
}

impl Pair {
    pub(crate) fn new(signed_len: usize) -> Self {
        let session = GroupSession::new(SessionConfig::version_1());
        let inbound = InboundGroupSession::new(&session.session_key(), SessionConfig::version_1());
        Self {
            key: SecretKey::from_seed([1; 32]),
            session,
            inbound,
            signed_len,
            said: VecDeque::new(),
        }
    }

    pub(crate) fn say(&mut self) {
        let message = self.session.encrypt(black_box(&[7; PLAIN_LEN]));
        let bytes = vec![7; self.signed_len];
        let signature = self.key.sign(black_box(&bytes));
        self.said.push_back((message, bytes, signature));
    }

    pub(crate) fn hear(&mut self) {
        let (message, bytes, signature) = self.said.pop_front().expect("as much was said");
        let verified = self.key.node_id().verify(black_box(&bytes), &signature);
        verified.expect("it was just signed");
        let opened = self.inbound.decrypt(&message).expect("it was just sealed");
        assert_eq!(black_box(opened).plaintext.len(), PLAIN_LEN);
    }
}
