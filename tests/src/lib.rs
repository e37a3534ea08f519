//! The harness of the multi-node tests: real `tazcom-cli` processes, watched through their
//! command line, on networks the tests make themselves.
//!
//! No node is linked in here, only what strangers need who shake hands and sign messages. A test starts nodes with [`NodeCommand`], waits for what they
//! say with [`Process::wait_for`], and looks at the wire with [`wire`] and [`mod@line`]. In reading
//! order:
//!
//! - [`lane`]: what a test needs of the machine, and what happens when it is not there.
//! - [`Host`] and [`Lan`]: machines and networks, made of network namespaces. Nothing a test
//!   sends can reach an interface of the real machine other than `lo`.
//! - [`Process`], [`Event`]: a program that prints one JSON object a line.
//! - [`NodeCommand`], [`Node`]: the product. [`User`]: somebody who talks with it. [`PythonPeer`],
//!   [`Avahi`]: the others.
//! - [`mod@line`], [`session`], [`wire`]: greetings in plain, sessions and announcements, honest
//!   and otherwise.
//! - [`Screen`]: a terminal that a program runs in.
//! - [`Author`]: messages signed by hand.
//! - [`Capture`]: what really travelled.
//!
//! Every wait has a deadline, and says on failure what the process said last.

mod author;
mod avahi;
mod binary;
mod capture;
mod event;
mod host;
mod lan;
pub mod lane;
pub mod line;
mod namespace;
mod node;
mod picture;
mod process;
mod python;
mod screen;
pub mod session;
mod settle;
pub mod tmux;
mod user;
pub mod wire;

use std::time::Duration;

pub use author::{Author, export_line, resealed};
pub use avahi::Avahi;
pub use capture::{Capture, Conversation};
pub use event::Event;
pub use host::Host;
pub use lan::{Lan, Trunk};
pub use node::{MEMORY_LIMIT_KIB, Node, NodeCommand, Refusal, raw_id};
pub use process::{Process, Usage};
pub use python::{PythonPeer, python_script};
pub use rustix::process::Signal;
pub use screen::Screen;
pub use settle::{eventually, pause};
pub use tmux::Tmux;
pub use user::{Outcome, User, ids};

/// How long anything may take that should happen at once, on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);
