//! Who seems to be on this LAN, and where.
//!
//! This crate owns one secret: how TAZCOM nodes find each other. It registers and browses the
//! DNS-SD service `_tazcom._tcp.local.` over multicast DNS, on every usable interface at once,
//! IPv4 and IPv6, and keeps doing so while interfaces come, go and change their addresses.
//!
//! Nothing it says is proof: an announcement is a claim, and who a peer is turns out when it is
//! greeted. It does not dial, and knows nothing of sessions or rooms.
//!
//! In reading order:
//!
//! - [`start_native`] starts our own engine on tokio sockets and returns a [`Discovery`];
//!   [`start_none`] stands in for it where nothing is to be sent, and `start_simple_mdns`
//!   (feature `simple-mdns`) puts that library's own discovery behind the same trait.
//! - [`LocalService`] is what we announce, [`Config`] where.
//! - [`Subscription`] yields [`Event`]s: a [`Peer`] found, updated, lost ([`LostReason`]), an
//!   interface up or down, our own identity announced by somebody else. A slow reader gets
//!   [`Event::Resync`] with the whole view, never a silent gap.
//! - [`Interface`], [`InterfaceFilter`] and [`list_interfaces`] say which links there are and
//!   which of them may be used.
//! - [`engine`] is the protocol as a state machine without sockets or clock, for other runtimes
//!   and for simulations.
//!
//! ```no_run
//! use tazcom_discovery::{Config, Event, start_native};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // No service of our own: look around without announcing ourselves.
//! let discovery = start_native(None, Config::default()).await?;
//! let mut events = discovery.subscribe();
//! while let Some(event) = events.next().await {
//!     if let Event::Found(peer) = event {
//!         println!("{} at {:?}", peer.id, peer.socket_addrs().next());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod backend_none;
#[cfg(feature = "simple-mdns")]
mod backend_simple_mdns;
mod driver;
pub mod engine;
mod event;
mod interface;
mod names;
mod peer;
mod service;
mod stats;
mod subscription;
mod wire;

use std::fmt::Debug;
use std::pin::Pin;

pub use backend_none::start_none;
#[cfg(feature = "simple-mdns")]
pub use backend_simple_mdns::start_simple_mdns;
pub use driver::{WATCH_INTERVAL, list_interfaces, start_native};
pub use event::{Event, LostReason};
pub use interface::{
    Interface, InterfaceAddr, InterfaceFilter, InterfaceIndex, InterfaceKind, InterfaceSelector,
};
pub use peer::{Peer, PeerAddr, Via};
pub use service::LocalService;
pub use stats::Stats;
pub use subscription::{EVENT_CAPACITY, Subscription};
use tazcom_identity::NodeId;

/// A running discovery backend.
pub trait Discovery: Debug + Send + Sync {
    /// Events from now on; the first is [`Event::Resync`] with the present view.
    fn subscribe(&self) -> Subscription;

    /// The peers known now.
    fn peers(&self) -> Vec<Peer>;

    /// The interfaces in use now.
    fn interfaces(&self) -> Vec<Interface>;

    /// What has been done so far.
    fn stats(&self) -> Stats;

    /// Announces a new port or version from now on.
    fn update(&self, service: LocalService);

    /// A dial to this peer failed: confirm it with two queries and drop it after 10 s of silence.
    fn report_unreachable(&self, id: NodeId);

    /// Says goodbye (twice, 120 ms apart) and ends; returns after 2 s at the latest. Idempotent.
    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Where to look for peers.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which interfaces to use.
    pub interfaces: InterfaceFilter,
    /// Whether to use IPv6 (`ff02::fb`) beside IPv4.
    pub ipv6: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interfaces: InterfaceFilter::Auto,
            ipv6: true,
        }
    }
}

/// Why discovery could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The operating system gave no random bytes. Nothing was sent.
    #[error("the operating system gave no random bytes; try again once it has started fully")]
    Entropy,
    /// The backend cannot do what was asked; the text says what and what to use instead. Nothing
    /// was sent.
    #[error("{0}")]
    Unsupported(&'static str),
}
