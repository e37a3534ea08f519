//! What the commands ask of the node, and where the answers go.

use ratatui::crossterm::event::KeyCode;
use tazcom_proto::inner::SealedRoomId;
use tazcom_tui::{Answer, Ask, Conversation, News, Output, Place, Standing, Trust};

use crate::stage::{Stage, ana, bob, conversation, crew, id, lobby, me, room, said};

const CREW: SealedRoomId = SealedRoomId([7; 16]);

/// In the lobby and in a private room.
fn with_crew() -> Stage {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(crew())));
    stage.no_history();
    stage
}

/// What is asked when this is typed; the answer is that it is done.
fn asks(stage: &mut Stage, typed: &str) -> Ask {
    stage.enter(typed);
    let screen = stage.screen();
    assert!(!stage.asked.is_empty(), "{typed} asks nothing\n{screen}");
    let ask = stage.reply(Answer::Done);
    stage.no_history();
    ask
}

#[test]
fn each_command_asks_for_what_it_says() {
    let mut stage = with_crew();
    let owned = str::to_owned;
    let west = || "west".parse().unwrap();
    for (typed, asked) in [
        ("/nick Mia", Ask::Nick(owned("Mia"))),
        ("/rooms", Ask::Rooms),
        ("/whois ana", Ask::Whois(id(1))),
        ("/ping bob", Ask::Ping(id(2))),
        ("/trace bob", Ask::Trace(id(2))),
        ("/connect host:1", Ask::Connect(owned("host:1"))),
        ("/id", Ask::Whois(me().id())),
        (
            "/private + crew two",
            Ask::Create {
                name: owned("crew two"),
            },
        ),
        (
            "/topic tea",
            Ask::Topic {
                of: lobby(),
                topic: owned("tea"),
            },
        ),
        (
            "/search a word",
            Ask::Search {
                room: "lobby".parse().unwrap(),
                words: owned("a word"),
            },
        ),
        (
            "/ignore ana",
            Ask::Block {
                who: id(1),
                undo: false,
            },
        ),
        (
            "/ignore ana",
            Ask::Block {
                who: id(1),
                undo: true,
            },
        ),
        (
            "/me waves",
            Ask::Say {
                to: lobby(),
                text: owned("waves"),
                action: true,
            },
        ),
        ("/join #west", Ask::Join(west())),
        ("/leave #west", Ask::Leave(room("west"))),
    ] {
        assert!(asks(&mut stage, typed) == asked, "{typed}");
    }
    stage.alt('2');
    let (room, who) = (CREW, id(1));
    for (typed, asked) in [
        ("/invite ana", Ask::Invite { room, who }),
        ("/promote ana", Ask::Promote { room, who }),
        ("/share ana", Ask::ShareHistory { room, who }),
        (
            "/rename + the crew",
            Ask::Rename {
                room,
                name: owned("the crew"),
            },
        ),
    ] {
        assert!(asks(&mut stage, typed) == asked, "{typed}");
    }
}

#[test]
fn what_belongs_to_a_private_room_is_refused_elsewhere() {
    let mut stage = with_crew();
    for typed in [
        "/invite ana",
        "/remove ana",
        "/promote ana",
        "/share ana",
        "/rename x",
    ] {
        stage.enter(typed);
        assert!(stage.asked.is_empty());
        assert!(stage.sees("this is not a private room"), "{typed}");
        stage.ctrl('u');
    }
}

#[test]
fn a_message_opens_the_conversation_with_somebody() {
    let mut stage = Stage::lobby();
    stage.enter("/msg ana psst");
    let (_, ask) = stage.next_ask();
    let to = Place::Person(id(1));
    let text = "psst".to_owned();
    let action = false;
    assert!(
        ask == Ask::Say {
            to: to.clone(),
            text,
            action
        }
    );
    stage.no_history();
    stage.enter("more");
    assert!(matches!(stage.next_ask().1, Ask::Say { to: its, .. } if its == to));
}

#[test]
fn whoever_has_gone_on_is_not_taken_back_by_an_answer() {
    let mut stage = with_crew();
    stage.enter("/msg zoe");
    let (reference, _) = stage.next_ask();
    stage.alt('2');
    let zoe = crate::stage::who(6, "zoe");
    stage.answer(reference, Answer::Person(zoe));
    stage.enter("here");
    assert!(matches!(stage.next_ask().1, Ask::Say { to, .. } if to == crew()));
    assert!(stage.sees("zoe"), "the conversation is in the list");
}

#[test]
fn an_answer_of_several_lines_is_laid_over_where_it_was_asked() {
    let mut stage = with_crew();
    stage.enter("/rooms");
    let (first, _) = stage.next_ask();
    stage.answer(first, Answer::Text("#lobby: 3\n#attic: 2".to_owned()));
    assert!(stage.sees("#attic: 2"));
    stage.key(KeyCode::Esc);
    assert!(!stage.sees("#attic: 2"));
    stage.enter("/rooms");
    let (second, _) = stage.next_ask();
    stage.alt('2');
    stage.answer(second, Answer::Text("#lobby: 3\n#attic: 4".to_owned()));
    assert!(!stage.sees("#attic: 4"));
    stage.alt('1');
    assert!(stage.sees("#attic: 4"), "it waits where it was asked");
}

#[test]
fn leaving_a_private_room_is_asked_about() {
    let mut stage = with_crew();
    stage.alt('2');
    stage.enter("/leave");
    assert!(stage.sees("Leave +crew?") && stage.asked.is_empty());
    stage.enter("n");
    assert!(stage.asked.is_empty() && !stage.sees("Leave +crew?"));
    stage.enter("/leave");
    stage.key(KeyCode::Esc);
    assert!(stage.asked.is_empty() && !stage.sees("Leave +crew?"));
    stage.enter("/leave");
    stage.write("yes");
    assert!(stage.asked.is_empty() && stage.sees("> yes"));
    stage.key(KeyCode::Enter);
    assert!(stage.reply(Answer::Done) == Ask::Leave(crew()));
    assert!(
        stage.sees("+crew is closed; you are in #lobby now"),
        "{}",
        stage.screen()
    );
}

#[test]
fn taking_somebody_out_is_asked_about() {
    let mut stage = with_crew();
    stage.alt('2');
    stage.enter("/remove ana");
    assert!(stage.asked.is_empty());
    assert!(stage.sees(&format!("Take {} out", ana())));
    stage.enter("y");
    let (room, who) = (CREW, id(1));
    assert!(stage.next_ask().1 == Ask::Remove { room, who });
}

#[test]
fn an_invitation_is_declined_at_once_and_accepted_by_name() {
    let mut stage = Stage::lobby();
    let about = Conversation {
        standing: Standing::Invited,
        ..conversation(crew())
    };
    stage.news(News::Conversation(about));
    stage.alt('2');
    stage.enter("/leave");
    assert!(stage.reply(Answer::Refused("not now".to_owned())) == Ask::Leave(crew()));
    stage.alt('1');
    stage.enter("/decline");
    assert!(stage.reply(Answer::Refused("not now".to_owned())) == Ask::Leave(crew()));
    stage.enter("/decline +crew");
    assert!(stage.reply(Answer::Refused("not now".to_owned())) == Ask::Leave(crew()));
    stage.enter("/accept +crew");
    assert!(stage.reply(Answer::Done) == Ask::Accept(CREW));
    stage.enter("/accept +other");
    assert!(stage.sees("no private room here is called +other"));
}

#[test]
fn a_passphrase_is_typed_unseen_and_is_not_remembered() {
    let mut stage = Stage::lobby();
    stage.enter("/enter crew");
    stage.write("open sesamx");
    stage.key(KeyCode::Backspace);
    stage.write("e");
    assert!(!stage.sees("sesam"));
    stage.key(KeyCode::Enter);
    let (_, ask) = stage.next_ask();
    let Ask::Enter { name, passphrase } = ask else {
        panic!("{ask:?}");
    };
    assert_eq!(
        (name.as_str(), passphrase.as_str()),
        ("crew", "open sesame")
    );
    stage.key(KeyCode::Up);
    assert!(stage.sees("/enter crew") && !stage.sees("sesam"));
}

#[test]
fn a_passphrase_has_a_bound() {
    let mut stage = Stage::lobby();
    stage.enter("/enter crew");
    stage.handle(tazcom_tui::Input::Paste("x".repeat(5000)));
    stage.key(KeyCode::Enter);
    let (_, ask) = stage.next_ask();
    assert!(matches!(ask, Ask::Enter { passphrase, .. } if passphrase.len() == 1024));
}

#[test]
fn who_is_here_is_told_with_how_and_how_well_they_are_known() {
    let mut stage = Stage::lobby();
    let mut via = crate::stage::present(ana());
    via.presence = tazcom_tui::Presence::Via(Some(bob()));
    via.trust = Trust::Verified;
    stage.news(News::Status(tazcom_tui::Status {
        present: vec![via, crate::stage::present(bob())],
        ..Default::default()
    }));
    stage.enter("/who");
    assert!(
        stage.sees(&format!("{}, via bob, verified", ana())),
        "{}",
        stage.screen()
    );
    assert!(stage.sees(&format!("{}, direct, known", bob())));
}

#[test]
fn in_private_words_are_looked_for_in_what_is_here() {
    let mut stage = with_crew();
    stage.alt('2');
    stage.say(said(crew(), ana(), 1, "the Treasure is under the tree"));
    stage.say(said(crew(), bob(), 2, "what treasure?"));
    stage.enter("/search treasure");
    assert!(stage.asked.is_empty());
    assert!(stage.sees("ana: the Treasure"), "{}", stage.screen());
    assert!(stage.sees("bob: what treasure?"));
}

#[test]
fn what_is_cleared_can_be_had_again() {
    let mut stage = Stage::lobby();
    stage.say(said(lobby(), ana(), 1, "old"));
    stage.enter("/clear");
    assert!(!stage.sees("old"));
    stage.key(KeyCode::PageUp);
    stage.history(&[said(lobby(), ana(), 1, "old")]);
    assert!(stage.sees("old"));
}

#[test]
fn choices_are_taken_kept_and_shown() {
    let mut stage = Stage::lobby();
    stage.enter("/bell mentions");
    stage.enter("/notify all");
    stage.enter("/theme light");
    stage.enter("/ascii on");
    stage.enter("/mouse on");
    stage.enter("/mute");
    assert!(stage.others.contains(&Output::Mouse(true)));
    stage.enter("/quit");
    let kept = stage.kept.last().unwrap();
    let settings = kept.settings;
    assert_eq!(settings.bell, tazcom_tui::Bell::Mentions);
    assert_eq!(settings.notify, tazcom_tui::Bell::All);
    assert_eq!(settings.theme, tazcom_tui::Theme::Light);
    assert!(settings.ascii && settings.mouse);
    assert!(kept.conversations["#lobby"].muted);
}

#[test]
fn who_leaves_is_never_left_where_a_person_reads_what_is_typed_next() {
    let mut stage = with_crew();
    stage.news(News::Conversation(conversation(room("west"))));
    stage.no_history();
    stage.enter("/msg ana");
    stage.no_history();
    for (left, says) in [
        (lobby(), "you are in #west now"),
        (room("west"), "no open room"),
    ] {
        stage.alt('1');
        stage.write("half a sen");
        stage.news(News::Gone(left.clone()));
        stage.no_history();
        assert!(
            stage.sees(&format!("{left} is closed")) && stage.sees(says),
            "{}",
            stage.screen()
        );
        stage.key(KeyCode::Up);
        assert!(stage.sees("half a sen"), "it is not lost");
        stage.ctrl('u');
    }
    stage.write("tence");
    stage.key(KeyCode::Enter);
    assert!(stage.asked.is_empty() && stage.sees("you are not in #lobby"));
}

#[test]
fn a_room_that_is_gone_gives_way_to_the_lobby() {
    let mut stage = with_crew();
    stage.alt('2');
    stage.news(News::Gone(crew()));
    stage.enter("hello");
    assert!(matches!(stage.next_ask().1, Ask::Say { to, .. } if to == lobby()));
    stage.news(News::Gone(lobby()));
    stage.enter("anybody?");
    assert!(stage.asked.is_empty());
    assert!(stage.sees("you are not in #lobby"));
}
