//! The real terminal: taken, read, and always given back.
//!
//! Two threads do what may take for ever: one reads keys, one writes what was drawn. Whoever draws
//! waits for neither, so that a terminal that is stopped holds up nothing but itself.

mod keys;
mod leave;
mod paper;
mod pen;

use std::sync::Arc;
use std::{fmt, io};

use crossterm::event::{Event, KeyEventKind};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
pub use leave::restore;
use ratatui::layout::Rect;

use crate::app::App;
use crate::io::Input;
use crate::terminal::keys::Keys;
use crate::terminal::paper::Paper;
use crate::terminal::pen::{Pen, Sheet};
use crate::view::draw;

/// The alternate screen, emptied.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[2J\x1b[H";

/// What is pasted is told apart from what is typed; whether the user looks is told.
const REPORTS: &[u8] = b"\x1b[?2004h\x1b[?1004h";

/// Presses and the wheel, in the form that knows wide terminals (SGR). Not every movement.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// Bytes that may wait for a terminal that does not take them, before it is not rung any more.
const MAX_WAITING: usize = 64 * 1024;

/// What comes from the terminal.
#[derive(Debug)]
#[non_exhaustive]
pub enum Happening {
    /// Something for the chat.
    Input(Input),
    /// Everything that was drawn has been taken by the terminal.
    Drawn,
    /// The terminal is gone, or cannot be read or written any more.
    Gone(io::Error),
}

/// Is told what happens, on a thread where it may wait. False: nobody wants to know any more.
pub type Tell = Arc<dyn Fn(Happening) -> bool + Send + Sync>;

/// The terminal, taken unless it was given back for a while. Given back when this is dropped.
pub struct Terminal {
    screen: ratatui::Terminal<Paper>,
    sheet: Sheet,
    pen: Pen,
    /// None while it is given back.
    keys: Option<Keys>,
    tell: Tell,
    /// Whether the mouse is reported while it is taken.
    mouse: bool,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}

impl Terminal {
    /// Takes the terminal on standard input and output, and begins to read it.
    ///
    /// # Errors
    /// When it cannot be taken, read or written. It is as it was then.
    pub fn enter(mouse: bool, tell: Tell) -> io::Result<Self> {
        let sheet = Sheet::default();
        let mut terminal = Self {
            screen: ratatui::Terminal::new(Paper::new(sheet.clone()))?,
            sheet,
            pen: Pen::start(Arc::clone(&tell))?,
            keys: None,
            tell,
            mouse,
        };
        terminal.take()?;
        Ok(terminal)
    }

    /// Takes the terminal again, if it was given back: reads it, with the mouse reported as it was, and has
    /// the next drawing draw everything. Whoever is not [offered](Self::is_offered) it is stopped for this.
    ///
    /// # Errors
    /// When it cannot be taken, read or written. It is as it was then.
    pub fn take(&mut self) -> io::Result<()> {
        if self.is_taken() {
            return Ok(());
        }
        if !leave::take() {
            return Err(io::Error::other("the terminal is taken already"));
        }
        let keys = enable_raw_mode().and_then(|()| Keys::start(Arc::clone(&self.tell)));
        match keys {
            Ok(keys) => self.keys = Some(keys),
            Err(error) => {
                // Nothing was written yet.
                leave::forget();
                let _ = disable_raw_mode();
                return Err(error);
            }
        }
        self.pen.write(ENTER);
        self.redraw()
    }

    /// Gives the terminal back as it was, until it is taken again. When this returns nobody reads it, and what
    /// was read and not told yet never will be. Takes a tenth of a second where that is not heard.
    pub fn give_back(&mut self) {
        let Some(keys) = self.keys.take() else {
            return;
        };
        // Whoever reads a terminal that is another's is stopped for it.
        if self.is_offered() {
            keys.end();
        }
        restore();
    }

    /// Whether it is not given back.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        self.keys.is_some()
    }

    /// Whether the terminal may be taken: whether its shell has this process, and those of its group, in the
    /// foreground. One that is no shell's is anybody's.
    #[must_use]
    #[cfg(unix)]
    pub fn is_offered(&self) -> bool {
        let group = rustix::termios::tcgetpgrp(rustix::stdio::stdin());
        group.map_or(true, |group| group == rustix::process::getpgrp())
    }

    /// Whether the terminal may be taken: here, always.
    #[must_use]
    #[cfg(not(unix))]
    pub const fn is_offered(&self) -> bool {
        true
    }

    /// Whether the terminal has taken everything that was drawn. What is drawn before it has only
    /// waits.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.pen.waiting() == 0
    }

    /// Draws the chat as it is now, unless the terminal is given back. Does not wait; [`Happening::Drawn`]
    /// tells when it is seen.
    ///
    /// # Errors
    /// When the size of the terminal cannot be known any more.
    pub fn draw(&mut self, app: &App) -> io::Result<()> {
        if !self.is_taken() {
            return Ok(());
        }
        self.screen.draw(|frame| draw(app, frame))?;
        self.pen.write(&self.sheet.take());
        Ok(())
    }

    /// Rings the bell.
    pub fn bell(&self) {
        self.call(b"\x07");
    }

    /// Has the terminal notify the user (OSC 9). Controls in `text`, which end the sequence or begin
    /// another, are left out.
    pub fn notify(&self, text: &str) {
        debug_assert!(!text.contains(char::is_control), "a clean text");
        self.call(notice(text).as_bytes());
    }

    /// Has the terminal report the mouse, or no longer.
    pub fn mouse(&mut self, on: bool) {
        self.mouse = on;
        if self.is_taken() {
            self.pen.write(if on { MOUSE_ON } else { MOUSE_OFF });
        }
    }

    /// Has the next drawing draw everything, whatever the terminal shows now, and however it is set.
    ///
    /// # Errors
    /// When the size of the terminal cannot be known any more.
    pub fn repaint(&mut self) -> io::Result<()> {
        if !self.is_taken() {
            return Ok(());
        }
        // A shell that had the terminal meanwhile has set it as it likes it.
        disable_raw_mode()?;
        enable_raw_mode()?;
        self.redraw()
    }

    fn redraw(&mut self) -> io::Result<()> {
        // Others may have written these, too: a shell does.
        self.pen.write(REPORTS);
        self.mouse(self.mouse);
        let (width, height) = self.size()?;
        self.screen.resize(Rect::new(0, 0, width, height))
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        paper::size()
    }

    /// A terminal that does not listen is not called again and again.
    fn call(&self, bytes: &[u8]) {
        if self.is_taken() && self.pen.waiting() < MAX_WAITING {
            self.pen.write(bytes);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.keys.take().is_some() {
            restore();
        }
    }
}

/// The sequence that has the terminal notify the user.
fn notice(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("\x1b]9;{text}\x07")
}

/// What an event of the terminal is to the chat, if anything.
fn input(event: Event) -> Option<Input> {
    Some(match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => return None,
        Event::Key(key) => Input::Key(key),
        Event::Paste(text) => Input::Paste(text),
        Event::Mouse(mouse) => Input::Mouse(mouse),
        Event::Resize(columns, rows) => Input::Resize(columns, rows),
        Event::FocusGained => Input::Focus(true),
        Event::FocusLost => Input::Focus(false),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    /// The modes that a sequence sets or resets (DECSET, DECRST).
    fn modes(bytes: &[u8], end: char) -> Vec<String> {
        let text = str::from_utf8(bytes).expect("it is ASCII");
        let modes = text.split("\x1b[?").skip(1);
        modes
            .filter_map(|mode| {
                let digits: String = mode.chars().take_while(char::is_ascii_digit).collect();
                mode.get(digits.len()..)?.starts_with(end).then_some(digits)
            })
            .collect()
    }

    #[test]
    fn every_mode_that_is_set_is_reset_in_the_end() {
        let left = modes(leave::LEAVE, 'l');
        let taken = [ENTER, REPORTS, MOUSE_ON]
            .map(|bytes| modes(bytes, 'h'))
            .concat();
        assert_eq!(taken.len(), 5);
        assert!(taken.iter().all(|mode| left.contains(mode)), "{left:?}");
        let mut off = modes(MOUSE_OFF, 'l');
        off.reverse();
        assert_eq!(off, modes(MOUSE_ON, 'h'));
        assert!(
            modes(leave::LEAVE, 'h').contains(&"25".to_owned()),
            "a cursor"
        );
    }

    #[test]
    fn a_notice_holds_nothing_that_ends_it_early() {
        let notice = notice("zoe\x07\x1b]0;owned\x07\u{9c} in #lobby");
        assert_eq!(notice, "\x1b]9;zoe]0;owned in #lobby\x07");
    }

    #[test]
    fn a_key_that_is_let_go_is_no_input() {
        let press = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        let release = KeyEvent {
            kind: KeyEventKind::Release,
            ..press
        };
        assert!(matches!(input(Event::Key(press)), Some(Input::Key(_))));
        assert!(input(Event::Key(release)).is_none());
        assert!(matches!(
            input(Event::Paste("a\nb".to_owned())),
            Some(Input::Paste(text)) if text == "a\nb"
        ));
    }

    #[test]
    fn what_was_drawn_is_taken_from_the_sheet_once() {
        let mut sheet = Sheet::default();
        sheet.write_all(b"drawn").expect("it is memory");
        assert_eq!(sheet.take(), b"drawn");
        assert_eq!(sheet.take(), b"");
    }

    #[test]
    fn nothing_is_written_to_a_terminal_that_was_not_taken() {
        // Standard output of a test is nobody's terminal to be given back.
        assert!(!leave::is_taken());
        restore();
        assert!(!leave::is_taken());
    }
}
