//! Handshakes: who we are in them, and driving one over a connection.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_session::{
    Cap, Caps, Handshake, HandshakeError, HandshakeOutput, Initiator, Input, Local, Responder,
    StaticKey, Welcome,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;

use crate::bind::BindError;
use crate::config::Config;
use crate::transport::Stream;

/// The capability by which an initiator says that this session replaces the one there is.
pub(crate) const CAP_RENEWS: u64 = 1;

/// The capability by which an initiator says what it calls itself.
pub(crate) const CAP_NAME: u64 = 3;

/// Bytes read at a time. The longest message of a handshake has 418.
const READ: usize = 512;

/// A peer has proven who it is; what to do about it is the driver's decision.
#[derive(Debug)]
pub(crate) struct Shaken<S> {
    pub(crate) stream: S,
    pub(crate) handshake: Handshake,
    pub(crate) peer: NodeId,
}

/// Who we are in handshakes.
pub(crate) struct Own {
    identity: Arc<SecretKey>,
    config: Arc<tazcom_session::Config>,
    name: String,
    secrets: Mutex<Secrets>,
}

/// What is drawn at random.
struct Secrets {
    /// For simulations; a node draws from the operating system every time, so that whoever learns
    /// the state of one generator learns nothing about sessions before.
    seeded: Option<ChaCha20Rng>,
    static_key: Arc<StaticKey>,
}

impl Own {
    pub(crate) fn new(
        now: Instant,
        identity: Arc<SecretKey>,
        config: &Config,
    ) -> Result<Self, BindError> {
        let mut allowed = config.session.clone();
        allowed.handshake_deadline = config.deadlines.exchange;
        let mut seeded = config.seed.map(ChaCha20Rng::seed_from_u64);
        let mut rng = draw(&mut seeded).ok_or(BindError::Entropy)?;
        if config.name.len() > tazcom_session::limits::MAX_NAME_LEN {
            return Err(BindError::NameTooLong {
                len: config.name.len(),
            });
        }
        Ok(Self {
            identity,
            config: Arc::new(allowed),
            name: config.name.clone(),
            secrets: Mutex::new(Secrets {
                seeded,
                static_key: Arc::new(StaticKey::draw(now, &mut rng)),
            }),
        })
    }

    pub(crate) fn id(&self) -> NodeId {
        self.identity.node_id()
    }

    /// Begins to answer. `None` when the operating system gives no random bytes.
    pub(crate) fn responder(&self, accepted: Instant) -> Option<Handshake> {
        let (local, mut rng) = self.prepare(accepted)?;
        let welcome = Welcome::new(&self.name, Caps::default()).ok()?;
        Some(Responder { local, welcome }.start(accepted, &mut rng))
    }

    /// Begins to call. `None` as for [`responder`](Self::responder).
    pub(crate) fn initiator(
        &self,
        now: Instant,
        expected: Option<NodeId>,
        renews: bool,
    ) -> Option<Handshake> {
        let (local, mut rng) = self.prepare(now)?;
        let mut caps = Vec::new();
        if renews {
            caps.push((CAP_RENEWS, Cap::Uint(1)));
        }
        if !self.name.is_empty() {
            let name = Bytes::copy_from_slice(self.name.as_bytes());
            caps.push((CAP_NAME, Cap::Bytes(name)));
        }
        let initiator = Initiator {
            local,
            expected,
            caps: Caps::new(&caps).ok()?,
        };
        Some(initiator.start(now, &mut rng))
    }

    fn prepare(&self, now: Instant) -> Option<(Local, ChaCha20Rng)> {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let rng = draw(&mut secrets.seeded)?;
        if secrets.static_key.is_stale(now) {
            let mut rng = draw(&mut secrets.seeded)?;
            secrets.static_key = Arc::new(StaticKey::draw(now, &mut rng));
        }
        let local = Local {
            identity: Arc::clone(&self.identity),
            static_key: Arc::clone(&secrets.static_key),
            config: Arc::clone(&self.config),
        };
        Some((local, rng))
    }
}

/// A generator for one handshake.
fn draw(seeded: &mut Option<ChaCha20Rng>) -> Option<ChaCha20Rng> {
    let mut seed = [0; 32];
    match seeded {
        Some(rng) => rng.fill_bytes(&mut seed),
        None => getrandom::fill(&mut seed).ok()?,
    }
    Some(ChaCha20Rng::from_seed(seed))
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

/// Drives a handshake until the peer is authenticated. `begun` is what was read already.
///
/// # Errors
/// Why there is no session. A connection that breaks is [`HandshakeError::Closed`].
pub(crate) async fn shake<S: Stream>(
    mut stream: S,
    mut handshake: Handshake,
    begun: &[u8],
) -> Result<Shaken<S>, HandshakeError> {
    if !begun.is_empty() {
        handshake.handle(now(), Input::Received(begun));
    }
    let mut deadline = None;
    let mut unwritten = BytesMut::new();
    loop {
        match handshake.poll_output() {
            HandshakeOutput::Send(bytes) => unwritten.extend_from_slice(&bytes),
            HandshakeOutput::Wait(until) => {
                deadline = Some(until);
                if unwritten.is_empty() {
                    hear(&mut stream, &mut handshake, until).await;
                } else if write(&mut stream, &mut unwritten, until).await.is_none() {
                    lost(&mut handshake, until);
                }
            }
            HandshakeOutput::Authenticated(peer) => {
                let until = deadline.unwrap_or_else(now);
                if !unwritten.is_empty() && write(&mut stream, &mut unwritten, until).await.is_none()
                {
                    return Err(HandshakeError::Closed);
                }
                return Ok(Shaken {
                    stream,
                    handshake,
                    peer,
                });
            }
            HandshakeOutput::Failed(error) => return Err(error),
            _ => return Err(HandshakeError::Unfinished),
        }
    }
}

async fn hear<S: Stream>(stream: &mut S, handshake: &mut Handshake, until: Instant) {
    let mut buffer = [0; READ];
    match timeout_at(until.into(), stream.read(&mut buffer)).await {
        Ok(Ok(read)) if read > 0 => {
            let bytes = buffer.get(..read).unwrap_or_default();
            handshake.handle(now(), Input::Received(bytes));
        }
        Ok(_) => handshake.handle(now(), Input::Closed),
        Err(_) => handshake.handle(now(), Input::Timeout),
    }
}

/// `None` when the connection takes no more, or not in time.
async fn write<S: Stream>(stream: &mut S, bytes: &mut BytesMut, until: Instant) -> Option<()> {
    let bytes = bytes.split();
    let written = timeout_at(until.into(), stream.write_all(&bytes)).await;
    written.ok()?.ok()
}

fn lost(handshake: &mut Handshake, until: Instant) {
    let input = match now() >= until {
        true => Input::Timeout,
        false => Input::Closed,
    };
    handshake.handle(now(), input);
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
