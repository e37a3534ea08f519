//! A line of the log people read: `[HH:MM:SS] [LEVEL] text`.

use std::fmt;

use jiff::Zoned;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// What happens.
    Info,
    /// What went wrong, and the program goes on.
    Warn,
    /// What ends the program.
    Error,
}

impl Level {
    /// The ANSI code of its colour. The word says the same, so nobody needs the colour.
    fn colour(self) -> &'static str {
        match self {
            Self::Info => "32",
            Self::Warn => "33",
            Self::Error => "31",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        })
    }
}

/// A line before it gets its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) text: String,
}

impl Line {
    pub(crate) fn info(text: impl Into<String>) -> Self {
        Self {
            level: Level::Info,
            text: text.into(),
        }
    }

    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            text: text.into(),
        }
    }

    pub(crate) fn error(text: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            text: text.into(),
        }
    }

    /// The whole line with its newline, as of now.
    pub(crate) fn render(&self, colour: bool) -> String {
        format!("{}{}\n", prefix(self.level, colour), self.text)
    }
}

/// What stands before the text of a line: local time and level.
pub(crate) fn prefix(level: Level, colour: bool) -> String {
    let time = Zoned::now().strftime("%H:%M:%S").to_string();
    if colour {
        format!("[{time}] [\x1b[{}m{level:<5}\x1b[0m] ", level.colour())
    } else {
        format!("[{time}] [{level:<5}] ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_time_a_padded_level_and_the_text() {
        let line = Line::info("Listening on 127.0.0.1:1").render(false);
        let (time, rest) = line.split_at(11);
        assert!(time.starts_with('[') && time.ends_with("] "), "{line:?}");
        assert_eq!(rest, "[INFO ] Listening on 127.0.0.1:1\n");
    }

    #[test]
    fn only_the_level_is_coloured() {
        let line = Line::warn("x").render(true);
        assert!(line.ends_with("[\x1b[33mWARN \x1b[0m] x\n"), "{line:?}");
    }
}
