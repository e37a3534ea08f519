//! TAZCOM over TCP: greeting peers and answering them under hard limits.
//!
//! The one secret of this crate is sockets: tasks, permits, deadlines and back-pressure. What is
//! said in a connection is `tazcom-proto`'s; who is there is told from outside, by discovery; what
//! it means is for whoever reads the events. Everything a stranger can send or leave unsent has a
//! limit, a deadline and a test at the limit and one past it.
//!
//! ```
//! use std::net::{Ipv4Addr, SocketAddr};
//! use tazcom_identity::NodeId;
//! use tazcom_net::{Config, Endpoint, Event};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listen = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
//! let config = Config { listen, ..Config::lan() };
//! let (ana, mut heard_by_ana) = Endpoint::bind(NodeId::from_bytes([1; 32]), config.clone()).await?;
//! let (bob, mut heard_by_bob) = Endpoint::bind(NodeId::from_bytes([2; 32]), config).await?;
//! ana.greet(bob.local_addrs()[0]);
//! assert!(matches!(heard_by_bob.next().await, Some(Event::HelloReceived { .. })));
//! assert!(matches!(heard_by_ana.next().await, Some(Event::HelloSent { .. })));
//! assert!(matches!(heard_by_ana.next().await, Some(Event::AckReceived { .. })));
//! assert_eq!(ana.shutdown().await.aborted, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Map
//!
//! In reading order:
//!
//! - [`Endpoint`] is the handle: [`bind`](Endpoint::bind), tell it of peers
//!   ([`peer_seen`](Endpoint::peer_seen), [`peer_gone`](Endpoint::peer_gone),
//!   [`greet`](Endpoint::greet)), [`shutdown`](Endpoint::shutdown). [`BindError`] says why not.
//! - [`Events`] is what comes back, one [`Event`] after another, bounded.
//! - [`Config`] holds every limit with its reason; [`Config::lan`] is the default,
//!   [`Config::bench`] lifts what a benchmark must lift.
//! - [`Sighting`] and [`SeenAddr`] are what discovery knows of a peer.
//!
//! Inside, what decides is apart from what waits. `admission` (whose connection makes room, whose
//! request is one too many), `dial` (whom to greet where and when) and `reports` (which complaint
//! is one too many) are told the time and know no socket; their tests run in virtual time. The
//! task in `driver` owns them and every connection; `server` and `client` are one exchange each,
//! run as the driver's children, so that no peer can hold up another.
//!
//! # What is promised
//!
//! - A connection is answered or closed within [`Deadlines::exchange`], however its bytes come,
//!   and closed for good within [`Deadlines::linger`] after that.
//! - A newcomer always finds room: when the table is full the oldest connection of the address
//!   that holds most is closed instead.
//! - A peer is greeted once for each appearance, and again when the address it answered at is
//!   gone. While it is announced and does not answer it is retried with jittered back-off.
//! - A forged record cannot aim us at a service port, a printer, a group or this host (as far as
//!   [`Endpoint::own_addresses`] says which that is), and whoever announces what cannot be reached
//!   waits behind everybody who does not.
//! - Nothing is lost silently: what is not told is counted ([`Event::Suppressed`],
//!   [`Event::PeersRefused`], [`Event::Lagged`]).
//! - After [`Endpoint::shutdown`] no task and no socket is left.
//!
//! HELLO and ACK travel in plaintext and prove nothing; an id in an event is a claim.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod admission;
mod bind;
mod bucket;
mod carry;
mod client;
mod config;
mod dial;
mod directory;
mod driver;
mod endpoint;
mod event;
mod inbox;
mod link;
mod modern;
mod outbox;
mod reports;
mod server;
mod shake;
mod sniff;
mod transport;

pub use bind::BindError;
pub use carry::Payload;
pub use config::{
    Config, Deadlines, DialLimits, HalfOpenLimits, LinkLimits, QueueLimits, Rate, ReportLimits,
    WorkLimits,
};
pub use dial::{SeenAddr, Sighting};
pub use directory::{Payloads, PingError, SendError, SessionInfo};
pub use endpoint::{Endpoint, ShutdownReport};
pub use event::{ConnectionLimit, DialFailure, Event, Malformation, WarningKind};
pub use link::DownReason;
pub use outbox::Events;
pub use sniff::Sniff;
/// The words in which this crate speaks of sessions.
pub use tazcom_session::{ByeCode, ChannelBinding, HandshakeError, PayloadKind, Role};
pub use transport::{Listener, Stream, Tcp, Transport};
