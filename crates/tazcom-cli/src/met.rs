//! Remembers whom the node meets in sessions, so that nobody can pass for an old version of them
//! after a restart either.

use std::sync::Arc;
use std::time::Duration;

use tazcom_identity::{DataDir, NodeId, Pins, PinsError};
use tazcom_node::{Event, Events, Node};
use tokio::time::Instant;

/// The shortest time from one write to the next: a crowd that is met at once is one write.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// Whom the node of a data directory has met.
#[derive(Debug)]
pub(crate) struct Met {
    held: Arc<DataDir>,
    pins: Pins,
}

impl Met {
    pub(crate) fn load(held: &Arc<DataDir>) -> Result<Self, PinsError> {
        Ok(Self {
            held: Arc::clone(held),
            pins: held.load_pins()?,
        })
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.pins.ids()
    }

    pub(crate) fn directory(&self) -> &DataDir {
        &self.held
    }

    /// Follows `node` to its end, writing down whom it meets: soon when it is somebody new, and in
    /// the end.
    pub(crate) fn keep(self, node: &Node) -> impl Future<Output = ()> + use<> {
        let keeper = Keeper {
            met: self,
            // Sessions may have come up before this.
            events: node.events(),
            is_changed: false,
            due: None,
            last: None,
        };
        let sessions = node.sessions().into_iter().map(|session| session.id);
        keeper.run(node.clone(), sessions.collect())
    }
}

#[derive(Debug)]
struct Keeper {
    met: Met,
    events: Events,
    /// Whether the file is not what is known.
    is_changed: bool,
    /// When to write.
    due: Option<Instant>,
    /// When it was written last.
    last: Option<Instant>,
}

impl Keeper {
    async fn run(mut self, node: Node, present: Vec<NodeId>) {
        present.into_iter().for_each(|id| self.meet(id));
        loop {
            tokio::select! {
                event = self.events.next() => match event {
                    Some(Event::SessionUp { id, .. }) => self.meet(id),
                    Some(Event::Resync { .. }) => {
                        for session in node.sessions() {
                            self.meet(session.id);
                        }
                    }
                    Some(_) => {}
                    None => break,
                },
                () = until(self.due) => self.write().await,
            }
        }
        if self.is_changed {
            self.write().await;
        }
    }

    fn meet(&mut self, id: NodeId) {
        // Somebody met again has a new place in the order, which can wait.
        self.is_changed = true;
        if self.met.pins.meet(id) {
            let earliest = self.last.map(|last| last + WRITE_EVERY);
            let now = Instant::now();
            self.due
                .get_or_insert_with(|| earliest.map_or(now, |earliest| earliest.max(now)));
        }
    }

    async fn write(&mut self) {
        self.due = None;
        self.last = Some(Instant::now());
        self.is_changed = false;
        let held = Arc::clone(&self.met.held);
        let pins = self.met.pins.clone();
        let written = tokio::task::spawn_blocking(move || held.save_pins(&pins)).await;
        // A panic has been noted where panics are.
        if let Ok(Err(error)) = written {
            tracing::warn!("whom this node has met was not written down: {error}");
            self.is_changed = true;
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
