//! A network that falls apart and heals.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tazcom_tests::{Lan, Node, User, ids};

use crate::{namespaces, tell};

const LOBBY: &str = "#lobby";
const EACH_HALF: u8 = 3;
/// Of all users of one half together.
const MESSAGES: usize = 100;
/// A peer that says nothing is given up after 45 s.
const NOTICED: Duration = Duration::from_secs(75);
/// What is asserted; what it takes is told.
const HEALED: Duration = Duration::from_secs(60);

#[test]
fn both_halves_of_a_split_network_have_everything_in_one_order_once_they_meet() {
    if !namespaces() {
        return;
    }
    let (left, right) = (Lan::new(1), Lan::new(1));
    let trunk = left.join(&right);
    let users: Vec<User> = [(&left, 10), (&right, 20)]
        .into_iter()
        .flat_map(|(lan, first)| (first..first + EACH_HALF).map(move |last| (lan, last)))
        .map(|(lan, last)| User::new(&format!("host {last}"), &lan.host(last)))
        .collect();
    let mut nodes: Vec<Node> = users.iter().map(User::runs).collect();
    let half = usize::from(EACH_HALF);
    let node_ids: Vec<String> = nodes.iter().map(|node| node.id().to_owned()).collect();
    for node in &mut nodes {
        let me = node.id().to_owned();
        for id in node_ids.iter().filter(|id| **id != me) {
            node.is_in_session_with(id);
        }
    }
    let before = users[0].says(LOBBY, "before the split");
    for node in &mut nodes {
        crate::hears(node, &before);
        node.mark();
    }

    trunk.cut();
    for (place, node) in nodes.iter_mut().enumerate() {
        let others = if place < half {
            &node_ids[half..]
        } else {
            &node_ids[..half]
        };
        for id in others {
            node.says("session_down", id, NOTICED);
        }
    }
    let said: Vec<String> = std::thread::scope(|scope| {
        let speakers: Vec<_> = users
            .iter()
            .enumerate()
            .map(|(place, user)| {
                let count = MESSAGES / half + usize::from(place % half < MESSAGES % half);
                scope.spawn(move || {
                    let text = |number| format!("{} says {number}", user.name());
                    let said = (0..count).map(|number| user.says(LOBBY, &text(number)));
                    said.collect::<Vec<String>>()
                })
            })
            .collect();
        let said = speakers.into_iter().flat_map(|one| one.join().unwrap());
        said.collect()
    });
    assert_eq!(said.len(), 2 * MESSAGES);

    trunk.mend();
    let mended = Instant::now();
    for node in &mut nodes {
        let mut missing: BTreeSet<&str> = said.iter().map(String::as_str).collect();
        while let Some(id) = missing.pop_first() {
            let left = HEALED.saturating_sub(mended.elapsed());
            node.wait_for(&format!("{id} after the split"), left, |event| {
                event.name() == "message" && event.text("id") == id
            });
        }
    }
    tell(&format!(
        "all 200 everywhere {:?} after the mending",
        mended.elapsed()
    ));
    for node in &mut nodes {
        let merged = node.wait_for("that two halves merged", HEALED, |event| {
            event.name() == "merged"
        });
        assert!(merged.value("merged").as_u64() >= Some(1), "{merged}");
        for id in &said {
            let shown = node.count(|event| event.name() == "message" && event.text("id") == id);
            assert_eq!(shown, 1, "{id} once{}", node.account());
        }
    }
    let order = users[0].history(LOBBY);
    assert_eq!(order.len(), 2 * MESSAGES + 1);
    for user in &users[1..] {
        assert_eq!(ids(&user.history(LOBBY)), ids(&order), "{}", user.name());
    }
}
