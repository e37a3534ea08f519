//! What is missing, splits and merges.

use tazcom_proto::UnixMillis;
use tazcom_tui::{Answer, News, SaidId};

use crate::stage::{START, Stage, ana, bob, lobby, said};

fn lobby_name() -> tazcom_proto::RoomName {
    "lobby".parse().unwrap()
}

fn gap(before: &SaidId, missing: Option<u64>) -> News {
    News::Gap {
        room: lobby_name(),
        author: ana(),
        missing,
        before: before.clone(),
    }
}

fn closed(before: &SaidId, filled: bool) -> News {
    News::GapClosed {
        room: lobby_name(),
        before: before.clone(),
        filled,
    }
}

#[test]
fn a_gap_stands_right_before_what_came_after_it() {
    let mut stage = Stage::lobby();
    let after = said(lobby(), ana(), 5, "after");
    let before = after.id.clone();
    stage.say(said(lobby(), ana(), 1, "earlier"));
    stage.say(after);
    stage.say(said(lobby(), bob(), 6, "later"));
    stage.news(gap(&before, Some(3)));
    let screen = stage.screen();
    let at = |text: &str| screen.lines().position(|row| row.contains(text)).unwrap();
    let missing = at("3 messages from ana missing");
    assert!(
        at("earlier") < missing && missing + 1 == at("after"),
        "{screen}"
    );
    assert!(screen.contains("asking 2 peers"));

    stage.news(gap(&before, Some(1)));
    let screen = stage.screen();
    assert!(
        screen.contains("1 message") && !screen.contains("3 messages"),
        "{screen}"
    );
    stage.news(closed(&before, true));
    assert!(!stage.sees("missing"));
}

#[test]
fn a_gap_that_will_not_be_filled_is_told_so() {
    let mut stage = Stage::lobby();
    let after = said(lobby(), ana(), 5, "after");
    let before = after.id.clone();
    stage.say(said(lobby(), bob(), 4, "earlier"));
    stage.say(after);
    stage.say(said(lobby(), bob(), 6, "later"));
    stage.news(gap(&before, Some(3)));
    stage.news(closed(&before, false));
    let screen = stage.screen();
    let at = |text: &str| screen.lines().position(|row| row.contains(text)).unwrap();
    let gone = at("3 messages from ana will not come");
    assert!(at("earlier") < gone && gone < at("after"), "{screen}");
    assert!(!screen.contains("missing"));
    // What was there is still found.
    stage.news(gap(&before, None));
    assert!(stage.sees("more than 9999 messages"));
    stage.say(said(lobby(), ana(), 5, "after"));
    assert_eq!(stage.screen().matches("after").count(), 1);
}

#[test]
fn a_gap_may_be_told_before_the_line_after_it() {
    let mut stage = Stage::lobby();
    let after = said(lobby(), ana(), 5, "after");
    stage.news(gap(&after.id, Some(2)));
    assert!(!stage.sees("missing"));
    stage.say(after);
    assert!(stage.sees("2 messages from ana missing"));
}

#[test]
fn a_gap_before_anothers_line_is_not_shown_there() {
    let mut stage = Stage::lobby();
    let other = said(lobby(), bob(), 5, "after");
    let before = other.id.clone();
    stage.say(other);
    stage.news(gap(&before, Some(2)));
    assert!(!stage.sees("missing"));
    // The order of what is here still holds.
    stage.say(said(lobby(), ana(), 4, "before"));
    let screen = stage.screen();
    assert!(screen.find("before") < screen.find("after"));
}

#[test]
fn what_comes_late_stands_where_it_belongs_and_once() {
    let mut stage = Stage::lobby();
    for n in [5, 1, 3, 3, 5, 2, 4] {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    let screen = stage.screen();
    let at = |n: u64| screen.find(&format!("line {n}.")).unwrap();
    assert!((1..5).all(|n| at(n) < at(n + 1)), "{screen}");
    assert_eq!(screen.matches("line").count(), 5, "{screen}");
}

#[test]
fn history_and_news_overlap_without_doubles() {
    let mut stage = Stage::new(crate::stage::config());
    stage.news(News::Conversation(crate::stage::conversation(lobby())));
    stage.news(News::Ready);
    stage.say(said(lobby(), ana(), 2, "both"));
    let lines = vec![
        said(lobby(), ana(), 1, "first"),
        said(lobby(), ana(), 2, "both"),
    ];
    stage.reply(Answer::History { lines, more: false });
    assert_eq!(stage.screen().matches("both").count(), 1);
    assert!(stage.sees("first"));
}

#[test]
fn a_split_and_its_merge_are_noted_with_their_times() {
    let mut stage = Stage::lobby();
    let minute = |n: u64| UnixMillis(START + n * 60_000);
    stage.news(News::Split {
        lost: vec![ana(), bob()],
        count: 2,
        at: minute(2),
    });
    assert!(
        stage.sees("split 14:02: lost ana, bob"),
        "{}",
        stage.screen()
    );
    stage.news(News::Merged {
        room: Some(lobby_name()),
        merged: 12,
        split_at: Some(minute(2)),
        rejoined_at: minute(31),
    });
    assert!(stage.sees("split 14:02, rejoined 14:31, 12 merged"));
}

#[test]
fn of_many_who_are_lost_a_few_are_named() {
    let mut stage = Stage::lobby();
    stage.news(News::Split {
        lost: vec![ana(), bob()],
        count: usize::MAX,
        at: UnixMillis(u64::MAX),
    });
    assert!(
        stage.sees("split --:--: lost ana, bob, and "),
        "{}",
        stage.screen()
    );
}
