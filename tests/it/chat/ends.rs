//! However it ends, the terminal is as it was.

use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use rustix::process::{Pid, kill_process};
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::tmux::ends;
use tazcom_tests::{Host, SOON, Signal, Tmux, User, eventually};
use tazcom_tui::{Happening, Terminal, restore};

use super::chat;

/// A user with a chat in a shell.
pub(super) fn chatting(host: &Host, name: &str, arguments: &[&str]) -> (User, Tmux) {
    let user = User::on_loopback(name, host);
    let command = chat(&user, arguments);
    let tmux = Tmux::open(host, &command, 80, 24);
    tmux.starts(&command);
    tmux.shows("#lobby>");
    (user, tmux)
}

/// The pid of the chat that the shell in a window runs.
pub(super) fn chat_in(tmux: &Tmux) -> String {
    let shell = tmux.value("pane_pid");
    let children = format!("/proc/{shell}/task/{shell}/children");
    eventually("the shell runs it", SOON, || {
        let children = std::fs::read_to_string(&children).ok()?;
        children.split_whitespace().next().map(str::to_owned)
    })
}

pub(super) fn kill(pid: &str, signal: Signal) {
    let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_user_who_leaves_has_the_terminal_back() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (user, tmux) = chatting(&host, "ana", &[]);
    assert_eq!(tmux.value("alternate_on"), "1");
    tmux.enters("/mouse on");
    eventually("the mouse is taken", SOON, || {
        (tmux.value("mouse_any_flag") == "1").then_some(())
    });
    tmux.enters("/quit");
    tmux.shows("Leaving");
    tmux.is_as_before();
    tmux.starts(&chat(&user, &[]));
    tmux.shows("#lobby>");
    tmux.presses("C-d");
    tmux.is_as_before();
}

#[test]
fn a_signal_gives_the_terminal_back_and_says_goodbye() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let bob = User::on_loopback("bob", &host);
    let mut node = bob.runs();
    let (user, tmux) = chatting(&host, "ana", &[]);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        node.wait_for("a session", SOON, |event| event.name() == "session_up");
        kill(&chat_in(&tmux), signal);
        tmux.is_as_before();
        node.wait_for("a goodbye", SOON, |event| event.name() == "session_down");
        node.mark();
        tmux.starts(&chat(&user, &[]));
        tmux.shows("#lobby>");
    }
}

#[test]
fn half_a_key_keeps_nobody_from_ending_it() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (_user, tmux) = chatting(&host, "ana", &[]);
    // What follows would be the rest of it, and never comes.
    tmux.presses("M-[");
    kill(&chat_in(&tmux), Signal::TERM);
    tmux.is_as_before();
}

#[test]
fn a_window_that_is_closed_ends_the_chat() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let tmux = Tmux::run(&host, &chat(&user, &[]), 80, 24);
    tmux.shows("#lobby>");
    let pid = tmux.value("pane_pid");
    tmux.closes();
    ends(&pid);
    // In order: nothing holds the directory.
    let _ = user.does(["nick"]).is(0);
}

#[test]
fn a_terminal_that_is_gone_ends_the_chat_without_any_signal() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    // Nobody tells it: only the terminal itself does.
    tmux.enters("trap '' HUP");
    tmux.starts(&command);
    tmux.shows("#lobby>");
    let pid = chat_in(&tmux);
    tmux.closes();
    ends(&pid);
}

#[test]
fn the_end_of_the_node_is_told_on_the_screen_and_the_user_leaves_when_it_likes() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let mut node = user.runs();
    let command = chat(&user, &[]);
    let tmux = Tmux::open(&host, &command, 80, 24);
    tmux.starts(&command);
    tmux.shows("attached");
    node.end(Signal::TERM, SOON);
    tmux.shows("the node has ended");
    tmux.enters("/quit");
    tmux.is_as_before();
}

#[test]
fn a_log_is_never_written_into_the_screen_and_not_lost_either() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let (_, tmux) = chatting(&host, "ana", &["--log", "debug"]);
    tmux.enters("said while it logs");
    let screen = tmux.shows("said while it logs");
    assert!(!screen.contains("[DEBUG"), "{screen}");
    tmux.enters("/quit");
    tmux.shows("[DEBUG");
    tmux.is_as_before();
}

/// Set where this program is to take the terminal and panic.
const PANICS: &str = "PANICS_WITH_THE_TERMINAL";

#[test]
fn a_panic_on_any_thread_gives_the_terminal_back() {
    if std::env::var_os(PANICS).is_some() {
        panics_with_the_terminal();
    }
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "chat::ends::a_panic_on_any_thread_gives_the_terminal_back";
    command
        .args(["--exact", "--nocapture", name])
        .env(PANICS, "1");
    let tmux = Tmux::open(&host, &command, 80, 24);
    tmux.starts(&command);
    tmux.shows("panicked on purpose");
    tmux.is_as_before();
}

/// The program that is looked at: nothing but what the hook does gives the terminal back.
fn panics_with_the_terminal() -> ! {
    let (sender, drawn) = sync_channel(8);
    let tell = move |happening| match happening {
        Happening::Drawn => sender.send(()).is_ok(),
        _ => true,
    };
    let _terminal = Terminal::enter(true, Arc::new(tell)).unwrap();
    drawn.recv().unwrap();
    std::panic::set_hook(Box::new(|info| {
        restore();
        crate::talking::tell(&info.to_string());
    }));
    let panicked = std::thread::spawn(|| panic!("panicked on purpose")).join();
    assert!(panicked.is_err());
    std::process::exit(1)
}
