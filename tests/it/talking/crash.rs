//! Nodes that are killed while everybody writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand_core::Rng;
use tazcom_testkit::Seed;
use tazcom_tests::{Event, Host, SOON, Signal, User, pause};

use super::{LOBBY, met};

const RUNS: u64 = 5;
const SEED: u64 = 0x7a7c_0009;
/// Between two messages of one author: no faster than others take them for long.
const WRITES_EVERY: Duration = Duration::from_millis(100);
/// How long is written before the kill, at most, and after the restart.
const BEFORE: u32 = 1_500;
const AFTER: Duration = Duration::from_millis(500);

/// What somebody was told is kept, by id, with its text.
type Acknowledged = BTreeMap<String, String>;

#[test]
fn nothing_acknowledged_is_lost_with_a_node_that_is_killed_while_it_writes() {
    let seed = Seed::from_env_or(SEED);
    let host = Host::loopback();
    if !host.is_private() {
        return;
    }
    for run in 0..RUNS {
        // Each has a fresh machine, and its own moment.
        let mut rng = seed.rng(run);
        let victim = usize::try_from(rng.next_u32() % 3).unwrap();
        let moment = Duration::from_micros(u64::from(rng.next_u32() % (BEFORE * 1_000)));
        super::tell(&format!("{seed:?}, run {run}: {victim} after {moment:?}"));
        kill_one(&Host::new(), victim, moment);
    }
}

fn kill_one(host: &Host, victim: usize, moment: Duration) {
    let everybody = met(host, ["anna", "bert", "cleo"]);
    let (users, mut nodes): (Vec<User>, Vec<_>) = everybody.into_iter().unzip();
    let ids: Vec<String> = nodes.iter().map(|node| node.id().to_owned()).collect();
    let mut acknowledged = vec![Acknowledged::new(); users.len()];

    let (killed, over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let writers: Vec<_> = users
            .iter()
            .enumerate()
            .map(|(place, user)| {
                let stop = if place == victim { &killed } else { &over };
                scope.spawn(move || write(user, "first", stop))
            })
            .collect();
        pause(moment);
        killed.store(true, Ordering::Relaxed);
        nodes[victim].end(Signal::KILL, SOON);
        // What was under way has found the node dead, or has done it itself.
        let mut writers = writers.into_iter().enumerate().collect::<Vec<_>>();
        let (_, victims) = writers.swap_remove(victim);
        acknowledged[victim].append(&mut victims.join().unwrap());
        nodes[victim] = users[victim].runs();
        let victims = scope.spawn(|| write(&users[victim], "second", &over));
        pause(AFTER);
        over.store(true, Ordering::Relaxed);
        acknowledged[victim].append(&mut victims.join().unwrap());
        for (place, writer) in writers {
            acknowledged[place].append(&mut writer.join().unwrap());
        }
    });

    for user in &users {
        let count: usize = acknowledged.iter().map(BTreeMap::len).sum();
        assert!(count > 3, "hardly anything was written: {count}");
        let history = tazcom_tests::eventually("everybody has everything", SOON, || {
            let history = user.history(LOBBY);
            let has = |id: &String| history.iter().any(|event| event.text("id") == id);
            let all = acknowledged.iter().flat_map(BTreeMap::keys).all(has);
            all.then_some(history)
        });
        let mut shown: Vec<&str> = tazcom_tests::ids(&history);
        shown.sort_unstable();
        let before = shown.len();
        shown.dedup();
        assert_eq!(shown.len(), before, "{} shows something twice", user.name());
        for event in &history {
            is_attributed(event, &users, &ids, &acknowledged);
        }
    }
    // On the screens of those who stayed as well.
    for (place, node) in nodes.iter_mut().enumerate() {
        let mut shown: Vec<String> = node
            .events()
            .iter()
            .filter(|event| event.name() == "message")
            .map(|event| event.text("id").to_owned())
            .collect();
        shown.sort_unstable();
        let before = shown.len();
        shown.dedup();
        assert_eq!(shown.len(), before, "{place} showed something twice");
    }
}

/// Says things until it is told to stop, and tells which of them are kept.
fn write(user: &User, part: &str, stop: &AtomicBool) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("{} says {number} in the {part} part", user.name());
        let said = user.does(["send", LOBBY, &text, "--json", "--timeout", "0.1"]);
        let queued = said.text().lines().map(Event::from_line);
        let queued = queued.filter(|event| event.name() == "queued");
        for event in queued {
            acknowledged.insert(event.text("id").to_owned(), text.clone());
        }
        pause(WRITES_EVERY);
    }
    acknowledged
}

/// Asserts that a message is shown as what its author said.
fn is_attributed(event: &Event, users: &[User], ids: &[String], acknowledged: &[Acknowledged]) {
    let author = ids.iter().position(|id| id == event.text("author"));
    let author = author.unwrap_or_else(|| panic!("a stranger: {event}"));
    let text = event.text("text");
    let begins = format!("{} says ", users[author].name());
    assert!(text.starts_with(&begins), "{event}");
    if let Some(said) = acknowledged[author].get(event.text("id")) {
        assert_eq!(said, text);
    }
}
