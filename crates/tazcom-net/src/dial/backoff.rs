//! The pause after every address of a peer has failed.

use std::time::Duration;

use rand_core::Rng;

use crate::config::DialLimits;

/// Doubles from `backoff_min` to `backoff_max`. Half of each pause is fixed and half is drawn, so
/// that nodes which lost the same peer at the same moment do not come back together.
pub(crate) fn pause(limits: &DialLimits, failed_rounds: u32, rng: &mut impl Rng) -> Duration {
    // 2^16 times any sensible minimum is beyond the maximum; a larger shift only overflows.
    let doublings = failed_rounds.saturating_sub(1).min(16);
    let longest = limits
        .backoff_min
        .saturating_mul(2 << doublings)
        .min(limits.backoff_max);
    let shortest = longest / 2;
    let spread = longest.saturating_sub(shortest);
    // 32 bits are a finer grain than any timer.
    shortest + spread.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX))
}
