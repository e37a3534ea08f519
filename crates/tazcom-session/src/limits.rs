//! Every number of the session protocol, with its unit and its reason.

use std::time::Duration;

/// The first bytes an initiator sends, and the prologue of the handshake.
///
/// Text, because the Python nodes of POC-02 answer any line at once, and so tell in one round trip
/// that they know no sessions.
pub const PREAMBLE: &[u8; 9] = b"TAZCOM/2\n";

/// What a POC-02 node answers to [`PREAMBLE`].
pub const LEGACY_REPLY: &[u8; 4] = b"ACK\n";

/// Bytes in handshake message 1: an ephemeral key.
pub const MESSAGE_1_LEN: usize = 32;

/// Bytes in handshake message 2: an ephemeral key, the sealed static key, the sealed identity.
pub const MESSAGE_2_LEN: usize = 32 + 48 + 96 + TAG_LEN;

/// Bytes in the shortest handshake message 3: sealed static key, sealed identity, no capabilities.
pub const MIN_MESSAGE_3_LEN: usize = 48 + 96 + TAG_LEN;

/// Bytes in the longest handshake message 3: the same with all the capabilities there may be.
pub const MAX_MESSAGE_3_LEN: usize = MIN_MESSAGE_3_LEN + MAX_CAPS_LEN;

/// Bytes of encoded capabilities. A dozen entries, and the handshake stays in one packet.
pub const MAX_CAPS_LEN: usize = 256;

/// Bytes of a name in a welcome. What people call themselves fits, a paragraph does not.
pub const MAX_NAME_LEN: usize = tazcom_proto::limits::MAX_NAME_LEN;

/// Bytes in a Poly1305 tag.
pub const TAG_LEN: usize = 16;

/// The lengths, in bytes, that a frame's ciphertext may have.
///
/// Powers of two and no other: a length says at most which of nine sizes was sent, and a stranger
/// cannot make us keep more than the largest.
pub const FRAME_LENS: [usize; 9] = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/// Bytes of the largest frame's ciphertext.
pub const MAX_FRAME_LEN: usize = 16_384;

/// Bytes of the largest body: a frame without its tag and the inner length.
pub const MAX_BODY_LEN: usize = MAX_FRAME_LEN - TAG_LEN - 2;

/// Bytes of the largest payload. Longer than a frame, it travels in parts.
///
/// Enough for a round of reconciliation (60,000 bytes), and the most that is put together for a
/// peer at a time.
pub const MAX_PAYLOAD_LEN: usize = 65_536;

/// Frames sent in one direction under one key.
///
/// At most 256 MiB; a key that leaks later says nothing about what went before.
pub const REKEY_FRAMES: u64 = 1 << 14;

/// Pings that may wait for their answers.
pub const MAX_PINGS_IN_FLIGHT: usize = 8;

/// How old an X25519 static key may become. Then a node makes a new one.
pub const MAX_STATIC_KEY_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes that may arrive between the last handshake message and `finish`.
///
/// An initiator may send at once, so some do; a driver finishes before it reads again.
pub const MAX_EARLY_LEN: usize = 65_536;

/// How long things may take and how much of them there may be, on our side.
///
/// Nothing in it is negotiated: two nodes with different values still understand each other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// From the start of a handshake to an authenticated peer; for the initiator, to its welcome.
    /// Absolute, so that one byte a second does not hold a slot.
    pub handshake_deadline: Duration,
    /// Nothing heard for this long: ask whether the peer is there. Each wait is drawn anew from
    /// this plus or minus [`ping_jitter`](Self::ping_jitter), so that a network does not ping in
    /// step.
    pub ping_after: Duration,
    /// The most by which a wait for a ping differs from [`ping_after`](Self::ping_after).
    pub ping_jitter: Duration,
    /// Nothing heard for this long: the peer is gone. Three pings.
    pub dead_after: Duration,
    /// A frame whose first byte came must be whole after this.
    pub frame_deadline: Duration,
    /// After our `Bye`, how long what the peer had sent before is still taken.
    pub drain: Duration,
    /// After about this (plus or minus a tenth, drawn once) a new session should replace this one.
    pub renew_after: Duration,
    /// After this the session is closed, replaced or not.
    pub close_after: Duration,
    /// After this many frames in either direction a new session should replace this one.
    pub renew_frames: u64,
    /// Never more frames than this in one direction.
    pub max_frames: u64,
    /// Pings the peer may send in the long run, each second.
    pub pings_per_second: u32,
    /// Pings the peer may send at once.
    pub ping_burst: u32,
}

impl Config {
    /// For the network of a home, an office or an event. The default.
    #[must_use]
    pub const fn lan() -> Self {
        Self {
            handshake_deadline: Duration::from_secs(5),
            ping_after: Duration::from_secs(15),
            ping_jitter: Duration::from_secs(3),
            dead_after: Duration::from_secs(45),
            frame_deadline: Duration::from_secs(10),
            drain: Duration::from_secs(2),
            renew_after: Duration::from_secs(60 * 60),
            close_after: Duration::from_secs(3 * 60 * 60),
            renew_frames: 1 << 20,
            max_frames: 1 << 24,
            pings_per_second: 50,
            ping_burst: 200,
        }
    }

    /// As [`lan`](Self::lan), but a benchmark may ping and send without a pause.
    #[must_use]
    pub const fn bench() -> Self {
        Self {
            renew_frames: u64::MAX,
            max_frames: u64::MAX,
            pings_per_second: u32::MAX,
            ping_burst: u32::MAX,
            ..Self::lan()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::lan()
    }
}
