//! Real nodes on networks that change: hosts and switches made of network namespaces.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something it needs is missing"
)]

mod attack;
mod change;
mod conflict;
mod crash;
mod many_hops;
mod private;
mod reach;
mod split;
mod two_lans;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Event, Node, SOON};

/// Whether the machine can hold these tests at all.
fn namespaces() -> bool {
    lane::open(&[Lane::Namespaces])
}

/// Waits until a node shows the message `id`.
fn hears(node: &mut Node, id: &str) -> Event {
    node.wait_for(&format!("the message {id}"), SOON, |event| {
        event.name() == "message" && event.text("id") == id
    })
}

#[expect(
    clippy::print_stderr,
    reason = "a figure worth reading where it passes, too"
)]
fn tell(figure: &str) {
    eprintln!("{figure}");
}
