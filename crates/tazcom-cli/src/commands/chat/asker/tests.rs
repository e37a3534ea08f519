//! Everything that is asked is answered once, whatever the node does.

use serde_json::json;
use tazcom_tui::KeptConversation;

use super::super::fake::{Asked, Fake, Still, nobody, passes};
use super::*;
use crate::conversing::DISK;

fn say(text: &str) -> Ask {
    Ask::Say {
        to: "#lobby".parse().expect("it is a room"),
        text: text.to_owned(),
        action: false,
    }
}

fn nick() -> Ask {
    Ask::Nick("ana".to_owned())
}

fn asked(asker: &mut Asker, asks: impl IntoIterator<Item = Ask>) {
    for (reference, ask) in (1..).zip(asks) {
        assert_eq!(asker.ask(reference, ask), None);
    }
}

async fn next(asker: &mut Asker) -> (u64, Answer) {
    let (reference, answer, _) = asker.next().await;
    (reference, answer)
}

#[tokio::test]
async fn words_that_are_not_answered_are_in_doubt_and_those_behind_them_are_said() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    asked(&mut asker, [say("one"), say("two")]);
    let one = node.asked().await;
    assert_eq!(one.request["text"], "one");
    passes(DISK).await;
    assert_eq!(next(&mut asker).await, (1, ask::unsure()));
    let two = node.asked().await;
    assert_eq!(two.request["text"], "two");
    two.does().await;
    assert_eq!(next(&mut asker).await, (2, Answer::Done));
}

#[tokio::test]
async fn words_are_in_doubt_only_when_the_node_may_have_them() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    asked(&mut asker, [say("one"), say("two")]);
    drop(node.asked().await);
    assert_eq!(next(&mut asker).await, (1, ask::unsure()));
    let no = json!({"event": "error", "kind": "unknown_room", "message": "no such room"});
    let mut two = node.asked().await;
    two.tells([no]).await;
    let refused = Answer::Refused("no such room".to_owned());
    assert_eq!(next(&mut asker).await, (2, refused));

    let empty = tempfile::tempdir().unwrap();
    let mut asker = Asker::new(nobody(empty.path()), Kept::default());
    asked(&mut asker, [say("one")]);
    let ended = Answer::Refused("the node that was asked has ended".to_owned());
    assert_eq!(next(&mut asker).await, (1, ended));
}

#[tokio::test]
async fn who_is_not_known_is_named_and_how_to_look_is_said_as_it_is_done_here() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    let who = "zo\u{1b}e".to_owned();
    asked(&mut asker, [Ask::Find { who }]);
    let no = json!({"event": "error", "kind": "unknown_peer", "message": "try tazcom-cli peers"});
    node.asked().await.tells([no]).await;
    let words = "nobody known here is called zo\\u{1b}e; /who shows who is here";
    let refused = Answer::Refused(words.to_owned());
    assert_eq!(next(&mut asker).await, (1, refused));
}

#[tokio::test]
async fn an_answer_that_never_ends_has_one_deadline() {
    const STEP: Duration = Duration::from_secs(1);
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    asked(&mut asker, [say("one"), nick()]);
    let mut both = [node.asked().await, node.asked().await];
    for _ in 0..DISK.as_secs() {
        for asked in &mut both {
            asked.tells([json!({"event": "from_the_future"})]).await;
        }
        passes(STEP).await;
    }
    let mut answers = [next(&mut asker).await, next(&mut asker).await];
    answers.sort_by_key(|(reference, _)| *reference);
    let silent = Answer::Refused("the node that was asked does not answer".to_owned());
    assert_eq!(answers, [(1, ask::unsure()), (2, silent)]);
}

#[tokio::test]
async fn answers_that_never_come_do_not_hold_up_others_for_ever() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    asked(&mut asker, (0..=AT_ONCE).map(|_| nick()));
    let mut silent = Vec::new();
    for _ in 0..AT_ONCE {
        silent.push(node.asked().await);
    }
    passes(DISK).await;
    for _ in 0..AT_ONCE {
        let (_, answer) = next(&mut asker).await;
        assert!(matches!(answer, Answer::Refused(_)), "{answer:?}");
    }
    node.asked().await.does().await;
    let (_, answer) = next(&mut asker).await;
    assert_eq!(answer, Answer::Done);
}

#[tokio::test]
async fn what_has_waited_too_long_is_not_asked_any_more() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    let compare = |seed: usize| Ask::Compare(NodeId::from_bytes([u8::try_from(seed).unwrap(); 32]));
    asked(&mut asker, (0..AT_ONCE).map(compare));
    let mut silent = Vec::new();
    for _ in 0..AT_ONCE {
        silent.push(node.asked().await);
    }
    assert_eq!(asker.ask(100, nick()), None);
    tokio::task::yield_now().await;
    passes(IN_TURN).await;
    let (reference, answer) = next(&mut asker).await;
    assert_eq!(reference, 100);
    assert!(
        matches!(&answer, Answer::Refused(why) if why.contains("was not asked")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn comparing_that_is_called_off_or_begun_anew_is_answered() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    let who = NodeId::from_bytes([3; 32]);
    asked(&mut asker, [Ask::Compare(who), Ask::Compare(who)]);
    assert_eq!(next(&mut asker).await, (1, Answer::Done));
    let _second = node.asked().await;
    assert_eq!(asker.ask(3, Ask::Cancel(who)), Some((3, Answer::Done)));
    assert_eq!(next(&mut asker).await, (2, Answer::Done));
}

#[tokio::test]
async fn what_breaks_is_answered_too_and_the_next_words_are_said() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), Kept::default());
    asker.is_saying = true;
    asker.spawn(Errand::Say(7), async { panic!("on purpose") });
    asked(&mut asker, [say("one")]);
    assert_eq!(next(&mut asker).await, (7, ask::unsure()));
    node.asked().await.does().await;
    assert_eq!(next(&mut asker).await, (1, Answer::Done));
}

fn with_draft(room: &str, draft: &str) -> Kept {
    let conversation = KeptConversation {
        draft: draft.to_owned(),
        ..KeptConversation::default()
    };
    Kept {
        conversations: [(room.to_owned(), conversation)].into(),
        ..Kept::default()
    }
}

/// Answers that this is kept, and takes what is to be kept then.
async fn keeps(node: &Fake, kept: &Kept) -> (Kept, Asked) {
    let mut first = node.asked().await;
    assert_eq!(first.request["request"], "kept");
    let value = serde_json::to_string(kept).expect("it can be written");
    first
        .tells([json!({"event": "kept", "value": value})])
        .await;
    first.does().await;
    let then = node.asked().await;
    assert_eq!(then.request["request"], "keep");
    let value = then.request["value"].as_str().expect("it is text");
    (Kept::read(value), then)
}

#[tokio::test]
async fn what_another_chat_has_had_kept_meanwhile_stays() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut asker = Asker::new(node.door(), with_draft("#lobby", "old"));
    let theirs = with_draft("#west", "theirs");
    asker.keep(Box::new(with_draft("#lobby", "new")));
    let (kept, done) = keeps(&node, &theirs).await;
    let drafts = |kept: &Kept| {
        let all = kept.conversations.iter();
        all.map(|(room, kept)| format!("{room} {}", kept.draft))
            .collect::<Vec<_>>()
    };
    assert_eq!(drafts(&kept), ["#lobby new", "#west theirs"]);
    // It is not kept: it is with what changes next.
    drop(done);
    assert_eq!(asker.next_unsettled().await, None);
    asker.keep(Box::new(with_draft("#lobby", "new")));
    let (kept, done) = keeps(&node, &with_draft("#lobby", "old")).await;
    assert_eq!(drafts(&kept), ["#lobby new"]);
    done.does().await;
    assert_eq!(asker.next_unsettled().await, None);
    // What it has not changed since is another's.
    let mut more = with_draft("#lobby", "new");
    more.settings.ascii = true;
    asker.keep(Box::new(more));
    let (kept, done) = keeps(&node, &with_draft("#lobby", "theirs")).await;
    assert_eq!(drafts(&kept), ["#lobby theirs"]);
    assert!(kept.settings.ascii);
    done.does().await;
    assert_eq!(asker.next_unsettled().await, None);
}
