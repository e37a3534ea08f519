//! Giving the terminal back for a while, and going on as if nothing had been.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use crate::io::Output;

impl App {
    /// Whether this key wants the terminal back: Ctrl-Z, whatever is open, of which nothing is closed.
    pub(super) fn is_suspending(key: KeyEvent) -> bool {
        matches!(key.code, KeyCode::Char('z' | 'Z'))
            && key.modifiers.contains(KeyModifiers::CONTROL)
            && !key.modifiers.contains(KeyModifiers::ALT)
    }

    /// Keeps what is to be kept, and wants to be stopped. Who has no screen has taken nothing.
    pub(super) fn suspend(&mut self) {
        if self.plain.is_some() || self.user.suspended {
            return;
        }
        // A program that is stopped may be killed before it goes on.
        self.keeper.touch(self.now.instant);
        self.keep();
        self.user.suspended = true;
        self.outputs.push_back(Output::Suspend);
    }

    pub(super) fn resumed(&mut self, stopped: bool) {
        self.user.suspended = false;
        if !stopped {
            self.complain("this cannot be stopped here: no shell waits that could continue it");
        }
    }
}
