//! Has three people chat on this machine, and writes what one of them sees as `chat.svg` and `chat.txt`.
//!
//! `cargo xtask picture` runs it.

use std::path::PathBuf;
use std::process::ExitCode;

use tazcom_tests::{Host, Screen, User};

/// Columns and rows: three panes, and no more than a page is wide.
const SIZE: (u16, u16) = (100, 26);

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    let host = Host::loopback();
    let users = ["ana", "bob", "zoe"].map(|name| User::on_loopback(name, &host));
    let [mut ana, mut bob, mut zoe] = users.each_ref().map(|user| {
        let command = user.verb(["chat", "--name", user.name()]);
        let screen = Screen::run(command, SIZE.0, SIZE.1);
        screen.shows("#lobby>");
        screen
    });
    for screen in [&ana, &bob, &zoe] {
        screen.shows("(2 direct");
    }
    // All know what all are called.
    for screen in [&ana, &bob, &zoe] {
        screen.waits_for("who is here", |shown| {
            ["ana", "bob", "zoe"]
                .iter()
                .all(|name| shown.contains(&format!("● {name}")))
        });
    }

    says(&mut zoe, "the whole street is offline");
    ana.shows("the whole street is offline");
    says(&mut bob, "and yet I can read you :)");
    ana.shows("I can read you");
    says(&mut ana, "no server, no account");
    ana.waits_for("both have it", |shown| shown.contains("2/2"));
    says(&mut bob, "/me opens a window");
    ana.shows("opens a window");

    says(&mut bob, "/private crew");
    bob.shows("+crew>");
    says(&mut bob, "/invite ana");
    ana.shows("invites you");
    says(&mut ana, "/accept");
    ana.shows("+crew>");
    ana.waits_for("ana is in it", |shown| {
        shown
            .lines()
            .any(|line| line.contains("+crew ") && !line.contains('?'))
            && !shown.contains("+crew          ?")
    });
    says(&mut ana, "\x1b1");
    ana.shows("#lobby>");
    says(&mut bob, "only for those who were let in");
    ana.waits_for("what was said there", |shown| shown.contains("1!"));
    says(&mut zoe, "/msg ana lunch at noon?");
    ana.shows("●zoe");
    says(&mut zoe, "\x1b1");
    says(&mut zoe, "ana: is the pump running?");
    ana.shows("is the pump running?");
    ana.types("yes, since noo");
    ana.shows("since noo");

    let written = std::fs::write(directory.join("chat.svg"), ana.picture())
        .and_then(|()| std::fs::write(directory.join("chat.txt"), text(&ana)));
    for screen in [&mut ana, &mut bob, &mut zoe] {
        screen.types("\x03\x03\x03");
        screen.ends();
    }
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn says(screen: &mut Screen, text: &str) {
    screen.types(text);
    // What begins with an escape is a key.
    if !text.starts_with('\x1b') {
        screen.types("\r");
    }
}

/// What is shown, without the blanks at the ends of lines.
fn text(screen: &Screen) -> String {
    let contents = screen.contents();
    let lines: Vec<&str> = contents.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}
