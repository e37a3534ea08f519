//! The store on its threads.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tazcom_store::{Config, Outcome, Query, Store, StoreError, StoreThread, SubmitError};

use crate::people::*;

/// A request that waits until it is let go, and tells when it has begun.
fn gate() -> (impl FnOnce() + Send + 'static, Receiver<()>, SyncSender<()>) {
    let (begun, begins) = sync_channel(1);
    let (go, goes) = sync_channel::<()>(1);
    let wait = move || {
        begun.send(()).unwrap();
        goes.recv().unwrap();
    };
    (wait, begins, go)
}

fn failure() -> StoreError {
    StoreError::Full {
        path: PathBuf::from("made up"),
    }
}

#[test]
fn what_is_acknowledged_can_be_read_on_the_other_connection() {
    let directory = tempfile::tempdir().unwrap();
    let thread = StoreThread::open(directory.path(), Config::lan()).unwrap();
    let handle = thread.handle();
    for n in 0..50 {
        let message = came(says(1, "x", at(n)));
        let id = message.envelope.id();
        handle
            .write_and_wait(move |store| store.put(&[message]))
            .unwrap();
        let got = handle.read_and_wait(move |store| store.get(&[id])).unwrap();
        assert_eq!(got.messages.len(), 1);
    }
    thread.shutdown();
}

#[test]
fn requests_that_gathered_are_all_answered_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let thread = StoreThread::open(directory.path(), Config::lan()).unwrap();
    let handle = thread.handle();
    let (wait, begins, go) = gate();
    let (answer, answers) = sync_channel(1_000);
    handle
        .write(
            move |_| {
                wait();
                Ok(())
            },
            Box::new(|_| {}),
        )
        .unwrap();
    begins.recv().unwrap();
    for n in 0..500 {
        let (message, answer) = (came(says(1, "x", at(n))), answer.clone());
        let done = move |put: Result<tazcom_store::Put, _>| {
            answer.send((n, put.unwrap().outcomes)).unwrap();
        };
        handle
            .write(move |store| store.put(&[message]), Box::new(done))
            .unwrap();
    }
    assert!(answers.try_recv().is_err(), "nothing is on the disk yet");
    go.send(()).unwrap();
    for n in 0..500 {
        assert_eq!(answers.recv().unwrap(), (n, vec![Outcome::Stored]));
    }
    thread.shutdown();
}

#[test]
fn a_request_that_fails_takes_back_its_own_changes_and_nobody_elses() {
    let directory = tempfile::tempdir().unwrap();
    let thread = StoreThread::open(directory.path(), Config::lan()).unwrap();
    let handle = thread.handle();
    let (wait, begins, go) = gate();
    handle
        .write(
            move |_| {
                wait();
                Ok(())
            },
            Box::new(|_| {}),
        )
        .unwrap();
    begins.recv().unwrap();
    let (answer, answers) = sync_channel(10);
    for n in 0..3 {
        let (message, answer) = (came(says(1, "x", at(n))), answer.clone());
        let work = move |store: &mut Store| {
            store.put(&[message])?;
            if n == 1 { Err(failure()) } else { Ok(()) }
        };
        handle
            .write(
                work,
                Box::new(move |done| answer.send(done.is_ok()).unwrap()),
            )
            .unwrap();
    }
    go.send(()).unwrap();
    let answered: Vec<bool> = answers.iter().take(3).collect();
    assert_eq!(answered, [true, false, true]);
    let index = handle.read_and_wait(Store::index).unwrap();
    let created: Vec<_> = index.iter().map(|held| held.created).collect();
    assert_eq!(created, [at(0), at(2)]);
    thread.shutdown();
}

#[test]
fn a_full_queue_refuses_and_takes_again() {
    let mut config = Config::lan();
    config.queue = 2;
    let thread = StoreThread::start(store(config)).unwrap();
    let handle = thread.handle();
    let (wait, begins, go) = gate();
    let nothing = || handle.write(|_| Ok(()), Box::new(|_| {}));
    handle
        .write(
            move |_| {
                wait();
                Ok(())
            },
            Box::new(|_| {}),
        )
        .unwrap();
    begins.recv().unwrap();
    assert_eq!(nothing(), Ok(()));
    assert_eq!(nothing(), Ok(()));
    assert_eq!(nothing(), Err(SubmitError::Full));
    go.send(()).unwrap();
    handle.write_and_wait(|_| Ok(())).unwrap();
    assert_eq!(nothing(), Ok(()));
    thread.shutdown();
}

#[test]
fn a_long_search_holds_up_no_message() {
    let directory = tempfile::tempdir().unwrap();
    let thread = StoreThread::open(directory.path(), Config::lan()).unwrap();
    let handle = thread.handle();
    let (wait, begins, go) = gate();
    let (answer, answers) = sync_channel(1);
    handle
        .read(
            move |store| {
                let before = store.history(&Query::default())?;
                wait();
                Ok(before.messages.len())
            },
            Box::new(move |found| answer.send(found.unwrap()).unwrap()),
        )
        .unwrap();
    begins.recv().unwrap();
    let message = came(says(1, "meanwhile", NOW));
    let put = handle.write_and_wait(move |store| store.put(&[message]));
    assert_eq!(put.unwrap().outcomes, [Outcome::Stored]);
    go.send(()).unwrap();
    assert_eq!(answers.recv().unwrap(), 0);
    thread.shutdown();
}

#[test]
fn shutdown_does_what_was_asked_and_then_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let thread = StoreThread::open(directory.path(), Config::lan()).unwrap();
    let handle = thread.handle();
    for n in 0..100 {
        let message = came(says(1, "x", at(n)));
        handle
            .write(move |store| store.put(&[message]), Box::new(|_| {}))
            .unwrap();
    }
    thread.shutdown();
    let late = handle.write(|_| Ok(()), Box::new(|_| {}));
    assert_eq!(late, Err(SubmitError::Closed));
    let late = handle.read_and_wait(Store::index);
    assert!(matches!(late, Err(StoreError::Closed)));
    let store = Store::open(directory.path(), Config::lan()).unwrap();
    assert_eq!(store.index().unwrap().len(), 100);
}

#[test]
fn in_memory_one_thread_reads_and_writes() {
    let thread = StoreThread::start(store(Config::lan())).unwrap();
    let handle = thread.handle();
    let message = came(says(1, "x", NOW));
    handle
        .write_and_wait(move |store| store.put(&[message]))
        .unwrap();
    assert_eq!(handle.read_and_wait(Store::index).unwrap().len(), 1);
    thread.shutdown();
}

#[test]
fn a_full_disk_fails_what_does_not_fit_and_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = roomy();
    config.file = 1 << 20;
    let thread = StoreThread::open(directory.path(), config).unwrap();
    let handle = thread.handle();
    let (answer, answers) = sync_channel(2_000);
    for n in 0..800 {
        let message = came(says(1, &"long ".repeat(500), at(n)));
        let (id, answer) = (message.envelope.id(), answer.clone());
        let done = move |put: Result<tazcom_store::Put, StoreError>| {
            if let Err(error) = &put {
                assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
            }
            answer.send((id, put.is_ok())).unwrap();
        };
        handle
            .write(move |store| store.put(&[message]), Box::new(done))
            .unwrap();
    }
    let answered: Vec<_> = answers.iter().take(800).collect();
    let mut wanted: Vec<_> = answered
        .iter()
        .filter(|(_, ok)| *ok)
        .map(|(id, _)| *id)
        .collect();
    assert!(!wanted.is_empty() && wanted.len() < 800);
    thread.shutdown();
    let store = Store::open(directory.path(), config).unwrap();
    let mut there = held(&store);
    there.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(there, wanted);
    store.check().unwrap();
}
