//! Where the other end is.

use libp2p::Swarm;
use libp2p_stream::Behaviour;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::node::{self, Hub};

/// A thread that drives a runtime until the end of the process.
#[derive(Debug)]
pub(crate) struct There(Handle);

impl There {
    pub(crate) fn start() -> Outcome<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Ok(Self(handle))
    }

    /// Lets something run there.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.spawn(work)
    }

    /// A node that is dialled, after `prepare` has seen its swarm.
    pub(crate) async fn hub<F>(&self, prepare: F) -> Outcome<Hub>
    where
        F: FnOnce(&Swarm<Behaviour>) -> Outcome<()> + Send + 'static,
    {
        let hub = self.spawn(async move {
            let swarm = node::swarm()?;
            prepare(&swarm)?;
            Hub::listen(swarm).await
        });
        hub.await?
    }
}
