//! A terminal: a program runs in it, keys are typed, and what it shows is looked at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::SOON;
use crate::settle::eventually;

/// A terminal with a program in it.
#[derive(Debug)]
pub struct Screen {
    child: Child,
    /// None once it was closed.
    keys: Option<File>,
    shown: Arc<Shown>,
    reader: Option<JoinHandle<()>>,
}

/// What the program has written so far.
struct Shown {
    now: Mutex<Written>,
    changed: Condvar,
}

struct Written {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl Shown {
    fn lock(&self) -> MutexGuard<'_, Written> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Screen {
    /// Runs a command in a terminal of so many columns and rows, of the kind `xterm-256color` and in
    /// UTF-8 unless the command says otherwise.
    ///
    /// # Panics
    ///
    /// When the system has no terminal, or the command cannot be run, or there is nothing to see.
    #[must_use]
    pub fn run(mut command: Command, columns: u16, rows: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let master = master.expect("the system has terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).expect("a terminal has a size");
        let name = ptsname(&master, Vec::new()).expect("a terminal has a name");
        let name = name.into_string().expect("the name of a terminal is text");
        let end = || -> OwnedFd {
            let end = File::options().read(true).write(true).open(&name);
            end.expect("the program's end of the terminal opens").into()
        };
        for (name, value) in [("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8")] {
            if !command.get_envs().any(|(set, _)| set == name) {
                command.env(name, value);
            }
        }
        let spawned = command.stdin(end()).stdout(end()).stderr(end()).spawn();
        let child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // What is held of the program's end is let go: who reads learns when the program has ended.
        drop(command);

        let shown = Arc::new(Shown {
            now: Mutex::new(Written {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                bytes: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let keys = File::from(master);
        let output = keys.try_clone().expect("a descriptor can be doubled");
        let reader = std::thread::spawn({
            let shown = Arc::clone(&shown);
            move || read(output, &shown)
        });
        Self {
            child,
            keys: Some(keys),
            shown,
            reader: Some(reader),
        }
    }

    /// The pid of the program.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types.
    ///
    /// # Panics
    ///
    /// When the terminal was closed.
    pub fn types(&mut self, keys: &str) {
        let terminal = self.keys.as_mut().expect("the terminal is open");
        terminal
            .write_all(keys.as_bytes())
            .expect("a terminal takes keys");
    }

    /// Gives the terminal another size, and the program notice of it.
    ///
    /// # Panics
    ///
    /// When the terminal was closed.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        self.shown
            .lock()
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        tcsetwinsize(self.keys.as_ref().expect("the terminal is open"), size)
            .expect("a terminal has a size");
        // It is not the session's own terminal, so the kernel tells nobody.
        self.signal(Signal::WINCH);
    }

    /// What is shown.
    #[must_use]
    pub fn contents(&self) -> String {
        self.shown.lock().parser.screen().contents()
    }

    /// What is shown, as an SVG.
    #[must_use]
    pub fn picture(&self) -> String {
        crate::picture::svg(self.shown.lock().parser.screen())
    }

    /// Everything that was written, as it was.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.shown.lock().bytes.clone()
    }

    /// Whether the program has the whole screen to itself, as an editor does.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.shown.lock().parser.screen().alternate_screen()
    }

    /// Waits until a text is shown.
    ///
    /// # Panics
    ///
    /// When it is not shown soon: with what is shown instead.
    #[track_caller]
    pub fn shows(&self, wanted: &str) {
        self.waits_for(wanted, |contents| contents.contains(wanted));
    }

    /// Waits until what is shown is as wanted, and tells how long that took.
    ///
    /// # Panics
    ///
    /// When it is not so soon: with what is shown instead.
    #[track_caller]
    pub fn waits_for(&self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        let begun = Instant::now();
        let mut now = self.shown.lock();
        loop {
            let contents = now.parser.screen().contents();
            if wanted(&contents) {
                return begun.elapsed();
            }
            let left = SOON.saturating_sub(begun.elapsed());
            assert!(
                !left.is_zero() && !now.ended,
                "not shown: {what}; instead (ended: {}):\n{contents}",
                now.ended
            );
            let waited = self.shown.changed.wait_timeout(now, left);
            now = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        // It may have ended.
        let _ = kill_process(pid, signal);
    }

    /// Closes the terminal while the program runs in it.
    pub fn close(&mut self) {
        self.keys = None;
        self.signal(Signal::HUP);
    }

    /// Waits for the program's end.
    ///
    /// # Panics
    ///
    /// When it does not end soon.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let status = eventually("the program ends", SOON, || {
            self.child.try_wait().expect("it is our child")
        });
        if self.keys.is_some()
            && let Some(reader) = self.reader.take()
        {
            let _ = reader.join();
        }
        status
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

/// Reads until nobody has the other end any more.
fn read(mut output: File, shown: &Shown) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = output.read(&mut buffer).unwrap_or(0);
        let mut now = shown.lock();
        match read {
            0 => {
                now.ended = true;
                shown.changed.notify_all();
                return;
            }
            len => {
                now.parser.process(&buffer[..len]);
                now.bytes.extend_from_slice(&buffer[..len]);
                shown.changed.notify_all();
            }
        }
    }
}
