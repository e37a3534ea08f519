//! What a person types: words for the room, or a command that begins with a slash.

use tazcom_proto::{PeerText, RoomName, RoomNameError};

/// Characters of a command that are compared with those there are. None is half as long.
const MAX_COMPARED: usize = 16;

/// Letters that may be wrong in a command for it to be suggested.
const MAX_WRONG: usize = 2;

/// A command as it is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandHelp {
    /// What it is called, without the slash.
    pub name: &'static str,
    /// What else it is called.
    pub aliases: &'static [&'static str],
    /// What belongs behind it; in brackets what may be left out.
    pub arguments: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
}

const fn command(
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
) -> CommandHelp {
    CommandHelp {
        name,
        aliases,
        arguments,
        help,
    }
}

/// All commands, in the order in which they are explained.
pub static COMMANDS: [CommandHelp; 13] = [
    command("join", &["j"], "#room", "enter a room, or open it"),
    command(
        "leave",
        &["part"],
        "[#room]",
        "leave a room, this one if none is named",
    ),
    command(
        "msg",
        &[],
        "person text",
        "say something to one person alone",
    ),
    command("who", &["names"], "[#room]", "who is here, or in a room"),
    command(
        "whois",
        &[],
        "person",
        "the id of a person, and what is known of them",
    ),
    command("nick", &[], "name", "what others are to call you"),
    command(
        "me",
        &[],
        "text",
        "tell what you do instead of what you say",
    ),
    command(
        "verify",
        &[],
        "person",
        "make sure that a person is who you think",
    ),
    command(
        "ignore",
        &[],
        "person",
        "show no more of a person; again to undo",
    ),
    command(
        "topic",
        &[],
        "[text]",
        "what this room is about, or make it so",
    ),
    command("clear", &[], "", "empty the screen; nothing is lost"),
    command("quit", &["exit", "q"], "", "leave"),
    command("help", &["?"], "[command]", "explain the commands, or one"),
];

/// What a line asks for. Texts are as typed: for this user's own terminal, and for the wire.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Say it in the room.
    Say {
        /// All of the line; of two slashes at its beginning one is gone.
        text: String,
    },
    /// Tell what one does.
    Me {
        /// What.
        text: String,
    },
    /// Enter a room.
    Join {
        /// Which.
        room: RoomName,
    },
    /// Leave a room.
    Leave {
        /// Which; none is this one.
        room: Option<RoomName>,
    },
    /// Say something to one person.
    Msg {
        /// To whom, as typed.
        to: String,
        /// What.
        text: String,
    },
    /// Show who is there.
    Who {
        /// In which room; none is everywhere.
        room: Option<RoomName>,
    },
    /// Show what is known of somebody.
    Whois {
        /// Of whom, as typed.
        who: String,
    },
    /// Take a name.
    Nick {
        /// Which.
        name: String,
    },
    /// Verify somebody.
    Verify {
        /// Whom, as typed.
        who: String,
    },
    /// Ignore somebody, or no longer.
    Ignore {
        /// Whom, as typed.
        who: String,
    },
    /// Show or set the topic.
    Topic {
        /// The new one; none is to show it.
        topic: Option<String>,
    },
    /// Empty the screen.
    Clear,
    /// Leave.
    Quit,
    /// Explain.
    Help {
        /// Which command; none is all of them.
        command: Option<&'static CommandHelp>,
    },
}

/// Says nothing of what is in it: a log is not the place for it.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Say { .. } => "Say",
            Self::Me { .. } => "Me",
            Self::Join { .. } => "Join",
            Self::Leave { .. } => "Leave",
            Self::Msg { .. } => "Msg",
            Self::Who { .. } => "Who",
            Self::Whois { .. } => "Whois",
            Self::Nick { .. } => "Nick",
            Self::Verify { .. } => "Verify",
            Self::Ignore { .. } => "Ignore",
            Self::Topic { .. } => "Topic",
            Self::Clear => "Clear",
            Self::Quit => "Quit",
            Self::Help { .. } => "Help",
        })
    }
}

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
    let needed = || match arguments {
        "" => Err(SlashError::Missing { command }),
        arguments => Ok(arguments.to_owned()),
    };
    let room = || match arguments {
        "" => Ok(None),
        name => name.parse::<RoomName>().map(Some),
    };
    Ok(match command.name {
        "join" => Command::Join {
            room: needed()?.parse()?,
        },
        "leave" => Command::Leave { room: room()? },
        "msg" => match arguments.split_once(char::is_whitespace) {
            Some((to, text)) => Command::Msg {
                to: to.to_owned(),
                text: text.trim_start().to_owned(),
            },
            None => return Err(SlashError::Missing { command }),
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
