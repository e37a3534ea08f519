//! The words of private conversations and of who is who. None of what people say is among them: a log
//! is kept where it was not meant to be, and for longer.

use tazcom_node::trust::Level;
use tazcom_node::{PrivateEvent, RoomChange};

use crate::output::line::Line;
use crate::output::{level_word, room_text};

/// The lines of the log that a private event is told in.
pub(super) fn lines(event: &PrivateEvent) -> Vec<Line> {
    private_note(event).into_iter().collect()
}

/// What there is to say of an event beside what people say and how far it got.
pub(crate) fn private_note(event: &PrivateEvent) -> Option<Line> {
    Some(match event {
        PrivateEvent::Invited { room, name, by } => {
            // By its id: a name is written by others, and is not for a shell.
            let id = room_text(*room);
            let id = id.get(..8).unwrap_or(&id);
            Line::info(format!(
                "{by} invites you into the private room +{name}; `tazcom-cli room join {id}` accepts"
            ))
        }
        PrivateEvent::Room { name, change, .. } => return room_note(name.as_str(), change),
        PrivateEvent::NewKeys { who } => Line::warn(format!(
            "{who} has new keys for private messages: it has lost what it had, or somebody else \
             holds its key; ask"
        )),
        PrivateEvent::Suspicious { who, what } => {
            Line::warn(format!("{what}, in the name of {who}; it was refused"))
        }
        PrivateEvent::Unopened { from } => Line::info(format!(
            "A private message from {from} cannot be opened; it was asked to send it again"
        )),
        PrivateEvent::VerificationAsked { by } => Line::info(format!(
            "{by} wants to compare emoji; `tazcom-cli verify @~{}` answers",
            by.id().short()
        )),
        PrivateEvent::VerificationFailed { with, why } => {
            Line::warn(format!("Comparing with {with} failed: {why}"))
        }
        PrivateEvent::Trust { who, level, .. } => match level {
            Level::Verified => Line::info(format!("{who} is verified")),
            Level::Blocked => Line::info(format!("{who} is blocked")),
            _ => return None,
        },
        PrivateEvent::Succeeded {
            previous,
            next,
            level,
        } => Line::warn(format!(
            "{previous} goes on as {next}: both ids say so; that one is {}",
            level_word(*level)
        )),
        PrivateEvent::Revoked { who } => Line::warn(format!(
            "{who} says that its id is not to be trusted any more"
        )),
        _ => return None,
    })
}

fn room_note(name: &str, change: &RoomChange) -> Option<Line> {
    Some(match change {
        RoomChange::Added { who, by } => Line::info(format!("+{name}: {by} has let in {who}")),
        RoomChange::Promoted { who } => Line::info(format!("+{name}: {who} may let others in")),
        RoomChange::Removed { who, by } if who.id() == by.id() => {
            Line::info(format!("+{name}: {who} has left"))
        }
        RoomChange::Removed { who, by } => Line::warn(format!(
            "+{name}: {by} has removed {who}, who may still read what others say that have not \
             heard of it"
        )),
        RoomChange::Renamed => Line::info(format!("+{name}: its name or topic is new")),
        RoomChange::HistoryShared { by } => Line::info(format!(
            "+{name}: {by} has given you the keys to what was said before you came"
        )),
        RoomChange::MissingKey { from } => Line::info(format!(
            "+{name}: something from {from} cannot be read until its key comes"
        )),
        RoomChange::Unreadable { from } => Line::warn(format!(
            "+{name}: something from {from} will not be read: its key did not come"
        )),
        _ => return None,
    })
}
