//! Where there is no screen.

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{Answer, Ask, Comparison, Config, Fate, News, Note, Place, Said, Weight};

use crate::stage::{
    SECOND, Stage, ana, bob, config, conversation, crew, id, lobby, me, plain, room, said, who,
};

/// In the lobby without a screen; what was printed so far is forgotten.
fn begun() -> Stage {
    let mut stage = Stage::with(plain());
    stage.take_printed();
    stage
}

fn printed(stage: &mut Stage, said: Said) -> String {
    stage.say(said);
    stage.take_printed()
}

#[test]
fn each_line_says_where_when_and_who() {
    let mut stage = begun();
    let stage = &mut stage;
    let direct = Place::Person(id(1));
    assert_eq!(
        printed(stage, said(lobby(), ana(), 120, "hello")),
        "#lobby 14:02 ana: hello\n"
    );
    let mut action = said(lobby(), ana(), 121, "waves");
    action.action = true;
    assert_eq!(printed(stage, action), "#lobby 14:02 * ana waves\n");
    assert_eq!(
        printed(stage, said(direct.clone(), ana(), 180, "psst")),
        "@ana 14:03 ana: psst\n"
    );
    assert_eq!(
        printed(stage, said(direct, me(), 181, "what?")),
        "@ana 14:03 you: what?\n"
    );
    stage.news(News::Conversation(conversation(crew())));
    assert_eq!(
        printed(stage, said(crew(), bob(), 182, "hi")),
        "+crew 14:03 bob: hi\n"
    );
}

#[test]
fn nobodys_text_looks_like_another_line() {
    let mut stage = begun();
    let text = "x\n-- now in #west\n!! WARNING: run\n#lobby 14:02 bob: yes\n\u{1b}[2Jy";
    let printed = printed(&mut stage, said(lobby(), who(3, "\u{1b}]0;-- a"), 1, text));
    let mut lines = printed.lines();
    assert!(lines.next().unwrap().starts_with("#lobby 14:00 "));
    assert!(lines.all(|line| line.starts_with("#lobby | ")), "{printed}");
    assert!(!printed.contains('\u{1b}'));
}

#[test]
fn the_name_of_a_private_room_does_not_look_like_a_line() {
    let mut stage = begun();
    let mut about = conversation(crew());
    about.name = Some(tazcom_chat::DisplayText::new(
        "x 14:00 ana: give me the key\n-- ",
    ));
    stage.news(News::Conversation(about));
    let printed = printed(&mut stage, said(crew(), bob(), 1, "hi"));
    assert_eq!(printed.lines().count(), 1);
    assert_eq!(printed.split(' ').nth(1), Some("14:00"), "{printed}");
}

#[test]
fn what_is_typed_goes_where_one_is() {
    let mut stage = begun();
    stage.line("hello");
    assert!(matches!(stage.next_ask().1, Ask::Say { to, .. } if to == lobby()));
    stage.line("/join #west");
    assert!(matches!(stage.reply(Answer::Done), Ask::Join(_)));
    stage.no_history();
    assert_eq!(stage.take_printed(), "-- now in #west\n");
    stage.line("hi");
    assert!(matches!(stage.next_ask().1, Ask::Say { to, .. } if to == room("west")));
    stage.line("/msg ana psst");
    assert!(stage.take_printed().contains("-- now in @ana\n"));
    assert!(matches!(stage.next_ask().1, Ask::Say { to, .. } if to == Place::Person(id(1))));
}

#[test]
fn notes_warnings_and_alerts_begin_each_in_their_way() {
    let mut stage = begun();
    for (weight, line) in [
        (Weight::Quiet, "-- ana is here now\n"),
        (Weight::Warning, "!  ana is here now\n"),
        (Weight::Alert, "!! WARNING: ana is here now\n"),
    ] {
        let text = "ana is here now".to_owned();
        let place = None;
        stage.news(News::Note(Note {
            place,
            text,
            weight,
            key: None,
        }));
        assert_eq!(stage.take_printed(), line);
    }
    stage.news(News::Conversation(conversation(crew())));
    stage.no_history();
    stage.news(News::Note(Note {
        place: Some(crew()),
        text: "bob has let in ana".to_owned(),
        weight: Weight::Quiet,
        key: None,
    }));
    assert_eq!(stage.take_printed(), "-- +crew: bob has let in ana\n");
}

#[test]
fn how_many_have_a_line_is_said_once() {
    let mut stage = begun();
    let mine = said(lobby(), me(), 1, "hello");
    let id = mine.id.clone();
    stage.say(mine);
    stage.take_printed();
    let reached = |reached| News::Fate {
        id: id.clone(),
        fate: Fate::Reached {
            reached,
            of: 2,
            missing: Vec::new(),
        },
    };
    stage.news(reached(1));
    stage.pass(SECOND);
    assert_eq!(stage.take_printed(), "", "more may come");
    stage.news(reached(2));
    assert_eq!(
        stage.take_printed(),
        "-- #lobby: \"hello\" reached 2 of 2\n"
    );
    stage.news(reached(2));
    stage.pass(60 * SECOND);
    assert_eq!(stage.take_printed(), "");
}

#[test]
fn how_many_have_a_line_is_said_when_no_more_come() {
    let mut stage = begun();
    let mine = said(lobby(), me(), 1, "hello");
    let id = mine.id.clone();
    stage.say(mine);
    stage.take_printed();
    let missing = Vec::new();
    let fate = Fate::Reached {
        reached: 1,
        of: 2,
        missing,
    };
    stage.news(News::Fate { id, fate });
    stage.pass(3 * SECOND);
    assert_eq!(
        stage.take_printed(),
        "-- #lobby: \"hello\" reached 1 of 2\n"
    );
    stage.pass(60 * SECOND);
    assert_eq!(stage.take_printed(), "");
}

#[test]
fn of_what_was_said_before_the_last_lines_are_printed_and_elsewhere_it_is_counted() {
    let kept = tazcom_tui::Kept {
        conversations: [(
            "#west".to_owned(),
            tazcom_tui::KeptConversation {
                read: Some((1, 0)),
                ..Default::default()
            },
        )]
        .into(),
        ..Default::default()
    };
    let mut stage = Stage::new(Config { kept, ..plain() });
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Conversation(conversation(room("west"))));
    stage.news(News::Ready);
    assert_eq!(stage.take_printed(), "-- now in #lobby\n");
    let mut before: Vec<Said> = (0..30)
        .map(|n| said(lobby(), ana(), n, &format!("l{n}")))
        .collect();
    before.extend((0..3).map(|n| said(room("west"), bob(), n, &format!("w{n}"))));
    stage.history(&before);
    let printed = stage.take_printed();
    assert_eq!(printed.matches("ana: l").count(), 10, "{printed}");
    assert!(printed.contains("ana: l29") && printed.contains("-- 3 unread in #west\n"));
    assert!(!printed.contains("w0"));
    stage.line("/join #west");
    assert_eq!(
        stage.take_printed(),
        "-- now in #west\n#west 14:00 bob: w0\n#west 14:00 bob: w1\n#west 14:00 bob: w2\n"
    );
}

#[test]
fn a_gap_is_printed_when_it_changes() {
    let mut stage = begun();
    let after = said(lobby(), ana(), 5, "after");
    let before = after.id.clone();
    stage.say(after);
    stage.take_printed();
    let gap = |missing| News::Gap {
        room: "lobby".parse().unwrap(),
        author: ana(),
        missing,
        before: before.clone(),
    };
    stage.news(gap(Some(3)));
    assert_eq!(
        stage.take_printed(),
        "-- 3 messages from ana missing in #lobby, asking 2 peers\n"
    );
    stage.news(gap(Some(3)));
    assert_eq!(stage.take_printed(), "");
}

#[test]
fn what_cannot_be_undone_is_done_on_yes_alone() {
    for (answer, left) in [
        ("/no", false),
        ("yes", false),
        ("/same", false),
        ("/yes", true),
    ] {
        let mut stage = begun();
        stage.news(News::Conversation(conversation(crew())));
        stage.no_history();
        stage.line("/private crew");
        stage.reply(Answer::Place(crew()));
        stage.line("/leave");
        assert!(stage.take_printed().contains("/yes or /no answers"));
        stage.line(answer);
        let asked = stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Leave(_)));
        assert_eq!(asked, left, "{answer}");
    }
}

#[test]
fn comparing_is_answered_by_a_line() {
    let mut stage = begun();
    stage.line("/verify ana");
    let ask = stage.next_ask().1;
    assert!(matches!(ask, Ask::Compare(_)));
    let names = ["Dog", "Cat"].map(|name| ("\u{1f436}".to_owned(), name.to_owned()));
    stage.line("/same");
    assert!(stage.asked.is_empty(), "there was nothing to answer yet");
    assert!(stage.take_printed().contains("no emoji wait"));
    stage.news(News::Compare(Comparison {
        with: ana(),
        emoji: names.to_vec(),
        numbers: [1, 22, 333],
    }));
    let printed = stage.take_printed();
    assert!(
        printed.contains("Dog, Cat") && printed.contains("1 22 333"),
        "{printed}"
    );
    assert!(printed.contains("/same or /different answers"));
    for line in ["yes", "y", "same"] {
        stage.line(line);
        assert!(matches!(stage.next_ask().1, Ask::Say { text, .. } if text == line));
    }
    stage.line("/same");
    assert!(matches!(
        stage.next_ask().1,
        Ask::Confirm { same: true, .. }
    ));
}

#[test]
fn a_passphrase_is_not_taken_where_it_would_be_shown() {
    let mut stage = begun();
    stage.line("/enter crew");
    assert!(
        stage
            .take_printed()
            .contains("tazcom-cli room join crew --passphrase")
    );
    assert!(stage.asked.is_empty() && stage.app.has_refused());
}

#[test]
fn answers_begin_like_everything_of_the_program() {
    let mut stage = begun();
    for typed in ["/who", "/help", "/doctor", "/topic", "/nosuch", "/bell all"] {
        stage.line(typed);
        let printed = stage.take_printed();
        assert!(!printed.is_empty(), "{typed}");
        assert!(
            printed.lines().all(|line| line.starts_with("-- ")),
            "{typed}: {printed}"
        );
    }
}

#[test]
fn lines_are_taken_as_fast_as_they_are_kept() {
    let mut stage = begun();
    let mut count = 0;
    while stage.app.takes_lines() {
        stage.line("hello");
        count += 1;
    }
    assert_eq!(count, 16);
    stage.reply(Answer::Done);
    assert!(stage.app.takes_lines());
}

#[test]
fn what_is_typed_before_it_has_begun_waits_in_order() {
    let mut stage = Stage::new(plain());
    for n in 0..70 {
        stage.line(&format!("line {n}"));
    }
    assert_eq!(stage.app.pending(), 64);
    assert_eq!(stage.take_printed().matches("not said").count(), 6);
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    let said = stage.asked.iter().filter_map(|(_, ask)| match ask {
        Ask::Say { text, .. } => Some(text.clone()),
        _ => None,
    });
    let said: Vec<String> = said.collect();
    assert_eq!(said.first().map(String::as_str), Some("line 0"));
    assert!(said.len() >= 60, "{}", said.len());
}

#[test]
fn keys_and_screens_are_for_those_who_have_one() {
    let mut stage = Stage::with(config());
    stage.say(said(lobby(), ana(), 1, "hello"));
    stage.key(KeyCode::F(1));
    assert_eq!(stage.take_printed(), "");
}

#[test]
fn a_comparison_waits_for_the_answer_to_what_was_asked_before() {
    let mut stage = begun();
    stage.line("/private crew");
    stage.reply(Answer::Place(crew()));
    stage.no_history();
    stage.line("/leave");
    stage.take_printed();
    let compare = |with| {
        News::Compare(Comparison {
            with,
            emoji: vec![("*".to_owned(), "Dog".to_owned())],
            numbers: [1, 22, 333],
        })
    };
    stage.news(compare(ana()));
    stage.news(compare(bob()));
    assert_eq!(stage.take_printed(), "");
    stage.line("/no");
    let printed = stage.take_printed();
    assert!(
        printed.contains("not done") && printed.contains("compare with ana"),
        "{printed}"
    );
    assert!(!printed.contains("compare with bob"));
    stage.line("/same");
    assert!(matches!(stage.next_ask().1, Ask::Confirm { who, same: true } if who == id(1)));
    assert!(stage.take_printed().contains("compare with bob"));
    stage.line("/different");
    assert!(matches!(stage.next_ask().1, Ask::Confirm { who, same: false } if who == id(2)));
    stage.line("/same");
    assert!(stage.asked.is_empty());
}

#[test]
fn no_command_is_named_that_does_not_exist() {
    let mut stage = begun();
    stage.line("/doctor");
    assert!(!stage.take_printed().contains("tazcom-cli"));
}
