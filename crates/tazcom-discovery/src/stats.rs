//! Counters for people who see nobody.

/// What has happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets sent, multicast and unicast.
    pub packets_sent: u64,
    /// Packets received, our own looped-back ones included.
    pub packets_received: u64,
    /// Our own multicast packets that came back: none means that multicast does not leave.
    pub packets_looped: u64,
    /// Packets sent by somebody else, of whatever service.
    pub packets_from_others: u64,
    /// Browse queries sent.
    pub queries_sent: u64,
    /// Packets dropped: not DNS, not from this link, not from port 5353, over a limit.
    pub packets_dropped: u64,
    /// TAZCOM instances refused: no valid id, name or port that do not match, over a limit.
    pub instances_refused: u64,
}
