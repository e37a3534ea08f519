//! Commands that enter, leave and run rooms.

use tazcom_proto::RoomName;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use super::App;
use super::asked::{Purpose, Then};
use super::command::Done;
use crate::ask::Ask;
use crate::model::{Choice, Overlay, Talk};
use crate::news::Standing;
use crate::place::Place;

/// Bytes of a passphrase that are taken. Room is made for all of them at once, so that none is left
/// behind where it was.
pub(super) const MAX_SECRET: usize = 1024;

impl App {
    pub(super) fn join(&mut self, room: RoomName) -> Done {
        let place = Place::Room(room.clone());
        if self.is_in(&place) {
            self.go(&place);
            return Ok(());
        }
        self.ask(self.here(), Purpose::Join(room.clone()), Ask::Join(room))
    }

    pub(super) fn leave(&mut self, place: Place) -> Done {
        let label = self.model.label(&place);
        let talk = self.model.find(&place);
        let Some(talk) = talk else {
            return Err(format!("you are not in {label}"));
        };
        match (&place, talk.about.standing) {
            (Place::Person(_), _) => {
                self.close_talk(&place);
                Ok(())
            }
            (Place::Room(_), Standing::Out) => Err(format!("you are not in {label}")),
            (Place::Private(_), Standing::In | Standing::Out) => {
                let question = format!("Leave {label}? What was said there is forgotten here.");
                self.confirm(question, Choice::Leave(place))
            }
            _ => self.leave_now(place),
        }
    }

    pub(super) fn leave_now(&mut self, place: Place) -> Done {
        let here = self.here();
        self.ask(here, Purpose::Leave(place.clone()), Ask::Leave(place))
    }

    pub(super) fn private_here(&self) -> Result<SealedRoomId, String> {
        match self.here() {
            Place::Private(room) => Ok(room),
            _ => Err("this is not a private room; /private name makes one".to_owned()),
        }
    }

    pub(super) fn in_room(&mut self, who: &str, then: fn(SealedRoomId) -> Then) -> Done {
        let room = self.private_here()?;
        self.with_typed(who, then(room))
    }

    /// The room into which we were invited: this one, else the open one, else the only one.
    ///
    /// # Errors
    /// There is none, or there are several.
    fn invited_into(&self, room: Option<&str>, command: &str) -> Result<Place, String> {
        let invited = |talk: &Talk| talk.about.standing == Standing::Invited;
        match room {
            Some(name) => self.private_room(name, invited),
            None if invited(self.model.talk()) => Ok(self.here()),
            None => {
                let mut rooms = self.model.talks.iter().filter(|talk| invited(talk));
                match (rooms.next(), rooms.next()) {
                    (Some(only), None) => Ok(only.place().clone()),
                    (None, _) => Err("you are not invited to any room".to_owned()),
                    _ => Err(format!(
                        "you are invited to several rooms; /{command} +room"
                    )),
                }
            }
        }
    }

    pub(super) fn decline(&mut self, room: Option<&str>) -> Done {
        let place = self.invited_into(room, "decline")?;
        self.leave_now(place)
    }

    pub(super) fn accept(&mut self, room: Option<&str>) -> Done {
        let place = self.invited_into(room, "accept")?;
        let Place::Private(id) = place else {
            return Err("only a private room is entered by invitation".to_owned());
        };
        if self.here() != place {
            self.go(&place);
        }
        self.ask(place.clone(), Purpose::Accept(place), Ask::Accept(id))
    }

    /// A private room by its name, with the beginning of its id behind a `~` where that is needed.
    ///
    /// # Errors
    /// None or several are called so.
    pub(super) fn private_room(
        &self,
        typed: &str,
        is_meant: impl Fn(&Talk) -> bool,
    ) -> Result<Place, String> {
        let typed = typed.trim();
        let is_called = |talk: &&Talk| {
            let Place::Private(_) = talk.place() else {
                return false;
            };
            let name = talk.about.name.as_ref().map(|name| name.as_str());
            let label = self.model.label(talk.place());
            let id = talk.place().to_string();
            let labels = [name, label.strip_prefix('+'), id.strip_prefix('+')];
            labels.into_iter().flatten().any(|label| label == typed)
        };
        let rooms = self.model.talks.iter().filter(|talk| is_meant(talk));
        let rooms: Vec<&Talk> = rooms.filter(is_called).collect();
        match rooms.as_slice() {
            [room] => Ok(room.place().clone()),
            [] => Err(format!("no private room here is called +{typed}")),
            several => {
                let labels = several.iter().map(|talk| self.model.label(talk.place()));
                let labels: Vec<String> = labels.collect();
                Err(format!(
                    "several rooms are called so: {}",
                    labels.join(", ")
                ))
            }
        }
    }

    pub(super) fn enter(&mut self, name: &RoomName) -> Done {
        if self.plain.is_some() {
            return Err(format!(
                "a passphrase would be shown here; run tazcom-cli room join {} --passphrase",
                name.as_str()
            ));
        }
        self.lay(Overlay::Secret {
            question: format!("The passphrase of +{}:", name.as_str()),
            typed: Zeroizing::new(String::with_capacity(MAX_SECRET)),
            room: name.as_str().to_owned(),
        });
        Ok(())
    }
}
