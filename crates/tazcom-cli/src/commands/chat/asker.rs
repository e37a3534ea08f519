//! Asks the node, several things at a time, and what is said in the order in which it was.
//!
//! Whatever is asked is answered once: also when the node does not answer, and when what asks it breaks.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_tui::{Answer, Ask, Conversation, Kept, Place};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::ask::{self, Answered};
use super::door::Door;
use super::kept;

/// Questions at a time. A node answers eight others: beside these there are one that follows what happens,
/// one that says something and one that has something kept.
const AT_ONCE: usize = 5;

/// Questions that may wait, and as much that is said. Nobody types so fast.
const WAITING: usize = 512;

/// How long a question may wait for those before it: longer than most of these may take, and not so long
/// that nobody expects any more that it is done.
const IN_TURN: Duration = Duration::from_secs(75);

/// Private conversations of which is known how to page back.
const MAX_PAGES: usize = 1024;

/// What is asked and not answered yet.
#[derive(Debug)]
pub(super) struct Asker {
    door: Door,
    permits: Arc<Semaphore>,
    tasks: JoinSet<Answered>,
    /// What each of the tasks is for.
    errands: HashMap<Id, Errand>,
    /// What is to be said once what is being said is.
    to_say: VecDeque<(u64, Ask)>,
    is_saying: bool,
    comparing: BTreeMap<NodeId, (u64, AbortHandle)>,
    pages: BTreeMap<Place, i64>,
    /// What is kept, as far as this chat has a part in it.
    kept: Kept,
    /// What is being kept.
    keeping: Option<Kept>,
    /// What is to be kept next; only the last of these counts.
    to_keep: Option<Box<Kept>>,
}

/// What a task is for, and the number under which its answer is waited for.
#[derive(Clone, Copy, Debug)]
enum Errand {
    Say(u64),
    Ask(u64),
    Compare(u64, NodeId),
    Keep,
}

impl Asker {
    pub(super) fn new(door: Door, kept: Kept) -> Self {
        Self {
            door,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            tasks: JoinSet::new(),
            errands: HashMap::new(),
            to_say: VecDeque::new(),
            is_saying: false,
            comparing: BTreeMap::new(),
            pages: BTreeMap::new(),
            kept,
            keeping: None,
            to_keep: None,
        }
    }

    /// Asks, or says, sooner or later. Gives an answer that is known at once.
    pub(super) fn ask(&mut self, reference: u64, ask: Ask) -> Option<(u64, Answer)> {
        let is_full = self.tasks.len() >= WAITING || self.to_say.len() >= WAITING;
        match ask {
            // One that was only offered is declined by asking.
            Ask::Cancel(who) if self.comparing.contains_key(&who) => {
                self.cancel(who);
                return Some((reference, Answer::Done));
            }
            _ if is_full => {
                let words = "too much is asked at once; try again".to_owned();
                return Some((reference, Answer::Refused(words)));
            }
            ask @ Ask::Say { .. } => {
                self.to_say.push_back((reference, ask));
                self.say();
            }
            Ask::Compare(who) => self.compare(reference, who),
            ask => {
                let page = match &ask {
                    Ask::History { of, .. } => self.pages.get(of).copied(),
                    _ => None,
                };
                self.in_turn(Errand::Ask(reference), ask, page);
            }
        }
        None
    }

    /// Has kept what differs in this from what this chat has had kept before. What others have had kept
    /// meanwhile stays.
    pub(super) fn keep(&mut self, kept: Box<Kept>) {
        self.to_keep = Some(kept);
        self.keep_next();
    }

    /// The next answer, and the private room that it is about; for ever when nothing is asked. Cancel-safe.
    pub(super) async fn next(&mut self) -> (u64, Answer, Option<Conversation>) {
        loop {
            match self.tasks.join_next_with_id().await {
                Some(ended) => {
                    if let Some(answer) = self.finish(ended) {
                        return answer;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Tries once more to have kept what was not kept.
    pub(super) fn keep_again(&mut self) {
        self.keep_next();
    }

    /// The next answer until everything that was said and is to be kept is with the node; none when it is.
    /// Cancel-safe.
    pub(super) async fn next_unsettled(&mut self) -> Option<(u64, Answer, Option<Conversation>)> {
        while self.is_saying || self.keeping.is_some() {
            let ended = self.tasks.join_next_with_id().await?;
            if let Some(answer) = self.finish(ended) {
                return Some(answer);
            }
        }
        None
    }

    fn finish(
        &mut self,
        ended: Result<(Id, Answered), JoinError>,
    ) -> Option<(u64, Answer, Option<Conversation>)> {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let errand = self.errands.remove(&id)?;
        let reference = match errand {
            Errand::Say(reference) => {
                self.is_saying = false;
                self.say();
                reference
            }
            Errand::Ask(reference) => reference,
            Errand::Compare(reference, who) => {
                let of = self.comparing.get(&who);
                if of.is_some_and(|(asked, _)| *asked == reference) {
                    self.comparing.remove(&who);
                }
                reference
            }
            Errand::Keep => {
                let tried = self.keeping.take();
                match &ended {
                    Ok((_, answered)) if answered.answer == Answer::Done => {
                        self.kept = tried.unwrap_or_default();
                        self.keep_next();
                    }
                    // It is tried again with what changes next, or in the end.
                    _ if self.to_keep.is_none() => self.to_keep = tried.map(Box::new),
                    _ => self.keep_next(),
                }
                return None;
            }
        };
        let answered = match ended {
            Ok((_, answered)) => answered,
            Err(error) => broken(errand, &error).into(),
        };
        if let Some((place, page)) = answered.page {
            self.turn(place, page);
        }
        Some((reference, answered.answer, answered.room))
    }

    fn turn(&mut self, place: Place, page: Option<i64>) {
        match page {
            Some(page) if self.pages.len() < MAX_PAGES || self.pages.contains_key(&place) => {
                self.pages.insert(place, page);
            }
            _ => {
                self.pages.remove(&place);
            }
        }
    }

    fn say(&mut self) {
        if self.is_saying {
            return;
        }
        let Some((reference, ask)) = self.to_say.pop_front() else {
            return;
        };
        self.is_saying = true;
        let door = self.door.clone();
        let says = async move { ask::answer(&door, ask, None).await };
        self.spawn(Errand::Say(reference), says);
    }

    fn compare(&mut self, reference: u64, who: NodeId) {
        let task = self.in_turn(Errand::Compare(reference, who), Ask::Compare(who), None);
        if let Some((_, before)) = self.comparing.insert(who, (reference, task)) {
            before.abort();
        }
    }

    /// The node notices that its client has left, and calls it off.
    fn cancel(&mut self, who: NodeId) {
        if let Some((_, task)) = self.comparing.remove(&who) {
            task.abort();
        }
    }

    /// Asks once fewer are asked.
    fn in_turn(&mut self, errand: Errand, ask: Ask, page: Option<i64>) -> AbortHandle {
        let (door, permits) = (self.door.clone(), Arc::clone(&self.permits));
        self.spawn(errand, async move {
            // It is never closed.
            let Ok(_permit) = timeout(IN_TURN, permits.acquire()).await else {
                let words = "the node has not answered what was asked before: this was not asked";
                return Answer::Refused(words.to_owned()).into();
            };
            ask::answer(&door, ask, page).await
        })
    }

    fn spawn(
        &mut self,
        errand: Errand,
        task: impl Future<Output = Answered> + Send + 'static,
    ) -> AbortHandle {
        let task = self.tasks.spawn(task);
        self.errands.insert(task.id(), errand);
        task
    }

    fn keep_next(&mut self) {
        if self.keeping.is_some() {
            return;
        }
        let Some(after) = self.to_keep.take() else {
            return;
        };
        let (door, before) = (self.door.clone(), self.kept.clone());
        self.keeping = Some((*after).clone());
        self.spawn(Errand::Keep, async move {
            match kept::keep(&door, &before, &after).await {
                Ok(()) => Answer::Done.into(),
                Err(error) => {
                    tracing::debug!("what the chat keeps was not kept: {error}");
                    Answer::Refused(error.to_string()).into()
                }
            }
        });
    }
}

/// The answer of a task that has none: it was called off, or has panicked, which has been noted where
/// panics are.
fn broken(errand: Errand, error: &JoinError) -> Answer {
    match errand {
        _ if error.is_cancelled() => Answer::Done,
        Errand::Say(_) => ask::unsure(),
        _ => Answer::Refused("this program has failed to ask the node".to_owned()),
    }
}

#[cfg(all(test, unix))]
mod tests;
