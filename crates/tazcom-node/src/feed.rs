//! The bounded broadcast of events to any number of subscribers.
//!
//! Nobody can slow the node down, and nobody loses anything silently: a subscriber that falls
//! more than [`EVENT_CAPACITY`] events behind is told how many it missed and is then led, event by
//! event, to the present view of peers. View and queue change under one lock, so that a view is
//! never older or newer than the place in the queue it is given out with.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tazcom_discovery::Peer;
use tazcom_identity::NodeId;
use tazcom_net::SessionInfo;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender, WeakSender};

use crate::contact::{Contact, Ledger};
use crate::event::Event;
use crate::roster::Roster;

/// How many events a subscriber may fall behind before it has to catch up: three for each of the
/// 128 peers of a large LAN that all appear at once, and then some.
pub const EVENT_CAPACITY: usize = 1024;

/// A subscriber's end: everything the node does, in order, from the moment of the subscription.
///
/// It begins with one [`Event::PeerDiscovered`] for everybody already known.
#[derive(Debug)]
pub struct Events {
    feed: Feed,
    receiver: Receiver<Event>,
    known: Roster,
    /// At most one event for every peer in two views, and one more.
    pending: VecDeque<Event>,
}

impl Events {
    /// The next event; `None` once the node has ended. Cancel-safe.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            match self.receiver.recv().await {
                Ok(event) => {
                    self.known.apply(&event);
                    return Some(event);
                }
                Err(RecvError::Lagged(missed)) => self.catch_up(missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Gives up what is still queued, which began in the past, for the way to the present view.
    fn catch_up(&mut self, missed: u64) {
        let view = self.feed.lock();
        let Some(sender) = self.feed.sender.upgrade() else {
            // The node has ended: what is queued is all there will ever be, so keep it.
            drop(view);
            self.pending.push_back(Event::Resync { missed });
            return;
        };
        let skipped = u64::try_from(self.receiver.len()).unwrap_or(u64::MAX);
        self.receiver = sender.subscribe();
        self.pending.push_back(Event::Resync {
            missed: missed.saturating_add(skipped),
        });
        self.pending
            .extend(self.known.steps_to(view.roster.peers()));
        self.known.clone_from(&view.roster);
    }
}

/// Where to subscribe. Does not keep the feed open: that is the [`Publisher`]'s part.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    sender: WeakSender<Event>,
    view: Arc<Mutex<View>>,
}

/// What the node knows now: all that was told, put together.
#[derive(Debug, Default)]
struct View {
    roster: Roster,
    ledger: Ledger,
}

impl Feed {
    pub(crate) fn subscribe(&self) -> Events {
        let view = self.lock();
        let receiver = match self.sender.upgrade() {
            Some(sender) => sender.subscribe(),
            // The node has ended: a queue without a sender says so at once.
            None => broadcast::channel(1).1,
        };
        Events {
            feed: self.clone(),
            receiver,
            known: view.roster.clone(),
            pending: view
                .roster
                .peers()
                .into_iter()
                .map(Event::PeerDiscovered)
                .collect(),
        }
    }

    pub(crate) fn peers(&self) -> Vec<Peer> {
        self.lock().roster.peers()
    }

    /// Everybody who is announced or among `sessions`.
    pub(crate) fn contacts(&self, sessions: Vec<SessionInfo>) -> Vec<Contact> {
        let mut view = self.lock();
        let announced = view.roster.peers();
        view.ledger.contacts(announced, sessions)
    }

    /// Takes note of a round trip in the session with a peer.
    pub(crate) fn measured(&self, id: NodeId, rtt: Duration) {
        self.lock().ledger.measured(id, rtt);
    }

    fn lock(&self) -> MutexGuard<'_, View> {
        lock(&self.view)
    }
}

/// The one who tells. When it is dropped, every subscription ends.
#[derive(Debug)]
pub(crate) struct Publisher {
    sender: Sender<Event>,
    view: Arc<Mutex<View>>,
}

impl Publisher {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            sender: Sender::new(capacity),
            view: Arc::default(),
        }
    }

    pub(crate) fn feed(&self) -> Feed {
        Feed {
            sender: self.sender.downgrade(),
            view: Arc::clone(&self.view),
        }
    }

    pub(crate) fn peers(&self) -> Vec<Peer> {
        lock(&self.view).roster.peers()
    }

    pub(crate) fn is_view_empty(&self) -> bool {
        lock(&self.view).roster.is_empty()
    }

    /// Tells what `decide` makes of the present view: an event, several, or none.
    pub(crate) fn publish<E>(&self, decide: impl FnOnce(&Roster) -> E)
    where
        E: IntoIterator<Item = Event>,
    {
        let mut view = lock(&self.view);
        for event in decide(&view.roster) {
            view.roster.apply(&event);
            view.ledger.apply(&event, Instant::now());
            // An error only says that nobody has subscribed.
            let _ = self.sender.send(event);
        }
    }
}

/// A view is whole after every single change, so one that a panic left behind is still true.
fn lock(view: &Mutex<View>) -> MutexGuard<'_, View> {
    view.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
