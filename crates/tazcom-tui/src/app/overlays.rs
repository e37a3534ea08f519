//! Keys while something is laid over the conversation.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use zeroize::{Zeroize as _, Zeroizing};

use super::App;
use super::asked::Purpose;
use super::rooms::MAX_SECRET;
use crate::ask::Ask;
use crate::model::{Choice, Overlay};
use crate::place::Place;
use crate::view::overlay::{is_question_seen, max_scroll};

impl App {
    /// Takes a key for what is laid over; whether it was for that.
    pub(super) fn overlay_key(&mut self, key: KeyEvent) -> bool {
        match &mut self.model.overlay {
            None => false,
            Some(Overlay::Help { .. } | Overlay::Doctor { .. } | Overlay::Text { .. }) => {
                self.reading_key(key)
            }
            Some(Overlay::Secret { .. }) => {
                self.secret_key(key);
                true
            }
            Some(Overlay::Verify { .. } | Overlay::Confirm { .. }) => self.question_key(key),
        }
    }

    /// Something is read: keys scroll it, and whatever else is typed closes it and is typed.
    fn reading_key(&mut self, key: KeyEvent) -> bool {
        let page = self.model.size.1.saturating_sub(6).max(1);
        let last = max_scroll(&self.model);
        let Some(
            Overlay::Help { scroll } | Overlay::Doctor { scroll } | Overlay::Text { scroll, .. },
        ) = &mut self.model.overlay
        else {
            return false;
        };
        let to = match key.code {
            KeyCode::Up => scroll.saturating_sub(1),
            KeyCode::Down => scroll.saturating_add(1),
            KeyCode::PageUp => scroll.saturating_sub(page),
            KeyCode::PageDown => scroll.saturating_add(page),
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Esc | KeyCode::Enter => {
                self.model.overlay = None;
                return true;
            }
            KeyCode::F(1) if matches!(self.model.overlay, Some(Overlay::Help { .. })) => {
                self.model.overlay = None;
                return true;
            }
            KeyCode::F(2) if matches!(self.model.overlay, Some(Overlay::Doctor { .. })) => {
                self.model.overlay = None;
                return true;
            }
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.model.overlay = None;
                return true;
            }
            KeyCode::F(8) => return false,
            _ => {
                self.model.overlay = None;
                return false;
            }
        };
        *scroll = to.min(last);
        true
    }

    /// Does what was asked about, or does not.
    pub(super) fn decide(&mut self, yes: bool) {
        let Some(Overlay::Confirm { choice, .. }) = self.model.overlay.take() else {
            return;
        };
        self.user.wanted_out = None;
        if !yes {
            self.print("-- not done");
            return;
        }
        let here = self.here();
        let asked = match choice {
            Choice::Leave(place) => self.leave_now(place),
            Choice::Remove(room, who) => {
                let place = Place::Private(room);
                let done = "taken out of the room".to_owned();
                let asked = if self.places.contains_key(&place) {
                    place
                } else {
                    here
                };
                self.ask(asked, Purpose::Do { done }, Ask::Remove { room, who })
            }
            Choice::Quit => {
                self.quit();
                Ok(())
            }
        };
        if let Err(why) = asked {
            self.complain(&why);
        }
    }

    fn secret_key(&mut self, key: KeyEvent) {
        let Some(Overlay::Secret { typed, .. }) = &mut self.model.overlay else {
            return;
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => self.model.overlay = None,
            KeyCode::Char('c') if control => self.model.overlay = None,
            KeyCode::Char('u') if control => typed.zeroize(),
            KeyCode::Char('h') if control => drop(typed.pop()),
            KeyCode::Backspace => drop(typed.pop()),
            KeyCode::Enter => self.enter_with_secret(),
            KeyCode::Char(c) if !control && !c.is_control() => push_secret(typed, c),
            _ => {}
        }
    }

    /// Takes a pasted passphrase; whether one is asked for.
    pub(super) fn paste_secret(&mut self, text: &str) -> bool {
        let Some(Overlay::Secret { typed, .. }) = &mut self.model.overlay else {
            return false;
        };
        let line = text.lines().next().unwrap_or_default();
        for c in line.chars().filter(|c| !c.is_control()) {
            push_secret(typed, c);
        }
        true
    }

    fn enter_with_secret(&mut self) {
        let Some(Overlay::Secret { typed, room, .. }) = &mut self.model.overlay else {
            return;
        };
        if typed.is_empty() {
            self.complain("a passphrase is needed; Esc closes this");
            return;
        }
        let ask = Ask::Enter {
            name: room.clone(),
            passphrase: std::mem::take(typed),
        };
        self.model.overlay = None;
        if let Err(why) = self.ask(self.here(), Purpose::Open, ask) {
            self.complain(&why);
        }
    }

    /// Something is asked: a word and Enter answer it, and everything else goes on as if nothing were
    /// laid over.
    fn question_key(&mut self, key: KeyEvent) -> bool {
        // Emoji that cannot be seen are not compared.
        let compares = matches!(self.model.overlay, Some(Overlay::Verify { .. }));
        let is_seen = !compares || is_question_seen(&self.model);
        let free = self.model.editor.is_empty() && is_seen;
        let plain_key = key.modifiers.difference(KeyModifiers::SHIFT).is_empty();
        let Some(overlay) = &mut self.model.overlay else {
            return false;
        };
        let answers = overlay.answers();
        let confirms = matches!(overlay, Overlay::Confirm { .. });
        let (Overlay::Verify { typed, .. } | Overlay::Confirm { typed, .. }) = overlay else {
            return false;
        };
        let is = |word: &str| word.eq_ignore_ascii_case(typed);
        match key.code {
            KeyCode::Esc if confirms => self.decide(false),
            KeyCode::Esc => self.call_off(),
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => match confirms {
                true => self.interrupt(),
                false => self.call_off(),
            },
            KeyCode::F(1 | 2) => {}
            KeyCode::F(_) => return false,
            KeyCode::Backspace if !typed.is_empty() => drop(typed.pop()),
            KeyCode::Enter if plain_key && free && !typed.is_empty() => {
                match answers.iter().find(|(word, _)| is(word)) {
                    Some((_, yes)) if confirms => self.decide(*yes),
                    Some((_, yes)) => self.answer_verify(*yes),
                    None => self.complain_of_answer(answers),
                }
            }
            KeyCode::Char(c) if plain_key && free && begins_answer(answers, typed, c) => {
                typed.push(c);
            }
            _ => {
                // It is the beginning of something else: that is what is typed.
                self.release_answer();
                return false;
            }
        }
        true
    }

    /// What was typed as an answer is the beginning of something else.
    pub(super) fn release_answer(&mut self) {
        if let Some(Overlay::Verify { typed, .. } | Overlay::Confirm { typed, .. }) =
            &mut self.model.overlay
        {
            let typed = std::mem::take(typed);
            self.model.editor.insert(&typed);
        }
    }

    fn complain_of_answer(&mut self, answers: &[(&str, bool)]) {
        let word = |yes: bool| answers.iter().find(|(_, means)| *means == yes);
        let [yes, no] = [true, false].map(|yes| word(yes).map_or("", |(word, _)| *word));
        self.complain(&format!("answer with {yes} or {no}, and Enter"));
    }
}

/// Whether what is typed is the beginning of an answer with this character, too.
fn begins_answer(answers: &[(&str, bool)], typed: &str, c: char) -> bool {
    let answer = format!("{typed}{c}").to_ascii_lowercase();
    let mut answers = answers.iter();
    answers.any(|(word, _)| word.starts_with(&answer))
}

/// Never past what room was made for: a text that moves leaves what it was behind.
fn push_secret(typed: &mut Zeroizing<String>, c: char) {
    if typed.len() + c.len_utf8() <= MAX_SECRET.min(typed.capacity()) {
        typed.push(c);
    }
}
