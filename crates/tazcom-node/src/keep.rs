//! What those who show a node keep with it: sealed like everything private.

use std::fmt;
use std::sync::Arc;

use tazcom_store::{MAX_SECRET_LEN, Secret, StoreError, SubmitError};
use tazcom_vault::Sealer;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::TalkError;
use crate::node::Node;

/// Its name among what is sealed.
const ROW: &[u8] = b"kept/view";

/// Bytes that may be kept.
pub const MAX_KEPT_LEN: usize = 32 * 1024;

const _: () = assert!(MAX_KEPT_LEN + Sealer::OVERHEAD <= MAX_SECRET_LEN);

/// Seals it and opens it again.
#[derive(Clone)]
pub(crate) struct Keeper(Arc<Sealer>);

impl Keeper {
    pub(crate) fn new(sealer: Sealer) -> Self {
        Self(Arc::new(sealer))
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper(..)")
    }
}

impl Node {
    /// Keeps a value of at most [`MAX_KEPT_LEN`] bytes, in place of the last. For whoever shows the node,
    /// who may have a draft to keep; sealed, so that it lies on the disk as safely as what is said in
    /// private.
    ///
    /// # Errors
    /// [`TalkError`]; what was kept before is kept still.
    pub async fn keep(&self, value: &[u8]) -> Result<(), TalkError> {
        if value.len() > MAX_KEPT_LEN {
            return Err(TalkError::Store(StoreError::TooMany {
                what: "bytes to keep",
                most: MAX_KEPT_LEN as u64,
            }));
        }
        let secret = Secret {
            name: ROW.to_vec(),
            sealed: Some(self.keeper().0.seal(ROW, value)),
        };
        let (done, answer) = oneshot::channel();
        let asked = self.store().write(
            move |store| store.set_secrets(&[secret]),
            Box::new(move |result| {
                // Whoever asked may have gone.
                let _ = done.send(result);
            }),
        );
        match asked {
            Ok(()) => Ok(answer.await.map_err(|_| TalkError::Ended)??),
            Err(SubmitError::Closed) => Err(TalkError::Ended),
            Err(_) => Err(TalkError::Busy),
        }
    }

    /// What was kept last; none when nothing was, or it cannot be opened any more.
    ///
    /// # Errors
    /// [`TalkError`] when the disk cannot be read.
    pub async fn kept(&self) -> Result<Option<Zeroizing<Vec<u8>>>, TalkError> {
        let found = self.read(|store| store.secrets(ROW)).await?;
        let sealed = found.into_iter().find(|(name, _)| name == ROW);
        Ok(sealed.and_then(|(_, sealed)| self.keeper().0.open(ROW, &sealed).ok()))
    }
}
