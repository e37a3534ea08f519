//! What comes back from the node.

use super::App;
use super::asked::{Open, Purpose, Then};
use super::history::Which;
use crate::ask::Answer;
use crate::model::{Editor, Past, Talk};
use crate::place::Place;

impl App {
    pub(super) fn answer(&mut self, reference: u64, answer: Answer) {
        // What is answered twice, or too late, is not waited for.
        if let Some(open) = self.asked.take(reference) {
            self.finish(open, answer);
        }
    }

    /// Does what was to be done with the answer.
    pub(super) fn finish(&mut self, open: Open, answer: Answer) {
        let goes = open.purpose.goes();
        let arrived = self.take_answer(open, answer);
        if goes {
            self.gone(arrived);
        }
    }

    /// Whether the user is where it wanted to go, if it did.
    fn take_answer(&mut self, open: Open, answer: Answer) -> bool {
        let Open { place, purpose, .. } = open;
        if let Answer::Refused(why) = &answer {
            let why = why.clone();
            self.refused(&place, purpose, &why);
            return false;
        }
        // Whoever has gone on meanwhile, or was brought there because the place is no more, does not mean
        // the one that is open now.
        let has_stayed = self.here() == place || !self.places.contains_key(&place);
        match (purpose, answer) {
            (Purpose::Say { to, text, .. }, _) => self.words.kept(&to, &text),
            (Purpose::History { of, which }, Answer::History { lines, more }) => {
                self.history(&of, which, lines, more);
            }
            (Purpose::History { of, which }, _) => self.no_history(&of, which),
            (Purpose::Begin(room), answer) => self.begin_answered(room, answer),
            (Purpose::Find { then, .. }, Answer::Person(who)) => {
                let to = Place::Person(who.id());
                if let Err(why) = self.with(&place, &who, then) {
                    self.words.refuse();
                    self.tell(&place, &why);
                    return false;
                }
                return self.here() == to;
            }
            (Purpose::Show { title }, Answer::Text(text)) => self.show(&place, &title, &text),
            (Purpose::Join(room), _) => return self.go_from(&place, &Place::Room(room)),
            (Purpose::Leave(left), _) => {
                self.left(&left);
                return has_stayed;
            }
            (Purpose::Open, Answer::Place(opened)) => return self.go_from(&place, &opened),
            (Purpose::Accept(accepted), _) => {
                self.entered(&accepted);
                self.tell(&accepted, "you are in");
                return has_stayed;
            }
            // Whoever it was done with, or where, may come with it.
            (Purpose::Do { done }, Answer::Done | Answer::Person(_) | Answer::Place(_)) => {
                self.tell(&place, &done);
            }
            (
                Purpose::Block { who, undo, done },
                Answer::Done | Answer::Person(_) | Answer::Place(_),
            ) => {
                self.set_blocked(who, !undo);
                self.tell(&place, &done);
            }
            (Purpose::Me, Answer::Text(text)) => self.show_me(&place, &text),
            (_, Answer::Text(text)) => self.tell(&place, &text),
            _ => {}
        }
        false
    }

    /// Opens a conversation, if the user is still where it asked for it; whether it is there then.
    fn go_from(&mut self, asked: &Place, to: &Place) -> bool {
        if !self.places.contains_key(to) {
            self.add_talk(Talk::of(to.clone()));
        }
        self.entered(to);
        if self.here() == *asked || !self.places.contains_key(asked) {
            self.go_along(|app| app.go(to));
        }
        self.here() == *to
    }

    /// Something was not done: says so where it was asked for.
    fn refused(&mut self, place: &Place, purpose: Purpose, why: &str) {
        match purpose {
            Purpose::Say { to, text, action } => {
                self.words.refuse();
                self.give_back(&to, text, action);
                self.tell(&to, &format!("not said: {why}"));
                return;
            }
            Purpose::History { of, which } => {
                self.no_history(&of, which);
                return;
            }
            Purpose::Begin(_) => {
                self.cannot_begin(why);
                return;
            }
            Purpose::Compare(with) => {
                self.close_verify(with.id());
                let text = format!("{with} was not compared with: {why}");
                self.tell(place, &text);
            }
            Purpose::Find { who, then } => {
                if let Then::Talk { text: Some(text) } = then {
                    self.give_back_command(place, format!("/msg {who} {text}"));
                }
                self.tell(place, why);
            }
            _ => self.tell(place, why),
        }
        self.words.refuse();
    }

    fn no_history(&mut self, of: &Place, which: Which) {
        if let Some(talk) = self.talk_at(of) {
            // It is asked for again when somebody wants to see it.
            talk.past = match which {
                Which::Newest => Past::Unknown,
                Which::Again | Which::Older => Past::More,
            };
        }
    }

    /// Gives back what was not said, so that it is not lost: where it was typed if nothing else is typed
    /// there now, and among what was typed before in any case.
    fn give_back(&mut self, to: &Place, text: String, action: bool) {
        let text = match (action, text.starts_with('/')) {
            (true, _) => format!("/me {text}"),
            (false, true) => format!("/{text}"),
            (false, false) => text,
        };
        self.give_back_command(to, text);
    }

    /// The same for a command that was to say something.
    fn give_back_command(&mut self, to: &Place, text: String) {
        if self.plain.is_some() {
            return;
        }
        self.typing.remember(&text);
        if self.here() == *to {
            if !self.is_typing() {
                self.model.editor = Editor::with(&text);
            }
        } else if let Some(talk) = self.talk_at(to)
            && talk.draft.is_empty()
        {
            talk.draft = text;
        }
    }
}
