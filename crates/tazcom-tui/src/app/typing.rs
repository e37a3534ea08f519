//! Typing: text, what was typed before, and sending it.

use std::collections::VecDeque;

use ratatui::crossterm::event::KeyCode;
use tazcom_chat::{SlashError, parse};
use tazcom_proto::limits::MAX_TEXT_LEN;

use super::App;
use super::complete::Completion;
use crate::model::{Editor, MAX_EDITOR};

/// What was typed before and can be had again.
const MAX_HISTORY: usize = 200;

/// What was typed before, and what is being completed.
#[derive(Debug, Default)]
pub(super) struct Typing {
    history: VecDeque<String>,
    /// Which of it is shown, and what was being typed before that.
    browsing: Option<(usize, String)>,
    pub(super) completion: Option<Completion>,
    /// The command that stands refused where it was typed, untouched.
    refused: Option<String>,
}

impl Typing {
    /// Another text is typed now.
    pub(super) fn reset(&mut self) {
        self.browsing = None;
        self.completion = None;
    }

    /// Something else than the next completion is wanted; whether anything was being completed.
    pub(super) fn end_completion(&mut self) -> bool {
        self.completion.take().is_some()
    }

    /// Remembers what was typed.
    pub(super) fn remember(&mut self, text: &str) {
        self.browsing = None;
        if text.trim().is_empty() || self.history.back().is_some_and(|last| last == text) {
            return;
        }
        if self.history.len() >= MAX_HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(text.to_owned());
    }

    /// What was typed before this.
    fn older(&mut self, typed: &str) -> Option<String> {
        let at = self
            .browsing
            .as_ref()
            .map_or(self.history.len(), |(at, _)| *at);
        let above = at.checked_sub(1)?;
        let text = self.history.get(above)?.clone();
        let begun = self.browsing.take();
        let begun = begun.map_or_else(|| typed.to_owned(), |(_, begun)| begun);
        self.browsing = Some((above, begun));
        Some(text)
    }

    /// What was typed after this; at the end what was being typed.
    fn newer(&mut self) -> Option<String> {
        let (at, begun) = self.browsing.take()?;
        match self.history.get(at + 1) {
            Some(text) => {
                self.browsing = Some((at + 1, begun));
                Some(text.clone())
            }
            None => Some(begun),
        }
    }
}

impl App {
    pub(super) fn type_char(&mut self, c: char) {
        self.write(c.encode_utf8(&mut [0; 4]));
    }

    /// Takes what was pasted. It is one text, and is not sent by itself.
    pub(super) fn paste(&mut self, text: &str) {
        self.keeper.touch(self.now.instant);
        self.model.complaint = None;
        self.typing.end_completion();
        if !self.paste_secret(text) {
            self.release_answer();
            self.write(text);
        }
    }

    fn write(&mut self, text: &str) {
        if !self.model.editor.insert(text) {
            let kib = MAX_EDITOR / 1024;
            self.complain(&format!(
                "at most {kib} KiB can be typed; the rest was not taken"
            ));
        } else if text.len() > 1 && self.model.editor.text.len() > MAX_TEXT_LEN {
            let len = self.model.editor.text.len();
            self.complain(&format!(
                "this has {len} bytes now, and a message has at most {MAX_TEXT_LEN}"
            ));
        }
        self.update_palette();
    }

    pub(super) fn edit_key(&mut self, code: KeyCode, control: bool, alt: bool) {
        let editor = &mut self.model.editor;
        match code {
            KeyCode::Up => return self.up(),
            KeyCode::Down => return self.down(),
            KeyCode::Left if control || alt => editor.word_left(),
            KeyCode::Right if control || alt => editor.word_right(),
            KeyCode::Left => editor.left(),
            KeyCode::Right => editor.right(),
            KeyCode::Home => editor.go_to_line_start(),
            KeyCode::End => editor.go_to_line_end(),
            KeyCode::Backspace if control || alt => editor.delete_word(),
            KeyCode::Backspace => editor.backspace(),
            KeyCode::Delete => editor.delete_forward(),
            _ => return,
        }
        self.update_palette();
    }

    pub(super) fn edit_control(&mut self, c: char) {
        let editor = &mut self.model.editor;
        match c {
            'a' => editor.go_to_line_start(),
            'e' => editor.go_to_line_end(),
            'b' => editor.left(),
            'f' => editor.right(),
            'd' => editor.delete_forward(),
            'h' => editor.backspace(),
            'j' => return self.type_char('\n'),
            'k' => editor.delete_to_line_end(),
            'u' => editor.delete_to_line_start(),
            'w' => editor.delete_word(),
            _ => return,
        }
        self.update_palette();
    }

    pub(super) fn edit_alt(&mut self, c: char) {
        let editor = &mut self.model.editor;
        match c {
            'b' => editor.word_left(),
            'f' => editor.word_right(),
            _ => return,
        }
        self.update_palette();
    }

    fn up(&mut self) {
        if self.choose(false) || self.model.editor.up() {
            return;
        }
        if let Some(text) = self.typing.older(&self.model.editor.text) {
            self.model.editor = Editor::with(&text);
        }
    }

    fn down(&mut self) {
        if self.choose(true) || self.model.editor.down() {
            return;
        }
        if let Some(text) = self.typing.newer() {
            self.model.editor = Editor::with(&text);
        }
    }

    pub(super) fn enter_key(&mut self) {
        if self.take_chosen() {
            return;
        }
        if self.hold() {
            return;
        }
        let text = self.model.editor.take();
        self.model.palette = None;
        if self.doubts(&text) {
            self.model.editor = Editor::with(&text);
            return;
        }
        match self.submit(&text) {
            Ok(()) => self.typing.remember(&text),
            Err(why) => {
                self.typing.refused = text.starts_with('/').then(|| text.clone());
                self.model.editor = Editor::with(&text);
                if let Some(why) = why {
                    self.complain(&why);
                }
            }
        }
    }

    /// Something is typed behind a command that was refused: a word of its own takes the place of the
    /// command, which can be had again. What is not a letter goes on with it.
    pub(super) fn replace_refused(&mut self, typed: Option<char>) {
        let refused = self.typing.refused.take();
        let begins = typed.is_some_and(|c| c.is_alphabetic() || c == '/');
        if begins && refused.is_some_and(|refused| refused == self.model.editor.text) {
            let text = self.model.editor.take();
            self.typing.remember(&text);
        }
    }

    /// Does what a text says.
    ///
    /// # Errors
    /// Why not; none when there is nothing in it. Nothing was done.
    pub(super) fn submit(&mut self, text: &str) -> Result<(), Option<String>> {
        match parse(text) {
            Ok(command) => self.run(command).map_err(Some),
            Err(SlashError::Empty) => Err(None),
            Err(why) => Err(Some(why.to_string())),
        }
    }
}
