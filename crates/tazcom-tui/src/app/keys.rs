//! What the keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::App;
use super::scroll::To;
use crate::io::Output;
use crate::model::{Choice, Overlay};
use crate::view::layout::panes;

/// Within this of the first, a second Ctrl-C quits.
const TWICE_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) {
        // Some terminals tell of keys that are let go, too.
        if key.kind == KeyEventKind::Release {
            return;
        }
        if Self::is_suspending(key) {
            self.suspend();
            return;
        }
        // What is typed is a draft.
        self.keeper.touch(self.now.instant);
        let complained = self.model.complaint.take().is_some();
        if self.overlay_key(key) {
            return;
        }
        let (control, alt) = (
            key.modifiers.contains(KeyModifiers::CONTROL),
            key.modifiers.contains(KeyModifiers::ALT),
        );
        let typed = match key.code {
            KeyCode::Char(c) if !control && !alt => Some(c),
            _ => None,
        };
        self.replace_refused(typed);
        let completes = matches!(key.code, KeyCode::Tab | KeyCode::BackTab);
        if !completes && self.typing.end_completion() {
            self.model.palette = None;
        }
        match key.code {
            KeyCode::Esc => self.escape(complained),
            KeyCode::F(number) => self.function_key(number),
            // Ctrl and Alt together are how some keyboards write signs.
            KeyCode::Char(c) if control && alt && !c.is_ascii_alphanumeric() => self.type_char(c),
            KeyCode::Char(c) if control => self.control_key(c.to_ascii_lowercase()),
            KeyCode::Char(c) if alt => self.alt_key(c.to_ascii_lowercase()),
            KeyCode::Char(c) => self.type_char(c),
            KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => {
                self.type_char('\n');
            }
            KeyCode::Enter => self.enter_key(),
            KeyCode::Tab => self.complete(true),
            KeyCode::BackTab => self.complete(false),
            KeyCode::PageUp => self.scroll(To::PageUp),
            KeyCode::PageDown => self.scroll(To::PageDown),
            KeyCode::Home if control => self.scroll(To::Top),
            KeyCode::End if control => self.scroll(To::End),
            KeyCode::Up if control => self.go_round(false),
            KeyCode::Down if control => self.go_round(true),
            code => self.edit_key(code, control, alt),
        }
    }

    fn control_key(&mut self, c: char) {
        match c {
            'c' => self.interrupt(),
            'd' if self.model.editor.is_empty() => self.quit(),
            'l' => self.outputs.push_back(Output::Repaint),
            'n' => self.go_round(true),
            'p' => self.go_round(false),
            c => self.edit_control(c),
        }
    }

    fn alt_key(&mut self, c: char) {
        match c.to_digit(10) {
            // The tenth is on the key behind the ninth.
            Some(0) => self.go_to(9),
            Some(digit) => self.go_to(usize::try_from(digit - 1).unwrap_or(usize::MAX)),
            None if c == 'a' => self.go_to_unread(),
            None => self.edit_alt(c),
        }
    }

    fn function_key(&mut self, number: u8) {
        match number {
            1 => drop(self.lay(Overlay::Help { scroll: 0 })),
            2 => drop(self.lay(Overlay::Doctor { scroll: 0 })),
            3 => self.toggle_rooms(),
            4 => self.toggle_people(),
            8 => self.acknowledge(),
            _ => {}
        }
    }

    /// Closes what is open, one thing at a time; last of all it acknowledges what cannot be missed.
    fn escape(&mut self, complained: bool) {
        if self.model.palette.take().is_none() && !complained {
            self.acknowledge();
        }
    }

    /// The user has seen the alert that is shown.
    pub(super) fn acknowledge(&mut self) {
        self.model.alerts.pop_front();
    }

    /// Clears what is typed; with nothing typed, asks whether to quit, and the second time quits.
    pub(super) fn interrupt(&mut self) {
        let now = self.now.instant;
        let since = self
            .user
            .wanted_out
            .map(|then| now.saturating_duration_since(then));
        if since.is_some_and(|since| since <= TWICE_WITHIN) {
            self.quit();
            return;
        }
        if !self.model.editor.is_empty() {
            let text = self.model.editor.take();
            self.typing.remember(&text);
            self.model.palette = None;
            return;
        }
        self.user.wanted_out = Some(now);
        let question = "Quit? Ctrl-C again quits, too.".to_owned();
        if let Err(why) = self.confirm(question, Choice::Quit) {
            self.complain(&why);
        }
    }

    fn toggle_rooms(&mut self) {
        let shown = panes(&self.model).rooms.is_some();
        self.model.folds.rooms = Some(!shown);
        if !shown && panes(&self.model).rooms.is_none() {
            // There is room for one of the two only.
            self.model.folds.people = Some(false);
        }
    }

    fn toggle_people(&mut self) {
        let shown = panes(&self.model).people.is_some();
        self.model.folds.people = Some(!shown);
        if !shown && panes(&self.model).people.is_none() {
            self.model.folds.rooms = Some(false);
        }
    }
}
