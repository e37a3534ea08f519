//! What a handle does in private.

use tazcom_chat::DisplayName;
use tazcom_group::PassphraseRoom;
use tazcom_identity::NodeId;
use tazcom_proto::RoomName;
use tazcom_proto::inner::{InnerId, SealedRoomId};
use tazcom_store::{SaidKey, Store, StoredTalk};
use tazcom_trust::words::Words;
use tazcom_trust::{How, Person};
use tokio::sync::oneshot;

use super::ask::{CompareDo, PrivateAsk, PrivateRoom, Reply, RoomDo, Told, TrustDo};
use super::event::{PrivateError, Talk};
use super::line::PrivateLine;
use crate::TalkError;
use crate::node::Node;
use crate::talk::Ask;

/// A page of a private conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrivateHistory {
    /// The lines, the oldest first.
    pub lines: Vec<PrivateLine>,
    /// Where the page before this one ends; none when there is none.
    pub before: Option<SaidKey>,
}

/// A private conversation of which something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptTalk {
    /// Which.
    pub talk: Talk,
    /// How many lines.
    pub lines: u64,
    /// When the last was said.
    pub newest: Option<tazcom_proto::UnixMillis>,
}

impl Node {
    /// Says something to one person, 1 to 4,096 bytes, that nobody else can read, whoever carries it.
    /// When this returns it is on disk; what becomes of it is told as
    /// [`Event::Private`](crate::Event::Private).
    ///
    /// # Errors
    /// [`PrivateError`]; nothing was said then.
    pub async fn tell(
        &self,
        to: NodeId,
        text: impl Into<String>,
        action: bool,
    ) -> Result<Told, PrivateError> {
        let text = text.into();
        self.privately(|reply| PrivateAsk::Tell {
            to,
            text,
            action,
            reply,
        })
        .await
    }

    /// Says something in a private room, 1 to 4,096 bytes.
    ///
    /// # Errors
    /// [`PrivateError`]; nothing was said then.
    pub async fn say_privately(
        &self,
        room: SealedRoomId,
        text: impl Into<String>,
        action: bool,
    ) -> Result<InnerId, PrivateError> {
        let text = text.into();
        self.privately(|reply| PrivateAsk::Say {
            room,
            text,
            action,
            reply,
        })
        .await
    }

    /// Makes a private room, in which nobody else is yet.
    ///
    /// # Errors
    /// [`PrivateError`], for example when there are too many.
    pub async fn create_private_room(
        &self,
        name: impl Into<String>,
        topic: impl Into<String>,
    ) -> Result<SealedRoomId, PrivateError> {
        let (name, topic) = (name.into(), topic.into());
        self.room(RoomDo::Create { name, topic }).await
    }

    /// Enters the room of this name and passphrase, which needs nobody's leave: whoever knows both is in
    /// it. Takes a fifth of a second and 64 MiB, on purpose: so does every guess.
    ///
    /// # Errors
    /// [`PrivateError`], for example when the passphrase is too easy to guess.
    pub async fn enter_passphrase_room(
        &self,
        name: RoomName,
        passphrase: impl Into<String>,
    ) -> Result<SealedRoomId, PrivateError> {
        let passphrase = zeroize::Zeroizing::new(passphrase.into());
        let deriving =
            tokio::task::spawn_blocking(move || PassphraseRoom::derive(&name, &passphrase));
        let room = deriving.await.map_err(|_| PrivateError::Ended)??;
        self.room(RoomDo::Enter(Box::new(room))).await
    }

    /// Lets somebody into a private room.
    ///
    /// # Errors
    /// [`PrivateError`], for example when we may not.
    pub async fn invite(&self, room: SealedRoomId, who: NodeId) -> Result<(), PrivateError> {
        self.room(RoomDo::Invite { room, who }).await.map(drop)
    }

    /// Lets a member of a private room let others in.
    ///
    /// # Errors
    /// [`PrivateError`], for example when we may not.
    pub async fn promote(&self, room: SealedRoomId, who: NodeId) -> Result<(), PrivateError> {
        self.room(RoomDo::Promote { room, who }).await.map(drop)
    }

    /// Takes somebody out of a private room. It reads what others say until they have heard of it.
    ///
    /// # Errors
    /// [`PrivateError`], for example when we may not.
    pub async fn remove(&self, room: SealedRoomId, who: NodeId) -> Result<(), PrivateError> {
        self.room(RoomDo::Remove { room, who }).await.map(drop)
    }

    /// Enters a private room into which we were invited.
    ///
    /// # Errors
    /// [`PrivateError`], for example when we were not.
    pub async fn accept_invitation(&self, room: SealedRoomId) -> Result<(), PrivateError> {
        self.room(RoomDo::Accept(room)).await.map(drop)
    }

    /// Leaves a private room, or declines an invitation. What was said there is forgotten here.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn leave_privately(&self, room: SealedRoomId) -> Result<(), PrivateError> {
        self.room(RoomDo::Leave(room)).await.map(drop)
    }

    /// Gives a private room another name and topic.
    ///
    /// # Errors
    /// [`PrivateError`], for example when we may not.
    pub async fn rename_private_room(
        &self,
        room: SealedRoomId,
        name: impl Into<String>,
        topic: impl Into<String>,
    ) -> Result<(), PrivateError> {
        let (name, topic) = (name.into(), topic.into());
        let what = RoomDo::Rename { room, name, topic };
        self.room(what).await.map(drop)
    }

    /// Gives a member the keys of what was said in a private room before it came, as far as we have
    /// them.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn share_history(&self, room: SealedRoomId, who: NodeId) -> Result<(), PrivateError> {
        let what = RoomDo::ShareHistory { room, who };
        self.room(what).await.map(drop)
    }

    /// The private rooms we are in, or are invited into.
    ///
    /// # Errors
    /// [`PrivateError::Ended`].
    pub async fn private_rooms(&self) -> Result<Vec<PrivateRoom>, PrivateError> {
        let (reply, answer) = oneshot::channel();
        self.submit_privately(PrivateAsk::Rooms(reply)).await?;
        answer.await.map_err(|_| PrivateError::Ended)
    }

    /// The last lines of a private conversation, up to `limit`, before a place or the end.
    ///
    /// # Errors
    /// [`PrivateError`] when the disk cannot be read.
    pub async fn private_history(
        &self,
        talk: Talk,
        before: Option<SaidKey>,
        limit: usize,
    ) -> Result<PrivateHistory, PrivateError> {
        let name = talk.stored();
        let page = self
            .read(move |store| store.said(&name, before, limit))
            .await
            .map_err(PrivateError::from)?;
        let (reply, answer) = oneshot::channel();
        self.submit_privately(PrivateAsk::Render(page.lines, reply))
            .await?;
        Ok(PrivateHistory {
            lines: answer.await.map_err(|_| PrivateError::Ended)?,
            before: page.before,
        })
    }

    /// The private conversations of which something is kept.
    ///
    /// # Errors
    /// [`PrivateError`] when the disk cannot be read.
    pub async fn private_talks(&self) -> Result<Vec<KeptTalk>, PrivateError> {
        let kept = self.read(Store::talks).await.map_err(PrivateError::from)?;
        let talks = kept.into_iter().filter_map(|kept: StoredTalk| {
            Some(KeptTalk {
                talk: Talk::of_stored(&kept.name)?,
                lines: kept.lines,
                newest: kept.newest,
            })
        });
        Ok(talks.collect())
    }

    /// Everybody of whom something is known beyond a name.
    ///
    /// # Errors
    /// [`PrivateError::Ended`].
    pub async fn people(&self) -> Result<Vec<(DisplayName, Person)>, PrivateError> {
        let (reply, answer) = oneshot::channel();
        self.submit_privately(PrivateAsk::People(None, reply))
            .await?;
        answer.await.map_err(|_| PrivateError::Ended)
    }

    /// What is known of somebody; none when nothing is.
    ///
    /// # Errors
    /// [`PrivateError::Ended`].
    pub async fn person(&self, id: NodeId) -> Result<Option<Person>, PrivateError> {
        let (reply, answer) = oneshot::channel();
        self.submit_privately(PrivateAsk::People(Some(id), reply))
            .await?;
        let mut found = answer.await.map_err(|_| PrivateError::Ended)?;
        Ok(found.pop().map(|(_, person)| person))
    }

    /// Begins to compare emoji with somebody there is a session with, or answers if it has begun. What
    /// to compare is told as [`Event::Private`](crate::Event::Private).
    ///
    /// # Errors
    /// [`PrivateError::NoSession`].
    pub async fn compare(&self, with: NodeId) -> Result<(), PrivateError> {
        self.comparing(CompareDo::Begin(with, None)).await
    }

    /// Says whether both see the same.
    ///
    /// # Errors
    /// [`PrivateError::Ended`].
    pub async fn confirm(&self, with: NodeId, same: bool) -> Result<(), PrivateError> {
        self.comparing(CompareDo::Confirm(with, same)).await
    }

    /// Ends comparing.
    ///
    /// # Errors
    /// [`PrivateError::Ended`].
    pub async fn cancel_comparing(&self, with: NodeId) -> Result<(), PrivateError> {
        self.comparing(CompareDo::Cancel(with)).await
    }

    /// Takes somebody as verified when these are the words of its id, as it has read them aloud.
    ///
    /// # Errors
    /// [`PrivateError::Words`] says which word is not.
    pub async fn verify_by_words(&self, who: NodeId, words: &str) -> Result<(), PrivateError> {
        Words::of(&who).compare(words)?;
        self.trust(TrustDo::Verify(who, How::Words)).await
    }

    /// Takes somebody as verified because its code was scanned, or its whole id compared.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn verify_by_code(&self, who: NodeId) -> Result<(), PrivateError> {
        self.trust(TrustDo::Verify(who, How::Code)).await
    }

    /// Takes back that somebody is verified.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn unverify(&self, who: NodeId) -> Result<(), PrivateError> {
        self.trust(TrustDo::Unverify(who)).await
    }

    /// Shows nothing more of somebody, neither in the open nor in private. It is not told.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn block(&self, who: NodeId) -> Result<(), PrivateError> {
        self.trust(TrustDo::Block(who)).await
    }

    /// Shows again what somebody says.
    ///
    /// # Errors
    /// [`PrivateError`].
    pub async fn unblock(&self, who: NodeId) -> Result<(), PrivateError> {
        self.trust(TrustDo::Unblock(who)).await
    }

    /// Says to everybody that this node's id is not to be trusted any more, whatever comes after.
    /// Nothing takes that back.
    ///
    /// # Errors
    /// [`PrivateError`]; nothing was said then.
    pub async fn revoke(&self) -> Result<(), PrivateError> {
        self.privately(PrivateAsk::Revoke).await
    }

    async fn comparing(&self, what: CompareDo) -> Result<(), PrivateError> {
        self.privately(|reply| PrivateAsk::Compare(what, reply))
            .await
    }

    async fn trust(&self, what: TrustDo) -> Result<(), PrivateError> {
        self.privately(|reply| PrivateAsk::Trust(what, reply)).await
    }

    async fn room(&self, what: RoomDo) -> Result<SealedRoomId, PrivateError> {
        self.privately(|reply| PrivateAsk::Room(what, reply)).await
    }

    async fn privately<T>(
        &self,
        ask: impl FnOnce(Reply<T>) -> PrivateAsk,
    ) -> Result<T, PrivateError> {
        let (reply, answer) = oneshot::channel();
        self.submit_privately(ask(reply)).await?;
        answer.await.map_err(|_| PrivateError::Ended)?
    }

    async fn submit_privately(&self, ask: PrivateAsk) -> Result<(), PrivateError> {
        self.submit(Ask::Private(ask)).await.map_err(Into::into)
    }
}

impl From<TalkError> for PrivateError {
    fn from(error: TalkError) -> Self {
        match error {
            TalkError::Store(error) => Self::Store(error),
            TalkError::Busy => Self::Busy,
            _ => Self::Ended,
        }
    }
}
