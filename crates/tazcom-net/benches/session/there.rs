//! Where the other end is.

use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::node::{Hub, Node};

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

    /// An endpoint that is dialled.
    pub(crate) async fn hub(&self, number: u64) -> Outcome<Hub> {
        let hub = self.spawn(async move { Ok(Node::start(number).await?.drive()) });
        hub.await?
    }
}
