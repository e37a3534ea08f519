//! What was done with what came, in numbers.

/// Counters since the start. What a machine refuses it refuses silently; this is where it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// New messages that came along the tree.
    pub live: u64,
    /// New messages that came by repair.
    pub repaired: u64,
    /// Second copies that were answered with a prune.
    pub duplicates: u64,
    /// Messages that were held and that the tree would not know any more.
    pub old: u64,
    /// Messages that had been evicted.
    pub gone: u64,
    /// Messages that claim to come from the future.
    pub future: u64,
    /// Messages that had ended, or are below the floor.
    pub expired: u64,
    /// Messages beyond what their author may say.
    pub author_rate: u64,
    /// Messages beyond what all strangers may say.
    pub stranger_rate: u64,
    /// Messages beyond what everybody may say.
    pub total_rate: u64,
    /// Messages for which there was no room.
    pub full: u64,
    /// Frames and announcements beyond what a session may send.
    pub session_rate: u64,
    /// Frames of kind Gossip from a session that is no link.
    pub unlinked: u64,
    /// Frames that no honest node sends.
    pub malformed: u64,
    /// Envelopes with a signature that was not their author's.
    pub bad_signatures: u64,
    /// Envelopes, answers and grafts that nobody had asked for, or that name no path back.
    pub unsolicited: u64,
    /// Frames of a kind that is to be skipped.
    pub skipped: u64,
    /// Own messages that were left to repair, because there were too many at once.
    pub left_to_repair: u64,
    /// Runs of reconciliation begun by this node.
    pub runs: u64,
    /// Runs of others that were refused.
    pub refused: u64,
    /// Runs and wishes that the other end left unanswered.
    pub timed_out: u64,
    /// Links that were replaced because they announced and did not deliver.
    pub replaced: u64,
}
