//! Every limit of this layer, by name, with the reason for its number.

use std::time::Duration;

use tazcom_proto::UnixMillis;

pub use crate::bucket::Rate;

/// How a [`Gossip`](crate::Gossip) relays, defends itself and repairs.
#[derive(Clone, Debug)]
pub struct Config {
    /// How broadcast trees are kept.
    pub tree: Tree,
    /// With whom.
    pub links: Links,
    /// What a neighbour may send.
    pub session: SessionRates,
    /// What authors may say.
    pub authors: AuthorRates,
    /// Which times are believed.
    pub window: Window,
    /// How gaps are found and filled.
    pub repair: Repair,
    /// How paths are traced.
    pub trace: Trace,
    /// Messages that are held, expired ones that are remembered included. At about 200 bytes each,
    /// 50 MiB. The store's own quotas are far below; this is the end of a store that has none.
    pub max_held: usize,
    /// Messages that were evicted and are not taken in again, the newest ones: 64 Ki, 5 MiB.
    pub max_gone: usize,
    /// Sessions that are looked after. A node has 256 at most; the rest is for what goes wrong.
    pub max_sessions: usize,
    /// Messages of our own that wait because they came faster than others would take them.
    pub max_waiting: usize,
}

/// How broadcast trees are kept (Plumtree).
#[derive(Clone, Debug)]
pub struct Tree {
    /// From an announcement until the message is asked for, if it has not come by itself.
    ///
    /// 250 ms. Under load, 80 ms made every second copy a duplicate; with a second, recovery after a
    /// crash took 1,070 ms instead of 75 (simulated).
    pub graft_after: Duration,
    /// From then until the next one that announced it is asked.
    pub graft_again: Duration,
    /// Announcements within this time go out together.
    pub announce_after: Duration,
    /// How much shorter another way must be to become the preferred one, in hops. Plumtree's own 7;
    /// without it paths among 1000 nodes grew from 12 hops to 17 (simulated).
    pub shorter_by: u16,
    /// How long a message is kept for whoever asks for it.
    pub keep: Duration,
    /// How long ids are remembered, to tell a second copy from a first.
    pub remember: Duration,
    /// Up to which age a second copy is answered with a prune. Less than [`remember`](Self::remember),
    /// for the tree would take an older one for new and send it through the network again.
    pub duplicate: Duration,
    /// Hops that a message may claim to have come. More is taken for this many: measured are 34 over
    /// four subnets. It is a hint for the tree alone; what stops loops are ids.
    pub max_hops: u16,
    /// How often announcements that came to nothing are forgotten.
    pub purge: Duration,
    /// Announcements of one neighbour that are remembered, so that one id repeated costs nothing.
    pub max_announced: usize,
    /// Bytes of envelopes that are kept for whoever asks; what is beyond is left to repair.
    pub max_kept_bytes: usize,
}

/// With whom trees are kept.
#[derive(Clone, Debug)]
pub struct Links {
    /// Up to so many sessions, all of them are links.
    pub all_up_to: usize,
    /// From so many down, all of them are links again.
    pub all_again_at: usize,
    /// Links a node chooses for itself beyond that.
    pub chosen: usize,
    /// The same for each network, on a node that is in several.
    pub chosen_each: usize,
    /// Links that others choose and we agree to.
    pub inbound: usize,
    /// How often links are looked after.
    pub check: Duration,
    /// For how long whoever has refused is not asked again.
    pub refused: Duration,
    /// How long a peer's queue may be full before it is no link any more.
    pub slow: Duration,
    /// How often the worst link is replaced, if it deserves that.
    pub judge: Duration,
    /// Unanswered grafts within that time that a link is replaced for, when it brought fewer
    /// messages than that.
    pub failed_grafts: u32,
}

/// What one session may send.
#[derive(Clone, Debug)]
pub struct SessionRates {
    /// Frames of kind Gossip.
    pub frames: Rate,
    /// Their bytes.
    pub bytes: Rate,
    /// Ids in announcements.
    pub ihaves: Rate,
    /// Grafts: 70 bytes that can draw 8 KiB.
    pub grafts: Rate,
    /// Frames of kind Sync.
    pub sync_frames: Rate,
    /// Their bytes.
    pub sync_bytes: Rate,
}

/// What authors may say live. Repair is not charged to them.
#[derive(Clone, Debug)]
pub struct AuthorRates {
    /// Messages of one author.
    pub messages: Rate,
    /// Our own messages. Slower than [`messages`](Self::messages): what was sent in even steps comes
    /// in uneven ones, and others would refuse whatever overtakes the step.
    pub own: Rate,
    /// Their bytes.
    pub bytes: Rate,
    /// Messages of all authors who are not established yet, together.
    ///
    /// 50 a second, 1,000 at once: everybody in a hall may say its name when the lights go on.
    pub strangers: Rate,
    /// Their bytes.
    pub stranger_bytes: Rate,
    /// Messages of everybody. With [`Tree::remember`] this bounds what ids cost.
    pub all: Rate,
    /// Their bytes. With [`Tree::keep`] this bounds what messages cost.
    pub all_bytes: Rate,
    /// How long after its first message an author has a bucket of its own. Whoever we have a
    /// session with has one at once.
    pub established_after: Duration,
    /// Authors with a bucket of their own; the one silent for longest makes room.
    pub max_established: usize,
    /// Authors that are not established yet and are remembered.
    pub max_strangers: usize,
}

/// Which times are believed.
#[derive(Clone, Debug)]
pub struct Window {
    /// How far ahead of our time a message may have been created.
    pub future: Duration,
    /// How far ahead of our time the clock that orders it may be. More than
    /// [`future`](Self::future), because a clock takes over the largest it has seen.
    pub hlc_future: Duration,
    /// How long after its end a message is still taken.
    pub expired: Duration,
    /// How far our clock may be off the median before the median counts.
    pub off_median: Duration,
    /// Peers whose clocks make a median, with ours.
    pub peers: usize,
    /// A clock before this is no clock: then one peer's counts too.
    pub earliest: UnixMillis,
    /// A change of a skew that is worth telling.
    pub tell: Duration,
}

/// How gaps are found and filled.
#[derive(Clone, Debug)]
pub struct Repair {
    /// How often one random session is asked how it stands.
    pub probe: Duration,
    /// From a status that differs until the run begins: drawn between the two.
    pub jitter: (Duration, Duration),
    /// How long the node with the larger id waits for the other to begin.
    pub patience: Duration,
    /// From a run that brought nothing to the next with the same peer; doubled each time.
    pub idle: Duration,
    /// Up to this.
    pub idle_most: Duration,
    /// Runs of ours at once.
    pub runs: usize,
    /// Runs of others at once.
    pub answers: usize,
    /// Runs that one peer may begin.
    pub begins: Rate,
    /// Messages of reconciliation one peer may send: each costs up to a few ms of work over 100,000
    /// messages.
    pub rounds: Rate,
    /// Round trips of one run.
    pub max_rounds: u32,
    /// How long the other end may be silent within a run, or when something was wanted of it.
    pub silence: Duration,
    /// Messages wanted of one peer at once: 64, 512 KiB if they are as long as can be.
    pub want: usize,
    /// Messages that wait to be wanted of one peer, or to be offered to it: 64 Ki, 2 MiB.
    pub max_queue: usize,
    /// Messages taken from one session by repair: 4,096 at once, so that a latecomer has the day's
    /// within a second.
    pub take: Rate,
    /// Their bytes.
    pub take_bytes: Rate,
    /// Messages read from the disk for one session.
    pub serve: Rate,
    /// Their bytes.
    pub serve_bytes: Rate,
    /// Bytes sent for one wish.
    pub serve_most: usize,
    /// Ids that one session may offer.
    pub offers: Rate,
    /// Offers within this time go out together.
    pub offer_after: Duration,
    /// Between full ones.
    pub offer_pause: Duration,
    /// Peers told of by one session.
    pub told: Rate,
    /// How often peers are told of, at most.
    pub tell_every: Duration,
}

/// How paths are traced.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Questions and answers of one session.
    pub rate: Rate,
    /// How long an answer is waited for.
    pub timeout: Duration,
    /// Own questions at once.
    pub max_open: usize,
    /// Authors of whom it is known where they were last heard.
    pub max_heard: usize,
}

const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

impl Config {
    /// For a local network: the numbers a node lives with.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            tree: Tree::lan(),
            links: Links::lan(),
            session: SessionRates {
                frames: Rate::new(300, 1200),
                bytes: Rate::new(MIB, 4 * MIB),
                ihaves: Rate::new(500, 2000),
                grafts: Rate::new(100, 512),
                sync_frames: Rate::new(200, 800),
                sync_bytes: Rate::new(2 * MIB, 8 * MIB),
            },
            authors: AuthorRates {
                messages: Rate::new(5, 50),
                own: Rate::new(4, 40),
                bytes: Rate::new(64 * KIB, 416 * KIB),
                strangers: Rate::new(50, 1000),
                stranger_bytes: Rate::new(256 * KIB, 2 * MIB),
                all: Rate::new(500, 2000),
                all_bytes: Rate::new(MIB, 8 * MIB),
                established_after: Duration::from_secs(600),
                max_established: 4096,
                max_strangers: 4096,
            },
            window: Window {
                future: Duration::from_secs(24 * 3600),
                hlc_future: Duration::from_secs(72 * 3600),
                expired: Duration::from_secs(600),
                off_median: Duration::from_secs(120),
                peers: 3,
                // 2025-01-01, before this program was written.
                earliest: UnixMillis(1_735_689_600_000),
                tell: Duration::from_secs(60),
            },
            repair: Repair::lan(),
            trace: Trace {
                rate: Rate::new(2, 20),
                timeout: Duration::from_secs(5),
                max_open: 16,
                max_heard: 4096,
            },
            max_held: 262_144,
            max_gone: 65_536,
            max_sessions: 512,
            max_waiting: 1024,
        }
    }

    /// As [`lan`](Self::lan), without the rates that a benchmark would meet.
    #[must_use]
    pub const fn bench() -> Self {
        let mut config = Self::lan();
        let free = Rate::UNLIMITED;
        config.session = SessionRates {
            frames: free,
            bytes: free,
            ihaves: free,
            grafts: free,
            sync_frames: free,
            sync_bytes: free,
        };
        config.authors.messages = free;
        config.authors.own = free;
        config.authors.bytes = free;
        config.authors.strangers = free;
        config.authors.stranger_bytes = free;
        config.authors.all = free;
        config.authors.all_bytes = free;
        config.repair.take = free;
        config.repair.take_bytes = free;
        config.repair.serve = free;
        config.repair.serve_bytes = free;
        config
    }

    /// As [`lan`](Self::lan), for simulations in which few authors write for many: their buckets are
    /// lifted, and nothing else is.
    #[must_use]
    pub const fn sim() -> Self {
        let mut config = Self::lan();
        config.authors.messages = Rate::UNLIMITED;
        config.authors.own = Rate::UNLIMITED;
        config.authors.bytes = Rate::UNLIMITED;
        config.authors.strangers = Rate::UNLIMITED;
        config.authors.stranger_bytes = Rate::UNLIMITED;
        config
    }
}

impl Tree {
    const fn lan() -> Self {
        Self {
            graft_after: Duration::from_millis(250),
            graft_again: Duration::from_millis(125),
            announce_after: Duration::from_millis(5),
            shorter_by: 7,
            keep: Duration::from_secs(60),
            remember: Duration::from_secs(600),
            duplicate: Duration::from_secs(500),
            max_hops: 64,
            purge: Duration::from_secs(1),
            max_announced: 2048,
            max_kept_bytes: 96 * 1024 * 1024,
        }
    }
}

impl Links {
    const fn lan() -> Self {
        Self {
            all_up_to: 32,
            all_again_at: 28,
            chosen: 4,
            chosen_each: 3,
            inbound: 12,
            check: Duration::from_secs(1),
            refused: Duration::from_secs(60),
            slow: Duration::from_secs(10),
            judge: Duration::from_secs(300),
            failed_grafts: 5,
        }
    }
}

impl Repair {
    const fn lan() -> Self {
        Self {
            probe: Duration::from_secs(60),
            jitter: (Duration::from_millis(20), Duration::from_millis(200)),
            patience: Duration::from_secs(2),
            idle: Duration::from_secs(15),
            idle_most: Duration::from_secs(300),
            runs: 1,
            answers: 2,
            begins: Rate::new(1, 8),
            rounds: Rate::new(1, 128),
            max_rounds: 64,
            silence: Duration::from_secs(10),
            want: 64,
            max_queue: 65_536,
            take: Rate::new(500, 4096),
            take_bytes: Rate::new(MIB, 8 * MIB),
            serve: Rate::new(1000, 8192),
            serve_bytes: Rate::new(2 * MIB, 8 * MIB),
            serve_most: 256 * 1024,
            offers: Rate::new(2048, 65_536),
            offer_after: Duration::from_millis(5),
            offer_pause: Duration::from_millis(100),
            told: Rate::new(1, 128),
            tell_every: Duration::from_secs(30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In even steps at the very rate of the others, the first step that comes a little early is one
    /// that they refuse.
    #[test]
    fn own_messages_are_sent_slower_than_others_take_them() {
        let AuthorRates { own, messages, .. } = Config::lan().authors;
        assert!(own.per_second < messages.per_second);
        assert!(own.burst < messages.burst);
    }
}
