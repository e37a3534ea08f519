//! What a person types.

use proptest::prelude::*;
use tazcom_chat::{COMMANDS, Colours, Command, SlashError, When, parse};

fn say(text: &str) -> Command {
    let text = text.to_owned();
    Command::Say { text }
}

#[test]
fn lines_are_what_they_say() {
    let lobby = || "lobby".parse().unwrap();
    let owned = str::to_owned;
    for (line, command) in [
        ("hello", say("hello")),
        (" /join x", say(" /join x")),
        ("//join x", say("/join x")),
        ("///", say("//")),
        ("two\n/quit", say("two\n/quit")),
        ("/join #Lobby", Command::Join { room: lobby() }),
        ("/J lobby ", Command::Join { room: lobby() }),
        ("/leave", Command::Leave { room: None }),
        (
            "/part lobby",
            Command::Leave {
                room: Some(lobby()),
            },
        ),
        (
            "/msg ana  hi there",
            Command::Msg {
                to: owned("ana"),
                text: Some(owned("hi there")),
            },
        ),
        (
            "/msg ana",
            Command::Msg {
                to: owned("ana"),
                text: None,
            },
        ),
        ("/who", Command::Who { room: None }),
        (
            "/names #lobby",
            Command::Who {
                room: Some(lobby()),
            },
        ),
        (
            "/whois ana~a1b2",
            Command::Whois {
                who: owned("ana~a1b2"),
            },
        ),
        (
            "/nick Ana Maria",
            Command::Nick {
                name: owned("Ana Maria"),
            },
        ),
        (
            "/me waves",
            Command::Me {
                text: owned("waves"),
            },
        ),
        (
            "/me\nwaves\ntwice",
            Command::Me {
                text: owned("waves\ntwice"),
            },
        ),
        ("/verify ana", Command::Verify { who: owned("ana") }),
        ("/ignore ana", Command::Ignore { who: owned("ana") }),
        ("/topic", Command::Topic { topic: None }),
        (
            "/topic tea",
            Command::Topic {
                topic: Some(owned("tea")),
            },
        ),
        ("/kick ana", Command::Remove { who: owned("ana") }),
        (
            "/private + the crew",
            Command::Private {
                name: owned("the crew"),
            },
        ),
        ("/accept", Command::Accept { room: None }),
        ("/decline", Command::Decline { room: None }),
        (
            "/accept +crew~a1b2",
            Command::Accept {
                room: Some(owned("crew~a1b2")),
            },
        ),
        ("/bell off", Command::Bell { when: When::Off }),
        (
            "/theme light",
            Command::Theme {
                colours: Colours::Light,
            },
        ),
        ("/mouse on", Command::Mouse { on: true }),
        ("/clear", Command::Clear),
        ("/q", Command::Quit),
        ("/help", Command::Help { command: None }),
        (
            "/? /join",
            Command::Help {
                command: Some(&COMMANDS[0]),
            },
        ),
    ] {
        assert_eq!(parse(line), Ok(command), "{line}");
    }
}

#[test]
fn what_is_misspelled_is_told_with_what_was_meant() {
    for (line, error) in [
        ("/jion x", "there is no /jion; did you mean /join?"),
        ("/wohis x", "there is no /wohis; did you mean /whois?"),
        ("/tpoic", "there is no /tpoic; did you mean /topic?"),
        ("/HLEP", "there is no /HLEP; did you mean /help?"),
        (
            "/usr/bin/env",
            "there is no /usr/bin/env; /help shows what there is, and // at the start says a slash",
        ),
        (
            "/x",
            "there is no /x; /help shows what there is, and // at the start says a slash",
        ),
        (
            "/",
            "there is no /; /help shows what there is, and // at the start says a slash",
        ),
        ("/join", "write /join #room"),
        ("/msg", "write /msg person [text]"),
        ("/private +", "write /private name"),
        ("/bell loud", "write /bell off|mentions|all"),
        ("/theme pink", "write /theme dark|light|mono"),
        ("/ascii", "write /ascii on|off"),
        ("/me", "write /me text"),
        ("/help jion", "there is no /jion; did you mean /join?"),
        ("", "there is nothing to send"),
        ("  \n", "there is nothing to send"),
    ] {
        assert_eq!(parse(line).unwrap_err().to_string(), error, "{line}");
    }
    assert!(matches!(parse("/join a b"), Err(SlashError::Room(_))));
}

#[test]
fn each_command_is_explained_in_one_line_and_can_be_typed() {
    for help in &COMMANDS {
        assert!(
            !help.help.contains('\n') && help.help.len() <= 60,
            "{}",
            help.name
        );
        let line = format!("/{} join", help.name);
        assert!(
            !matches!(
                parse(&line),
                Err(SlashError::Unknown { .. } | SlashError::Misspelled { .. })
            ),
            "{line}"
        );
        for alias in help.aliases {
            assert_eq!(
                parse(&format!("/{alias} lobby y")).is_ok(),
                parse(&format!("/{} lobby y", help.name)).is_ok()
            );
        }
    }
}

proptest! {
    #[test]
    fn any_line_is_read_or_refused_in_one_printable_line(line in "(/{0,2}[a-z]{0,8})?.{0,40}") {
        match parse(&line) {
            Ok(Command::Say { text }) => prop_assert!(line.ends_with(&text)),
            Ok(_) => prop_assert!(line.starts_with('/')),
            Err(error) => {
                let error = error.to_string();
                prop_assert!(error.chars().count() <= 300);
                prop_assert!(!error.contains(char::is_control));
            }
        }
    }
}
