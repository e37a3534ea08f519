//! Who is there, over whom, and whether it works: for those who show it.

use tazcom_chat::DisplayName;
use tazcom_proto::RoomName;
use tokio::sync::oneshot;

use crate::TalkError;
use crate::event::Tried;
use crate::node::Node;
use crate::talk::Ask;

/// Somebody who is in the mesh, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Present {
    /// Who.
    pub who: DisplayName,
    /// Whether there is a session with it.
    pub direct: bool,
    /// The neighbour from which it was heard last, where there is no session with it and one with that
    /// neighbour.
    pub via: Option<DisplayName>,
}

impl Node {
    /// Who is in the mesh: those with whom there are sessions, and those heard in the last ten minutes.
    ///
    /// # Errors
    /// [`TalkError::Ended`].
    pub async fn present(&self) -> Result<Vec<Present>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Present(reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)
    }

    /// Who was heard in a joined room since the node runs.
    ///
    /// # Errors
    /// [`TalkError::Ended`].
    pub async fn members(&self, room: RoomName) -> Result<Vec<DisplayName>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Members(room, reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)
    }

    /// What has been tried so far to find others.
    #[must_use]
    pub fn tried(&self) -> Tried {
        let interfaces = self.interfaces();
        Tried::now(
            self.backend(),
            interfaces,
            self.stats(),
            self.peers_by_hand(),
        )
    }
}
