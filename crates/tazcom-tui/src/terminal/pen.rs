//! Writes what was drawn, however long the terminal takes for it.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::leave::is_taken;
use super::{Happening, Tell};

/// Bytes that are written at once: between two such pieces the terminal can be given back.
const PIECE: usize = 4096;

/// How long the last words wait for a piece that is being written, and then for the terminal: a quarter
/// of a second in all.
const PATIENCE: Duration = Duration::from_millis(125);

/// Steps in which the last words wait.
const STEP: Duration = Duration::from_millis(1);

/// Whether a piece is being written.
static WRITING: AtomicBool = AtomicBool::new(false);

/// What is drawn on: bytes, until they are taken to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Sheet {
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thread that writes. It ends when this is dropped, or the terminal is gone.
pub(super) struct Pen(Arc<Desk>);

impl fmt::Debug for Pen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pen")
    }
}

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// Bytes that were taken from these and are being written.
    under_way: usize,
    is_over: bool,
}

impl Pen {
    pub(super) fn start(tell: Tell) -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let theirs = Arc::clone(&desk);
        std::thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || theirs.run(&tell))?;
        Ok(Self(desk))
    }

    /// Has these bytes written after those before. Does not wait.
    pub(super) fn write(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            lock(&self.0.state).bytes.extend_from_slice(bytes);
            self.0.more.notify_one();
        }
    }

    /// Bytes that are not written yet.
    pub(super) fn waiting(&self) -> usize {
        let state = lock(&self.0.state);
        state.bytes.len() + state.under_way
    }
}

impl Drop for Pen {
    fn drop(&mut self) {
        lock(&self.0.state).is_over = true;
        self.0.more.notify_one();
    }
}

impl Desk {
    fn run(&self, tell: &Tell) {
        while let Some(bytes) = self.next() {
            let written = bytes.chunks(PIECE).try_for_each(write_piece);
            let is_done = {
                let mut state = lock(&self.state);
                state.under_way = 0;
                state.bytes.is_empty()
            };
            let goes_on = match written {
                Ok(()) if is_done => tell(Happening::Drawn),
                Ok(()) => true,
                Err(error) => {
                    tell(Happening::Gone(error));
                    false
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    fn next(&self) -> Option<Vec<u8>> {
        let mut state = lock(&self.state);
        loop {
            if state.is_over {
                return None;
            }
            if !state.bytes.is_empty() {
                state.under_way = state.bytes.len();
                return Some(std::mem::take(&mut state.bytes));
            }
            state = self
                .more
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Writes a piece, unless the terminal was given back meanwhile.
fn write_piece(mut piece: &[u8]) -> io::Result<()> {
    WRITING.store(true, Ordering::SeqCst);
    let written = loop {
        if piece.is_empty() || !is_taken() {
            break Ok(());
        }
        match write_some(piece) {
            Ok(count) => piece = piece.get(count..).unwrap_or_default(),
            Err(error) => break Err(error),
        }
    };
    WRITING.store(false, Ordering::SeqCst);
    written
}

/// Writes what gives the terminal back: after a piece that is being written, if that ends soon, and only
/// if the terminal takes it. Past every lock that a thread may hold that has panicked.
pub(super) fn last_words(bytes: &[u8]) {
    let mut waited = Duration::ZERO;
    while WRITING.load(Ordering::SeqCst) && waited < PATIENCE {
        std::thread::park_timeout(STEP);
        waited += STEP;
    }
    if is_ready(PATIENCE) {
        let _ = write_some(bytes);
    }
}

/// As many bytes as the terminal takes, at least one. Waits for it.
#[cfg(unix)]
fn write_some(bytes: &[u8]) -> io::Result<usize> {
    use rustix::io::Errno;

    loop {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            // Whoever shares the terminal with us may have made it so.
            Err(Errno::AGAIN) => {
                is_ready(Duration::from_secs(1));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether the terminal takes something within this time.
#[cfg(unix)]
fn is_ready(within: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdout = rustix::stdio::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::OUT)];
    let within = Timespec::try_from(within).ok();
    let is_asked = poll(&mut asked, within.as_ref()).is_ok();
    is_asked && asked.iter().any(|fd| fd.revents() == PollFlags::OUT)
}

#[cfg(not(unix))]
fn write_some(bytes: &[u8]) -> io::Result<usize> {
    let mut stdout = io::stdout();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(bytes.len())
}

#[cfg(not(unix))]
const fn is_ready(_: Duration) -> bool {
    true
}

/// Bytes are whole after every change, so what a panic left behind is still true.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
