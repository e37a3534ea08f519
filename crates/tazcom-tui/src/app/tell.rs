//! What the program itself has to say: answers, notes, alerts, complaints.

use tazcom_chat::{DisplayName, DisplayText, MAX_COUNTED, MAX_DISPLAY_CHARS};

use super::App;
use crate::model::{Entry, Item, Overlay};
use crate::news::{Order, Weight};
use crate::place::Place;

/// Lines of an answer that are shown. The longest lists all rooms or all that was found.
const MAX_LINES: usize = 2000;

/// Characters of a line that is not of a peer. The longest names candidates for a name.
const MAX_LINE: usize = 2048;

/// One line of the program's words, in which nothing is left that a terminal would obey.
pub(super) fn line(text: &str) -> String {
    DisplayText::line(text, MAX_LINE).to_string()
}

/// The same for several lines.
pub(super) fn lines(text: &str) -> String {
    let lines = text.trim_end().lines().take(MAX_LINES);
    let lines: Vec<String> = lines
        .map(|line| DisplayText::line(line, MAX_DISPLAY_CHARS).to_string())
        .collect();
    lines.join("\n")
}

/// `3 messages from ana`.
pub(super) fn missing(missing: Option<u64>, who: &DisplayName) -> String {
    let who = who.short();
    match missing {
        Some(1) => format!("1 message from {who}"),
        Some(count) => format!("{count} messages from {who}"),
        None => format!("more than {MAX_COUNTED} messages from {who}"),
    }
}

impl App {
    /// Says at once what did not work. Gone with the next key.
    pub(super) fn complain(&mut self, why: &str) {
        let why = line(why);
        self.changed = true;
        self.print(&format!("-- {why}"));
        self.model.complaint = Some(why);
    }

    /// Answers to the user alone, where it asked.
    pub(super) fn tell(&mut self, place: &Place, text: &str) {
        let text = lines(text);
        self.print_program(&text);
        let at = self.now.wall;
        self.add_entry(Some(place), Entry::Reply { at, text });
    }

    /// Shows several lines: over the conversation where they were asked for while the user is there.
    pub(super) fn show(&mut self, place: &Place, title: &str, text: &str) {
        let text = lines(text);
        let here = self.plain.is_none() && self.here() == *place;
        let free = self.model.overlay.is_none() && !self.is_typing();
        if here && free && text.contains('\n') {
            let overlay = Overlay::Text {
                title: line(title),
                text: text.clone(),
                scroll: 0,
            };
            if self.lay(overlay) {
                return;
            }
        }
        self.tell(place, &text);
    }

    /// Shows who we are: of all that the node knows of somebody, what says that of ourselves.
    pub(super) fn show_me(&mut self, place: &Place, text: &str) {
        const SAYS_WHO: [&str; 3] = ["id", "words", "code"];
        let title = self.model.me.as_ref().map(DisplayName::to_string);
        let says_who = |line: &&str| {
            let label = line.split_whitespace().next().unwrap_or_default();
            SAYS_WHO.contains(&label.trim_end_matches(':'))
        };
        // The name comes first, and nothing else is on that line.
        let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
        let lines = std::iter::once(name).chain(rest.lines().filter(says_who));
        let lines: Vec<&str> = lines.collect();
        self.show(place, &title.unwrap_or_default(), &lines.join("\n"));
    }

    /// Notes something. Where there is no screen, it says where it belongs.
    pub(super) fn note(&mut self, place: Option<&Place>, weight: Weight, text: String) {
        let text = line(&text);
        let at = place.map(|place| format!("{}: ", self.model.label(place)));
        self.print_note(weight, &format!("{}{text}", at.unwrap_or_default()));
        let at = self.now.wall;
        self.add_entry(place, Entry::Note { at, weight, text });
    }

    /// Notes in some conversations what is not of them alone, and prints it once.
    pub(super) fn note_in(&mut self, places: &[Place], weight: Weight, text: &str) {
        let text = line(text);
        self.print_note(weight, &text);
        let at = self.now.wall;
        for place in places {
            let text = text.clone();
            self.add_entry(Some(place), Entry::Note { at, weight, text });
        }
    }

    /// Adds at the end of a conversation; of the open one when it is not there or none is meant.
    fn add_entry(&mut self, place: Option<&Place>, entry: Entry) {
        self.changed = true;
        let index = place.and_then(|place| self.places.get(place)).copied();
        let talk = self
            .model
            .talks
            .get_mut(index.unwrap_or(self.model.current));
        if let Some(talk) = talk {
            let now = Order(self.now.wall.0, 0);
            let order = talk.timeline.last_order().unwrap_or(now);
            talk.timeline.push(Item { order, entry });
        }
        self.evict();
    }
}
