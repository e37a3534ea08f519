//! Events on their way to the user: bounded, and never lost silently.

use tokio::sync::mpsc;

use crate::event::Event;

/// The reading end, for whoever owns the endpoint.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Receiver<Event>,
}

impl Events {
    /// The next event, or `None` once the endpoint has shut down and everything was read.
    ///
    /// Cancel-safe. Read it steadily: past [`Config::event_capacity`](crate::Config) waiting
    /// events, further ones are lost and counted in [`Event::Lagged`].
    pub async fn next(&mut self) -> Option<Event> {
        self.queue.recv().await
    }
}

/// The writing end. Never waits: one slow reader must not stop the network.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Event>,
    missed: u64,
    /// Room kept back, so that what is missing at the very end can be told too.
    last_word: Option<mpsc::OwnedPermit<Event>>,
}

pub(crate) fn channel(capacity: usize) -> (Outbox, Events) {
    let (sender, receiver) = mpsc::channel(capacity.saturating_add(1));
    let last_word = sender.clone().try_reserve_owned().ok();
    (
        Outbox {
            queue: sender,
            missed: 0,
            last_word,
        },
        Events { queue: receiver },
    )
}

impl Outbox {
    pub(crate) fn emit(&mut self, event: Event) {
        self.confess();
        if self.missed > 0 {
            self.missed += 1;
        } else if let Err(mpsc::error::TrySendError::Full(_)) = self.queue.try_send(event) {
            self.missed = 1;
        }
    }

    /// Waits, while events have been missed, for room to say so. For ever if none have.
    pub(crate) async fn room(&self) {
        if self.missed == 0 {
            std::future::pending::<()>().await;
        }
        // An error means that nobody reads any more: then nobody is waiting to be told either.
        if self.queue.reserve().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Says how many were missed, at the place in the stream where they are missing.
    pub(crate) fn confess(&mut self) {
        if self.missed > 0
            && self
                .queue
                .try_send(Event::Lagged {
                    missed: self.missed,
                })
                .is_ok()
        {
            self.missed = 0;
        }
    }

    /// Ends the stream.
    pub(crate) fn finish(mut self) {
        self.confess();
        if let (1.., Some(permit)) = (self.missed, self.last_word.take()) {
            permit.send(Event::Lagged {
                missed: self.missed,
            });
        }
    }
}
