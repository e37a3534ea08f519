//! What the terminal can do, as far as the environment tells.

use std::io::{self, IsTerminal};

use crate::locale;

/// Where the chat is to be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Whether standard input and output are terminals.
    is_terminal: bool,
    /// `TERM`; none when it is not set.
    term: Option<String>,
    /// Whether `NO_COLOR` is set (<https://no-color.org>).
    no_colour: bool,
    /// In which encoding letters come.
    locale: Option<String>,
}

impl Surroundings {
    pub(super) fn here() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            is_terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
            term: set("TERM"),
            no_colour: set("NO_COLOR").is_some(),
            locale: locale::here(),
        }
    }

    /// Whether there is a screen to draw on.
    pub(super) fn has_screen(&self) -> bool {
        self.is_terminal && self.term.as_deref().is_some_and(|term| term != "dumb")
    }

    /// Whether colours are seen, and wanted.
    pub(super) fn has_colour(&self) -> bool {
        self.has_screen() && !self.no_colour
    }

    /// Whether more than ASCII is seen.
    pub(super) fn has_unicode(&self) -> bool {
        locale::has_unicode(self.locale.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(term: Option<&str>) -> Surroundings {
        Surroundings {
            is_terminal: true,
            term: term.map(str::to_owned),
            ..Surroundings::default()
        }
    }

    #[test]
    fn a_screen_is_a_terminal_that_is_not_dumb() {
        assert!(terminal(Some("xterm")).has_screen());
        assert!(!terminal(Some("dumb")).has_screen());
        assert!(!terminal(None).has_screen());
        let piped = Surroundings {
            is_terminal: false,
            ..terminal(Some("xterm"))
        };
        assert!(!piped.has_screen());
    }

    #[test]
    fn colours_can_be_refused() {
        assert!(terminal(Some("xterm")).has_colour());
        let refused = Surroundings {
            no_colour: true,
            ..terminal(Some("xterm"))
        };
        assert!(!refused.has_colour());
    }
}
