//! The commands there are, as they are explained.

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
pub static COMMANDS: [CommandHelp; 37] = [
    command("join", &["j"], "#room", "enter a room, or open it"),
    command(
        "leave",
        &["part"],
        "[#room]",
        "leave a room, this one if none is named",
    ),
    command(
        "msg",
        &["query"],
        "person [text]",
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
        &["block"],
        "person",
        "show no more of a person; again to undo",
    ),
    command(
        "topic",
        &[],
        "[text]",
        "what this room is about, or make it so",
    ),
    command("rooms", &["list"], "", "the rooms there are"),
    command(
        "search",
        &["find"],
        "words",
        "look for words that were said in this room",
    ),
    command(
        "private",
        &["create"],
        "name",
        "make a private room; then /invite people into it",
    ),
    command(
        "invite",
        &[],
        "person",
        "let a person into this private room",
    ),
    command(
        "accept",
        &[],
        "[+room]",
        "enter a private room into which you were invited",
    ),
    command(
        "decline",
        &[],
        "[+room]",
        "do not enter a private room into which you were invited",
    ),
    command(
        "enter",
        &[],
        "name",
        "enter the private room of a passphrase that is asked for",
    ),
    command(
        "remove",
        &["kick"],
        "person",
        "take a person out of this private room",
    ),
    command(
        "promote",
        &[],
        "person",
        "let a member of this private room let others in",
    ),
    command(
        "share",
        &[],
        "person",
        "give a member the keys of what was said here before",
    ),
    command("rename", &[], "name", "give this private room another name"),
    command(
        "mute",
        &["unmute"],
        "",
        "do not call you for this room; again to undo",
    ),
    command(
        "bell",
        &[],
        "off|mentions|all",
        "when to ring the terminal's bell",
    ),
    command(
        "notify",
        &[],
        "off|mentions|all",
        "when to have the terminal show a notification",
    ),
    command("theme", &[], "dark|light|mono", "the colours"),
    command(
        "ascii",
        &[],
        "on|off",
        "draw with letters and signs of ASCII alone",
    ),
    command("mouse", &[], "on|off", "take the mouse"),
    command(
        "ping",
        &[],
        "person",
        "how long a word takes to them and back",
    ),
    command("trace", &[], "person", "over whom a word goes to them"),
    command(
        "connect",
        &[],
        "host:port",
        "greet an address that is not found by itself",
    ),
    command("doctor", &[], "", "is it working, and if not, why"),
    command("next", &["n"], "", "go to the next room with something new"),
    command("redraw", &[], "", "draw the screen anew"),
    command("id", &[], "", "who you are, in words to be read aloud"),
    command("clear", &[], "", "empty the screen; nothing is lost"),
    command("quit", &["exit", "q"], "", "leave"),
    command("help", &["?"], "[command]", "explain the commands, or one"),
];
