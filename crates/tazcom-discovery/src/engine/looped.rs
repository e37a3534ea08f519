//! Our own multicast packets, which come back to us: by the loop, and over a second interface in
//! the same LAN.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use super::limits::{LOOP_LIFETIME, MAX_LOOPED};

/// What was sent lately on one link, at most [`MAX_LOOPED`] packets.
#[derive(Debug, Default)]
pub(crate) struct Looped(VecDeque<OwnPacket>);

#[derive(Debug)]
struct OwnPacket {
    digest: u64,
    sent: Instant,
    is_back: bool,
}

impl Looped {
    /// Remembers a packet: the loop will bring it back once.
    pub(crate) fn expect(&mut self, now: Instant, payload: &[u8]) {
        if self.0.len() >= MAX_LOOPED {
            self.0.pop_front();
        }
        self.0.push_back(OwnPacket {
            digest: digest(payload),
            sent: now,
            is_back: false,
        });
    }

    /// Whether this packet from one of our own addresses is one we sent ourselves, and not one of
    /// another process on this machine. Each packet sent is recognised once.
    pub(crate) fn is_back(&mut self, now: Instant, payload: &[u8]) -> bool {
        self.0
            .retain(|own| now.saturating_duration_since(own.sent) <= LOOP_LIFETIME);
        let digest = digest(payload);
        let awaited = |own: &&mut OwnPacket| own.digest == digest && !own.is_back;
        let found = self.0.iter_mut().find(awaited);
        found.is_some_and(|own| {
            own.is_back = true;
            true
        })
    }

    /// Whether we sent this packet here lately: on another interface in the same LAN it is heard
    /// as if a stranger had sent it.
    pub(crate) fn has_sent(&self, now: Instant, payload: &[u8]) -> bool {
        let digest = digest(payload);
        self.0.iter().any(|own| {
            own.digest == digest && now.saturating_duration_since(own.sent) <= LOOP_LIFETIME
        })
    }
}

/// Not against anybody: a neighbour on our own machine who forges a collision hides only himself.
fn digest(payload: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}
