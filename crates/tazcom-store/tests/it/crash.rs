//! `kill -9` while messages are written.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use rand_core::Rng as _;
use tazcom_proto::MessageId;
use tazcom_store::{Outcome, Put, Store, StoreThread, SubmitError};
use tazcom_testkit::Seed;

use crate::people::*;

const DIRECTORY: &str = "TAZCOM_STORE_CRASH";
const ROUND: &str = "TAZCOM_STORE_ROUND";

/// Run by the test below, which kills it. Writes messages and says the id of each on standard output
/// once it has been acknowledged.
#[test]
#[ignore = "a part of another test"]
fn writes_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let thread = StoreThread::open(Path::new(&directory), roomy()).unwrap();
    let handle = thread.handle();
    for n in 0.. {
        let who = u8::try_from(1 + n % 5).unwrap();
        let message = came(says(
            who,
            &format!("round {round} {n}"),
            at(round * 1_000_000 + n),
        ));
        loop {
            let (id, message) = (message.envelope.id(), message.clone());
            let submitted = handle.write(
                move |store| store.put(&[message]),
                Box::new(move |put: Result<Put, _>| {
                    assert_eq!(put.unwrap().outcomes, [Outcome::Stored]);
                    let line = format!("acknowledged {id}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }),
            );
            match submitted {
                Ok(()) => break,
                Err(SubmitError::Full) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn all_that_was_acknowledged_is_there_after_kill_9() {
    let seed = Seed::from_env_or(1);
    let mut rng = seed.rng(0);
    let directory = tempfile::tempdir().unwrap();
    let mut wanted: BTreeSet<MessageId> = BTreeSet::new();
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg("crash::writes_until_it_is_killed")
            .env(DIRECTORY, directory.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let enough = 1 + rng.next_u32() % 1_500;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut count = 0;
        for line in lines {
            let line = line.unwrap();
            if let Some(id) = line.strip_prefix("acknowledged ")
                && let Ok(id) = id.parse()
            {
                wanted.insert(id);
                count += 1;
                if count == enough {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(count >= enough, "{seed}: it ended by itself");
        let store = Store::open(directory.path(), roomy()).unwrap();
        store.check().unwrap();
        let here: BTreeSet<_> = held(&store).into_iter().collect();
        let lost = wanted.difference(&here).count();
        assert_eq!(lost, 0, "{seed}: acknowledged messages are lost");
        let got = store.get(&held(&store)).unwrap();
        assert_eq!((got.messages.len(), got.damaged.len()), (here.len(), 0));
    }
}
