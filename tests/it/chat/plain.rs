//! As lines.

use std::io::Write as _;
use std::process::Stdio;

use tazcom_tests::{Host, SOON, Signal, User, eventually};

use super::{Piped, chat};

fn users<const N: usize>(host: &Host, names: [&str; N]) -> [User; N] {
    names.map(|name| User::on_loopback(name, host))
}

/// Whether a line says that somebody is here, or was before us.
fn is_here(line: &str, who: &str) -> bool {
    line.starts_with("-- ") && line.contains(who) && line.contains(" here")
}

#[test]
fn what_three_write_into_pipes_all_three_read() {
    let host = Host::loopback();
    let users = users(&host, ["ana", "bob", "zoe"]);
    let mut chats = users
        .each_ref()
        .map(|user| Piped::run(chat(user, &["--plain"])));
    for (chat, others) in chats
        .iter()
        .zip([["bob", "zoe"], ["ana", "zoe"], ["ana", "bob"]])
    {
        for other in others {
            chat.prints_like(other, |line| is_here(line, other));
        }
    }
    for (at, user) in users.iter().enumerate() {
        chats[at].types(&format!("{} is speaking", user.name()));
        for (of, chat) in chats.iter().enumerate() {
            let who = if of == at { "you" } else { user.name() };
            chat.prints(&format!(" {who}: {} is speaking", user.name()));
        }
        // Whoever ends at once may not have said yet that it has it.
        let told = format!("\"{} is speaking\" reached ", user.name());
        chats[at].prints_like(&told, |line| line.contains(&told));
    }
    for chat in &mut chats {
        assert_eq!(
            chat.is_done().code(),
            Some(0),
            "{}{}",
            chat.out(),
            chat.err()
        );
    }
}

#[test]
fn a_pipe_that_ends_has_said_what_was_in_it() {
    let host = Host::loopback();
    let [ana, bob, zoe] = users(&host, ["ana", "bob", "zoe"]);
    let _nodes = [bob.runs(), zoe.runs()];
    let said = ana.does_with(
        ["chat", "--plain", "--name", "ana", "#lobby"],
        b"hi\nand bye",
    );
    let said = said.is(0);
    for line in [" you: hi\n", "\"hi\" reached ", "\"and bye\" reached "] {
        assert!(said.text().contains(line), "{line}{}", said.account());
    }
    // One of the two has it; the other has it soon.
    for other in [&bob, &zoe] {
        eventually("both lines", SOON, || {
            let past = other.history("#lobby");
            let texts: Vec<&str> = past.iter().map(|event| event.text("text")).collect();
            (texts == ["hi", "and bye"]).then_some(())
        });
    }
}

#[test]
fn what_nobody_hears_is_kept_and_said_to_be() {
    let host = Host::loopback();
    let [ana] = users(&host, ["ana"]);
    let said = ana.does_with(
        ["chat", "--plain", "--timeout", "0.5", "#west"],
        b"anybody?\n",
    );
    let said = said.is(3);
    assert!(
        said.stderr.contains("1 of 1 line: nobody")
            && said.stderr.contains("it is kept for whoever comes"),
        "{}",
        said.account()
    );
    let kept = ana.history("#west");
    assert_eq!(kept[0].text("text"), "anybody?");
}

#[test]
fn what_is_for_one_person_or_a_few_is_said_to_nobody_else() {
    let host = Host::loopback();
    let [ana, bob, zoe] = users(&host, ["ana", "bob", "zoe"]);
    let node = bob.runs();
    let _other = zoe.runs();
    let to_bob = format!("@{}", node.id());
    let said = ana
        .does_with(["chat", "--plain", &to_bob], b"only for you\n")
        .is(0);
    assert!(said.text().contains("only for you"), "{}", said.account());
    let talk = ana.does(["id"]).is(0).text().trim().to_owned();
    let shown = crate::private::reads(&bob, &format!("@{talk}"), "only for you");
    assert_eq!(shown.text("author"), talk);
    let nobody = ana.does_with(["chat", "--plain", "@nobody-at-all"], b"a secret\n");
    assert_eq!(nobody.code, Some(1), "{}", nobody.account());
    for user in [&ana, &bob, &zoe] {
        assert!(user.history("#lobby").is_empty(), "{}", user.name());
    }
}

#[test]
fn nothing_that_others_write_reaches_the_terminal_as_anything_but_text() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let node = bob.runs();
    let reader = Piped::run(chat(&ana, &["--plain"]));
    reader.prints("-- now in #lobby");
    bob.says(
        "#lobby",
        "one\u{1b}[2J\u{7}\u{9b}31m\n!! WARNING: two\r\u{8}\u{202e}",
    );
    bob.says("#lobby", "the end");
    reader.prints(": the end");
    let out = reader.out();
    let control = out.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "{out:?}");
    assert!(!out.lines().any(|line| line.starts_with("!!")), "{out}");
    drop(node);
}

#[test]
fn a_chat_attaches_to_the_node_that_runs_and_leaves_it_running() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let mut node = ana.runs();
    let mut other = bob.runs();
    node.meets(&mut other);
    let mut attached = Piped::run(chat(&ana, &["--plain"]));
    attached.types("through the node that runs");
    attached.prints(" you: through the node that runs");
    assert_eq!(attached.is_done().code(), Some(0), "{}", attached.err());
    assert!(node.exit_status().is_none(), "it goes on");
    assert_eq!(bob.history("#lobby").len(), 1);
    for (flag, value) in [("--port", "4711"), ("--discovery", "none")] {
        let refused = ana.does(["chat", "--plain", flag, value]).is(2);
        assert!(refused.stderr.contains(flag), "{}", refused.account());
    }
}

#[test]
fn the_end_of_the_node_is_told_to_whoever_chats_with_it() {
    let host = Host::loopback();
    let [ana] = users(&host, ["ana"]);
    let mut node = ana.runs();
    let mut attached = Piped::run(chat(&ana, &["--plain"]));
    attached.prints("-- now in #lobby");
    node.end(Signal::TERM, SOON);
    assert_eq!(attached.ends().code(), Some(1), "{}", attached.out());
    assert!(attached.err().contains("has ended"), "{}", attached.err());
}

#[test]
fn other_commands_ask_the_node_of_a_chat_meanwhile() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let first = Piped::run(chat(&ana, &["--plain"]));
    let _second = Piped::run(chat(&bob, &["--plain"]));
    first.prints_like("bob", |line| is_here(line, "bob"));
    let said = ana.does(["send", "#lobby", "from beside", "--wait-ack"]);
    assert!(said.is(0).text().contains("delivered"));
    first.prints(" you: from beside");
    _second.prints(" ana: from beside");
}

#[test]
fn a_chat_that_keeps_nothing_is_a_chat_all_the_same() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let _node = bob.runs();
    let mut ephemeral = Piped::run(chat(&ana, &["--plain", "--ephemeral"]));
    ephemeral.types("leaving no trace");
    ephemeral.prints_like("reach", |line| line.contains("reached 1 of 1"));
    assert_eq!(ephemeral.is_done().code(), Some(0), "{}", ephemeral.err());
    assert_eq!(bob.history("#lobby").len(), 1);
    assert!(!ana.data_dir().exists());
}

#[test]
fn a_line_that_is_no_text_is_not_said_and_not_lost_without_a_word() {
    let host = Host::loopback();
    let [ana] = users(&host, ["ana"]);
    let mut chat = Piped::run(chat(&ana, &["--plain", "--timeout", "0.2"]));
    chat.writes(b"\xff\xfe\nafter it\n");
    chat.prints(" you: after it");
    assert_eq!(chat.is_done().code(), Some(3), "nobody is there");
    assert!(chat.err().contains("not UTF-8"), "{}", chat.err());
    assert_eq!(ana.history("#lobby").len(), 1);
}

#[test]
fn an_interrupt_or_a_reader_that_leaves_ends_it_in_order() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let mut node = bob.runs();
    for signal in [Signal::INT, Signal::TERM] {
        node.mark();
        let mut chat = Piped::run(chat(&ana, &["--plain"]));
        chat.prints("-- now in #lobby");
        node.wait_for("a session", SOON, |event| event.name() == "session_up");
        chat.signal(signal);
        assert_eq!(chat.ends().code(), Some(0), "{signal:?}: {}", chat.err());
        node.wait_for("a goodbye", SOON, |event| event.name() == "session_down");
    }
    let mut command = chat(&ana, &["--plain"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut keys = child.stdin.take().unwrap();
    let status = eventually("it ends", SOON, || {
        // Whatever it prints next, nobody reads it. It may have ended by now.
        let _ = keys.write_all(b"/who\n");
        child.try_wait().unwrap()
    });
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_transcript_has_what_was_typed_and_no_escapes() {
    let host = Host::loopback();
    let [ana, bob] = users(&host, ["ana", "bob"]);
    let _node = bob.runs();
    let file = ana.file("transcript", "");
    let program = chat(&ana, &["--plain"]);
    let words: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut script = host.command("script");
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.args([
        "--quiet",
        "--flush",
        "--return",
        "--command",
        &words.join(" "),
    ]);
    script.arg(&file);
    let mut typed = Piped::run(script);
    let written = |wanted: &str| {
        eventually(wanted, SOON, || {
            let bytes = std::fs::read(&file).unwrap();
            String::from_utf8_lossy(&bytes)
                .contains(wanted)
                .then_some(())
        });
    };
    written("-- now in #lobby");
    typed.types("typed by hand");
    written("you: typed by hand");
    typed.types("/quit");
    assert_eq!(typed.ends().code(), Some(0), "{}", typed.err());
    let transcript = std::fs::read(&file).unwrap();
    assert!(!transcript.contains(&0x1b), "{}", transcript.escape_ascii());
}

#[test]
fn programs_are_told_what_is_for_them() {
    let host = Host::loopback();
    let [ana] = users(&host, ["ana"]);
    let refused = ana.does(["chat", "--json"]).is(2);
    assert!(refused.stderr.contains("listen"), "{}", refused.account());
    let nowhere = ana.does(["chat", "lobby"]).is(2);
    assert!(nowhere.stderr.contains("#lobby"), "{}", nowhere.account());
}
