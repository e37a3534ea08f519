//! Reads the terminal, and notices when it is gone.
//!
//! The terminal is asked for with `poll(2)` before it is read: whoever reads a terminal that was hung up
//! is told at once that there is nothing, again and again, and would do that for ever. That its size is
//! another is for whoever hears of SIGWINCH to tell.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossterm::event;

use super::{Happening, Tell, input};

/// How long what has come is waited for. It is there: with no time at all nothing is looked at.
const AT_HAND: Duration = Duration::from_millis(1);

/// Keys that may have been read and not been taken: crossterm reads 1024 bytes at once.
const READ_AHEAD: usize = 1024;

/// How long the thread may take to end, and the steps in which it is waited for. It is told to, and takes
/// longer only when nobody hears what it has to tell, or when half a key was sent: it waits for the rest.
const ENDED_WITHIN: Duration = Duration::from_millis(100);
const STEP: Duration = Duration::from_millis(1);

/// The thread that reads. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keys {
    goal: Arc<Goal>,
    thread: Option<JoinHandle<()>>,
    /// Closed with this, which wakes the thread.
    #[cfg(unix)]
    alive: Option<std::os::unix::net::UnixStream>,
}

/// What the thread is to do. Nobody waits for it to know: it may be in the middle of a key.
#[derive(Debug, Default)]
struct Goal(AtomicU8);

impl Goal {
    const READ: u8 = 0;
    /// End, after having passed over what was read ahead.
    const PASS_OVER: u8 = 1;
    const END: u8 = 2;

    fn set(&self, goal: u8) {
        self.0.fetch_max(goal, Ordering::SeqCst);
    }

    fn is(&self, goal: u8) -> bool {
        self.0.load(Ordering::SeqCst) == goal
    }
}

/// What to do next.
enum Next {
    /// There is something to read.
    Read,
    /// Nobody wants to know any more.
    End,
}

impl Keys {
    #[cfg(unix)]
    pub(super) fn start(tell: Tell) -> io::Result<Self> {
        let (alive, wake) = std::os::unix::net::UnixStream::pair()?;
        let goal = Arc::<Goal>::default();
        let thread = spawn(tell, Arc::clone(&goal), move || wait(&wake))?;
        Ok(Self {
            goal,
            thread: Some(thread),
            alive: Some(alive),
        })
    }

    #[cfg(not(unix))]
    pub(super) fn start(tell: Tell) -> io::Result<Self> {
        let goal = Arc::<Goal>::default();
        let thread = spawn(tell, Arc::clone(&goal), || Ok(Next::Read))?;
        Ok(Self {
            goal,
            thread: Some(thread),
        })
    }

    /// Ends it, once it has passed over what it has read ahead: whoever reads next is not to be given that.
    pub(super) fn end(mut self) {
        self.goal.set(Goal::PASS_OVER);
        #[cfg(unix)]
        drop(self.alive.take());
        let thread = self.thread.take();
        let is_there = || thread.as_ref().is_some_and(|thread| !thread.is_finished());
        let mut waited = Duration::ZERO;
        while is_there() && waited < ENDED_WITHIN {
            std::thread::park_timeout(STEP);
            waited += STEP;
        }
    }
}

impl Drop for Keys {
    /// From now on no key is begun: who reads a terminal that is another's is stopped for it (SIGTTIN).
    fn drop(&mut self) {
        self.goal.set(Goal::END);
    }
}

fn spawn(
    tell: Tell,
    goal: Arc<Goal>,
    mut next: impl FnMut() -> io::Result<Next> + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name("keys".to_owned());
    thread.spawn(move || {
        let error = loop {
            let read = match next() {
                Ok(Next::Read) => read(&tell, &goal),
                Ok(Next::End) => Ok(false),
                Err(error) => Err(error),
            };
            match read {
                Ok(true) => {}
                Ok(false) => return pass_over(&goal),
                Err(error) => break error,
            }
        };
        tell(Happening::Gone(error));
    })
}

/// Reads all that there is; false when nobody wants to know any more.
fn read(tell: &Tell, goal: &Goal) -> io::Result<bool> {
    while goal.is(Goal::READ) {
        if !event::poll(AT_HAND)? {
            return Ok(true);
        }
        // Whoever is told may take its time.
        if let Some(input) = input(event::read()?)
            && goal.is(Goal::READ)
            && !tell(Happening::Input(input))
        {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Takes what was read ahead, where that is wanted.
fn pass_over(goal: &Goal) {
    for _ in 0..READ_AHEAD {
        let has_more = goal.is(Goal::PASS_OVER) && event::poll(AT_HAND).unwrap_or(false);
        if !has_more || event::read().is_err() {
            return;
        }
    }
}

/// Waits for a key, for the end, or for the terminal to be gone.
#[cfg(unix)]
fn wait(wake: &std::os::unix::net::UnixStream) -> io::Result<Next> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    let stdin = rustix::stdio::stdin();
    loop {
        let mut asked = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(wake, PollFlags::IN),
        ];
        match poll(&mut asked, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let [terminal, end] = asked.map(|fd| fd.revents());
        if !end.is_empty() {
            return Ok(Next::End);
        }
        if terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the terminal was closed",
            ));
        }
        if terminal.contains(PollFlags::IN) {
            return Ok(Next::Read);
        }
    }
}
