//! What a handle does in the conversation.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::time::Duration;

use tazcom_chat::{DisplayName, FindError, Line, Reached, Refusal};
use tazcom_gossip::Traced;
use tazcom_identity::NodeId;
use tazcom_proto::{MessageId, RoomName, UnixMillis};
use tazcom_store::{
    BadLine, ImportLines, Incoming, MAX_BAD_LINES, Outcome, Query, Room, Store, StoreError,
    SubmitError,
};
use tokio::sync::oneshot;

use crate::node::Node;
use crate::talk::{Ask, Do, Rendered, RoomState, kept, recent};

/// Messages of a file that are written at once.
const IMPORT_STEP: usize = 256;

/// Why something was not done in the conversation. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TalkError {
    /// It is not allowed, or not possible now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too much waits for the disk.
    #[error("the disk does not keep up; try again in a moment")]
    Busy,
    /// The node has ended.
    #[error("the node has ended")]
    Ended,
    /// A file to be exported to or imported from cannot be used.
    #[error("cannot {attempt} {path}: {source}")]
    File {
        /// What was tried, a verb.
        attempt: &'static str,
        /// Its path, as text.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A page of what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The lines, the oldest first, in the order in which every node has them.
    pub lines: Vec<Line>,
    /// How far those of them got that are our own; of more than 256 in a page, of the newest.
    pub reached: BTreeMap<MessageId, Reached>,
    /// Whether there may be more before these.
    pub more: bool,
    /// Messages whose bytes on disk are not what was written there.
    pub damaged: usize,
}

/// What came of a file of messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Messages that were not here. They are kept, and others are told of them.
    pub new: usize,
    /// Messages that were here.
    pub known: u64,
    /// Messages that a quota did not take, or that are too old.
    pub refused: u64,
    /// Lines that are no messages.
    pub bad: u64,
    /// The first [`MAX_BAD_LINES`] of those.
    pub bad_lines: Vec<BadLine>,
}

impl Node {
    /// Says something in a joined room, 1 to 4,096 bytes. When this returns it is on disk, and will
    /// be sent to whoever is there and comes within the week; how far it gets is told as
    /// [`Event::Chat`](crate::Event::Chat).
    ///
    /// # Errors
    /// [`TalkError`]; nothing was said then.
    pub async fn say(
        &self,
        room: RoomName,
        text: impl Into<String>,
        action: bool,
    ) -> Result<MessageId, TalkError> {
        let text = text.into();
        let said = self.ask(Do::Say { room, text, action }).await?;
        // Whatever is said has an id.
        said.ok_or(TalkError::Ended)
    }

    /// Enters a room.
    ///
    /// # Errors
    /// [`TalkError`], for example when too many are joined.
    pub async fn join(&self, room: RoomName) -> Result<(), TalkError> {
        let wanted = room.clone();
        let recent = self.read(move |store| recent(store, &wanted)).await?;
        self.ask(Do::Join { room, recent }).await.map(drop)
    }

    /// Leaves a room. What was said there is kept as long as a stranger's.
    ///
    /// # Errors
    /// [`TalkError`] when the node has ended.
    pub async fn leave(&self, room: RoomName) -> Result<(), TalkError> {
        self.ask(Do::Leave { room }).await.map(drop)
    }

    /// Takes a name, 1 to 32 bytes. It is told to everybody, and kept.
    ///
    /// # Errors
    /// [`TalkError`] when nobody can be called so.
    pub async fn rename(&self, name: impl Into<String>) -> Result<(), TalkError> {
        self.ask(Do::Name(name.into())).await.map(drop)
    }

    /// Says what a joined room is about, up to 256 bytes.
    ///
    /// # Errors
    /// [`TalkError`]; nothing has changed then.
    pub async fn set_topic(
        &self,
        room: RoomName,
        topic: impl Into<String>,
    ) -> Result<(), TalkError> {
        let topic = topic.into();
        self.ask(Do::Topic { room, topic }).await.map(drop)
    }

    /// The rooms that are joined, and others of which something was heard.
    ///
    /// # Errors
    /// [`TalkError::Ended`].
    pub async fn rooms(&self) -> Result<Vec<RoomState>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Rooms(reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)
    }

    /// The rooms of which something is kept, with how much that is.
    ///
    /// # Errors
    /// [`TalkError`] when the disk cannot be read.
    pub async fn stored_rooms(&self) -> Result<Vec<Room>, TalkError> {
        self.read(Store::rooms).await
    }

    /// What was said, as far as it is kept.
    ///
    /// # Errors
    /// [`TalkError`] when the disk cannot be read.
    pub async fn history(&self, query: Query) -> Result<History, TalkError> {
        let page = self.read(move |store| {
            let page = store.history(&query)?;
            let damaged = page.damaged.len();
            Ok((kept(store, page.messages)?, page.more, damaged))
        });
        let (messages, more, damaged) = page.await?;
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Render(messages, reply)).await?;
        let Rendered { lines, reached } = answer.await.map_err(|_| TalkError::Ended)?;
        Ok(History {
            lines,
            reached,
            more,
            damaged,
        })
    }

    /// Who is meant by a name, `name~tag`, an id or the beginning of one.
    ///
    /// # Errors
    /// [`FindError`] names the candidates when several are meant; [`TalkError::Ended`].
    pub async fn find_person(
        &self,
        text: impl Into<String>,
    ) -> Result<Result<DisplayName, FindError>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Find(text.into(), reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)
    }

    /// What these people are called, in the order given.
    ///
    /// # Errors
    /// [`TalkError::Ended`].
    pub async fn names_of(&self, ids: Vec<NodeId>) -> Result<Vec<DisplayName>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Names(ids, reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)
    }

    /// The way to a node, over others if need be.
    ///
    /// # Errors
    /// [`TalkError::Ended`].
    pub async fn trace(&self, target: NodeId, within: Duration) -> Result<Traced, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Trace(target, reply)).await?;
        match tokio::time::timeout(within, answer).await {
            Ok(traced) => traced.map_err(|_| TalkError::Ended),
            Err(_) => Ok(Traced::TimedOut),
        }
    }

    /// Writes what is kept of a room, or all, into a new file as lines of JSON. How many messages.
    ///
    /// # Errors
    /// [`TalkError`]; there may be a part of a file then. A file that is there is left as it is.
    pub async fn export(&self, room: Option<RoomName>, path: &Path) -> Result<u64, TalkError> {
        let mut file = create(path)?;
        let shown = path.display().to_string();
        let written = self.read(move |store| {
            let written = store.export(&mut file, room.as_ref())?;
            Ok((file.flush().and_then(|()| file.sync_all()), written))
        });
        let (synced, written) = written.await?;
        synced.map_err(|source| TalkError::File {
            attempt: "write",
            path: shown,
            source,
        })?;
        Ok(written)
    }

    /// Takes in the messages of a file that [`export`](Self::export) has written: checks each
    /// signature, keeps what is new and tells the others of it.
    ///
    /// # Errors
    /// [`TalkError`]. What was read before is kept, and can be imported again without harm.
    pub async fn import(&self, path: &Path) -> Result<Imported, TalkError> {
        let (node, path) = (self.clone(), path.to_owned());
        let importing = tokio::task::spawn_blocking(move || node.import_here(&path));
        importing.await.map_err(|_| TalkError::Ended)?
    }

    fn import_here(&self, path: &Path) -> Result<Imported, TalkError> {
        let file = File::open(path).map_err(|source| TalkError::File {
            attempt: "read",
            path: path.display().to_string(),
            source,
        })?;
        let mut lines = ImportLines::new(BufReader::new(file));
        let mut imported = Imported::default();
        loop {
            let mut step = Vec::new();
            while step.len() < IMPORT_STEP {
                match lines.next() {
                    None => break,
                    Some(Ok(Ok(envelope))) => step.push(envelope),
                    Some(Ok(Err(bad))) => {
                        imported.bad += 1;
                        if imported.bad_lines.len() < MAX_BAD_LINES {
                            imported.bad_lines.push(bad);
                        }
                    }
                    Some(Err(source)) => {
                        return Err(TalkError::File {
                            attempt: "read",
                            path: path.display().to_string(),
                            source,
                        });
                    }
                }
            }
            if step.is_empty() {
                return Ok(imported);
            }
            let (me, now) = (self.id(), UnixMillis::from(std::time::SystemTime::now()));
            let incoming: Vec<Incoming> = step
                .iter()
                .map(|envelope| Incoming {
                    envelope: envelope.clone(),
                    first_seen: now,
                    own: envelope.author() == me,
                    hops: 0,
                    from: None,
                })
                .collect();
            let put = self
                .store()
                .write_and_wait(move |store| store.put(&incoming))?;
            let mut new = Vec::new();
            for (envelope, outcome) in step.into_iter().zip(put.outcomes) {
                match outcome {
                    Outcome::Stored => new.push(envelope),
                    Outcome::Known => imported.known += 1,
                    _ => imported.refused += 1,
                }
            }
            imported.new += new.len();
            let told = self.asks().blocking_send(Ask::Imported(new));
            told.map_err(|_| TalkError::Ended)?;
        }
    }

    async fn ask(&self, what: Do) -> Result<Option<MessageId>, TalkError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Ask::Chat(what, reply)).await?;
        answer.await.map_err(|_| TalkError::Ended)?
    }

    pub(crate) async fn submit(&self, ask: Ask) -> Result<(), TalkError> {
        self.asks().send(ask).await.map_err(|_| TalkError::Ended)
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TalkError> {
        let (done, answer) = oneshot::channel();
        let asked = self.store().read(
            work,
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
}

/// Moves the database in a data directory aside, so that a node can begin with a new one. Where it is
/// now.
///
/// # Errors
/// [`StoreError`], for example when it is in use.
pub fn set_aside_store(directory: &Path) -> Result<std::path::PathBuf, StoreError> {
    Store::set_aside(directory)
}

/// For its owner alone, as what is said is.
fn create(path: &Path) -> Result<File, TalkError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| TalkError::File {
        attempt: "create",
        path: path.display().to_string(),
        source,
    })
}
