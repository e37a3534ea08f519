//! What the keys do.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use tazcom_chat::DisplayName;
use tazcom_tui::{Answer, Ask, Input, News, Output};

use crate::stage::{SECOND, Stage, ana, bob, conversation, lobby, room, said, who};

/// What is sent when Enter is pressed now.
fn sent(stage: &mut Stage) -> String {
    stage.key(KeyCode::Enter);
    match stage.next_ask().1 {
        Ask::Say { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_is_edited_as_in_a_shell() {
    let ctrl = |c| (KeyCode::Char(c), KeyModifiers::CONTROL);
    let alt = |code| (code, KeyModifiers::ALT);
    let plain = |code| (code, KeyModifiers::NONE);
    let control = |code| (code, KeyModifiers::CONTROL);
    for (keys, left) in [
        (vec![ctrl('w')], "one two |"),
        (vec![alt(KeyCode::Backspace)], "one two |"),
        (vec![ctrl('a'), ctrl('k'), plain(KeyCode::Char('x'))], "x|"),
        (vec![alt(KeyCode::Char('b')), ctrl('u')], "|three"),
        (vec![control(KeyCode::Left), ctrl('u')], "|three"),
        (vec![ctrl('a'), alt(KeyCode::Char('f')), ctrl('k')], "one|"),
        (vec![ctrl('a'), control(KeyCode::Right), ctrl('k')], "one|"),
        (vec![ctrl('h'), ctrl('h')], "one two thr|"),
        (
            vec![plain(KeyCode::Left), plain(KeyCode::Delete)],
            "one two thre|",
        ),
        (
            vec![plain(KeyCode::Home), plain(KeyCode::Delete)],
            "|ne two three",
        ),
        (
            vec![ctrl('a'), ctrl('e'), plain(KeyCode::Backspace)],
            "one two thre|",
        ),
        (vec![ctrl('a'), ctrl('d')], "|ne two three"),
    ] {
        let mut stage = Stage::lobby();
        stage.write("one two three");
        for (code, modifiers) in keys.clone() {
            stage.press(code, modifiers);
        }
        stage.write("|");
        assert_eq!(sent(&mut stage), left, "{keys:?}");
    }
}

#[test]
fn what_is_one_sign_is_deleted_as_one() {
    let mut stage = Stage::lobby();
    stage.write("x👩‍👩‍👧‍👧e\u{301}");
    stage.key(KeyCode::Backspace);
    stage.key(KeyCode::Backspace);
    assert_eq!(sent(&mut stage), "x");
}

#[test]
fn up_and_down_move_in_a_text_and_beyond_it_through_what_was_sent() {
    let mut stage = Stage::lobby();
    stage.enter("first");
    stage.enter("second");
    stage.asked.clear();
    stage.write("a");
    stage.ctrl('j');
    stage.write("b");
    stage.key(KeyCode::Up);
    stage.write("!");
    stage.key(KeyCode::Up);
    assert!(stage.sees("second"));
    stage.key(KeyCode::Up);
    assert!(stage.sees("first") && !stage.sees("second"));
    stage.key(KeyCode::Up);
    assert!(stage.sees("first"), "there is nothing before");
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Down);
    assert_eq!(sent(&mut stage), "a!\nb");
}

#[test]
fn of_what_was_sent_the_last_two_hundred_come_back() {
    let mut stage = Stage::lobby();
    for n in 0..250 {
        stage.enter(&format!("message {n}"));
        stage.reply(Answer::Done);
    }
    for _ in 0..300 {
        stage.key(KeyCode::Up);
    }
    assert_eq!(sent(&mut stage), "message 50");
}

#[test]
fn conversations_are_reached_by_number_and_in_turn() {
    let mut stage = Stage::lobby();
    for n in 1..=10 {
        stage.news(News::Conversation(conversation(room(&format!("r{n:02}")))));
    }
    stage.no_history();
    let at = |stage: &mut Stage| {
        stage.no_history();
        stage.enter("x");
        match stage.asked.pop_back().unwrap().1 {
            Ask::Say { to, .. } => to,
            other => panic!("{other:?}"),
        }
    };
    stage.alt('3');
    assert_eq!(at(&mut stage), room("r02"));
    stage.alt('0');
    assert_eq!(at(&mut stage), room("r09"));
    stage.ctrl('n');
    stage.ctrl('n');
    assert_eq!(at(&mut stage), lobby());
    stage.ctrl('p');
    assert_eq!(at(&mut stage), room("r10"));
    stage.press(KeyCode::Down, KeyModifiers::CONTROL);
    assert_eq!(at(&mut stage), lobby());
    stage.press(KeyCode::Up, KeyModifiers::CONTROL);
    assert_eq!(at(&mut stage), room("r10"));
}

#[test]
fn tab_completes_people_and_rooms() {
    let mut stage = Stage::lobby();
    let doubtful = DisplayName::told(crate::stage::id(5), Some("anton"), true);
    stage.there([ana(), bob(), doubtful.clone()]);
    stage.say(said(lobby(), doubtful.clone(), 1, "I spoke last"));
    for (typed, tabs, becomes) in [
        ("b", 1, "bob: ".to_owned()),
        ("a", 1, format!("{doubtful}: ")),
        ("a", 2, "ana: ".to_owned()),
        ("a", 3, format!("{doubtful}: ")),
        ("hello B", 1, "hello bob ".to_owned()),
        ("see #lo", 1, "see #lobby ".to_owned()),
        ("nobodyso", 1, "nobodyso".to_owned()),
    ] {
        stage.ctrl('u');
        stage.write(typed);
        for _ in 0..tabs {
            stage.key(KeyCode::Tab);
        }
        assert_eq!(sent(&mut stage), becomes, "{typed}");
    }
    stage.write("a");
    stage.key(KeyCode::BackTab);
    assert_eq!(sent(&mut stage), "ana: ");
}

#[test]
fn tab_completes_commands_and_what_belongs_behind_them() {
    let mut stage = Stage::lobby();
    stage.there([ana(), bob()]);
    stage.write("/the");
    stage.key(KeyCode::Tab);
    stage.write("li");
    stage.key(KeyCode::Tab);
    stage.key(KeyCode::Enter);
    assert!(stage.sees("colours: light"), "{}", stage.screen());
    stage.write("/who");
    stage.key(KeyCode::Tab);
    stage.key(KeyCode::Tab);
    assert!(stage.sees("/whois"));
    stage.write("bo");
    stage.key(KeyCode::Tab);
    stage.key(KeyCode::Enter);
    assert!(matches!(stage.next_ask().1, Ask::Whois(id) if id == bob().id()));
}

#[test]
fn tab_offers_rooms_that_were_only_heard_of_behind_those_that_are_open() {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(room("west"))));
    let heard = |names: &[&str]| tazcom_tui::Status {
        heard: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..tazcom_tui::Status::default()
    };
    stage.news(News::Status(heard(&["attic", "west", "west-wing"])));
    stage.no_history();
    for (typed, tabs, becomes) in [
        ("/join #w", 1, "/join #west"),
        ("/join #w", 2, "/join #west-wing"),
        ("/join #w", 3, "/join #west"),
        ("/join at", 1, "/join #attic"),
        ("see #at", 1, "see #attic "),
        ("/leave #at", 1, "/leave #at"),
        ("/who #west", 2, "/who #west"),
    ] {
        stage.ctrl('u');
        stage.write(typed);
        for _ in 0..tabs {
            stage.key(KeyCode::Tab);
        }
        stage.write("|");
        assert!(stage.sees(&format!("> {becomes}|")), "{}", stage.screen());
    }
    // Heard of no longer.
    stage.news(News::Status(heard(&[])));
    stage.ctrl('u');
    stage.write("/join at");
    stage.key(KeyCode::Tab);
    stage.write("|");
    assert!(stage.sees("> /join at|"), "{}", stage.screen());
}

#[test]
fn of_rooms_that_were_heard_of_no_more_are_offered_than_can_be_chosen_from() {
    let mut stage = Stage::lobby();
    let heard = (0..65).map(|number| format!("r{number:02}").parse().unwrap());
    stage.news(News::Status(tazcom_tui::Status {
        heard: heard.collect(),
        ..tazcom_tui::Status::default()
    }));
    stage.write("/join r");
    for _ in 0..64 {
        stage.key(KeyCode::Tab);
    }
    assert!(stage.sees("> /join #r63"), "{}", stage.screen());
    stage.key(KeyCode::Tab);
    assert!(stage.sees("> /join #r00"), "{}", stage.screen());
}

#[test]
fn the_palette_shows_commands_while_one_is_typed() {
    let mut stage = Stage::lobby();
    stage.write("/mu");
    assert!(stage.sees("/mute"));
    stage.key(KeyCode::Enter);
    assert!(stage.asked.is_empty());
    stage.key(KeyCode::Enter);
    assert!(stage.sees("#lobby is muted"));
    stage.write("/");
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Down);
    stage.key(KeyCode::Tab);
    assert!(stage.sees("/leave"));
    stage.ctrl('u');
    stage.write("//");
    assert!(!stage.sees("/join"), "a slash is said");
}

#[test]
fn letters_are_letters() {
    let mut stage = Stage::lobby();
    stage.write("q?y");
    assert_eq!(sent(&mut stage), "q?y");
    assert!(!stage.ended);
}

#[test]
fn control_c_clears_then_asks_then_quits() {
    let mut stage = Stage::lobby();
    stage.write("half a thought");
    stage.ctrl('c');
    assert!(!stage.sees("half a thought") && !stage.ended);
    stage.ctrl('c');
    assert!(stage.sees("Quit?") && !stage.ended);
    stage.enter("n");
    assert!(!stage.sees("Quit?"));
    stage.ctrl('c');
    stage.pass(5 * SECOND);
    stage.ctrl('c');
    assert!(!stage.ended, "the first was too long ago");
    stage.ctrl('c');
    assert!(stage.ended);
    let mut stage = Stage::lobby();
    stage.ctrl('c');
    stage.key(KeyCode::Char('y'));
    assert!(!stage.ended && stage.sees("> y"));
    stage.key(KeyCode::Enter);
    assert!(stage.ended);
}

#[test]
fn control_d_quits_only_with_nothing_typed() {
    let mut stage = Stage::lobby();
    stage.write("x");
    stage.ctrl('d');
    assert!(!stage.ended);
    stage.key(KeyCode::Backspace);
    stage.ctrl('d');
    assert!(stage.ended);
}

#[test]
fn help_and_doctor_open_and_close_and_swallow_no_letter() {
    let mut stage = Stage::lobby();
    stage.key(KeyCode::F(1));
    assert!(stage.sees("Alt-A"), "{}", stage.screen());
    stage.key(KeyCode::F(1));
    assert!(!stage.sees("Alt-A"));
    stage.key(KeyCode::F(2));
    assert!(stage.sees("wlan0"));
    stage.write("hi");
    assert_eq!(sent(&mut stage), "hi");
}

#[test]
fn panes_come_and_go() {
    let mut stage = Stage::lobby();
    stage.there([who(4, "zacharias")]);
    assert!(!stage.sees("zacharias"));
    stage.key(KeyCode::F(4));
    assert!(stage.sees("zacharias"));
    stage.key(KeyCode::F(4));
    assert!(!stage.sees("zacharias"));
    assert!(stage.sees("1 #lobby"));
    stage.key(KeyCode::F(3));
    assert!(!stage.sees("1 #lobby"), "{}", stage.screen());
}

#[test]
fn control_l_draws_anew() {
    let mut stage = Stage::lobby();
    stage.ctrl('l');
    assert!(stage.others.contains(&Output::Repaint));
}

#[test]
fn control_z_keeps_the_draft_and_suspends_whatever_is_open() {
    let mut stage = Stage::lobby();
    stage.write("half a thought");
    stage.key(KeyCode::F(1));
    stage.ctrl('z');
    assert_eq!(stage.others, [Output::Suspend]);
    assert_eq!(stage.kept.len(), 1);
    let kept = stage.kept[0].conversations.values();
    assert!(kept.map(|kept| &kept.draft).eq(["half a thought"]));
    assert!(stage.sees("Alt-A"), "the help is open still");
    stage.handle(Input::Resumed { stopped: true });
    stage.key(KeyCode::Esc);
    assert_eq!(sent(&mut stage), "half a thought");
}

#[test]
fn what_is_typed_behind_control_z_is_the_shells_and_never_said() {
    let mut stage = Stage::lobby();
    stage.write("half a thought");
    stage.ctrl('z');
    stage.enter("rm -r secrets");
    stage.handle(Input::Paste("pasted".to_owned()));
    assert!(stage.asked.is_empty(), "{:?}", stage.asked);
    stage.handle(Input::Resumed { stopped: true });
    assert_eq!(sent(&mut stage), "half a thought");
}

#[test]
fn control_z_says_so_where_nothing_can_be_stopped() {
    let mut stage = Stage::lobby();
    stage.write("half a thought");
    stage.ctrl('z');
    stage.handle(Input::Resumed { stopped: false });
    assert!(stage.app.needs_drawing());
    assert!(stage.sees("cannot be stopped here"), "{}", stage.screen());
    stage.write("!");
    assert!(!stage.sees("cannot be stopped here"));
    assert_eq!(sent(&mut stage), "half a thought!");
}

#[test]
fn a_signal_suspends_as_control_z_does_and_lines_have_nothing_to_give_back() {
    let mut stage = Stage::lobby();
    stage.handle(Input::Suspend);
    assert_eq!(stage.others, [Output::Suspend]);
    let kept = stage.kept.len();
    stage.handle(Input::Suspend);
    assert_eq!(stage.kept.len(), kept, "nothing has changed");
    assert_eq!(stage.others, [Output::Suspend], "it does already");
    let mut stage = Stage::with(crate::stage::plain());
    stage.handle(Input::Suspend);
    assert!(stage.others.is_empty(), "{:?}", stage.others);
}

#[test]
fn control_z_leaves_a_completion_and_a_complaint_as_they_are() {
    let mut stage = Stage::lobby();
    stage.there([ana(), bob(), who(4, "bert")]);
    stage.write("b");
    stage.key(KeyCode::Tab);
    stage.ctrl('z');
    stage.handle(Input::Resumed { stopped: true });
    stage.key(KeyCode::Tab);
    let second = sent(&mut stage);
    assert!(["bert: ", "bob: "].contains(&second.as_str()), "{second}");
    stage.enter("/nosuch");
    assert!(stage.sees("nosuch"));
    stage.ctrl('z');
    assert!(stage.sees("nosuch"));
}
