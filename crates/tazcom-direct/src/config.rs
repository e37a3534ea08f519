//! Every number of direct messages, with its unit and its reason.

use std::time::Duration;

use tazcom_proto::limits::MAX_LIFETIME_SECS;

/// How much is kept, and how long things may take.
///
/// Nothing in it is negotiated: nodes with different values still understand each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Messages to one person that have not arrived. More than anybody writes to somebody who does not
    /// answer.
    pub outbox_peer: usize,
    /// The same for all people together: a few megabytes on the disk.
    pub outbox_all: usize,
    /// Messages sealed in one ratchet that have not arrived. A receiver keeps the keys of 40 that were
    /// overtaken; with fewer on the way none is lost, in whatever order they come.
    pub window: usize,
    /// Ratchets with one person. Four windows are 128 messages on the way.
    pub ratchets: usize,
    /// The least time between two new ratchets that are begun because something could not be opened:
    /// whoever complains all day long gets 24.
    pub fresh_every: Duration,
    /// How long receipts are gathered. Messages that come together are told together.
    pub receipt_gather: Duration,
    /// Messages that one receipt names: as many as still fit into 2 KiB.
    pub receipt_ids: usize,
    /// Receipts and complaints to one person that can be sealed anew when they could not be opened.
    pub retained: usize,
    /// How long a message is tried. After that no relay has it any more.
    pub keep: Duration,
    /// How far somebody's clock may be ahead. As for envelopes.
    pub clock_ahead: Duration,
    /// Bundles of people with whom there is nothing yet.
    pub bundles: usize,
    /// How often the own bundle is published, so that it is found by who was not there.
    pub publish_every: Duration,
    /// How old the own fallback key becomes. It opens messages for as long again.
    pub fallback_life: Duration,
    /// People with whom there is a ratchet, a key or a message. Beyond that the one is forgotten who was
    /// never written to and has been silent longest.
    pub peers: usize,
    /// One-time keys that are given out and not used. Twice the neighbours a node may have.
    pub one_time_keys: usize,
    /// Messages of one person that are remembered so that none is shown twice. What is older than the
    /// oldest that was forgotten is refused.
    pub seen_peer: usize,
    /// The same for all people together.
    pub seen_all: usize,
    /// Envelopes of one person that wait for its keys.
    pub aside_peer: usize,
    /// The same for all people together: half a megabyte.
    pub aside_all: usize,
    /// Complaints to one person in an hour.
    pub complaints: usize,
}

impl Config {
    /// For the network of a home, an office or an event. The default.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            outbox_peer: 256,
            outbox_all: 4096,
            window: 32,
            ratchets: 4,
            fresh_every: HOUR,
            receipt_gather: Duration::from_millis(250),
            receipt_ids: 64,
            retained: 64,
            keep: WEEK,
            clock_ahead: DAY,
            bundles: 2048,
            publish_every: DAY,
            fallback_life: WEEK,
            peers: 1024,
            one_time_keys: 128,
            seen_peer: 4096,
            seen_all: 32_768,
            aside_peer: 8,
            aside_all: 64,
            complaints: 64,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::lan()
    }
}

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// As an envelope has it.
pub(crate) fn lifetime_secs(lifetime: Duration) -> u32 {
    u32::try_from(lifetime.as_secs())
        .unwrap_or(MAX_LIFETIME_SECS)
        .clamp(1, MAX_LIFETIME_SECS)
}
