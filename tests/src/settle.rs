//! Waiting for what cannot be waited for by an event.

use std::time::{Duration, Instant};

const POLL_EVERY: Duration = Duration::from_millis(50);

/// Asks until there is an answer.
///
/// # Panics
///
/// When there is none `within` the time given: the message names `what` was awaited.
pub fn eventually<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        pause(POLL_EVERY);
    }
}

/// Lets time pass, where pacing is the point: between packets of a flood, between polls.
pub fn pause(duration: Duration) {
    let until = Instant::now() + duration;
    while let Some(left) = until
        .checked_duration_since(Instant::now())
        .filter(|d| !d.is_zero())
    {
        std::thread::park_timeout(left);
    }
}
