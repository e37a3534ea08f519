//! The words of the conversation.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tazcom_node::chat::NameWarning;
use tazcom_node::{ChatEvent, DisplayName, Missing, UnixMillis};

use crate::output::line::Line;

/// The lines of the log that an event of the conversation is told in.
///
/// What people say is not among them: a log is kept where it was not meant to be, and for longer.
/// `listen` shows it, and so does `--json`.
pub(super) fn lines(event: &ChatEvent) -> Vec<Line> {
    match event {
        ChatEvent::Message { .. } | ChatEvent::Reach { .. } => Vec::new(),
        event => note(event).into_iter().collect(),
    }
}

/// What there is to say of an event beside what people say and how far it got.
pub(crate) fn note(event: &ChatEvent) -> Option<Line> {
    Some(match event {
        ChatEvent::Gap {
            room,
            author,
            missing,
            ..
        } => {
            let count = match missing {
                Missing::Exactly(1) => "1 message".to_owned(),
                Missing::Exactly(count) => format!("{count} messages"),
                Missing::Many => "many messages".to_owned(),
            };
            Line::warn(format!(
                "{room}: {count} from {} missing, asking the others",
                author.short()
            ))
        }
        ChatEvent::GapClosed {
            room,
            author,
            filled,
            ..
        } => Line::info(match filled {
            true => format!("{room}: what was missing from {} has come", author.short()),
            false => format!(
                "{room}: what was missing from {} is too old to come",
                author.short()
            ),
        }),
        ChatEvent::Forked { room, author } => Line::warn(format!(
            "{room}: {author} counts its messages anew: its node has lost its memory, or its key is \
             in two places"
        )),
        ChatEvent::Split { lost, count, at } => Line::warn(format!(
            "Split since {}: lost {}",
            clock(*at),
            names(lost, *count)
        )),
        ChatEvent::Merged {
            room,
            merged,
            split_at,
            rejoined_at,
        } => {
            let room = room
                .as_ref()
                .map_or(String::new(), |room| format!("{room}: "));
            let split = split_at.map_or(String::new(), |at| format!("split {}, ", clock(at)));
            Line::info(format!(
                "{room}{split}rejoined {}, {merged} merged",
                clock(*rejoined_at)
            ))
        }
        ChatEvent::NameChanged { old, new, warnings } => {
            let text = match old {
                Some(old) => format!("{old} is called {new} now"),
                None => format!("{new} is here"),
            };
            if warnings.is_empty() {
                return Some(Line::info(text));
            }
            let warnings: Vec<String> = warnings.iter().map(name_warning).collect();
            Line::warn(format!("{text}; {}", warnings.join("; ")))
        }
        ChatEvent::RoomSeen { room, by, .. } => {
            Line::info(format!("There is a room {room} (by {})", by.short()))
        }
        ChatEvent::ClockSkew { who, offset_millis } => skew(who.as_ref(), *offset_millis),
        _ => return None,
    })
}

/// What is odd about a name.
pub(crate) fn name_warning(warning: &NameWarning) -> String {
    match warning {
        NameWarning::Cleaned => "the name is not shown as it was written".to_owned(),
        NameWarning::Unreadable => "the name cannot be read".to_owned(),
        NameWarning::Reserved => "the name looks like one of the program's".to_owned(),
        NameWarning::LooksLike(other) => format!("the name looks like that of {other}"),
        NameWarning::LooksLikeOurs => "the name looks like yours".to_owned(),
        _ => "the name is odd".to_owned(),
    }
}

fn skew(who: Option<&DisplayName>, offset_millis: i64) -> Line {
    let whose = who.map_or_else(
        || "This clock".to_owned(),
        |who| format!("{}'s clock", who.short()),
    );
    if offset_millis == 0 {
        return Line::info(format!("{whose} is right again"));
    }
    let direction = if offset_millis < 0 { "behind" } else { "ahead" };
    let by = span(offset_millis.unsigned_abs());
    Line::warn(format!("{whose} is {by} {direction}"))
}

/// About how long, in the largest unit that fits.
fn span(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let secs = (millis + 500) / 1000;
    let (unit, name) = *UNITS
        .iter()
        .find(|(unit, _)| secs >= *unit)
        .unwrap_or(&(1, "s"));
    format!("{} {name}", (secs + unit / 2) / unit)
}

fn names(some: &[DisplayName], count: usize) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = some.iter().take(SHOWN).map(DisplayName::short).collect();
    match count.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Hours and minutes, here.
fn clock(at: UnixMillis) -> String {
    local(at, "%H:%M")
}

/// Day, hours and minutes, here.
pub(crate) fn day_and_clock(at: UnixMillis) -> String {
    local(at, "%Y-%m-%d %H:%M")
}

fn local(at: UnixMillis, format: &str) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let timestamp = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    let zoned = timestamp.to_zoned(TimeZone::system());
    zoned.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_largest_unit_that_fits() {
        for (millis, told) in [
            (0, "0 s"),
            (61_000, "1 min"),
            (3 * 3_600_000, "3 h"),
            (20 * 3_600_000 + 40 * 60_000, "21 h"),
            (86_400_000 * 20_000, "20000 d"),
        ] {
            assert_eq!(span(millis), told);
        }
    }
}
