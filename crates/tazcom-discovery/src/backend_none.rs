//! The backend that neither sends nor hears anything.

use std::future::ready;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use tazcom_identity::NodeId;

use crate::Discovery;
use crate::interface::Interface;
use crate::peer::Peer;
use crate::service::LocalService;
use crate::stats::Stats;
use crate::subscription::{Audience, Publisher, Subscription};

/// Starts the backend that finds nobody: peers are those given by hand, elsewhere.
#[must_use]
pub fn start_none() -> Box<dyn Discovery> {
    let publisher = Publisher::new();
    Box::new(Silent {
        audience: publisher.audience(),
        publisher: Mutex::new(Some(publisher)),
    })
}

#[derive(Debug)]
struct Silent {
    audience: Audience,
    /// Taken at shutdown, which ends the subscriptions.
    publisher: Mutex<Option<Publisher>>,
}

impl Discovery for Silent {
    fn subscribe(&self) -> Subscription {
        self.audience.subscribe()
    }

    fn peers(&self) -> Vec<Peer> {
        Vec::new()
    }

    fn interfaces(&self) -> Vec<Interface> {
        Vec::new()
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }

    fn update(&self, _service: LocalService) {}

    fn report_unreachable(&self, _id: NodeId) {}

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut publisher = self
            .publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        drop(publisher.take());
        Box::pin(ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[tokio::test]
    async fn it_finds_nobody_and_ends_when_told() {
        let discovery = start_none();
        let mut events = discovery.subscribe();
        assert_eq!(events.next().await, Some(Event::Resync(Vec::new())));
        discovery.shutdown().await;
        discovery.shutdown().await;
        assert_eq!(events.next().await, None);
    }
}
