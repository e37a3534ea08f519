//! A whole TAZCOM node in one handle.
//!
//! This crate composes and nothing else: what [`tazcom_discovery`] sees, [`tazcom_net`] is told
//! of and greets; whom the network cannot reach, discovery looks for again; and everybody who
//! subscribes hears of both through one closed [`Event`]. A single task, the run loop, does all of
//! it, and keeps no rules of its own.
//!
//! Reading order:
//!
//! - [`Node::builder`] and [`Builder`] say what the node shall be; [`Builder::start`] makes it one.
//! - [`Node`] is the handle: who it is, where it listens, whom it knows, and [`Node::shutdown`].
//! - [`Node::events`] gives [`Events`], a bounded stream that loses nothing silently.
//! - [`Roster`] is what makes that so: a view of who is there, and the events between two views.
//!
//! ```no_run
//! use tazcom_identity::SecretKey;
//! use tazcom_node::{Event, Node};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let node = Node::builder(SecretKey::generate()?).start().await?;
//! let mut events = node.events();
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::PeerDiscovered(peer) => println!("{} is here", peer.id),
//!         Event::HelloReceived { from, .. } => println!("{from} says hello"),
//!         Event::PeerRemoved { id, .. } => println!("{id} is gone"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod builder;
mod event;
mod feed;
mod interfaces;
mod node;
mod reach;
mod roster;
mod run;
mod translate;

pub use builder::{Backend, Builder, StartError};
pub use event::{Event, Part, Tried, Warning};
pub use feed::{EVENT_CAPACITY, Events};
pub use node::{Node, ShutdownReport};
pub use roster::Roster;
pub use run::ALONE_AFTER;
