//! A bounded stream of events that never loses one silently.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::event::Event;
use crate::interface::Interface;
use crate::peer::Peer;
use crate::stats::Stats;

/// Events a subscriber may lag behind. Beyond it they are replaced by one [`Event::Resync`].
pub const EVENT_CAPACITY: usize = 1024;

/// What everybody may look at, kept in step with the events under one lock.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) peers: Vec<Peer>,
    pub(crate) interfaces: Vec<Interface>,
    /// What is not working at the moment, as [`Event::Degraded`].
    pub(crate) degraded: Vec<Event>,
    pub(crate) stats: Stats,
}

impl View {
    /// Takes in one event, so that the view is never ahead of what was told.
    fn apply(&mut self, event: &Event) {
        match event {
            Event::Resync(peers) => self.peers.clone_from(peers),
            Event::Found(peer) | Event::Updated(peer) => {
                match self.peers.iter_mut().find(|known| known.id == peer.id) {
                    Some(known) => known.clone_from(peer),
                    None => self.peers.push(peer.clone()),
                }
            }
            Event::Lost { id, .. } => self.peers.retain(|peer| peer.id != *id),
            Event::IdentityConflict { .. } => {}
            Event::InterfaceUp(interface) => {
                self.forget_trouble(&interface.name);
                match self
                    .interfaces
                    .iter_mut()
                    .find(|known| known.index == interface.index)
                {
                    Some(known) => known.clone_from(interface),
                    None => self.interfaces.push(interface.clone()),
                }
            }
            Event::InterfaceDown(interface) => {
                self.forget_trouble(&interface.name);
                self.interfaces
                    .retain(|known| known.index != interface.index);
            }
            Event::Degraded { interface, .. } => {
                let same = |known: &Event| matches!(known, Event::Degraded { interface: other, .. } if other == interface);
                self.degraded.retain(|known| !same(known));
                self.degraded.push(event.clone());
            }
        }
    }

    /// An interface that comes, goes or recovers ends what was said of it, and of there being none.
    fn forget_trouble(&mut self, name: &str) {
        self.degraded.retain(|known| {
            matches!(known, Event::Degraded { interface: Some(other), .. } if other != name)
        });
    }

    /// What a new subscriber, or one that has missed something, is told.
    fn tell(&self) -> VecDeque<Event> {
        let interfaces = self.interfaces.iter().cloned().map(Event::InterfaceUp);
        std::iter::once(Event::Resync(self.peers.clone()))
            .chain(interfaces)
            .chain(self.degraded.iter().cloned())
            .collect()
    }
}

/// The publishing end: one per backend.
#[derive(Debug)]
pub(crate) struct Publisher {
    events: broadcast::Sender<Event>,
    view: Arc<Mutex<View>>,
}

/// A handle from which subscriptions are made; it does not keep the stream alive.
#[derive(Clone, Debug)]
pub(crate) struct Audience {
    events: broadcast::WeakSender<Event>,
    view: Arc<Mutex<View>>,
}

/// A subscriber's end of the event stream.
#[derive(Debug)]
pub struct Subscription {
    first: VecDeque<Event>,
    /// `None` when discovery had ended before the subscription.
    events: Option<broadcast::Receiver<Event>>,
    view: Arc<Mutex<View>>,
}

impl Publisher {
    pub(crate) fn new() -> Self {
        Self {
            events: broadcast::Sender::new(EVENT_CAPACITY),
            view: Arc::default(),
        }
    }

    pub(crate) fn audience(&self) -> Audience {
        Audience {
            events: self.events.downgrade(),
            view: Arc::clone(&self.view),
        }
    }

    /// Tells of an event, and takes it into the view, so that nobody sees one without the other.
    pub(crate) fn publish(&self, event: Event) {
        let mut view = lock(&self.view);
        view.apply(&event);
        // Fails only when nobody listens.
        let _ = self.events.send(event);
    }

    /// Notes what has been done so far.
    pub(crate) fn count(&self, stats: Stats) {
        lock(&self.view).stats = stats;
    }
}

impl Audience {
    pub(crate) fn subscribe(&self) -> Subscription {
        let view = lock(&self.view);
        Subscription {
            first: view.tell(),
            events: self.events.upgrade().map(|events| events.subscribe()),
            view: Arc::clone(&self.view),
        }
    }

    pub(crate) fn look<T>(&self, at: impl FnOnce(&View) -> T) -> T {
        at(&lock(&self.view))
    }
}

impl Subscription {
    /// The next event; `None` once discovery has ended. Cancel-safe: no event is lost when the
    /// future is dropped.
    pub async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.first.pop_front() {
            return Some(event);
        }
        let events = self.events.as_mut()?;
        match events.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(_)) => {
                // What is still queued is older than the view, so it must not follow it.
                let view = lock(&self.view);
                *events = events.resubscribe();
                self.first = view.tell();
                self.first.pop_front()
            }
        }
    }
}

/// A view is whole at any time a panic could strike.
fn lock(view: &Mutex<View>) -> MutexGuard<'_, View> {
    view.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::interface::{InterfaceIndex, InterfaceKind};

    fn conflict(n: u8) -> Event {
        Event::IdentityConflict {
            source: IpAddr::from([127, 0, 0, n]),
        }
    }

    #[tokio::test]
    async fn a_subscription_starts_with_the_view_and_ends_with_the_publisher() {
        let publisher = Publisher::new();
        let mut subscription = publisher.audience().subscribe();
        publisher.publish(conflict(1));
        drop(publisher);
        assert_eq!(subscription.next().await, Some(Event::Resync(Vec::new())));
        assert_eq!(subscription.next().await, Some(conflict(1)));
        assert_eq!(subscription.next().await, None);
    }

    #[tokio::test]
    async fn a_slow_subscriber_gets_one_resync_for_all_it_missed() {
        let publisher = Publisher::new();
        let mut subscription = publisher.audience().subscribe();
        for _ in 0..EVENT_CAPACITY * 2 {
            publisher.publish(conflict(1));
        }
        assert!(matches!(subscription.next().await, Some(Event::Resync(_))));
        assert!(matches!(subscription.next().await, Some(Event::Resync(_))));
        publisher.publish(conflict(2));
        assert_eq!(subscription.next().await, Some(conflict(2)));
    }

    #[tokio::test]
    async fn a_late_subscriber_still_learns_the_last_view() {
        let publisher = Publisher::new();
        let audience = publisher.audience();
        drop(publisher);
        let mut subscription = audience.subscribe();
        assert!(matches!(subscription.next().await, Some(Event::Resync(_))));
        assert_eq!(subscription.next().await, None);
    }

    #[tokio::test]
    async fn a_lag_does_not_hide_that_an_interface_came_or_failed() {
        let publisher = Publisher::new();
        let mut subscription = publisher.audience().subscribe();
        let eth0 = Interface {
            index: InterfaceIndex(1),
            name: "eth0".to_owned(),
            kind: InterfaceKind::Lan,
            addrs: Vec::new(),
        };
        let degraded = Event::Degraded {
            interface: Some("eth0".to_owned()),
            reason: "torn".to_owned(),
        };
        publisher.publish(Event::InterfaceUp(eth0.clone()));
        publisher.publish(degraded.clone());
        for _ in 0..EVENT_CAPACITY {
            publisher.publish(conflict(1));
        }
        subscription.next().await;
        assert_eq!(subscription.next().await, Some(Event::Resync(Vec::new())));
        assert_eq!(
            subscription.next().await,
            Some(Event::InterfaceUp(eth0.clone()))
        );
        assert_eq!(subscription.next().await, Some(degraded));
        publisher.publish(Event::InterfaceDown(eth0));
        let mut late = publisher.audience().subscribe();
        assert_eq!(late.next().await, Some(Event::Resync(Vec::new())));
        drop(publisher);
        assert_eq!(late.next().await, None, "nothing is left to tell");
    }
}
