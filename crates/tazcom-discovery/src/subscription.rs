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

    /// Changes the view and tells of it, so that nobody sees one without the other.
    pub(crate) fn publish(&self, event: Event, change: impl FnOnce(&mut View)) {
        let mut view = lock(&self.view);
        change(&mut view);
        // Fails only when nobody listens.
        let _ = self.events.send(event);
    }

    /// Changes the view alone.
    pub(crate) fn update(&self, change: impl FnOnce(&mut View)) {
        change(&mut lock(&self.view));
    }
}

impl Audience {
    pub(crate) fn subscribe(&self) -> Subscription {
        let view = lock(&self.view);
        let interfaces = view.interfaces.iter().cloned().map(Event::InterfaceUp);
        let first = std::iter::once(Event::Resync(view.peers.clone()))
            .chain(interfaces)
            .chain(view.degraded.iter().cloned());
        Subscription {
            first: first.collect(),
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
                Some(Event::Resync(view.peers.clone()))
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

    fn conflict(n: u8) -> Event {
        Event::IdentityConflict {
            source: IpAddr::from([127, 0, 0, n]),
        }
    }

    #[tokio::test]
    async fn a_subscription_starts_with_the_view_and_ends_with_the_publisher() {
        let publisher = Publisher::new();
        let mut subscription = publisher.audience().subscribe();
        publisher.publish(conflict(1), |_| ());
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
            publisher.publish(conflict(1), |_| ());
        }
        assert!(matches!(subscription.next().await, Some(Event::Resync(_))));
        assert!(matches!(subscription.next().await, Some(Event::Resync(_))));
        publisher.publish(conflict(2), |_| ());
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
}
