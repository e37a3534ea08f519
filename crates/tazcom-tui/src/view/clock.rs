//! Times as people read them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tazcom_proto::UnixMillis;

/// A time in a place. None is a time that no calendar has: anybody can claim any number.
fn zoned(at: UnixMillis, zone: &TimeZone) -> Option<Zoned> {
    let millis = i64::try_from(at.0).ok()?;
    let timestamp = Timestamp::from_millisecond(millis).ok()?;
    Some(timestamp.to_zoned(zone.clone()))
}

/// Hours and minutes, five columns.
pub(super) fn minute(at: UnixMillis, zone: &TimeZone) -> String {
    zoned(at, zone).map_or_else(
        || "--:--".to_owned(),
        |at| format!("{:02}:{:02}", at.hour(), at.minute()),
    )
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(jiff::civil::Date);

impl Day {
    /// The day of a time.
    pub(super) fn of(at: UnixMillis, zone: &TimeZone) -> Option<Self> {
        zoned(at, zone).map(|at| Self(at.date()))
    }

    /// `Wednesday 25 November 2026`.
    pub(super) fn long(self) -> String {
        self.0.strftime("%A %-d %B %Y").to_string()
    }

    /// `25 Nov 2026`.
    pub(super) fn short(self) -> String {
        self.0.strftime("%-d %b %Y").to_string()
    }
}
