//! What ties an identity to one handshake, and a session to what is said about it.

use std::fmt;

use blake2::{Blake2s256, Digest as _};
use tazcom_identity::{NodeId, Signature};

/// What is signed begins with this and a zero byte, so that no other signature of a node fits.
const IDENTITY_DOMAIN: &[u8] = b"tazcom/v2/noise-identity";

const CHANNEL_DOMAIN: &[u8] = b"tazcom/v2/cb";

/// Which end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opened the connection.
    Initiator,
    /// Accepted it.
    Responder,
}

impl Role {
    /// The other end's.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }

    const fn letter(self) -> u8 {
        match self {
            Self::Initiator => b'I',
            Self::Responder => b'R',
        }
    }
}

/// What `role` signs: the transcript up to its message, and the static key the message carries.
///
/// The static key alone is not enough: with it and its signature once stolen, a thief could be
/// that node for as long as the signature is worth anything.
pub(crate) fn signed_bytes(role: Role, transcript: &[u8; 32], static_key: &[u8; 32]) -> Vec<u8> {
    let role = [role.letter()];
    [IDENTITY_DOMAIN, &[0], &role, transcript, static_key].concat()
}

/// What a handshake message carries beside keys: who the sender is, and the proof.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    pub(crate) id: NodeId,
    pub(crate) signature: Signature,
}

impl Proof {
    pub(crate) const LEN: usize = NodeId::LEN + Signature::LEN;

    pub(crate) fn encode(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (id, signature) = bytes.split_at_mut(NodeId::LEN);
        id.copy_from_slice(self.id.as_bytes());
        signature.copy_from_slice(&self.signature.to_bytes());
        bytes
    }

    /// Reads a proof and hands back what follows it; `None` when there is not even that much.
    pub(crate) fn split(payload: &[u8]) -> Option<(Self, &[u8])> {
        let (id, rest) = payload.split_first_chunk()?;
        let (signature, rest) = rest.split_first_chunk()?;
        let proof = Self {
            id: NodeId::from_bytes(*id),
            signature: Signature::from_bytes(*signature),
        };
        Some((proof, rest))
    }
}

/// A name for one session that both ends know and nobody else can make come out the same.
///
/// To be mixed into statements about the session ("these words were compared within it"). It never
/// travels, and no more than its first four bytes are ever printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChannelBinding([u8; 32]);

impl ChannelBinding {
    pub(crate) fn of(handshake_hash: &[u8]) -> Self {
        let hash = Blake2s256::new()
            .chain_update(CHANNEL_DOMAIN)
            .chain_update([0])
            .chain_update(handshake_hash)
            .finalize();
        Self(hash.into())
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ChannelBinding({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}
