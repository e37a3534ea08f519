//! The tap: what was put on the wire, stream by stream.

use std::net::SocketAddr;

/// The most bytes a capture keeps, of all streams together. What comes later is only counted.
pub const CAPTURE_LIMIT: usize = 16 * 1024 * 1024;

/// What one end of one stream put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The end that sent it.
    pub from: SocketAddr,
    /// The end it was for.
    pub to: SocketAddr,
    /// Everything sent in this direction since the capture began, in order.
    pub bytes: Vec<u8>,
}

/// What a tap has seen: [`SimNet::capture`](super::SimNet::capture).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// One for each direction of each stream, in the order in which they were first heard.
    pub streams: Vec<Captured>,
    /// Bytes not kept because [`CAPTURE_LIMIT`] was reached. A test that shows that something did
    /// *not* cross checks that this is 0.
    pub missed: usize,
}

impl Capture {
    /// Whether `needle` was sent within any one stream, however it was cut into segments.
    #[must_use]
    pub fn contains(&self, needle: &[u8]) -> bool {
        needle.is_empty()
            || self.streams.iter().any(|stream| {
                stream
                    .bytes
                    .windows(needle.len())
                    .any(|part| part == needle)
            })
    }

    pub(super) fn record(&mut self, from: SocketAddr, to: SocketAddr, sent: &[u8]) {
        let kept: usize = self.streams.iter().map(|stream| stream.bytes.len()).sum();
        let (kept, missed) = sent.split_at(sent.len().min(CAPTURE_LIMIT.saturating_sub(kept)));
        self.missed += missed.len();
        if kept.is_empty() {
            return;
        }
        let known = self
            .streams
            .iter_mut()
            .find(|stream| stream.from == from && stream.to == to);
        match known {
            Some(stream) => stream.bytes.extend_from_slice(kept),
            None => self.streams.push(Captured {
                from,
                to,
                bytes: kept.to_vec(),
            }),
        }
    }
}
