//! The store for a program that does other things at the same time.

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use crate::{Config, Store, StoreError, SubmitError};

/// What is called with the result, on a thread of the store: it must not wait for anything.
///
/// It is dropped without being called when the store is closed before it comes to the request.
pub type Done<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

/// Tells a request how its group ended.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Does the work of a request, or learns why it cannot be done; what failed, and how to answer it.
type Write = Box<dyn FnOnce(Result<&mut Store, StoreError>) -> (Option<StoreError>, Answer) + Send>;
type Read = Box<dyn FnOnce(&Store) + Send>;

enum Job<W> {
    Do(W),
    Stop,
}

/// A thread that owns a store and writes, and a second one that reads.
///
/// Requests to write are done in the order in which they came. Those that have gathered while the
/// disk was busy are committed together ([`Config::group`]), so that a flood of small requests costs
/// few flushes; each is answered only when all of it is on the disk. A request that fails takes back
/// its own changes and nobody else's, unless the disk is full: then its whole group may fail.
///
/// Requests to read are done beside that, on a connection of their own: a long search holds up no
/// message. They see what had been committed when they began. In memory there is one thread for both.
#[derive(Debug)]
pub struct StoreThread {
    handle: StoreHandle,
    writer: JoinHandle<()>,
    reader: Option<JoinHandle<()>>,
}

/// A way to the threads, for anybody who wants one.
#[derive(Clone)]
pub struct StoreHandle {
    writes: SyncSender<Job<Write>>,
    reads: Option<SyncSender<Job<Read>>>,
}

impl StoreThread {
    /// Opens the store in `directory`, and starts.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Io`] when no thread can be had.
    pub fn open(directory: &Path, config: Config) -> Result<Self, StoreError> {
        Self::start(Store::open(directory, config)?)
    }

    /// Starts with an open store.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened a second time, or no thread can be had.
    pub fn start(store: Store) -> Result<Self, StoreError> {
        let config = *store.config();
        let path = store.path().to_owned();
        let reader = store.open_reader()?;
        let no_thread = |error| StoreError::io("start a thread for", &path, error);
        let (writes, jobs) = sync_channel(config.queue);
        let writer = thread::Builder::new()
            .name("store-write".to_owned())
            .spawn(move || write_all(store, &jobs, config.group.max(1)))
            .map_err(no_thread)?;
        let (reads, reader) = match reader {
            None => (None, None),
            Some(store) => {
                let (reads, jobs) = sync_channel(config.queue);
                let reader = thread::Builder::new()
                    .name("store-read".to_owned())
                    .spawn(move || read_all(&store, &jobs))
                    .map_err(no_thread)?;
                (Some(reads), Some(reader))
            }
        };
        Ok(Self {
            handle: StoreHandle { writes, reads },
            writer,
            reader,
        })
    }

    /// A handle.
    #[must_use]
    pub fn handle(&self) -> StoreHandle {
        self.handle.clone()
    }

    /// Does what has been asked so far, and ends. Handles are of no use afterwards.
    ///
    /// # Panics
    /// When work that was given to a thread has panicked there.
    pub fn shutdown(self) {
        let Self {
            handle,
            writer,
            reader,
        } = self;
        if let Some(reads) = &handle.reads {
            // An error says that the thread has ended already.
            let _ = reads.send(Job::Stop);
        }
        let _ = handle.writes.send(Job::Stop);
        for thread in reader.into_iter().chain([writer]) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl StoreHandle {
    /// Asks for something to be written; `done` is called when it is on the disk, or has failed.
    ///
    /// All that `work` does is done, or nothing of it.
    ///
    /// # Errors
    /// [`SubmitError`]; neither of the two is ever called then.
    pub fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
        done: Done<T>,
    ) -> Result<(), SubmitError> {
        submitted(self.writes.try_send(Job::Do(writing(work, done))))
    }

    /// Asks for something to be read.
    ///
    /// # Errors
    /// [`SubmitError`]; neither of the two is ever called then.
    pub fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
        done: Done<T>,
    ) -> Result<(), SubmitError> {
        match &self.reads {
            Some(reads) => submitted(reads.try_send(Job::Do(reading(work, done)))),
            None => self.write(|store| in_memory(store, work), done),
        }
    }

    /// Writes, and waits until it is on the disk. Not for a task that others wait for.
    ///
    /// # Errors
    /// What `work` fails with, and [`StoreError::Closed`].
    pub fn write_and_wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, result) = waiting();
        let sent = self.writes.send(Job::Do(writing(work, done)));
        sent.map_err(|_| StoreError::Closed)?;
        result.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Reads, and waits for it. Not for a task that others wait for.
    ///
    /// # Errors
    /// What `work` fails with, and [`StoreError::Closed`].
    pub fn read_and_wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Some(reads) = &self.reads else {
            return self.write_and_wait(|store| in_memory(store, work));
        };
        let (done, result) = waiting();
        let sent = reads.send(Job::Do(reading(work, done)));
        sent.map_err(|_| StoreError::Closed)?;
        result.recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreHandle").finish_non_exhaustive()
    }
}

/// Where there is no second connection, reading finds what its own group has written.
fn in_memory<T>(
    store: &mut Store,
    work: impl FnOnce(&Store) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    store.write_words()?;
    work(store)
}

fn submitted<W>(sent: Result<(), TrySendError<Job<W>>>) -> Result<(), SubmitError> {
    sent.map_err(|error| match error {
        TrySendError::Full(_) => SubmitError::Full,
        TrySendError::Disconnected(_) => SubmitError::Closed,
    })
}

fn waiting<T: Send + 'static>() -> (Done<T>, Receiver<Result<T, StoreError>>) {
    let (answer, result) = sync_channel(1);
    // Whoever no longer waits does not want to know.
    let done = Box::new(move |value| drop(answer.send(value)));
    (done, result)
}

fn writing<T: Send + 'static>(
    work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    done: Done<T>,
) -> Write {
    Box::new(move |store| {
        let result = store.and_then(|store| store.all_or_nothing(work));
        let failure = result.as_ref().err().cloned();
        let answer: Answer = Box::new(move |committed| {
            done(result.and_then(|value| {
                committed?;
                Ok(value)
            }))
        });
        (failure, answer)
    })
}

fn reading<T: Send + 'static>(
    work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    done: Done<T>,
) -> Read {
    Box::new(move |store| done(work(store)))
}

fn read_all(store: &Store, jobs: &Receiver<Job<Read>>) {
    let mut stopping = false;
    loop {
        let job = match stopping {
            false => jobs.recv().ok(),
            true => jobs.try_recv().ok(),
        };
        match job {
            Some(Job::Do(read)) => read(store),
            Some(Job::Stop) => stopping = true,
            None => return,
        }
    }
}

fn write_all(mut store: Store, jobs: &Receiver<Job<Write>>, most: usize) {
    let mut stopping = false;
    loop {
        let mut group = Vec::new();
        if !stopping {
            match jobs.recv() {
                Ok(Job::Do(write)) => group.push(write),
                Ok(Job::Stop) => stopping = true,
                Err(_) => return,
            }
        }
        while group.len() < most {
            match jobs.try_recv() {
                Ok(Job::Do(write)) => group.push(write),
                Ok(Job::Stop) => stopping = true,
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        if group.is_empty() && stopping {
            return;
        }
        write_group(&mut store, group);
    }
}

/// Does all of a group in one transaction, and answers when that is committed.
fn write_group(store: &mut Store, group: Vec<Write>) {
    let mut answers = Vec::with_capacity(group.len());
    let mut outcome = store.begin();
    for write in group {
        // Where it could not be begun, or was ended by a full disk, nothing more is done: it would
        // be done outside of the transaction.
        let (failure, answer) = write(outcome.clone().map(|()| &mut *store));
        answers.push(answer);
        if let Some(failure) = failure
            && outcome.is_ok()
            && !store.in_transaction()
        {
            outcome = Err(failure);
        }
    }
    match &outcome {
        Ok(()) => outcome = store.commit(),
        Err(_) => store.roll_back(),
    }
    for answer in answers {
        answer(outcome.clone());
    }
}
