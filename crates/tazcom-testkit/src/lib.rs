//! Test doubles: virtual time, seeded randomness, an emulated multicast LAN and an emulated network
//! of byte streams.
//!
//! For tests only. A state machine under test is driven by hand: its packets go into a [`SimLan`],
//! which loses, delays and duplicates them as told, and hands them out again in the order of
//! virtual time. It neither reads a clock nor waits. A program of tasks runs on a [`SimNet`]
//! instead, in tokio's paused time, and sees what TCP would show it.
//!
//! - [`Clock`] is where virtual time starts and how it is told.
//! - [`Seed`] is the one number a run depends on; print it when a test fails.
//! - [`SimLan`] has [`Segment`]s (links) to which [`Port`]s (interfaces) are attached.
//! - [`SimNet`] has [`SimHost`]s that listen and connect, and [`SimStream`]s between them. Links are
//!   slow and lossy as told ([`StreamConditions`]), fail and heal; hosts lose their power; a tap
//!   ([`Capture`]) hears what is sent.
//! - [`fixed_id`] gives node ids that are the same in every run.
//!
//! ```
//! use std::time::Duration;
//! use tazcom_testkit::{Clock, LinkConfig, Seed, SimLan};
//!
//! let clock = Clock::start();
//! let mut lan = SimLan::new(Seed(7));
//! let wifi = lan.add_segment(LinkConfig::default());
//! let (alice, bob) = (lan.attach(wifi), lan.attach(wifi));
//! lan.multicast(clock.at(Duration::ZERO), alice, "hello");
//! let first = lan.next_delivery().unwrap();
//! assert_eq!(first.to, alice, "multicast comes back to its sender at once");
//! assert_eq!(lan.next_delivery().unwrap().to, bob);
//! ```

pub mod measure;

mod clock;
mod lan;
mod net;
mod seed;

pub use clock::Clock;
pub use lan::{Delivery, LanStats, LinkConfig, Port, Segment, SimLan};
pub use net::{
    BACKLOG, CAPTURE_LIMIT, Capture, Captured, STREAM_BUFFER, SimHost, SimListener, SimNet,
    SimStream, StreamConditions,
};
pub use seed::Seed;
use tazcom_identity::{NodeId, SecretKey};

/// The id of test node `n`: always the same, different for each `n`.
#[must_use]
pub fn fixed_id(n: u32) -> NodeId {
    let mut seed = [0x5a; 32];
    for (to, from) in seed.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    SecretKey::from_seed(seed).node_id()
}
