//! The same cryptography with nothing around it.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tazcom_identity::{NodeId, SecretKey, Signature};
use tazcom_session::limits::MAX_MESSAGE_3_LEN;
use tazcom_session::{Role, StaticKey, benching};

/// Bytes that are signed: a domain and its end, a role, a transcript, a static key.
const SIGNED_LEN: usize = 24 + 1 + 1 + 32 + 32;

/// Two ends of bare handshakes, with a signature each way.
pub(crate) struct Ends {
    rng: ChaCha20Rng,
    keys: [(SecretKey, StaticKey); 2],
}

impl Ends {
    pub(crate) fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut draw = |seed| {
            let key = SecretKey::from_seed([seed; 32]);
            (key, StaticKey::draw(Instant::now(), &mut rng))
        };
        let keys = [draw(1), draw(2)];
        Self { rng, keys }
    }

    pub(crate) fn shake_hands(&mut self) {
        let [(_, one), (_, other)] = &self.keys;
        let mut draw = || {
            let mut secret = [0; 32];
            self.rng.fill_bytes(&mut secret);
            secret
        };
        let mut ends = [
            benching::noise(Role::Initiator, one, draw()),
            benching::noise(Role::Responder, other, draw()),
        ];
        let mut message = [0; MAX_MESSAGE_3_LEN];
        let mut payload = [0; MAX_MESSAGE_3_LEN];
        for (number, from) in [0, 1, 0].into_iter().enumerate() {
            // The first message names nobody.
            let proof = match number {
                0 => Vec::new(),
                _ => prove(&self.keys[from].0),
            };
            let len = ends[from].write_message(&proof, &mut message);
            let len = len.expect("it is this end's turn");
            let len = ends[1 - from].read_message(&message[..len], &mut payload);
            let len = len.expect("both are honest");
            if number > 0 {
                check(&payload[..len]);
            }
        }
        black_box(ends.map(|end| end.into_transport_mode().expect("it is over")));
    }
}

/// An id and a signature, as long as those of a session. What is signed has no say in the time.
fn prove(key: &SecretKey) -> Vec<u8> {
    let signature = key.sign(black_box(&[7; SIGNED_LEN]));
    [&key.node_id().as_bytes()[..], &signature.to_bytes()].concat()
}

/// Strictly (`verify_strict`), as a session does.
fn check(payload: &[u8]) {
    let (id, signature) = payload.split_first_chunk().expect("an id");
    let signature = Signature::from_bytes(signature.try_into().expect("a signature"));
    let verified = NodeId::from_bytes(*id).verify(black_box(&[7; SIGNED_LEN]), &signature);
    verified.expect("it was just signed");
}
