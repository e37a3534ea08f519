//! Two ends of a session that every run of a target begins with: always the same.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_session::{
    Caps, Config, Handshake, HandshakeOutput, Initiator, Input, Local, Responder, Session,
    StaticKey, Welcome, fuzzing,
};

/// The first instant. Virtual time starts here.
pub static START: LazyLock<Instant> = LazyLock::new(Instant::now);

static LOCALS: LazyLock<[Local; 2]> = LazyLock::new(|| [1, 2].map(local));

fn local(seed: u8) -> Local {
    let mut rng = ChaCha8Rng::from_seed([seed; 32]);
    Local {
        identity: Arc::new(SecretKey::from_seed([seed; 32])),
        static_key: Arc::new(StaticKey::draw(*START, &mut rng)),
        config: Arc::new(Config::lan()),
    }
}

/// Who the responder is.
pub fn responder_id() -> NodeId {
    LOCALS[1].identity.node_id()
}

/// The responder's key, for what takes it as its own.
pub fn responder_identity() -> SecretKey {
    SecretKey::from_seed([2; 32])
}

/// Whether the cryptography is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crypto {
    Real,
    Fake,
}

pub fn initiator(crypto: Crypto) -> Handshake {
    let initiator = Initiator {
        local: LOCALS[0].clone(),
        expected: None,
        caps: Caps::default(),
    };
    let mut rng = ChaCha8Rng::from_seed([3; 32]);
    match crypto {
        Crypto::Real => initiator.start(*START, &mut rng),
        Crypto::Fake => fuzzing::initiator(initiator, *START, &mut rng),
    }
}

pub fn responder(crypto: Crypto) -> Handshake {
    let responder = Responder {
        local: LOCALS[1].clone(),
        welcome: Welcome::default(),
    };
    let mut rng = ChaCha8Rng::from_seed([4; 32]);
    match crypto {
        Crypto::Real => responder.start(*START, &mut rng),
        Crypto::Fake => fuzzing::responder(responder, *START, &mut rng),
    }
}

/// What a handshake wants to send now.
pub fn sent(end: &mut Handshake) -> Vec<u8> {
    let mut sent = Vec::new();
    while let HandshakeOutput::Send(bytes) = end.poll_output() {
        sent.extend_from_slice(&bytes);
    }
    sent
}

/// Both ends of a session, the responder's welcome not polled yet.
pub fn connected(crypto: Crypto) -> [Session; 2] {
    let (mut one, mut other) = (initiator(crypto), responder(crypto));
    other.handle(*START, Input::Received(&sent(&mut one)));
    one.handle(*START, Input::Received(&sent(&mut other)));
    other.handle(*START, Input::Received(&sent(&mut one)));
    [one, other].map(|end| end.finish(*START).expect("the two are honest"))
}

/// Cuts `bytes` into chunks of sizes that follow from one byte.
pub fn chunks(bytes: &[u8], chunking: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    let mut turn = 0_usize;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        turn += 1;
        let size = usize::from(chunking).wrapping_mul(turn) % 131 + 1;
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        Some(chunk)
    })
}
