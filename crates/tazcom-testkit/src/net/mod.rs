//! An emulated network of byte streams: what TCP does to a program, without a socket.
//!
//! Where a test's time is paused, hours of latency, loss, partitions and power cuts pass in
//! milliseconds, and one [`Seed`] with one order of calls gives one course of events.
//!
//! What is not TCP: nothing limits the bandwidth, room in a full stream is known to the writer as
//! soon as the reader has made it, and no connection ever times out by itself. A lost reset is as
//! lost as TCP's, but only partitions and crashes lose one; chance delays it like data. What was
//! unread when a reset arrives is discarded (RFC 9293 section 3.10.7.4; Linux would still hand it
//! out, Windows would not).

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::seed::Seed;

mod backlog;
mod capture;
mod connection;
mod end;
mod host;
mod listener;
mod stream;
mod timer;
mod wire;
mod world;

pub use backlog::BACKLOG;
pub use capture::{CAPTURE_LIMIT, Capture, Captured};
pub use connection::STREAM_BUFFER;
pub use host::SimHost;
pub use listener::SimListener;
pub use stream::SimStream;
pub use wire::StreamConditions;
use wire::Wire;
use world::World;

/// The emulated network; a cheap handle, all clones of which are the same network.
///
/// ```
/// # use std::net::IpAddr;
/// # use std::future::poll_fn;
/// # use tazcom_testkit::{Seed, SimNet, StreamConditions};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> std::io::Result<()> {
/// let net = SimNet::new(Seed(7), StreamConditions::default());
/// let (alice, bob) = (net.host("10.0.0.1".parse().unwrap()), net.host("10.0.0.2".parse().unwrap()));
/// let mut listener = bob.listen(0)?;
/// let mut dialled = alice.connect(listener.local_addr()).await?;
/// let (mut accepted, _) = poll_fn(|cx| listener.poll_accept(cx)).await?;
/// dialled.write_all(b"hello").await?;
/// let mut heard = [0; 5];
/// accepted.read_exact(&mut heard).await?;
/// assert_eq!(&heard, b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SimNet(Arc<Shared>);

struct Shared {
    world: Mutex<World>,
    /// A way may have opened.
    opened: Notify,
}

impl SimNet {
    /// A network without hosts. All its chance comes from `seed`.
    #[must_use]
    pub fn new(seed: Seed, conditions: StreamConditions) -> Self {
        Self(Arc::new(Shared {
            world: Mutex::new(World::new(Wire::new(seed, conditions))),
            opened: Notify::new(),
        }))
    }

    /// The host at `ip`, which is added if it is new. One that has crashed is switched on again and
    /// has forgotten everything: whoever writes to a stream from before gets a reset.
    pub fn host(&self, ip: IpAddr) -> SimHost {
        let life = self.with(|world| world.switch_on(ip));
        self.0.opened.notify_waiters();
        SimHost::new(self.clone(), ip, life)
    }

    /// From now on nothing crosses between the two, what is on its way included. It arrives after
    /// [`SimNet::heal`]; until then whoever connects hangs.
    pub fn partition(&self, one: IpAddr, other: IpAddr) {
        self.with(|world| world.partition(one, other));
    }

    /// Ends the partition. What was sent meanwhile is sent again one retransmission timeout
    /// (200 ms) from now.
    pub fn heal(&self, one: IpAddr, other: IpAddr) {
        self.with(|world| world.heal(one, other));
        self.0.opened.notify_waiters();
    }

    /// Cuts the power of a host. No FIN: the other ends of its streams hear nothing, and whoever
    /// connects to it hangs, until [`SimNet::host`] switches it on again. To whatever still runs on
    /// it nothing happens any more: each poll is pending for ever, so end those tasks.
    pub fn crash(&self, ip: IpAddr) {
        self.with(|world| world.crash(ip));
    }

    /// What is sent from now on is treated like this; what is on its way arrives as it would have.
    pub fn set_conditions(&self, conditions: StreamConditions) {
        self.with(|world| world.wire.set_conditions(conditions));
    }

    /// Begins to record what is sent, and forgets what was recorded before.
    pub fn start_capture(&self) {
        self.with(|world| world.capture = Some(Capture::default()));
    }

    /// What was sent since [`SimNet::start_capture`]; at most [`CAPTURE_LIMIT`] bytes of it. The
    /// tap is at the sender: what a partition or a crash kept from arriving is there too.
    #[must_use]
    pub fn capture(&self) -> Capture {
        self.with(|world| world.capture.clone().unwrap_or_default())
    }

    /// Ends of streams that some program holds, or a listener for it. 0 when nothing leaks: each
    /// connection counts twice, until its ends are dropped; those of a crashed host do not count.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.with(|world| world.open_ends())
    }

    /// Does something to the world, and wakes whom it concerns once the world is free again: a
    /// waker may run whatever it likes.
    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.0.world.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut world);
        let woken = std::mem::take(&mut world.woken);
        drop(world);
        for waker in woken {
            waker.wake();
        }
        result
    }
}

impl fmt::Debug for SimNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimNet")
            .field("open_streams", &self.open_streams())
            .finish_non_exhaustive()
    }
}
