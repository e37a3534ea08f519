//! What a store of 100,000 messages costs: starting with it, searching it, putting one more.
//!
//! Starting and searching are judged by what a person notices, and against a bare scan of the same
//! table in the same run. Putting is judged against the same disk: messages that come together must
//! cost far less than messages that come alone.

#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use rand_core::Rng;
use rusqlite::{Connection, OpenFlags};
use tazcom_identity::SecretKey;
use tazcom_proto::{Content, Draft, Hlc, RoomName, Scope, UnixMillis};
use tazcom_store::{Config, Incoming, Query, Store, StoreThread};
use tazcom_testkit::Seed;

/// Messages in the store.
const MESSAGES: u64 = 100_000;
/// Different words in them. The n-th is said about 1/n as often as the first.
const WORDS: u64 = 5_000;
/// Turns of what is measured. Odd, so that there is a median.
const TURNS: usize = 21;
/// Messages that are put alone, and together.
const PUTS: u64 = 500;
/// Milliseconds to open the store and list what is in it.
const START_CEILING: f64 = 300.0;
/// Milliseconds of the slowest kind of search.
const SEARCH_CEILING: f64 = 20.0;
/// How many times as long as a start a scan of all messages takes, at least; a start reads an index
/// of them, and makes a list of what it holds.
const START_FLOOR: f64 = 0.4;
/// The same for the slowest kind of search.
const SEARCH_FLOOR: f64 = 3.0;
/// How many times as many messages go to the disk in the same time when they come together.
const GROUP_FLOOR: f64 = 2.0;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a directory");
    let mut config = Config::lan();
    config.joined.quota.messages = u64::MAX;
    let mut store = Store::open(directory.path(), config).expect("a store");
    store.join(&RoomName::lobby()).expect("it can be joined");
    let filled = fill(&mut store);
    println!(
        "put in batches of 256                {:8.1} us a message, {} MiB of file",
        filled.as_secs_f64() * 1e6 / MESSAGES as f64,
        std::fs::metadata(store.path()).expect("a file").len() >> 20,
    );
    drop(store);

    let scan = scan(&directory.path().join("messages.db"));
    println!("a bare scan of all messages          {scan:8.2} ms");
    let start = turns(|| {
        let store = Store::open(directory.path(), config).expect("a store");
        assert_eq!(store.index().expect("an index").len(), MESSAGES as usize);
    });
    println!("open and index                       {start:8.2} ms");

    let store = Store::open(directory.path(), config).expect("a store");
    let mut slowest: f64 = 0.0;
    for (what, search, room) in [
        ("the most common word", Some("w0x"), None),
        (
            "the most common word, in a room",
            Some("w0x"),
            Some(RoomName::lobby()),
        ),
        ("a word in one of 1,000", Some("w99x"), None),
        ("a rare word", Some("w4999x"), None),
        ("two common words", Some("w0x w1x"), None),
        ("a rare and a common word", Some("w4990x w0x"), None),
        ("the beginning of every word", Some("w"), None),
        ("the beginning of many words", Some("w49"), None),
        ("a word that nobody said", Some("nobody"), None),
        ("no search: the last page", None, Some(RoomName::lobby())),
    ] {
        let query = Query {
            search: search.map(str::to_owned),
            room,
            limit: 50,
            ..Query::default()
        };
        let mut found = 0;
        let took = turns(|| found = store.history(&query).expect("a page").messages.len());
        println!("{what:36} {took:8.2} ms, {found} found");
        slowest = slowest.max(took);
    }
    let rooms = turns(|| drop(store.rooms().expect("rooms")));
    println!("rooms                                {rooms:8.2} ms");
    drop(store);

    let thread = StoreThread::open(directory.path(), config).expect("a store");
    let alone = put_alone(&thread);
    let together = put_together(&thread);
    println!("put alone, on the disk               {alone:8.1} us a message");
    println!("put as they come, on the disk        {together:8.1} us a message");
    thread.shutdown();

    let group = alone / together;
    println!("ratio store_group {group:.2} floor {GROUP_FLOOR} (one commit a message)");
    let (start_by_scan, search_by_scan) = (scan / start, scan / slowest);
    println!("ratio store_start {start_by_scan:.2} floor {START_FLOOR} (a bare scan)");
    println!("ratio store_search {search_by_scan:.2} floor {SEARCH_FLOOR} (a bare scan)");
    println!("measure store_start {start:.2} ms ceiling {START_CEILING} ({MESSAGES} messages)");
    println!("measure store_search {slowest:.2} ms ceiling {SEARCH_CEILING} (the slowest kind)");
    let good = group >= GROUP_FLOOR
        && start_by_scan >= START_FLOOR
        && search_by_scan >= SEARCH_FLOOR
        && start <= START_CEILING
        && slowest <= SEARCH_CEILING;
    match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Milliseconds for SQLite alone to look at every message.
fn scan(path: &Path) -> f64 {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let db = db.expect("the store's file");
    turns(|| {
        let sum = "SELECT sum(length(CAST(envelope AS TEXT))) FROM message";
        let bytes = db.query_row(sum, [], |row| row.get::<_, i64>(0));
        assert!(bytes.expect("a sum") > 0, "there is something to look at");
    })
}

/// 100,000 messages of 50 authors, six a minute, ten words each.
fn fill(store: &mut Store) -> Duration {
    let mut rng = Seed::from_env_or(1).rng(0);
    let keys: Vec<_> = (0..50).map(|n| SecretKey::from_seed([n; 32])).collect();
    let mut took = Duration::ZERO;
    let mut batch = Vec::new();
    for n in 0..MESSAGES {
        let words: Vec<_> = (0..10).map(|_| word(&mut rng)).collect();
        let key = &keys[usize::try_from(n).expect("few") % keys.len()];
        batch.push(message(key, &words.join(" "), UnixMillis(NOW.0 + n * 10)));
        if batch.len() == 256 || n + 1 == MESSAGES {
            let start = Instant::now();
            let put = store.put(&batch).expect("it is put");
            took += start.elapsed();
            assert!(put.evicted.is_empty(), "nothing is to go");
            batch.clear();
        }
    }
    took
}

/// Zipf's law: the logarithm of a word's rank is uniform.
fn word(rng: &mut impl Rng) -> String {
    let uniform = f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let rank = (WORDS as f64).powf(uniform) - 1.0;
    format!("w{}x", rank as u64)
}

fn message(key: &SecretKey, text: &str, when: UnixMillis) -> Incoming {
    let content = Content::Text {
        text: text.into(),
        action: false,
    };
    let hlc = Hlc {
        millis: when,
        counter: 0,
    };
    let draft = Draft::new(Scope::Room(RoomName::lobby()), content, hlc, when);
    Incoming {
        envelope: draft.sign(key).expect("it can be signed"),
        first_seen: when,
        own: false,
        hops: 1,
        from: Some(key.node_id()),
    }
}

fn messages(seed: u8, from: u64) -> Vec<Incoming> {
    let key = SecretKey::from_seed([seed; 32]);
    let when = |n| UnixMillis(NOW.0 + MESSAGES * 10 + from + n);
    (0..PUTS)
        .map(|n| message(&key, "one more message of some words", when(n)))
        .collect()
}

fn put_alone(thread: &StoreThread) -> f64 {
    let messages = messages(100, 0);
    let start = Instant::now();
    for message in messages {
        let put = thread
            .handle()
            .write_and_wait(move |store| store.put(&[message]));
        put.expect("it is put");
    }
    start.elapsed().as_secs_f64() * 1e6 / PUTS as f64
}

fn put_together(thread: &StoreThread) -> f64 {
    let messages = messages(101, PUTS);
    let (answer, answers) = sync_channel(messages.len());
    let start = Instant::now();
    for message in messages {
        let answer = answer.clone();
        let done = move |put: Result<_, _>| answer.send(put.is_ok()).expect("it is waited for");
        thread
            .handle()
            .write(move |store| store.put(&[message]), Box::new(done))
            .expect("the queue is long enough");
    }
    for _ in 0..PUTS {
        assert!(answers.recv().expect("an answer"), "it is put");
    }
    start.elapsed().as_secs_f64() * 1e6 / PUTS as f64
}

/// The median of the milliseconds it takes.
fn turns(mut turn: impl FnMut()) -> f64 {
    let mut took: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            turn();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_unstable_by(f64::total_cmp);
    took[TURNS / 2]
}
