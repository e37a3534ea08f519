//! What is typed behind a command that goes somewhere is meant for where that goes: until it is known
//! where one is, it waits, and if one does not get there it is not said at all.

use std::collections::VecDeque;

use tazcom_chat::{Command, parse};

use super::App;
use crate::model::Editor;
use crate::place::Place;

/// Texts that wait. More than anybody types while a node answers; what comes after stays where it is typed.
const MAX_HELD: usize = 16;

/// Commands that go somewhere, by all their names.
const GOING: [&str; 5] = ["join", "msg", "private", "accept", "enter"];

/// What waits until it is known where one is.
#[derive(Default)]
pub(super) struct Going {
    held: VecDeque<String>,
    /// Where one is although something else was typed for elsewhere: what is typed is said here only when
    /// that is said twice.
    stayed: Option<Place>,
}

/// Says how many, and nothing of what is in them.
impl std::fmt::Debug for Going {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Going({})", self.held.len())
    }
}

/// Whether a line is meant to go somewhere, also when it is not understood.
pub(super) fn goes(line: &str) -> bool {
    let typed = line.strip_prefix('/').unwrap_or_default();
    let typed = typed.split(char::is_whitespace).next().unwrap_or_default();
    let typed = typed.to_ascii_lowercase();
    let mut commands = tazcom_chat::COMMANDS.iter();
    let command =
        commands.find(|help| help.name == typed || help.aliases.contains(&typed.as_str()));
    command.is_some_and(|help| GOING.contains(&help.name))
}

impl App {
    /// Whether what is typed waits.
    pub(super) fn is_going(&self) -> bool {
        self.asked.goes()
    }

    /// Keeps what is typed until it is known where it goes; whether that is to be waited for.
    pub(super) fn hold(&mut self) -> bool {
        let text = &self.model.editor.text;
        if !self.is_going() || matches!(parse(text), Ok(Command::Quit)) {
            return false;
        }
        if text.trim().is_empty() {
            return true;
        }
        if self.going.held.len() >= MAX_HELD {
            self.complain("the node has not answered yet where you are; this waits here");
            return true;
        }
        let text = self.model.editor.take();
        self.model.palette = None;
        self.going.held.push_back(text);
        let waiting = match self.going.held.len() {
            1 => "this is sent".to_owned(),
            count => format!("these {count} are sent"),
        };
        self.complain(&format!(
            "{waiting} as soon as the node has answered where you are"
        ));
        true
    }

    /// Whether a text is to be sent once more before it is said here, because one is not where it was
    /// typed for.
    pub(super) fn doubts(&mut self, text: &str) -> bool {
        let stayed = self.going.stayed.take();
        let is_said = !text.starts_with('/') || text.starts_with("//");
        if !is_said || stayed != Some(self.here()) {
            return false;
        }
        let label = self.model.label(&self.here());
        self.complain(&format!(
            "not said: you are still in {label}; Enter once more says it there"
        ));
        true
    }

    /// It is known what has become of going somewhere, asked for at this place.
    pub(super) fn gone(&mut self, arrived: bool) {
        if self.plain.is_some() {
            if !arrived {
                self.be_nowhere();
            }
            return;
        }
        if !arrived {
            let typed = !self.model.editor.is_empty();
            if typed || !self.going.held.is_empty() {
                self.going.stayed = Some(self.here());
                self.give_held_back();
            }
        }
    }

    /// Where there is no screen, what comes next is not said where it was not meant to go.
    pub(super) fn be_nowhere(&mut self) {
        if self.begin.leave() {
            self.print("-- you are nowhere now; /join #room or /msg person goes somewhere");
        }
    }

    /// Says what has waited, in order, as far as it need not wait again.
    pub(super) fn say_held(&mut self) {
        while !self.is_going()
            && self.begin.is_over()
            && let Some(line) = self
                .plain
                .as_mut()
                .and_then(super::plain::Plain::take_waiting)
        {
            self.line(line);
        }
        while !self.is_going()
            && let Some(text) = self.going.held.pop_front()
        {
            self.model.complaint = None;
            match self.submit(&text) {
                Ok(()) => self.typing.remember(&text),
                Err(why) => {
                    self.going.held.push_front(text);
                    self.going.stayed = Some(self.here());
                    self.give_held_back();
                    if let Some(why) = why {
                        self.complain(&why);
                    }
                }
            }
        }
    }

    /// Gives back what has waited, before what is being typed.
    pub(super) fn give_held_back(&mut self) {
        if self.going.held.is_empty() {
            return;
        }
        let mut held = std::mem::take(&mut self.going.held);
        for text in &held {
            self.typing.remember(text);
        }
        let count = held.len();
        let typed = self.model.editor.take();
        if !typed.is_empty() {
            held.push_back(typed);
        }
        self.model.editor = Editor::with(&Vec::from(held).join("\n"));
        self.model.palette = None;
        let label = self.model.label(&self.here());
        let was = if count == 1 { "this was" } else { "these were" };
        self.complain(&format!(
            "{was} not said: you are in {label}, where it was not typed for"
        ));
    }

    /// Goes somewhere for an answer. What was typed since it was asked for goes along.
    pub(super) fn go_along(&mut self, go: impl FnOnce(&mut Self)) {
        let typed = std::mem::take(&mut self.model.editor);
        go(self);
        if !typed.is_empty() {
            // What was typed is what the user is at; the draft can be had again.
            let draft = std::mem::replace(&mut self.model.editor, typed);
            self.typing.remember(&draft.text);
        }
    }

    /// A conversation is no more. What was typed since the user wanted to leave it goes along.
    pub(super) fn left(&mut self, place: &Place) {
        if self.here() == *place && self.is_going() {
            self.go_along(|app| app.close_talk(place));
        } else {
            self.close_talk(place);
        }
    }
}
