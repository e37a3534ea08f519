//! On a screen, in tmux.

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, SOON, Tmux, User, eventually};

use super::chat;

/// Columns and rows, as terminals open.
const SIZE: (u16, u16) = (80, 24);

/// Users with a chat each that have seen each other.
fn met<const N: usize>(host: &Host, names: [&str; N]) -> [(User, Tmux); N] {
    let chats = names.map(|name| {
        let user = User::on_loopback(name, host);
        let command = chat(&user, &[]);
        let tmux = Tmux::open(host, &command, SIZE.0, SIZE.1);
        tmux.starts(&command);
        tmux.shows("#lobby>");
        (user, tmux)
    });
    let others = match N - 1 {
        0 => "nobody".to_owned(),
        direct => format!("({direct} direct"),
    };
    for (_, tmux) in &chats {
        tmux.shows(&others);
    }
    chats
}

#[test]
fn three_people_talk_to_everybody_to_a_few_and_alone_and_make_sure_who_they_are() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(_, ana), (_, bob), (_, zoe)] = met(&host, ["ana", "bob", "zoe"]);

    ana.enters("hello everybody");
    for other in [&bob, &zoe] {
        other.shows("ana │ hello everybody");
    }
    ana.shows("2/2");
    bob.enters("/me waves");
    zoe.shows("* │ bob waves");

    ana.enters("/private crew");
    ana.shows("+crew>");
    ana.enters("/invite bob");
    bob.shows("invites you");
    bob.enters("/accept");
    bob.shows("+crew>");
    ana.enters("just for us");
    bob.shows("ana │ just for us");
    bob.enters("and back");
    ana.shows("bob │ and back");
    assert!(!zoe.screen().contains("just for us"));

    zoe.enters("/msg bob psst");
    zoe.shows("@bob>");
    bob.shows("zoe");
    bob.presses("M-a");
    bob.shows("zoe │ psst");
    bob.enters("what is it?");
    zoe.shows("bob │ what is it?");

    zoe.enters("/verify bob");
    bob.shows("compare");
    bob.enters("y");
    let shown = [&zoe, &bob].map(|who| {
        let screen = who.waits_for("seven emoji", |screen| numbers(screen).is_some());
        numbers(&screen).unwrap()
    });
    assert_eq!(shown[0], shown[1], "both see the same");
    zoe.enters("same");
    bob.enters("same");
    for who in [&zoe, &bob] {
        who.shows("verified");
    }
    for who in [&ana, &bob, &zoe] {
        who.enters("/quit");
        who.is_as_before();
    }
}

/// The three numbers that stand beside the emoji.
fn numbers(screen: &str) -> Option<Vec<String>> {
    screen.lines().find_map(|line| {
        let numbers: Vec<String> = line
            .split(|c: char| !c.is_ascii_digit())
            .filter(|word| word.len() == 4)
            .map(str::to_owned)
            .collect();
        (numbers.len() == 3).then_some(numbers)
    })
}

#[test]
fn a_screen_of_another_size_shows_what_was_said_and_typed() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(_, ana)] = met(&host, ["ana"]);
    ana.enters("said before");
    ana.shows("ana │ said before");
    ana.types("typed before");
    for (columns, rows) in [(40, 12), (120, 40), (80, 24)] {
        ana.resize(columns, rows);
        ana.waits_for("all of it", |screen| {
            screen.contains("said before") && screen.contains("#lobby> typed before")
        });
    }
    ana.presses("Enter");
    ana.shows("ana │ typed before");
}

#[test]
fn what_was_typed_and_not_sent_is_there_the_next_time() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(user, ana)] = met(&host, ["ana"]);
    ana.types("half a thought");
    ana.shows("#lobby> half a thought");
    let pid = super::ends::chat_in(&ana);
    super::ends::kill(&pid, tazcom_tests::Signal::TERM);
    ana.is_as_before();
    ana.starts(&chat(&user, &[]));
    ana.shows("#lobby> half a thought");
}

#[test]
fn two_chats_on_one_node_keep_what_each_has_typed() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let _node = user.runs();
    let command = chat(&user, &[]);
    let both = [(); 2].map(|()| {
        let tmux = Tmux::open(&host, &command, SIZE.0, SIZE.1);
        tmux.starts(&command);
        tmux.shows("attached");
        tmux
    });
    both[0].types("half a thought");
    both[0].shows("#lobby> half a thought");
    both[1].enters("/join #west");
    both[1].shows("#west>");
    both[1].types("and another");
    both[1].shows("#west> and another");
    for tmux in &both {
        super::ends::kill(&super::ends::chat_in(tmux), tazcom_tests::Signal::TERM);
        tmux.is_as_before();
    }
    let [again, _] = &both;
    again.starts(&command);
    again.shows("#lobby> half a thought");
    again.presses("C-n");
    again.shows("#west> and another");
}

#[test]
fn how_far_a_line_got_is_shown_the_next_time() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(user, ana), (_, bob)] = met(&host, ["ana", "bob"]);
    ana.enters("did it arrive?");
    ana.shows("did it arrive? ✓ 1/1");
    // Whoever might say it once more is gone.
    for who in [&ana, &bob] {
        who.enters("/quit");
        who.is_as_before();
    }
    ana.starts(&chat(&user, &[]));
    ana.shows("did it arrive? ✓ 1/1");
}

#[test]
fn a_mono_screen_of_ascii_is_only_that() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let user = User::on_loopback("ana", &host);
    let command = chat(&user, &["--ascii", "--theme", "mono"]);
    let tmux = Tmux::open(&host, &command, SIZE.0, SIZE.1);
    tmux.starts(&command);
    tmux.shows("#lobby>");
    tmux.enters("plain letters");
    let screen = tmux.shows("plain letters");
    assert!(screen.is_ascii(), "{screen}");
    let coloured = tmux.coloured();
    for colour in ["\u{1b}[3", "\u{1b}[4", "38;5", "48;5"] {
        let underlined = coloured.replace("\u{1b}[4m", "").replace("\u{1b}[3m", "");
        let reset = underlined
            .replace("\u{1b}[39m", "")
            .replace("\u{1b}[49m", "");
        assert!(!reset.contains(colour), "{}", coloured.escape_debug());
    }
}

#[test]
fn who_declines_to_compare_keeps_nobody_waiting() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(_, ana), (_, bob)] = met(&host, ["ana", "bob"]);
    ana.enters("/verify bob");
    bob.shows("Compare");
    ana.shows("Waiting for bob");
    bob.presses("Escape");
    ana.shows("the other called");
    assert!(!ana.screen().contains("Waiting for bob"));
}

#[test]
fn a_room_that_was_only_heard_of_is_offered_to_whoever_enters_one() {
    if !lane::open(&[Lane::Tmux]) {
        return;
    }
    let host = Host::loopback();
    let [(_, ana), (_, bob)] = met(&host, ["ana", "bob"]);
    bob.enters("/join #attic");
    bob.shows("#attic>");
    bob.enters("is anybody up here?");
    ana.types("/join #at");
    eventually("the room is offered", SOON, || {
        ana.presses("Tab");
        let screen = ana.screen();
        screen.contains("#lobby> /join #attic").then_some(())
    });
    ana.presses("Enter");
    ana.shows("#attic>");
    ana.shows("bob │ is anybody up here?");
}
