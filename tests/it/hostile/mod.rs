//! What strangers send to the TCP port. Whatever it is, the node closes by its deadline, goes on,
//! stays small, and answers an honest HELLO and an honest call for a session within a second,
//! meanwhile and afterwards.

mod begun;
mod conversation;
mod crowd;
mod endless;
mod forged;
mod greedy;
mod lines;

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use tazcom_tests::line::{exchange, greet_honestly};
use tazcom_tests::session::honest_session;
use tazcom_tests::{Event, Host, Node, SOON, eventually};

use crate::{LOOPBACK, on_loopback};

/// The product closes after 5 s at most; the rest is for a busy machine.
const CLOSED_BY: Duration = Duration::from_secs(8);

struct Victim {
    host: Host,
    node: Node,
    addr: SocketAddr,
}

impl Victim {
    fn new() -> Self {
        let host = Host::loopback();
        let node = on_loopback("victim").spawn(&host);
        let addr = node.at(LOOPBACK);
        Self { host, node, addr }
    }

    /// Sends `bytes`, expects exactly `answer` and the end, and that the node is well.
    fn answers(&mut self, bytes: &[u8], answer: &str) {
        let outcome = exchange(&self.host, self.addr, bytes);
        let sent = String::from_utf8_lossy(bytes);
        let got = String::from_utf8_lossy(&outcome.answer);
        assert_eq!(got, answer, "to {sent:?}{}", self.node.account());
        assert!(
            outcome.lasted < CLOSED_BY,
            "{:?} for {sent:?}",
            outcome.lasted
        );
        self.is_well();
    }

    /// The honest are answered, and it is alive and small.
    fn is_well(&mut self) {
        greet_honestly(&self.host, self.addr);
        honest_session(&self.host, self.addr);
        assert!(self.node.exit_status().is_none(), "{}", self.node.account());
        self.node.assert_small();
    }

    fn warns_of(&mut self, kind: &str) -> Event {
        let ip = LOOPBACK.to_string();
        self.node.wait_for(
            &format!("a warning of {kind} that names us"),
            SOON,
            |event| event.is_warning(kind) && event.text("addr").starts_with(&ip),
        )
    }

    /// How many files and sockets it has open.
    fn open_files(&self) -> usize {
        let directory = format!("/proc/{}/fd", self.node.pid().as_raw_nonzero());
        fs::read_dir(directory).unwrap().count()
    }

    /// Waits until it has no more open than `before`.
    fn has_let_go(&self, before: usize) {
        eventually("every connection is closed", SOON, || {
            (self.open_files() <= before).then_some(())
        });
    }
}
