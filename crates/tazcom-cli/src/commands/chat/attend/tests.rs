//! A node is followed through what it does to whoever follows it, and not for ever.

use serde_json::{Value, json};
use tazcom_tui::Place;

use super::super::fake::{Fake, Still, passes};
use super::*;

fn record(event: &str, mut fields: Value) -> Value {
    fields["event"] = event.into();
    fields["at"] = "2026-11-25T14:00:00.000Z".into();
    fields
}

fn room(place: &str) -> Value {
    record(
        "conversation",
        json!({
            "place": place, "name": null, "topic": null, "standing": "in", "passphrase": false,
            "members": [],
        }),
    )
}

fn ready() -> Value {
    record("ready", json!({}))
}

/// What is told up to this.
async fn until(following: &mut Following, last: &News) -> Vec<News> {
    let mut all = Vec::new();
    while let Some(news) = following.news.recv().await {
        let is_last = news == *last;
        all.push(news);
        if is_last {
            break;
        }
    }
    all
}

fn gone(all: &[News]) -> Vec<&Place> {
    let gone = all.iter().filter_map(|news| match news {
        News::Gone(place) => Some(place),
        _ => None,
    });
    gone.collect()
}

#[tokio::test]
async fn what_went_while_the_node_was_not_followed_is_gone() {
    let node = Fake::new();
    let mut following = follow(node.door());
    let mut first = node.asked().await;
    assert_eq!(first.request["request"], "attend");
    first.tells([room("#lobby"), room("#west"), ready()]).await;
    until(&mut following, &News::Ready).await;
    drop(first);
    let mut second = node.asked().await;
    second.tells([room("#lobby"), ready()]).await;
    let told = until(&mut following, &News::Missed(1)).await;
    let west: Place = "#west".parse().unwrap();
    assert_eq!(gone(&told), [&west]);
    assert!(!told.contains(&News::Ended));
}

#[tokio::test]
async fn a_node_that_is_cut_before_it_has_told_all_takes_nothing_away() {
    let node = Fake::new();
    let mut following = follow(node.door());
    let mut first = node.asked().await;
    first.tells([room("#lobby"), room("#west"), ready()]).await;
    until(&mut following, &News::Ready).await;
    drop(first);
    let mut second = node.asked().await;
    second.tells([room("#lobby")]).await;
    drop(second);
    let mut third = node.asked().await;
    third.tells([room("#lobby"), room("#west"), ready()]).await;
    let told = until(&mut following, &News::Missed(1)).await;
    assert_eq!(gone(&told), [] as [&Place; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_closes_at_once_is_given_up_after_a_minute_and_one_note() {
    let node = Fake::new();
    let mut following = follow(node.door());
    let mut told = Vec::new();
    let mut closed = 0;
    while told.last() != Some(&News::Ended) {
        tokio::select! {
            () = node.hangs_up() => closed += 1,
            news = following.news.recv() => told.extend(news),
        }
    }
    // Doubling from 0.2 s to 5 s, a minute has 17 pauses.
    assert!((1..=18).contains(&closed), "{closed}");
    let [News::Note(note), News::Ended] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(note.weight, Weight::Warning);
}

#[tokio::test]
async fn a_node_that_tells_nothing_is_not_waited_for_for_ever() {
    let _still = Still::stands();
    let node = Fake::new();
    let mut following = follow(node.door());
    let _silent = node.asked().await;
    passes(READY_WITHIN).await;
    tokio::task::yield_now().await;
    passes(Duration::from_secs(1)).await;
    let _again = node.asked().await;
    passes(READY_WITHIN).await;
    let told = until(&mut following, &News::Ended).await;
    assert!(
        matches!(told.as_slice(), [News::Note(_), News::Ended]),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_node_that_has_ended_is_told_at_once() {
    let node = Fake::new();
    let mut following = follow(node.door());
    node.asked().await.does().await;
    assert_eq!(following.news.recv().await, Some(News::Ended));
    let node = Fake::new();
    let door = node.door();
    drop(node);
    assert_eq!(follow(door).news.recv().await, Some(News::Ended));
}
