//! The signals that ask the program to end, and what else is told by signals.

use std::io;
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

mod job;

pub(crate) use job::{Job, Told, never_here};

/// Signals this close together are one request: `timeout(1)` signals its child and then the whole
/// group, a terminal and a parent may both pass Ctrl-C on.
const SAME_REQUEST: Duration = Duration::from_millis(20);

/// Waits for requests to end: Ctrl-C, and where there are such, SIGTERM and SIGHUP, and SIGQUIT on demand.
#[derive(Debug)]
pub(crate) struct Signals {
    caught: Caught,
    /// When the request that is being made is complete.
    complete: Option<Instant>,
}

impl Signals {
    /// From now on none of them ends the program by itself.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self {
            caught: Caught::new()?,
            complete: None,
        })
    }

    /// From now on SIGQUIT is such a request, too: for whoever takes the screen, and has to give it back.
    /// It never ends the program by itself any more.
    #[cfg(unix)]
    pub(crate) fn with_quit(mut self) -> io::Result<Self> {
        self.caught.quit = Some(signal(SignalKind::quit())?);
        Ok(self)
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    pub(crate) const fn with_quit(self) -> io::Result<Self> {
        Ok(self)
    }

    /// The next request. Cancel-safe.
    pub(crate) async fn next(&mut self) {
        let complete = match self.complete {
            Some(complete) => complete,
            None => {
                self.caught.next().await;
                *self.complete.insert(Instant::now() + SAME_REQUEST)
            }
        };
        let more = async {
            loop {
                self.caught.next().await;
            }
        };
        // It never ends by itself, only by the time.
        let _: Result<(), _> = tokio::time::timeout_at(complete, more).await;
        self.complete = None;
    }
}

/// Tells when the terminal has another size (SIGWINCH). Where there is no such signal whoever reads the
/// terminal is told otherwise.
#[derive(Debug)]
pub(crate) struct Resizes {
    #[cfg(unix)]
    caught: Signal,
}

impl Resizes {
    #[cfg(unix)]
    pub(crate) fn catch() -> io::Result<Self> {
        let caught = signal(SignalKind::window_change())?;
        Ok(Self { caught })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    pub(crate) const fn catch() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The next time. Cancel-safe.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        if self.caught.recv().await.is_none() {
            std::future::pending().await
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        std::future::pending().await
    }
}

/// The signals themselves.
#[cfg(unix)]
#[derive(Debug)]
struct Caught {
    interrupt: Signal,
    terminate: Signal,
    /// `None` when whoever started us had it ignored, as `nohup` does.
    hangup: Option<Signal>,
    /// `None` while it ends the program by itself.
    quit: Option<Signal>,
}

#[cfg(unix)]
impl Caught {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if is_hangup_ignored() {
                None
            } else {
                Some(signal(SignalKind::hangup())?)
            },
            quit: None,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = comes(&mut self.hangup) => {}
            () = comes(&mut self.quit) => {}
        }
    }
}

/// When a signal comes, if it is caught. Cancel-safe.
#[cfg(unix)]
async fn comes(signal: &mut Option<Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending().await
    }
}

/// Ctrl-C, the one that every platform has.
#[cfg(not(unix))]
#[derive(Debug)]
struct Caught;

#[cfg(not(unix))]
impl Caught {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Whether SIGHUP is ignored already. Linux tells; elsewhere it is taken for not ignored.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    const HANGUP_BIT: u64 = 1;
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| ignored_signals(&status))
        .is_some_and(|mask| mask & HANGUP_BIT != 0)
}

/// The mask of ignored signals in the text of `/proc/<pid>/status` (proc(5)); bit 0 is signal 1.
#[cfg(unix)]
fn ignored_signals(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_found() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert_eq!(ignored_signals(status), Some(0x1001));
        assert_eq!(ignored_signals("Name:\tx\n"), None);
    }
}
