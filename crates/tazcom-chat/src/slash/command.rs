//! What a line asks for.

use tazcom_proto::RoomName;

use super::table::CommandHelp;

/// How often somebody wants to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Never.
    Off,
    /// When it is named, or written to alone.
    Mentions,
    /// Always.
    All,
}

/// Colours that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// None.
    Mono,
}

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
        /// What; none is to begin a conversation.
        text: Option<String>,
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
    /// Show the rooms.
    Rooms,
    /// Look for words.
    Search {
        /// Which.
        words: String,
    },
    /// Make a private room.
    Private {
        /// What it is called.
        name: String,
    },
    /// Let somebody into the private room.
    Invite {
        /// Whom, as typed.
        who: String,
    },
    /// Enter a private room into which one was invited.
    Accept {
        /// Which, as typed, without its sign; none is this one.
        room: Option<String>,
    },
    /// Do not enter a private room into which one was invited.
    Decline {
        /// Which, as typed, without its sign; none is the only one there is.
        room: Option<String>,
    },
    /// Enter the room of a passphrase.
    Enter {
        /// What it is called.
        name: RoomName,
    },
    /// Take somebody out of the private room.
    Remove {
        /// Whom, as typed.
        who: String,
    },
    /// Let a member let others in.
    Promote {
        /// Whom, as typed.
        who: String,
    },
    /// Give a member the keys of what was said before.
    Share {
        /// To whom, as typed.
        who: String,
    },
    /// Give the private room another name.
    Rename {
        /// Which.
        name: String,
    },
    /// Do not call for this room, or again.
    Mute,
    /// When to ring.
    Bell {
        /// When.
        when: When,
    },
    /// When to notify.
    Notify {
        /// When.
        when: When,
    },
    /// The colours.
    Theme {
        /// Which.
        colours: Colours,
    },
    /// ASCII alone.
    Ascii {
        /// Whether.
        on: bool,
    },
    /// Take the mouse.
    Mouse {
        /// Whether.
        on: bool,
    },
    /// Measure round trips.
    Ping {
        /// To whom, as typed.
        who: String,
    },
    /// Show the way.
    Trace {
        /// To whom, as typed.
        who: String,
    },
    /// Greet an address.
    Connect {
        /// Which, as typed.
        addr: String,
    },
    /// Is it working?
    Doctor,
    /// Go where something is new.
    Next,
    /// Draw the screen anew.
    Redraw,
    /// Show who one is.
    Id,
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
            Self::Rooms => "Rooms",
            Self::Search { .. } => "Search",
            Self::Private { .. } => "Private",
            Self::Invite { .. } => "Invite",
            Self::Accept { .. } => "Accept",
            Self::Decline { .. } => "Decline",
            Self::Enter { .. } => "Enter",
            Self::Remove { .. } => "Remove",
            Self::Promote { .. } => "Promote",
            Self::Share { .. } => "Share",
            Self::Rename { .. } => "Rename",
            Self::Mute => "Mute",
            Self::Bell { .. } => "Bell",
            Self::Notify { .. } => "Notify",
            Self::Theme { .. } => "Theme",
            Self::Ascii { .. } => "Ascii",
            Self::Mouse { .. } => "Mouse",
            Self::Ping { .. } => "Ping",
            Self::Trace { .. } => "Trace",
            Self::Connect { .. } => "Connect",
            Self::Doctor => "Doctor",
            Self::Next => "Next",
            Self::Redraw => "Redraw",
            Self::Id => "Id",
            Self::Clear => "Clear",
            Self::Quit => "Quit",
            Self::Help { .. } => "Help",
        })
    }
}
