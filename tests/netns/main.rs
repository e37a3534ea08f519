//! Real nodes on networks that change: hosts and switches made of network namespaces.

mod attack;
mod change;
mod conflict;
mod crash;
mod reach;
mod two_lans;

use tazcom_tests::lane::{self, Lane};

/// Whether the machine can hold these tests at all.
fn namespaces() -> bool {
    lane::open(&[Lane::Namespaces])
}
