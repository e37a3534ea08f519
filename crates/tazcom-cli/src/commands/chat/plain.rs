//! Shows the chat as lines: for screen readers, pipes, serial lines and terminals without a screen.

use std::time::Duration;

use tazcom_tui::Input;
use tokio::io::Stdin;
use tokio::time::{Instant, sleep_until};

use super::driver::{Driver, Wanted};
use crate::control::AskError;
use crate::exit_code::{Exit, Failure};
use crate::signals::Signals;
use crate::{logging, output, panic};

mod lines;

use lines::{Lines, MAX_LINE_LEN, Typed};

/// How long the node may take for the last words and what is to be kept.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

/// Standard input and output.
#[derive(Debug)]
pub(super) struct Plain {
    driver: Driver,
    signals: Signals,
    lines: Lines<Stdin>,
    timeout: Duration,
    /// Lines that were handed in.
    taken: usize,
    /// When nobody is waited for any more, once everything was read.
    over: Option<Instant>,
    /// Whether all was printed that is known of what was said, in the end.
    is_all_told: bool,
}

/// Why it ends.
enum End {
    /// The user leaves.
    Quit,
    /// All is said, and somebody has it.
    Said,
    /// All is said, and nobody has said of some of it that it has come.
    Unheard,
    /// The node has ended.
    Over,
}

impl Plain {
    pub(super) fn new(driver: Driver, signals: Signals, timeout: Duration) -> Self {
        Self {
            driver,
            signals,
            lines: Lines::new(tokio::io::stdin()),
            timeout,
            taken: 0,
            over: None,
            is_all_told: false,
        }
    }

    /// Chats until the user leaves, everything that came in is said, or a signal comes.
    pub(super) async fn run(mut self) -> Result<Exit, Failure> {
        let result = self.chat().await;
        tokio::select! {
            () = self.driver.settle() => {}
            () = self.signals.next() => {}
            () = tokio::time::sleep(SETTLED_WITHIN) => {}
        }
        let is_refused = self.driver.app().has_refused();
        match result? {
            End::Over => Err(AskError::Ended.into_failure()),
            End::Said | End::Unheard if is_refused => Ok(Exit::Failed),
            End::Unheard => Ok(Exit::Queued),
            End::Said | End::Quit => Ok(Exit::Done),
        }
    }

    async fn chat(&mut self) -> Result<End, Failure> {
        loop {
            while let Some(wanted) = self.driver.next() {
                match wanted {
                    Wanted::Print(text) => tokio::select! {
                        shown = output::show(&text) => shown?,
                        () = self.signals.next() => return Ok(End::Quit),
                    },
                    Wanted::Quit => return Ok(End::Quit),
                    // Whoever reads lines, or listens to them, is not to find anything else there.
                    Wanted::Bell
                    | Wanted::Notify(_)
                    | Wanted::Mouse(_)
                    | Wanted::Repaint
                    | Wanted::Suspend => {}
                }
            }
            if self.driver.is_over() {
                return Ok(End::Over);
            }
            if self.over.is_some() && self.is_said() {
                if std::mem::replace(&mut self.is_all_told, true) {
                    return Ok(End::Said);
                }
                self.driver.app_mut().print_rest();
                continue;
            }
            let takes_lines = self.over.is_none() && self.driver.app().takes_lines();
            let over = self.over.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = self.signals.next() => return Ok(End::Quit),
                () = panic::happens() => return Ok(End::Quit),
                typed = self.lines.next(), if takes_lines => self.typed(typed?),
                () = sleep_until(over), if self.over.is_some() => {
                    self.remark_unheard();
                    return Ok(End::Unheard);
                }
                () = self.driver.happens() => {}
            }
        }
    }

    /// Whether everything that came in has come to somebody.
    fn is_said(&self) -> bool {
        self.driver.app().is_ready() && self.driver.app().pending() == 0
    }

    fn remark_unheard(&self) {
        let (pending, taken) = (self.driver.app().pending(), self.taken);
        let lines = if taken == 1 { "line" } else { "lines" };
        logging::remark(vec![format!(
            "{pending} of {taken} {lines}: nobody has said yet that it has come; it is kept for \
             whoever comes within the week"
        )]);
    }

    fn typed(&mut self, typed: Typed) {
        match typed {
            Typed::Line(line) => {
                self.taken = self.taken.saturating_add(usize::from(!line.is_empty()));
                self.driver.take(Input::Line(line));
            }
            Typed::TooLong => logging::remark(vec![format!(
                "a line of more than {MAX_LINE_LEN} bytes was not said"
            )]),
            Typed::NotText => {
                logging::remark(vec![
                    "a line that is not UTF-8 text was not said".to_owned(),
                ]);
            }
            Typed::End => self.over = Some(Instant::now() + self.timeout),
        }
    }
}
