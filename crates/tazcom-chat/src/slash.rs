//! What a person types: words for the room, or a command that begins with a slash.

mod command;
mod table;

pub use command::{Colours, Command, When};
pub use table::{COMMANDS, CommandHelp};
use tazcom_proto::{PeerText, RoomName, RoomNameError};

/// Characters of a command that are compared with those there are. None is half as long.
const MAX_COMPARED: usize = 16;

/// Letters that may be wrong in a command for it to be suggested.
const MAX_WRONG: usize = 2;

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlashError {
    /// Nothing was typed.
    #[error("there is nothing to send")]
    Empty,
    /// There is no such command, but one that is spelled nearly so.
    #[error("there is no /{typed}; did you mean /{nearest}?")]
    Misspelled {
        /// What was typed.
        typed: PeerText,
        /// What there is.
        nearest: &'static str,
    },
    /// There is no such command.
    #[error("there is no /{typed}; /help shows what there is, and // at the start says a slash")]
    Unknown {
        /// What was typed.
        typed: PeerText,
    },
    /// Something belongs behind it.
    #[error("write /{} {}", .command.name, .command.arguments)]
    Missing {
        /// Behind which.
        command: &'static CommandHelp,
    },
    /// No room is called so.
    #[error(transparent)]
    Room(#[from] RoomNameError),
}

/// Reads a line, or several that were pasted.
///
/// What does not begin with a slash is said as it is; `//` says a slash.
///
/// # Errors
/// [`SlashError`]; the line is the caller's still, and nothing of it was done.
pub fn parse(line: &str) -> Result<Command, SlashError> {
    let Some(rest) = line.strip_prefix('/') else {
        return said(line);
    };
    if rest.starts_with('/') {
        return said(rest);
    }
    let (typed, arguments) = match rest.split_once(char::is_whitespace) {
        Some((typed, arguments)) => (typed, arguments.trim()),
        None => (rest, ""),
    };
    let command = find(typed)?;
    let missing = SlashError::Missing { command };
    let needed = || match arguments {
        "" => Err(SlashError::Missing { command }),
        arguments => Ok(arguments.to_owned()),
    };
    let room = || match arguments {
        "" => Ok(None),
        name => name.parse::<RoomName>().map(Some),
    };
    let private = || match arguments {
        "" => Ok(None),
        name => unsigned(name, SlashError::Missing { command }).map(Some),
    };
    let when = || match arguments {
        "off" => Ok(When::Off),
        "mentions" => Ok(When::Mentions),
        "all" => Ok(When::All),
        _ => Err(SlashError::Missing { command }),
    };
    let on = || match arguments {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(SlashError::Missing { command }),
    };
    Ok(match command.name {
        "join" => Command::Join {
            room: needed()?.parse()?,
        },
        "leave" => Command::Leave { room: room()? },
        "msg" => match arguments.split_once(char::is_whitespace) {
            Some((to, text)) => Command::Msg {
                to: to.to_owned(),
                text: Some(text.trim_start().to_owned()),
            },
            None => Command::Msg {
                to: needed()?,
                text: None,
            },
        },
        "who" => Command::Who { room: room()? },
        "whois" => Command::Whois { who: needed()? },
        "nick" => Command::Nick { name: needed()? },
        "me" => Command::Me { text: needed()? },
        "verify" => Command::Verify { who: needed()? },
        "ignore" => Command::Ignore { who: needed()? },
        "topic" => Command::Topic {
            topic: (!arguments.is_empty()).then(|| arguments.to_owned()),
        },
        "rooms" => Command::Rooms,
        "search" => Command::Search { words: needed()? },
        "private" => Command::Private {
            name: unsigned(&needed()?, missing)?,
        },
        "invite" => Command::Invite { who: needed()? },
        "accept" => Command::Accept { room: private()? },
        "decline" => Command::Decline { room: private()? },
        "enter" => Command::Enter {
            name: unsigned(&needed()?, missing)?.parse()?,
        },
        "remove" => Command::Remove { who: needed()? },
        "promote" => Command::Promote { who: needed()? },
        "share" => Command::Share { who: needed()? },
        "rename" => Command::Rename {
            name: unsigned(&needed()?, missing)?,
        },
        "mute" => Command::Mute,
        "bell" => Command::Bell { when: when()? },
        "notify" => Command::Notify { when: when()? },
        "theme" => Command::Theme {
            colours: match arguments {
                "dark" => Colours::Dark,
                "light" => Colours::Light,
                "mono" => Colours::Mono,
                _ => return Err(missing),
            },
        },
        "ascii" => Command::Ascii { on: on()? },
        "mouse" => Command::Mouse { on: on()? },
        "ping" => Command::Ping { who: needed()? },
        "trace" => Command::Trace { who: needed()? },
        "connect" => Command::Connect { addr: needed()? },
        "doctor" => Command::Doctor,
        "next" => Command::Next,
        "redraw" => Command::Redraw,
        "id" => Command::Id,
        "clear" => Command::Clear,
        "quit" => Command::Quit,
        _ => Command::Help {
            command: match arguments {
                "" => None,
                name => Some(find(name.strip_prefix('/').unwrap_or(name))?),
            },
        },
    })
}

/// The name of a private room, which may be written with its sign.
fn unsigned(name: &str, missing: SlashError) -> Result<String, SlashError> {
    match name.strip_prefix('+').unwrap_or(name).trim() {
        "" => Err(missing),
        name => Ok(name.to_owned()),
    }
}

fn said(text: &str) -> Result<Command, SlashError> {
    match text.trim().is_empty() {
        true => Err(SlashError::Empty),
        false => Ok(Command::Say {
            text: text.to_owned(),
        }),
    }
}

fn find(typed: &str) -> Result<&'static CommandHelp, SlashError> {
    let small = typed.to_ascii_lowercase();
    let called = |help: &CommandHelp| help.name == small || help.aliases.contains(&small.as_str());
    if let Some(found) = COMMANDS.iter().find(|help| called(help)) {
        return Ok(found);
    }
    let shown = PeerText::new(typed);
    Err(match nearest(&small) {
        Some(nearest) => SlashError::Misspelled {
            typed: shown,
            nearest,
        },
        None => SlashError::Unknown { typed: shown },
    })
}

/// The command that differs least, if that is little enough for its length.
fn nearest(typed: &str) -> Option<&'static str> {
    let len = typed.chars().take(MAX_COMPARED + 1).count();
    if len > MAX_COMPARED {
        return None;
    }
    let names = COMMANDS.iter().map(|help| help.name);
    let wrong = names.map(|name| (strsim::osa_distance(typed, name), name));
    let close = wrong.filter(|(wrong, name)| *wrong <= MAX_WRONG && *wrong < name.len().min(len));
    close.min_by_key(|(wrong, _)| *wrong).map(|(_, name)| name)
}
