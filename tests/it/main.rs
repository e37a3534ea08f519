//! Real nodes on the loopback interface: they find each other, leave, and stand what is thrown at
//! them.
//!
//! Where namespaces can be made, every test has a loopback interface of its own; elsewhere the
//! tests share the machine's, and look only at the nodes they started.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something it needs is missing"
)]

mod chat;
mod flood;
mod greeting;
mod hostile;
mod keys;
mod leaving;
mod privacy;
mod private;
mod sessions;
mod talking;
mod verbs;

use tazcom_tests::NodeCommand;

/// The address of the loopback interface.
const LOOPBACK: std::net::Ipv4Addr = std::net::Ipv4Addr::LOCALHOST;

/// A node that uses the loopback interface and nothing else.
fn on_loopback(name: &str) -> NodeCommand {
    NodeCommand::new(name).interface("lo")
}
