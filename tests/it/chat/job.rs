//! A job of a shell: stopped with Ctrl-Z, continued with `fg` or `bg`.

use std::process::Command;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::tmux::ends;
use tazcom_tests::{Host, SOON, Signal, Tmux, User, eventually};

use super::chat;
use super::ends::{chat_in, chatting, kill};

/// Waits until a process is in one of these states: `T` is stopped, `S` and `R` are not.
#[track_caller]
fn is(pid: &str, states: &str) {
    let stat = format!("/proc/{pid}/stat");
    eventually(&format!("the chat is {states}"), SOON, || {
        let stat = std::fs::read_to_string(&stat).unwrap();
        let (_, rest) = stat.rsplit_once(") ").unwrap();
        rest.starts_with(|state| states.contains(state))
            .then_some(())
    });
}

/// Asserts that the shell can be used, and leaves nothing of that behind.
#[track_caller]
fn is_back(tmux: &Tmux) {
    tmux.is_as_before();
    tmux.enters("clear");
    tmux.waits_for("an empty screen", |screen| screen.trim() == "ready>");
}

/// Asserts that the chat has its screen, with this draft.
#[track_caller]
fn is_chat(tmux: &Tmux, draft: &str) {
    tmux.shows(format!("#lobby> {draft}").trim_end());
    assert_eq!(tmux.value("alternate_on"), "1");
}

#[test]
fn control_z_gives_the_shell_its_terminal_and_fg_the_chat_its_screen_and_draft() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (_, tmux) = chatting(&host, "ana", &[]);
    tmux.enters("/mouse on");
    let has_mouse = || (tmux.value("mouse_any_flag") == "1").then_some(());
    eventually("the mouse is taken", SOON, has_mouse);
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    let pid = chat_in(&tmux);
    for (columns, rows) in [(100, 30), (70, 20)] {
        tmux.presses("C-z");
        tmux.shows("stopped; nobody hears from this node until you enter fg");
        is(&pid, "T");
        is_back(&tmux);
        // Nobody tells a program that is stopped.
        tmux.resize(columns, rows);
        tmux.enters("fg");
        is_chat(&tmux, "half a thought");
        eventually("the mouse is taken", SOON, has_mouse);
        let bottom = usize::from(rows) - 1;
        tmux.waits_for("the size of now", |screen| {
            screen
                .lines()
                .nth(bottom)
                .is_some_and(|line| line.contains("F1 help"))
        });
    }
    tmux.enters(" and the rest");
    tmux.shows("ana │ half a thought and the rest");
    tmux.enters("/quit");
    tmux.shows("Leaving");
    is_back(&tmux);
}

#[test]
fn what_is_typed_for_the_shell_at_once_is_not_said_to_everybody() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (_, tmux) = chatting(&host, "ana", &[]);
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    let pid = chat_in(&tmux);
    // Ctrl-Z and a command, before the shell can be there.
    tmux.types("\u{1a}true secret\r");
    is(&pid, "T");
    is_back(&tmux);
    tmux.enters("fg");
    is_chat(&tmux, "half a thought");
    tmux.enters(" and the rest");
    let screen = tmux.shows("ana │ half a thought and the rest");
    assert!(!screen.contains("secret"), "{screen}");
}

#[test]
fn of_a_job_that_is_more_than_the_chat_all_of_it_stops() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    let mut script = Command::new("sh");
    script.args(["-c", "\"$@\"; echo behind it", "sh"]);
    script.arg(command.get_program()).args(command.get_args());
    tmux.starts(&script);
    tmux.shows("#lobby>");
    tmux.presses("C-z");
    is(&chat_in(&tmux), "T");
    is_back(&tmux);
    tmux.enters("fg");
    is_chat(&tmux, "");
    tmux.enters("/quit");
    tmux.waits_for("the rest of it", |screen| {
        screen.lines().any(|line| line == "behind it")
    });
    is_back(&tmux);
}

#[test]
fn a_chat_stopped_by_a_signal_lets_its_node_go_on_and_tells_what_was_said_meanwhile() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let _node = user.runs();
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    tmux.starts(&command);
    tmux.shows("attached");
    let pid = chat_in(&tmux);
    kill(&pid, Signal::TSTP);
    tmux.shows("stopped; the node goes on, and fg comes back to this chat");
    is(&pid, "T");
    is_back(&tmux);
    let _ = user.does(["send", "#lobby", "said meanwhile"]).is(0);
    tmux.enters("fg");
    tmux.shows("said meanwhile");
    tmux.enters("/quit");
    is_back(&tmux);
}

#[test]
fn in_the_background_the_node_is_there_and_the_keys_are_the_shells() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let bob = User::on_loopback("bob", &host);
    let _node = bob.runs();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    // One that tells nothing to a job that runs when it comes to the foreground.
    tmux.enters("exec bash --norc --noprofile");
    tmux.shows("bash-");
    tmux.enters("PS1='ready> '");
    is_back(&tmux);
    tmux.starts(&command);
    tmux.shows("#lobby>");
    tmux.shows("1 direct");
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    let pid = chat_in(&tmux);
    tmux.presses("C-z");
    is(&pid, "T");
    is_back(&tmux);
    tmux.enters("bg");
    is(&pid, "SR");
    let _ = bob
        .does([
            "send",
            "--wait-ack",
            "--timeout",
            "20",
            "#lobby",
            "are you there?",
        ])
        .is(0);
    is(&pid, "SR");
    is_back(&tmux);
    tmux.enters("fg");
    is_chat(&tmux, "half a thought");
    tmux.shows("are you there?");
    tmux.presses("C-c");
    tmux.enters("I am");
    tmux.shows("ana │ I am");
    tmux.enters("/quit");
    is_back(&tmux);
}

#[test]
fn who_is_told_to_end_while_stopped_ends_in_order_once_continued() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (user, tmux) = chatting(&host, "ana", &[]);
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    let pid = chat_in(&tmux);
    tmux.presses("C-z");
    is(&pid, "T");
    is_back(&tmux);
    kill(&pid, Signal::TERM);
    is(&pid, "T");
    kill(&pid, Signal::CONT);
    ends(&pid);
    // It has said that it leaves, behind the prompt.
    tmux.presses("Enter");
    is_back(&tmux);
    tmux.starts(&chat(&user, &[]));
    is_chat(&tmux, "half a thought");
}

#[test]
fn where_nobody_would_continue_it_the_chat_goes_on_and_says_so() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let tmux = Tmux::run(&host, &chat(&user, &[]), 80, 24);
    tmux.shows("#lobby>");
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    tmux.presses("C-z");
    tmux.shows("cannot be stopped here");
    is_chat(&tmux, "half a thought");
    tmux.enters(" and the rest");
    tmux.shows("ana │ half a thought and the rest");
}

#[test]
fn a_chat_that_others_stopped_or_only_continued_is_drawn_anew() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (_, tmux) = chatting(&host, "ana", &[]);
    let pid = chat_in(&tmux);
    tmux.types("half a thought");
    is_chat(&tmux, "half a thought");
    kill(&pid, Signal::CONT);
    tmux.types("!");
    is_chat(&tmux, "half a thought!");
    // Nobody can give anything back then.
    kill(&pid, Signal::STOP);
    is(&pid, "T");
    tmux.shows("ready>");
    // The terminal is as the chat had it, in which Enter ends no line.
    tmux.types("fg");
    tmux.presses("C-j");
    tmux.waits_for("no shell", |screen| !screen.contains("ready>"));
    is_chat(&tmux, "half a thought!");
    tmux.enters(" and the rest");
    tmux.shows("ana │ half a thought! and the rest");
    // Sent to the background like that, it may not even give back what it has.
    kill(&pid, Signal::STOP);
    tmux.shows("ready>");
    tmux.types("bg");
    tmux.presses("C-j");
    tmux.types("fg");
    tmux.presses("C-j");
    tmux.waits_for("no shell", |screen| !screen.contains("ready>"));
    is_chat(&tmux, "");
    tmux.enters("here again");
    tmux.shows("ana │ here again");
    tmux.enters("/quit");
    is_back(&tmux);
}

#[test]
fn a_chat_that_others_stopped_has_its_keys_again_whatever_its_shell_has_set_meanwhile() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    tmux.enters("exec bash --norc --noprofile");
    tmux.shows("bash-");
    tmux.enters("PS1='ready> '");
    is_back(&tmux);
    tmux.starts(&command);
    tmux.shows("#lobby>");
    let pid = chat_in(&tmux);
    kill(&pid, Signal::STOP);
    is(&pid, "T");
    tmux.shows("ready>");
    tmux.enters("stty sane");
    tmux.enters("fg");
    tmux.waits_for("no shell", |screen| !screen.contains("ready>"));
    // No Enter ends what is typed here, and Ctrl-C does not end the chat.
    tmux.types("a thought");
    is_chat(&tmux, "a thought");
    tmux.presses("C-c");
    is_chat(&tmux, "");
    tmux.enters("another");
    tmux.shows("ana │ another");
    tmux.enters("/quit");
    is_back(&tmux);
}

#[test]
fn lines_stop_as_any_program_does() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &["--plain"]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    tmux.starts(&command);
    tmux.shows("-- now in #lobby");
    let pid = chat_in(&tmux);
    tmux.presses("C-z");
    is(&pid, "T");
    is_back(&tmux);
    tmux.enters("fg");
    tmux.enters("said after it");
    tmux.shows("you: said after it");
    tmux.enters("/quit");
    is_back(&tmux);
}
