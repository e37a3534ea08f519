//! What the chat takes and what it puts out.

use std::fmt;
use std::time::Instant;

use ratatui::crossterm::event::{KeyEvent, MouseEvent};
use tazcom_proto::UnixMillis;

use crate::ask::{Answer, Ask};
use crate::news::News;
use crate::settings::Kept;

/// What happens to the chat.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// Something was pasted. However many lines: it is one text.
    Paste(String),
    /// The mouse did something. Comes only while it was asked for.
    Mouse(MouseEvent),
    /// The terminal has this size now, in columns and rows.
    Resize(u16, u16),
    /// The terminal has the user's attention, or no longer.
    Focus(bool),
    /// A whole line was typed, where there is no screen.
    Line(String),
    /// Something to be told. Boxed: a key is small.
    News(Box<News>),
    /// The answer to an ask.
    Answer {
        /// The number it was asked under.
        reference: u64,
        /// What came back.
        answer: Box<Answer>,
    },
    /// Somebody wants the terminal back for a while, as with Ctrl-Z (SIGTSTP).
    Suspend,
    /// The screen is taken again after [`Output::Suspend`], or will be once the terminal is ours.
    Resumed {
        /// Whether the program was stopped meanwhile: where no shell waits for that, it cannot be.
        stopped: bool,
    },
    /// The instant waited for has come.
    Timeout,
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::Paste(_) => "Paste",
            Self::Mouse(_) => "Mouse",
            Self::Resize(..) => "Resize",
            Self::Focus(_) => "Focus",
            Self::Line(_) => "Line",
            Self::News(_) => "News",
            Self::Answer { .. } => "Answer",
            Self::Suspend => "Suspend",
            Self::Resumed { .. } => "Resumed",
            Self::Timeout => "Timeout",
        })
    }
}

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For deadlines.
    pub instant: Instant,
    /// For people.
    pub wall: UnixMillis,
}

/// What the chat wants done.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Ask the node; the answer comes back under the number.
    Ask {
        /// The number.
        reference: u64,
        /// What.
        ask: Ask,
    },
    /// Ring the terminal's bell.
    Bell,
    /// Have the terminal notify the user (OSC 9) of this, which is a line without controls.
    Notify(String),
    /// Have the terminal report the mouse, or no longer.
    Mouse(bool),
    /// Draw everything anew: the terminal may have been written to by others.
    Repaint,
    /// Give the terminal back, and stop the program until it is continued; [`Input::Resumed`] tells when it
    /// is. Everything that is to be kept has been put out before, and what is typed until then is not for the
    /// chat.
    Suspend,
    /// Keep this in place of what was kept before.
    Keep(Box<Kept>),
    /// Print these lines, where there is no screen.
    Print(String),
    /// End.
    Quit,
    /// Nothing until then, or until the next input.
    Wait(Option<Instant>),
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { reference, ask } => write!(f, "Ask({reference}, {ask:?})"),
            Self::Bell => f.write_str("Bell"),
            Self::Notify(_) => f.write_str("Notify"),
            Self::Mouse(on) => write!(f, "Mouse({on})"),
            Self::Repaint => f.write_str("Repaint"),
            Self::Suspend => f.write_str("Suspend"),
            Self::Keep(_) => f.write_str("Keep"),
            Self::Print(_) => f.write_str("Print"),
            Self::Quit => f.write_str("Quit"),
            Self::Wait(until) => write!(f, "Wait({until:?})"),
        }
    }
}
