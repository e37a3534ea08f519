//! Strangers who say, announce or want too much in a session, while two people talk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tazcom_proto::limits::{MAX_IHAVES, MAX_SYNC_IDS};
use tazcom_proto::mesh::{IHave, MeshFrame};
use tazcom_proto::sync::SyncFrame;
use tazcom_proto::{MessageId, UnixMillis};
use tazcom_tests::session::Talk;
use tazcom_tests::{Author, SOON, User, export_line};

use super::conversation::Conversation;

const FLOOD: Duration = Duration::from_secs(5);
const MESSAGES: usize = 20_000;
const AUTHORS: u64 = 10_000;
const SEED: u64 = 0x7a7c_0005;
/// A message of Negentropy that says: I have nothing; what do you have?
const EVERYTHING: [u8; 5] = [0x61, 0, 0, 2, 0];

/// Lets a stranger talk as long as the flood is to last and it is let, while the others go on.
fn withstands(
    scene: &mut Conversation,
    mut talk: Talk,
    mut say: impl FnMut(&mut Talk, u64) -> bool + Send,
) -> u64 {
    talk.cares_for_no_answer();
    let before = scene.node.usage().cpu;
    let over = AtomicBool::new(false);
    let (said, lasted) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| {
            let began = Instant::now();
            let mut said = 0;
            while began.elapsed() < FLOOD && say(&mut talk, said) {
                said += 1;
            }
            over.store(true, Ordering::Relaxed);
            (said, began.elapsed())
        });
        while !over.load(Ordering::Relaxed) {
            scene.is_well();
        }
        flood.join().unwrap()
    });
    scene.is_well();
    let usage = scene.node.usage();
    tell(&format!(
        "{said} frames in {lasted:?}: {:?} of processor time, peak {} KiB",
        usage.cpu - before,
        usage.peak_resident_kib
    ));
    said
}

#[test]
fn announcements_without_end_of_what_is_not_there() {
    let mut scene = Conversation::new();
    let talk = scene.neighbour(1);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let said = withstands(&mut scene, talk, |talk, _| {
        let list = (0..MAX_IHAVES).map(|_| {
            let mut id = [0; 32];
            rng.fill_bytes(&mut id);
            let id = MessageId::from_bytes(id);
            IHave { id, round: 1 }
        });
        talk.gossips(&MeshFrame::IHave(list.collect()))
    });
    assert!(said > 100, "only {said}");
}

#[test]
fn offers_without_end_of_what_is_not_there() {
    let mut scene = Conversation::new();
    let talk = scene.neighbour(1);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let said = withstands(&mut scene, talk, |talk, _| {
        let ids = (0..MAX_SYNC_IDS).map(|_| {
            let mut id = [0; 32];
            rng.fill_bytes(&mut id);
            MessageId::from_bytes(id)
        });
        talk.repairs(&SyncFrame::Offer(ids.collect()))
    });
    assert!(said > 10, "only {said}");
}

#[test]
fn whoever_wants_everything_again_and_again_is_slowed_down() {
    let mut scene = Conversation::new();
    let ids = stored(&scene.victim, 1_000);
    let talk = scene.neighbour(1);
    let mut wanted = 0;
    let said = withstands(&mut scene, talk, |talk, number| {
        wanted += 1;
        // What comes is read now and then: whoever reads nothing is another one.
        talk.listen(Duration::from_millis(1));
        let reconcile = SyncFrame::Reconcile {
            run: number,
            floor: UnixMillis(0),
            message: EVERYTHING.as_slice().into(),
        };
        let want = SyncFrame::Want {
            number,
            ids: ids.clone(),
        };
        talk.repairs(&reconcile) && talk.repairs(&want)
    });
    assert!(said > 10, "only {said}");
}

#[test]
fn one_author_who_says_twenty_thousand_things_silences_nobody() {
    let mut scene = Conversation::new();
    let talk = scene.neighbour(1);
    let mut author = Author::new(201);
    let messages: Vec<_> = (0..MESSAGES)
        .map(|number| author.says(&format!("flood {number}")))
        .collect();
    let said = withstands(&mut scene, talk, |talk, number| {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let message = messages.get(place);
        message.is_some_and(|message| talk.pushes(message.bytes()))
    });
    assert!(said > 1_000, "only {said}");
    let taken = shown(&mut scene, "flood");
    // 50 at once and 5 a second, and what they were offered.
    assert!(taken < 2_000, "{taken} were taken");
}

#[test]
fn ten_thousand_new_authors_silence_nobody() {
    let mut scene = Conversation::new();
    let talk = scene.neighbour(1);
    let messages: Vec<_> = (0..AUTHORS)
        .map(|number| Author::new(1_000_000 + number).says("flood"))
        .collect();
    let said = withstands(&mut scene, talk, |talk, number| {
        let place = usize::try_from(number).unwrap_or(usize::MAX);
        let message = messages.get(place);
        message.is_some_and(|message| talk.pushes(message.bytes()))
    });
    assert!(said > 1_000, "only {said}");
    let taken = shown(&mut scene, "flood");
    // A thousand at once and 50 a second.
    assert!((1..3_000).contains(&taken), "{taken} were taken");
}

#[test]
fn a_neighbour_who_reads_nothing_slows_down_nobody() {
    let mut scene = Conversation::new();
    let mut silent = Vec::new();
    for number in 1..4 {
        silent.push(scene.neighbour(number));
    }
    // More than all queues and the system's buffers hold.
    let long = "x".repeat(4_000);
    let mut author = Author::new(202);
    let mut talk = scene.neighbour(9);
    for number in 0..40 {
        let message = author.says(&format!("{number} {long}"));
        assert!(talk.pushes(message.bytes()));
        scene.hears(&message.id().to_string());
    }
    let ids = stored(&scene.victim, 1_000);
    for (talk, number) in silent.iter_mut().zip(0..) {
        talk.cares_for_no_answer();
        let ids = ids.clone();
        assert!(talk.repairs(&SyncFrame::Want { number, ids }));
    }
    for _ in 0..5 {
        scene.is_well();
    }
    talk.ping(SOON);
}

/// How many messages that begin so the victim has shown.
fn shown(scene: &mut Conversation, beginning: &str) -> usize {
    let begins = |event: &tazcom_tests::Event| event.text("text").starts_with(beginning);
    scene
        .node
        .count(|event| event.name() == "message" && begins(event))
}

/// Makes a node keep so many long messages, and tells the first of them that one may want at once.
fn stored(user: &User, count: usize) -> Vec<MessageId> {
    let mut author = Author::new(203);
    let text = "y".repeat(1_000);
    let messages: Vec<_> = (0..count)
        .map(|number| author.says(&format!("{number} {text}")))
        .collect();
    let file: String = messages.iter().map(export_line).collect();
    let taken = user.does_with(["import", "-", "--json"], file.as_bytes());
    let taken = taken.is(0).event("imported");
    assert_eq!(taken.value("new"), count, "{taken}");
    let ids = messages.iter().map(|message| message.id());
    ids.take(MAX_SYNC_IDS).collect()
}

#[expect(
    clippy::print_stderr,
    reason = "a figure worth reading where it passes, too"
)]
fn tell(figure: &str) {
    eprintln!("{figure}");
}
