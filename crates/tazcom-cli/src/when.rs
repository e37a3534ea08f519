//! Times as people write them: how long ago, or a date.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use tazcom_node::UnixMillis;

/// How long ago anything is at most that makes sense: nothing is kept for longer.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Reads `2h`, `30 min`, `3 days`, `2026-11-25`, `2026-11-25 14:30` or RFC 3339.
pub(crate) fn parse(text: &str) -> Result<UnixMillis, String> {
    at(text, &Zoned::now()).ok_or_else(|| {
        "expected how long ago, such as 30min, 2h or 3d, or a date such as 2026-11-25 14:30"
            .to_owned()
    })
}

fn at(text: &str, now: &Zoned) -> Option<UnixMillis> {
    let text = text.trim();
    if let Some(ago) = ago(text) {
        return Some(millis(now.timestamp()).before(ago));
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(millis(timestamp));
    }
    let here: &TimeZone = now.time_zone();
    let civil = match text.parse::<DateTime>() {
        Ok(civil) => civil,
        Err(_) => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
    };
    Some(millis(here.to_zoned(civil).ok()?.timestamp()))
}

/// Days are of 24 hours here: whoever says `3d` does not think of clocks that are changed.
fn ago(text: &str) -> Option<Duration> {
    let days = text
        .strip_suffix("days")
        .or_else(|| text.strip_suffix("day"))
        .or_else(|| text.strip_suffix('d'));
    let ago = match days {
        Some(days) => Duration::from_secs(days.trim().parse::<u64>().ok()?.checked_mul(86_400)?),
        None => Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?,
    };
    (ago <= LONGEST).then_some(ago)
}

fn millis(timestamp: Timestamp) -> UnixMillis {
    UnixMillis(u64::try_from(timestamp.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let noon: Timestamp = "2026-11-25T11:00:00Z".parse().expect("it is a time");
        let now = noon.to_zoned(TimeZone::fixed(offset(1)));
        let noon = millis(now.timestamp());
        let hours = |n: u64| Some(noon.before(Duration::from_secs(n * 3600)));
        for (text, expected) in [
            ("2h", hours(2)),
            ("30min", Some(noon.before(Duration::from_secs(1800)))),
            ("1h 30m", Some(noon.before(Duration::from_secs(5400)))),
            ("3d", hours(72)),
            ("3 days", hours(72)),
            ("2026-11-25", hours(12)),
            (
                "2026-11-25 10:30",
                Some(noon.before(Duration::from_secs(5400))),
            ),
            ("2026-11-25T10:00:00Z", hours(1)),
            ("-2h", None),
            ("soon", None),
            ("400d", None),
            ("99999999999999999999d", None),
            ("", None),
        ] {
            assert_eq!(at(text, &now), expected, "{text}");
        }
    }
}
