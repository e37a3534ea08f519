//! An envelope before it is signed.

use bytes::Bytes;
use tazcom_identity::SecretKey;

use super::body::Body;
use super::{Content, DOMAIN, Envelope, EnvelopeError, Place, Scope, VerifiedEnvelope};
use crate::clock::{Hlc, UnixMillis};
use crate::limits::MAX_LIFETIME_SECS;

/// What is to be said, before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Where it belongs.
    pub scope: Scope,
    /// Its place among what its author has said there; none for what is said for the moment.
    pub place: Option<Place>,
    /// What orders it.
    pub hlc: Hlc,
    /// When it is made, by the author's clock.
    pub created: UnixMillis,
    /// How long it is to be kept, in seconds, 1 to [`MAX_LIFETIME_SECS`].
    pub lifetime_secs: u32,
    /// What it says.
    pub content: Content,
}

/// Why a draft cannot be signed. It is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct DraftError(#[from] pub EnvelopeError);

impl Draft {
    /// A draft that is made now and lives as long as it may.
    #[must_use]
    pub const fn new(scope: Scope, content: Content, hlc: Hlc, created: UnixMillis) -> Self {
        Self {
            scope,
            place: None,
            hlc,
            created,
            lifetime_secs: MAX_LIFETIME_SECS,
            content,
        }
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`DraftError`] when it is not an envelope that others would accept.
    pub fn sign(self, key: &SecretKey) -> Result<VerifiedEnvelope, DraftError> {
        let body = Body {
            scope: self.scope,
            place: self.place,
            hlc: self.hlc,
            created: self.created,
            lifetime_secs: self.lifetime_secs,
            content: self.content,
        };
        body.check()?;
        // The domain stands in front while it is signed, and is cut off then.
        let mut bytes = DOMAIN.to_vec();
        bytes.extend_from_slice(key.node_id().as_bytes());
        body.encode(&mut bytes);
        let signature = key.sign(&bytes);
        bytes.extend_from_slice(&signature.to_bytes());
        let bytes = Bytes::from(bytes).slice(DOMAIN.len()..);
        // What was encoded is read again: nothing leaves that others would refuse.
        Ok(Envelope::decode(bytes)?.assume_verified())
    }
}
