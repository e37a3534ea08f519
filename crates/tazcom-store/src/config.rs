//! How much is kept, and for how long.

use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: u64 = 1 << 20;

/// What messages that share a quota may take.
///
/// Bytes are those of the envelopes. With the indexes and the words for the search the file takes
/// about two to three times as much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many messages.
    pub messages: u64,
    /// How many bytes of envelopes.
    pub bytes: u64,
}

/// A quota, and how long what is in it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// What all messages in it may take together. Beyond it the ones that came first go.
    pub quota: Quota,
    /// How long after it came a message is kept, if its author did not ask for less.
    pub keep: Duration,
}

/// The limits of a store. Each is a bound on what strangers can make this node keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Each room that the user joined.
    ///
    /// A week, as people return within the week; 50,000 messages are a message every 12 s of it, and
    /// 64 MiB are 1,300 bytes for each.
    pub joined: Retention,
    /// All rooms that the user did not join, together.
    ///
    /// A relay keeps them for those who come back within the day. There is no count: bytes are what
    /// it costs.
    pub others: Retention,
    /// All sealed messages, together. A week: they are for people who are not here.
    pub sealed: Retention,
    /// What nodes say of themselves, together: names above all, which are to be known for as long as
    /// messages of their authors are.
    pub mesh: Retention,
    /// All receipts, of whatever scope, together.
    ///
    /// In a room of fifty a text can bring fifty of them, which must not push out the texts. Whom they
    /// name is counted apart from them, and for as long as the message is kept.
    pub receipts: Retention,
    /// What one author may take in one scope, and once more with its receipts there. Beyond it the
    /// oldest of that author go.
    ///
    /// 2,000 messages or 2 MiB are more than a person says in a week, and a flood of one author
    /// pushes out nobody but itself.
    pub author: Quota,
    /// Rooms that can be joined. More than anybody follows, and each has a quota of its own.
    pub joined_rooms: u64,
    /// Ids of evicted messages that are remembered, so that they are not let in again.
    ///
    /// At about 100 bytes each. When there are more, the ones that were made first are forgotten, and
    /// of their quota nothing that was made before them is let in.
    pub evicted: u64,
    /// Authors without messages that are remembered because of what they had too much of, at about 100
    /// bytes each. Whoever is forgotten can do no more than send old messages again.
    pub idle_authors: u64,
    /// Receipts that are counted in all, at about 120 bytes each, beyond those for own messages.
    pub counted_receipts: u64,
    /// Authors of receipts that are counted for one message. Everybody on a large campus.
    pub receipts_per_message: u64,
    /// Peers whose addresses are remembered. Whom one meets in a week on a campus.
    pub peers: u64,
    /// Addresses that are remembered of one peer: two families on two networks.
    pub addrs_per_peer: u64,
    /// Small values that are kept by name ([`Store::set_meta`](crate::Store::set_meta)).
    pub meta: u64,
    /// Sealed values ([`Store::set_secrets`](crate::Store::set_secrets)): some for each person written
    /// to in private, each message on its way, and each member of each private room.
    pub secrets: u64,
    /// What one private conversation may take. The oldest lines go; nothing goes in time.
    pub said: Quota,
    /// Private conversations. Beyond it the one that has been silent longest goes.
    pub talks: u64,
    /// Bytes of the database file, the log beside it not counted. Nothing is written beyond it.
    ///
    /// A last bound, above what the quotas lead to unless a hundred rooms are joined.
    pub file: u64,
    /// Requests that may wait for the [`StoreThread`](crate::StoreThread): what a group of a
    /// thousand messages needs if each comes alone.
    pub queue: usize,
    /// Requests that are committed together at most. It bounds how long the first of them waits.
    pub group: usize,
}

impl Config {
    /// For a node on a LAN, the default.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            joined: Retention {
                quota: Quota {
                    messages: 50_000,
                    bytes: 64 * MIB,
                },
                keep: DAY.saturating_mul(7),
            },
            others: Retention {
                quota: Quota {
                    messages: u64::MAX,
                    bytes: 32 * MIB,
                },
                keep: DAY,
            },
            sealed: Retention {
                quota: Quota {
                    messages: u64::MAX,
                    bytes: 16 * MIB,
                },
                keep: DAY.saturating_mul(7),
            },
            mesh: Retention {
                quota: Quota {
                    messages: u64::MAX,
                    bytes: 8 * MIB,
                },
                keep: DAY.saturating_mul(7),
            },
            receipts: Retention {
                quota: Quota {
                    messages: u64::MAX,
                    bytes: 16 * MIB,
                },
                keep: DAY,
            },
            author: Quota {
                messages: 2_000,
                bytes: 2 * MIB,
            },
            joined_rooms: 256,
            evicted: 1 << 18,
            idle_authors: 16_384,
            counted_receipts: 1 << 19,
            receipts_per_message: 4_096,
            peers: 1_024,
            addrs_per_peer: 4,
            meta: 1_024,
            secrets: 1 << 18,
            said: Quota {
                messages: 20_000,
                bytes: 32 * MIB,
            },
            talks: 1_024,
            file: 2_048 * MIB,
            queue: 1_024,
            group: 256,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::lan()
    }
}
