//! Texts and names of strangers, on the way to a terminal.

use tazcom_tests::{Host, Node, SOON, User, ids};

use super::{LOBBY, met};

/// What a terminal would obey, or a reader be deceived by.
const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}[H gone",
    "\u{1b}]0;a title\u{7} and more",
    "\u{1b}]52;c;ZXZpbA==\u{1b}\\ clipboard",
    "\u{1b}P+q\u{1b}\\ device control",
    "\u{9b}31m an eight bit sequence",
    "\u{90}q\u{9c} another",
    "over\rwritten",
    "back\u{8}\u{8}\u{8}\u{8}space \u{7f} delete",
    "\u{202e}desrever\u{202c} and \u{2066}isolated\u{2069}",
    "in\u{200b}vis\u{feff}ib\u{2060}le \u{e0041}\u{e0042} tags",
    "fresh line\n#lobby <system> you have been hacked\u{2028}and more\u{85}",
    "\u{0}\u{1}\u{2}\u{3}",
];

#[test]
fn texts_that_a_terminal_would_obey_are_inert_in_every_output() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut node)] = met(&host, ["anna", "bert"]);
    let mut plain = Process::reading(&bert);
    let mut said = Vec::new();
    for text in HOSTILE {
        let sent = anna.does_with(["send", LOBBY, "-", "--json"], text.as_bytes());
        said.push(sent.is(0).event("queued").text("id").to_owned());
    }
    for id in &said {
        node.wait_for("the message", SOON, |event| event.text("id") == id);
    }
    assert_inert(node.log().as_bytes(), "the log of run");
    for event in node.events() {
        assert_inert(event.to_string().as_bytes(), "a record of run");
        assert_inert(event.text("text").as_bytes(), "a text in it");
    }
    let history = bert.history(LOBBY);
    assert_eq!(ids(&history), said);
    for verb in [
        &["history"][..],
        &["history", "--json"],
        &["history", "--search", "more"],
        &["rooms"],
        &["peers"],
        &["export"],
    ] {
        let outcome = bert.does(verb).is(0);
        assert_inert(&outcome.stdout, "standard output");
        assert_inert(outcome.stderr.as_bytes(), "standard error");
    }
    assert_inert(&plain.end(), "what listen shows");
    // Each line of a text of several is marked: none can pass for somebody else's.
    let shown = bert.does(["history"]).is(0);
    let pretended = shown
        .text()
        .lines()
        .filter(|line| line.contains("you have been hacked"));
    for line in pretended {
        assert!(line.contains("| #lobby <system>"), "{line}");
    }
}

#[test]
fn names_that_deceive_are_refused_or_inert() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut other)] = met(&host, ["anna", "bert"]);
    let refused = [
        "system",
        "SYSTEM",
        "\u{455}y\u{455}tem",
        "",
        " ",
        "\u{200b}\u{200b}",
        "n\u{fc}nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
    ];
    for name in refused {
        let outcome = anna.does(["nick", name]);
        assert!(matches!(outcome.code, Some(1 | 2)), "{}", outcome.account());
        assert_inert(outcome.stderr.as_bytes(), "standard error");
    }
    let _ = anna.does(["nick", &"x".repeat(10 * 1024)]);
    for name in HOSTILE {
        if name.contains('\0') {
            continue;
        }
        let outcome = anna.does(["nick", name]);
        assert_inert(&outcome.stdout, "standard output");
        assert_inert(outcome.stderr.as_bytes(), "standard error");
    }
    let id = anna.says(LOBBY, "who was that?");
    other.wait_for("the message", SOON, |event| event.text("id") == id);
    for event in other.events() {
        for key in ["name", "old", "message"] {
            assert_inert(event.text(key).as_bytes(), key);
            assert_ne!(event.text(key), "system", "{event}");
        }
    }
    assert_inert(other.log().as_bytes(), "the log of run");
    let outcome = bert.does(["history"]).is(0);
    assert_inert(&outcome.stdout, "standard output");
    let peers = bert.does(["peers"]).is(0);
    assert_inert(&peers.stdout, "standard output");
}

/// Asserts that a terminal would do nothing but show it, in the order of its bytes.
#[track_caller]
fn assert_inert(bytes: &[u8], what: &str) {
    let text = str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    let obeyed = text.chars().find(|character| {
        (character.is_control() && *character != '\n') || is_invisible(*character)
    });
    assert!(
        obeyed.is_none(),
        "{obeyed:?} in {what}: {}",
        text.escape_debug()
    );
}

/// Characters that change what others look like, or cannot be seen.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// `listen` for people.
struct Process {
    child: std::process::Child,
}

impl Process {
    fn reading(user: &User) -> Self {
        let mut command = user.verb(["listen", "--timeout", "600"]);
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null());
        Self {
            child: command.spawn().unwrap(),
        }
    }

    fn end(&mut self) -> Vec<u8> {
        let _ = self.child.kill();
        let mut shown = Vec::new();
        std::io::Read::read_to_end(self.child.stdout.as_mut().unwrap(), &mut shown).unwrap();
        self.child.wait().unwrap();
        shown
    }
}

/// Nothing is said by anybody but the one who says it.
#[test]
fn everything_said_is_the_speakers() {
    let host = Host::loopback();
    let [(anna, node), (bert, mut other)] = met(&host, ["anna", "bert"]);
    let id = anna.says(LOBBY, "<bert> it was me");
    let heard = other.wait_for("the message", SOON, |event| event.text("id") == id);
    assert_eq!(heard.text("author"), Node::id(&node));
    assert_eq!(bert.history(LOBBY)[0].text("author"), node.id());
}
