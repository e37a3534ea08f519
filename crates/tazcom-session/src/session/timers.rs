//! When a session must do something by itself. Deadlines are state; nothing is queued.

use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::limits::Config;
use crate::session::SessionError;

#[derive(Debug)]
pub(super) struct Timers {
    heard: Instant,
    /// When to ask next whether the peer is there.
    ping: Instant,
    /// When the frame that is under way must be whole.
    frame: Option<Instant>,
    /// When a new session should replace this one; `None` once that was said.
    renew: Option<Instant>,
    close: Instant,
    /// When a responder must have said its welcome; `None` once it did, and for a responder.
    welcome: Option<Instant>,
    /// Whether we read at all. What we leave unread is not held against the peer.
    reading: bool,
    rng: ChaCha8Rng,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    Renewal,
    Expiry,
    End(SessionError),
}

impl Timers {
    pub(super) fn new(
        now: Instant,
        config: &Config,
        jitter: u64,
        welcome: Option<Instant>,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(jitter);
        let renew = around(config.renew_after, config.renew_after / 10, &mut rng);
        let ping = around(config.ping_after, config.ping_jitter, &mut rng);
        Self {
            heard: now,
            ping: now + ping,
            frame: None,
            renew: Some(now + renew),
            close: now + config.close_after,
            welcome,
            reading: true,
            rng,
        }
    }

    /// A frame was authenticated: the peer is there.
    pub(super) fn heard(&mut self, now: Instant, config: &Config) {
        self.heard = now;
        self.asked(now, config);
    }

    /// It was asked whether it is.
    pub(super) fn asked(&mut self, now: Instant, config: &Config) {
        self.ping = now + around(config.ping_after, config.ping_jitter, &mut self.rng);
    }

    pub(super) const fn welcomed(&mut self) {
        self.welcome = None;
    }

    pub(super) const fn is_welcome_due(&self) -> bool {
        self.welcome.is_some()
    }

    /// Whether a frame is under way now. A deadline runs from its first byte.
    pub(super) fn frame(&mut self, now: Instant, under_way: bool, config: &Config) {
        self.frame = match under_way {
            true => self.frame.or(Some(now + config.frame_deadline)),
            false => None,
        };
    }

    pub(super) const fn frame_is_whole(&mut self) {
        self.frame = None;
    }

    /// Reading pauses, or goes on as if everything had been heard until now.
    pub(super) fn read(&mut self, now: Instant, reading: bool, config: &Config) {
        let changed = std::mem::replace(&mut self.reading, reading) != reading;
        if changed && reading {
            self.heard(now, config);
            self.frame = self.frame.map(|_| now + config.frame_deadline);
        }
    }

    /// Renewal is due for another reason than time; whether that is news.
    pub(super) const fn renew(&mut self) -> bool {
        self.renew.take().is_some()
    }

    /// The most important thing that is due, and what it was due for is then over.
    pub(super) fn due(&mut self, now: Instant, config: &Config) -> Option<Due> {
        if self.reading && now >= self.dead(config) {
            let after = config.dead_after;
            return Some(Due::End(SessionError::Dead { after }));
        }
        if self.reading && self.frame.is_some_and(|at| now >= at) {
            return Some(Due::End(SessionError::FrameDeadline));
        }
        if self.welcome.is_some_and(|at| now >= at) {
            return Some(Due::End(SessionError::NoWelcome));
        }
        if now >= self.close {
            return Some(Due::Expiry);
        }
        if self.renew.is_some_and(|at| now >= at) {
            self.renew = None;
            return Some(Due::Renewal);
        }
        if self.reading && now >= self.ping {
            self.asked(now, config);
            return Some(Due::Ping);
        }
        None
    }

    /// The next instant at which something will be due.
    pub(super) fn next(&self, config: &Config) -> Instant {
        let of_the_peer = [Some(self.ping), Some(self.dead(config)), self.frame];
        let of_the_peer = of_the_peer.into_iter().filter(|_| self.reading);
        of_the_peer
            .chain([self.welcome, self.renew])
            .flatten()
            .fold(self.close, Instant::min)
    }

    fn dead(&self, config: &Config) -> Instant {
        self.heard + config.dead_after
    }
}

/// A duration drawn evenly from `middle` plus or minus `most`, at millisecond steps.
fn around(middle: Duration, most: Duration, rng: &mut ChaCha8Rng) -> Duration {
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let width = most.saturating_mul(2).saturating_add(1);
    let drawn = Duration::from_millis(rng.next_u64() % width);
    let drawn = (middle + drawn).saturating_sub(Duration::from_millis(most));
    // Never nothing: what is due again at once would be due for ever.
    drawn.max(Duration::from_millis(1))
}
