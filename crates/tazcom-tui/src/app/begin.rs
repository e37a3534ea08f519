//! Where the chat begins.

use tazcom_proto::RoomName;

use super::App;
use super::asked::Purpose;
use crate::ask::{Answer, Ask};
use crate::place::Place;

/// How far it is with beginning.
#[derive(Debug)]
pub(super) enum Begin {
    /// Not all is told yet. Where to begin, as typed.
    Waiting(Option<String>),
    /// The node is asked about it.
    Asking,
    /// It has begun.
    Over,
    /// Where to begin, or to go, was not found, and where there is no screen nothing else is taken for it:
    /// what is typed would go to others than it is meant for.
    Nowhere,
}

impl Begin {
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Over | Self::Nowhere)
    }

    pub(super) const fn is_nowhere(&self) -> bool {
        matches!(self, Self::Nowhere)
    }

    /// The user wanted to be elsewhere and is not; whether that is new.
    pub(super) fn leave(&mut self) -> bool {
        let is_new = matches!(self, Self::Over);
        if is_new {
            *self = Self::Nowhere;
        }
        is_new
    }

    /// The user has gone somewhere.
    pub(super) fn settle(&mut self) {
        if self.is_nowhere() {
            *self = Self::Over;
        }
    }
}

impl App {
    /// All that there was has been told: goes where the chat begins.
    pub(super) fn begin(&mut self) {
        let Begin::Waiting(begin) = &mut self.begin else {
            return;
        };
        let begin = begin.take();
        match begin.map(|begin| self.find_begin(&begin)) {
            None => self.begun(None),
            Some(Ok(place)) => self.begun(Some(place)),
            Some(Err(None)) => self.begin = Begin::Asking,
            Some(Err(Some(why))) => self.cannot_begin(&why),
        }
    }

    /// # Errors
    /// Why it cannot begin there; none when the node is asked.
    fn find_begin(&mut self, begin: &str) -> Result<Place, Option<String>> {
        if let Some(name) = begin.strip_prefix('+') {
            return self.private_room(name, |_| true).map_err(Some);
        }
        let (ask, purpose) = if begin.starts_with('@') {
            let who = begin.to_owned();
            (Ask::Find { who }, Purpose::Begin(None))
        } else {
            let room: RoomName = begin
                .parse()
                .map_err(|why| Some(format!("{begin}: {why}")))?;
            let place = Place::Room(room.clone());
            if self.is_in(&place) {
                return Ok(place);
            }
            (Ask::Join(room.clone()), Purpose::Begin(Some(room)))
        };
        self.ask(self.here(), purpose, ask).map_err(Some)?;
        Err(None)
    }

    /// Takes the answer that decides where the chat begins.
    pub(super) fn begin_answered(&mut self, room: Option<RoomName>, answer: Answer) {
        match (room, answer) {
            (_, Answer::Refused(why)) => self.cannot_begin(&why),
            (None, Answer::Person(who)) => {
                let place = self.add_person(&who);
                self.begun(place);
            }
            (room, _) => self.begun(room.map(Place::Room)),
        }
    }

    fn begun(&mut self, place: Option<Place>) {
        self.begin = Begin::Over;
        self.open_first(place);
        self.say_held();
    }

    pub(super) fn cannot_begin(&mut self, why: &str) {
        self.words.refuse();
        if self.plain.is_some() {
            self.begin = Begin::Nowhere;
            self.print(&format!("-- {}", super::tell::line(why)));
            self.print("-- you are nowhere yet; /join #room or /msg person goes somewhere");
            self.say_held();
            return;
        }
        self.begun(None);
        self.complain(why);
    }
}
