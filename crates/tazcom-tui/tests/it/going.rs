//! What is typed behind a command that goes somewhere.

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{Answer, Ask, Conversation, Fate, News, Place, Standing, Status};

use crate::stage::{
    SECOND, Stage, ana, bob, conversation, crew, id, lobby, me, plain, room, said, who,
};

/// Where what was said went, of all that is asked.
fn says(stage: &Stage) -> Vec<(Place, String)> {
    let says = stage.asked.iter().filter_map(|(_, ask)| match ask {
        Ask::Say { to, text, .. } => Some((to.clone(), text.clone())),
        _ => None,
    });
    says.collect()
}

fn refuse(stage: &mut Stage) {
    stage.reply(Answer::Refused("no".to_owned()));
}

fn begun() -> Stage {
    let mut stage = Stage::with(plain());
    stage.take_printed();
    stage
}

#[test]
fn what_is_typed_at_once_behind_a_command_is_said_where_that_goes() {
    let zoe = who(5, "zoe");
    let north = room("north");
    let direct = Place::Person(zoe.id());
    let cases = [
        ("/join #north", Answer::Done, north),
        ("/msg zoe", Answer::Person(zoe), direct),
        ("/private crew", Answer::Place(crew()), crew()),
    ];
    for (command, answer, place) in cases {
        let mut stage = Stage::lobby();
        stage.enter(command);
        stage.enter("secret");
        stage.enter("more");
        stage.write("half");
        assert!(says(&stage).is_empty(), "{command}");
        stage.reply(answer);
        let said = [(place.clone(), "secret"), (place.clone(), "more")];
        let said = said.map(|(place, text)| (place, text.to_owned()));
        assert_eq!(says(&stage), said, "{command}");
        stage.enter(" a word");
        assert_eq!(
            says(&stage).last(),
            Some(&(place, "half a word".to_owned())),
            "what is being typed goes along"
        );
    }
}

#[test]
fn where_there_is_no_screen_no_line_is_taken_until_it_is_known_where_it_goes() {
    let mut stage = begun();
    stage.line("/msg zoe");
    assert!(!stage.app.takes_lines());
    stage.line("secret");
    assert!(says(&stage).is_empty());
    stage.reply(Answer::Person(who(5, "zoe")));
    assert_eq!(says(&stage), [(Place::Person(id(5)), "secret".to_owned())]);
    assert!(stage.app.takes_lines());
}

#[test]
fn where_there_is_no_screen_nothing_is_said_elsewhere_when_it_does_not_go_there() {
    for (command, asks) in [
        ("/msg zoe", true),
        ("/join #no way", false),
        ("/msg", false),
    ] {
        let mut stage = begun();
        stage.line(command);
        if asks {
            refuse(&mut stage);
        }
        stage.line("secret");
        assert!(says(&stage).is_empty(), "{command}");
        assert!(
            stage.take_printed().contains("you are nowhere"),
            "{command}"
        );
        stage.line("/join #lobby");
        stage.line("hello");
        assert_eq!(says(&stage), [(lobby(), "hello".to_owned())]);
    }
}

#[test]
fn what_waited_for_a_command_that_is_refused_comes_back_and_is_not_said() {
    let mut stage = Stage::lobby();
    stage.enter("/msg zoe");
    stage.enter("secret");
    stage.write("more");
    refuse(&mut stage);
    assert!(
        stage.sees("secret") && stage.sees("not said"),
        "{}",
        stage.screen()
    );
    stage.key(KeyCode::Enter);
    assert!(says(&stage).is_empty(), "it may have been typed before");
    stage.key(KeyCode::Enter);
    assert_eq!(says(&stage), [(lobby(), "secret\nmore".to_owned())]);
}

#[test]
fn what_waited_is_not_said_where_the_user_has_gone_meanwhile() {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(room("west"))));
    stage.no_history();
    stage.enter("/msg zoe");
    stage.enter("secret");
    stage.alt('2');
    stage.reply(Answer::Person(who(5, "zoe")));
    assert!(says(&stage).is_empty() && stage.sees("not said"));
}

#[test]
fn only_so_much_waits_and_the_rest_stays_where_it_is_typed() {
    let mut stage = Stage::lobby();
    stage.enter("/join #north");
    for n in 0..16 {
        stage.enter(&format!("line {n}"));
    }
    stage.enter("one more");
    assert!(stage.sees("one more"));
    stage.reply(Answer::Done);
    assert_eq!(says(&stage).len(), 16);
    stage.key(KeyCode::Enter);
    assert_eq!(says(&stage).len(), 17);
}

#[test]
fn what_waited_is_kept_when_the_chat_ends() {
    let mut stage = Stage::lobby();
    stage.enter("/join #north");
    stage.enter("half a thought");
    stage.line("/quit");
    let kept = stage.kept.last().unwrap();
    assert_eq!(kept.conversations["#lobby"].draft, "half a thought");
}

#[test]
fn an_invitation_is_declined_without_a_question() {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(Conversation {
        standing: Standing::Invited,
        ..conversation(crew())
    }));
    stage.enter("/decline");
    assert!(stage.reply(Answer::Done) == Ask::Leave(crew()));
    assert!(!stage.sees("crew"), "{}", stage.screen());
}

#[test]
fn whatever_the_user_asked_is_waited_for() {
    for line in ["/rooms", "/whois ana", "/ping ana", "/search x", "/id"] {
        let mut stage = begun();
        stage.line(line);
        assert_eq!(stage.app.pending(), 1, "{line}");
        stage.reply(Answer::Text("found".to_owned()));
        assert_eq!(stage.app.pending(), 0, "{line}");
        assert_eq!(stage.take_printed(), "-- found\n", "{line}");
        stage.line(line);
        refuse(&mut stage);
        assert!(stage.app.has_refused() && stage.app.pending() == 0);
    }
    let mut stage = Stage::lobby();
    stage.enter("/join #west");
    stage.reply(Answer::Done);
    assert!(!stage.asked.is_empty(), "what was said there is asked for");
    assert_eq!(stage.app.pending(), 0);
}

#[test]
fn what_is_done_is_told_whatever_comes_with_it() {
    for answer in [Answer::Done, Answer::Person(bob()), Answer::Place(crew())] {
        let mut stage = begun();
        stage.news(News::Conversation(conversation(crew())));
        stage.no_history();
        stage.line("/ignore bob");
        stage.reply(answer.clone());
        assert!(stage.take_printed().contains("/ignore again to undo"));
        stage.line("/ignore bob");
        assert!(matches!(stage.next_ask().1, Ask::Block { undo: true, .. }));
        stage.line("/join #west");
        stage.reply(Answer::Done);
        stage.no_history();
        stage.line("/nick mara");
        stage.reply(answer);
        assert!(stage.take_printed().contains("your name from now on"));
    }
}

#[test]
fn what_becomes_of_lines_of_another_run_is_not_printed() {
    let mut stage = Stage::new(plain());
    stage.news(News::Me(me()));
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    let old = said(lobby(), me(), 1, "old words");
    stage.history(std::slice::from_ref(&old));
    stage.take_printed();
    let fate = Fate::Delivered;
    stage.news(News::Fate { id: old.id, fate });
    assert_eq!(stage.take_printed(), "");
}

#[test]
fn whoever_is_alone_is_told_so_once() {
    let mut stage = Stage::new(plain());
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Status(Status::default()));
    stage.news(News::Ready);
    stage.there([ana()]);
    stage.news(News::Status(Status::default()));
    let printed = stage.take_printed();
    assert_eq!(
        printed.matches("nobody is here yet").count(),
        1,
        "{printed}"
    );
    let mut stage = begun();
    stage.pass(SECOND);
    assert!(!stage.take_printed().contains("nobody"));
}

#[test]
fn what_was_missed_right_before_the_end_is_not_told() {
    let mut stage = begun();
    stage.news(News::Missed(3));
    stage.news(News::Ended);
    stage.pass(10 * SECOND);
    assert!(!stage.take_printed().contains("missed"));
}

#[test]
fn what_one_says_is_seen_also_by_whoever_has_looked_back() {
    let mut stage = Stage::lobby();
    for n in 0..100 {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    stage.key(KeyCode::PageUp);
    assert!(!stage.sees("line 99."));
    stage.enter("hello");
    assert!(stage.sees("line 99."), "{}", stage.screen());
}

#[test]
fn a_word_behind_a_refused_command_takes_its_place() {
    let mut stage = Stage::lobby();
    stage.enter("/msg ana");
    stage.enter("/mute");
    stage.write("/theme light");
    assert!(stage.sees("> /theme light"), "{}", stage.screen());
    stage.key(KeyCode::Enter);
    assert!(stage.sees("colours: light"));
    stage.key(KeyCode::Up);
    stage.key(KeyCode::Up);
    assert!(stage.sees("> /mute"), "{}", stage.screen());
    stage.ctrl('u');
    stage.enter("/nosuch");
    stage.key(KeyCode::Backspace);
    stage.write("t");
    assert!(stage.sees("/nosuct"), "what is touched is gone on with");
}

#[test]
fn a_chat_in_which_nothing_has_changed_keeps_nothing() {
    let mut stage = Stage::lobby();
    stage.pass(10 * SECOND);
    let kept = stage.kept.last().unwrap().clone();
    let mut again = Stage::with(tazcom_tui::Config {
        kept,
        ..crate::stage::config()
    });
    again.line("/quit");
    assert!(again.ended && again.kept.is_empty());
}

#[test]
fn who_we_are_is_told_without_what_is_known_of_others() {
    let mut stage = begun();
    let known = "mia~12345678\n  id          abc\n  trust       new\n  connected   no\n  words       \
                 one two\n  code        tazcom:abc\n";
    for line in ["/id", "/whois mia"] {
        stage.line(line);
        stage.reply(Answer::Text(known.to_owned()));
        let printed = stage.take_printed();
        assert_eq!(printed.lines().count(), 4, "{printed}");
        assert!(!printed.contains("trust") && !printed.contains("connected"));
    }
    let mut about = conversation(lobby());
    let admin = false;
    about.members = vec![tazcom_tui::Member { who: me(), admin }];
    stage.news(News::Conversation(about));
    stage.line("/who #lobby");
    assert_eq!(stage.take_printed(), format!("-- {}, you\n", me()));
}
