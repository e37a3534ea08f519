//! Who asked whom whether it is there.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::limits::{Config, MAX_PINGS_IN_FLIGHT};
use crate::session::SessionError;

/// Pings that wait for their answers, and how many more the peer may send.
#[derive(Debug)]
pub(super) struct Pings {
    waiting: VecDeque<Waiting>,
    next: u64,
    /// What the peer may still send, and when that was worked out.
    allowance: u32,
    refilled: Instant,
}

#[derive(Debug)]
struct Waiting {
    token: u64,
    tag: Option<u64>,
    asked: Instant,
}

/// One second.
const SECOND: Duration = Duration::from_secs(1);

impl Pings {
    pub(super) const fn new(now: Instant, config: &Config) -> Self {
        Self {
            waiting: VecDeque::new(),
            next: 0,
            allowance: config.ping_burst,
            refilled: now,
        }
    }

    /// The token of a new ping; `None` when enough are waiting.
    pub(super) fn ask(&mut self, now: Instant, tag: Option<u64>) -> Option<u64> {
        if self.waiting.len() >= MAX_PINGS_IN_FLIGHT {
            return None;
        }
        let token = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.push_back(Waiting {
            token,
            tag,
            asked: now,
        });
        Some(token)
    }

    /// An answer came: what it was tagged with, and the round trip. Answers come in order, as
    /// everything in a session does.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        token: u64,
    ) -> Result<(Option<u64>, Duration), SessionError> {
        match self.waiting.pop_front() {
            Some(ping) if ping.token == token => {
                let round_trip = now.saturating_duration_since(ping.asked);
                Ok((ping.tag, round_trip))
            }
            _ => Err(SessionError::Pong),
        }
    }

    /// The peer sent one.
    pub(super) fn heard(&mut self, now: Instant, config: &Config) -> Result<(), SessionError> {
        // At most one allowance for each whole interval, so that no rounding adds up.
        let interval = SECOND / config.pings_per_second.max(1);
        let since = now.saturating_duration_since(self.refilled);
        let earned = since.as_nanos() / interval.as_nanos().max(1);
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        let missing = config.ping_burst.saturating_sub(self.allowance);
        if earned >= missing {
            self.allowance = config.ping_burst;
            self.refilled = now;
        } else {
            self.allowance += earned;
            self.refilled += interval * earned;
        }
        self.allowance = self
            .allowance
            .checked_sub(1)
            .ok_or(SessionError::PingFlood)?;
        Ok(())
    }
}
