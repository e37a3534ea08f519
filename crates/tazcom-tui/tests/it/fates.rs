//! What becomes of our own words.

use tazcom_tui::{Answer, Fate, News, SaidId};

use crate::stage::{Stage, ana, bob, conversation, lobby, me, said};

fn fate(id: &SaidId, fate: Fate) -> News {
    News::Fate {
        id: id.clone(),
        fate,
    }
}

fn reached(reached: usize, of: usize) -> Fate {
    Fate::Reached {
        reached,
        of,
        missing: Vec::new(),
    }
}

/// The end of the row on which `mine` stands.
fn shown(stage: &Stage) -> String {
    let screen = stage.screen();
    let row = screen
        .lines()
        .find(|row| row.contains("mine"))
        .unwrap()
        .to_owned();
    row.split_once("mine").unwrap().1.trim().to_owned()
}

#[test]
fn alone_it_waits_and_with_the_first_who_comes_it_is_sent() {
    let mut stage = Stage::lobby();
    stage.there([]);
    stage.say(said(lobby(), me(), 1, "mine"));
    assert_eq!(shown(&stage), ".");
    assert!(stage.sees("1 queued"));
    stage.there([ana()]);
    assert_eq!(shown(&stage), ">");
    assert!(!stage.sees("queued"));
}

#[test]
fn what_nobody_has_since_before_a_restart_waits_and_is_sent_in_the_same_way() {
    for (there, shows) in [(vec![], "."), (vec![ana()], ">")] {
        let mut stage = Stage::new(crate::stage::config());
        stage.news(News::Me(me()));
        stage.news(News::Conversation(conversation(lobby())));
        stage.there(there);
        stage.news(News::Ready);
        let mut mine = said(lobby(), me(), 1, "mine");
        mine.fate = Some(Fate::Queued);
        stage.history(&[mine]);
        assert_eq!(shown(&stage), shows);
        assert_eq!(stage.sees("1 queued"), shows == ".");
        stage.there([ana()]);
        assert_eq!(shown(&stage), ">");
    }
}

#[test]
fn what_is_known_is_never_taken_back() {
    let mut stage = Stage::lobby();
    let mine = said(lobby(), me(), 1, "mine");
    let id = mine.id.clone();
    stage.say(mine);
    assert_eq!(shown(&stage), ">");
    for (news, shows) in [
        (reached(1, 3), "1/3"),
        (Fate::Queued, "1/3"),
        (reached(0, 3), "1/3"),
        (reached(2, 4), "2/4"),
        (Fate::Sent, "2/4"),
        (Fate::Delivered, "v"),
        (reached(3, 4), "v"),
        (Fate::Expired, "v"),
    ] {
        stage.news(fate(&id, news));
        assert!(shown(&stage).ends_with(shows), "{}", shown(&stage));
    }
}

#[test]
fn a_fate_that_comes_before_its_line_is_kept_for_it() {
    let mut stage = Stage::lobby();
    let mine = said(lobby(), me(), 1, "mine");
    stage.news(fate(&mine.id, reached(2, 2)));
    stage.say(mine);
    assert!(shown(&stage).ends_with("2/2"));
}

#[test]
fn nobody_elses_line_has_a_fate() {
    let mut stage = Stage::lobby();
    let hers = said(lobby(), ana(), 1, "mine");
    let id = hers.id.clone();
    stage.say(hers);
    stage.news(fate(&id, Fate::Delivered));
    assert_eq!(shown(&stage), "");
}

#[test]
fn our_words_are_pending_until_somebody_has_them() {
    let mut stage = Stage::lobby();
    assert_eq!(stage.app.pending(), 0);
    stage.enter("mine");
    assert_eq!(stage.app.pending(), 1);
    stage.reply(Answer::Done);
    assert_eq!(stage.app.pending(), 1, "kept, and not told yet");
    let mine = said(lobby(), me(), 1, "mine");
    let id = mine.id.clone();
    stage.say(mine);
    assert_eq!(stage.app.pending(), 1, "sent, and not confirmed");
    stage.news(fate(&id, reached(1, 2)));
    assert_eq!(stage.app.pending(), 0);
}

#[test]
fn the_line_may_come_before_the_answer() {
    let mut stage = Stage::lobby();
    stage.enter("mine");
    let mine = said(lobby(), me(), 1, "mine");
    let id = mine.id.clone();
    stage.say(mine);
    stage.reply(Answer::Done);
    assert_eq!(stage.app.pending(), 1);
    stage.news(fate(&id, Fate::Delivered));
    assert_eq!(stage.app.pending(), 0);
}

#[test]
fn too_many_early_fates_are_forgotten_the_oldest_first() {
    let mut stage = Stage::lobby();
    let line = |n| said(lobby(), me(), n, "mine");
    for n in 0..257 {
        stage.news(fate(&line(n).id, reached(1, 2)));
    }
    stage.say(line(0));
    assert_eq!(shown(&stage), ">");
    stage.enter("/clear");
    stage.say(line(1));
    assert!(shown(&stage).ends_with("1/2"), "{}", stage.screen());
    stage.there([ana(), bob()]);
}
