//! Being a job of a shell: stopped with Ctrl-Z (SIGTSTP), continued with `fg` or `bg` (SIGCONT).
//!
//! A program that has taken the screen must give it back before it stops, so it has to hear of SIGTSTP; but
//! what a shell expects is what the signal does by itself, and the kernel spares whom nobody would continue.
//! A signal that was caught once does nothing by itself any more. So this one is not caught: all threads
//! block it but one, which either has it act or waits for it (sigwait(3)).

use std::io;

/// What was done to the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is to stop.
    Stop,
    /// It goes on: it had been stopped without being asked, or was not stopped at all.
    Continued,
}

#[cfg(unix)]
pub(crate) use unix::{Job, never_here};

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use nix::sys::signal::{SigSet, Signal as Number};
    use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
    use tokio::signal::unix::{Signal as Caught, SignalKind, signal};
    use tokio::sync::mpsc::{Receiver, Sender, channel};
    use tokio::time::timeout;

    use super::{Told, io};

    /// What may wait to be told. The next waits until that was heard, and signals come together meanwhile.
    const WAITING: usize = 4;

    /// It is watched from one time on, and never again anew.
    const ONCE: usize = 1;

    /// How long after a stop its SIGCONT may take to be noticed: a thread that hears of it has to run.
    const NOTICED_WITHIN: Duration = Duration::from_secs(1);

    /// This program as a job.
    #[derive(Debug)]
    pub(crate) struct Job {
        begin: mpsc::SyncSender<Watch>,
        watched: Option<Watched>,
    }

    #[derive(Debug)]
    struct Watched {
        heard: Receiver<Heard>,
        /// Whether the next SIGTSTP is our own, and is to act.
        is_wanted: Arc<AtomicBool>,
        continued: Caught,
    }

    /// What the thread tells.
    #[derive(Debug)]
    enum Heard {
        /// SIGTSTP has come.
        Stop,
        /// It has acted, or nobody would have continued this program.
        Acted,
    }

    /// What the thread needs.
    struct Watch {
        tell: Sender<Heard>,
        is_wanted: Arc<AtomicBool>,
    }

    impl Job {
        /// Has one thread take SIGTSTP. To be called before any other thread is started: those that this one
        /// starts leave it alone, too.
        pub(crate) fn begin() -> io::Result<Self> {
            never_here();
            let (begin, watch) = mpsc::sync_channel(ONCE);
            let thread = std::thread::Builder::new().name("job".to_owned());
            thread.spawn(move || attend(&watch))?;
            Ok(Self {
                begin,
                watched: None,
            })
        }

        /// From now on SIGTSTP does nothing but be told. Once this is dropped it acts again.
        pub(crate) fn watch(&mut self) -> io::Result<()> {
            let continued = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
            let (tell, heard) = channel(WAITING);
            let is_wanted = Arc::<AtomicBool>::default();
            self.watched = Some(Watched {
                heard,
                is_wanted: Arc::clone(&is_wanted),
                continued,
            });
            let sent = self.begin.send(Watch { tell, is_wanted });
            sent.map_err(|_| io::Error::other("the thread that takes signals has ended"))
        }

        /// What is done next to the job, while it is watched. Cancel-safe.
        pub(crate) async fn next(&mut self) -> Told {
            let Some(watched) = &mut self.watched else {
                return std::future::pending().await;
            };
            loop {
                tokio::select! {
                    Some(heard) = watched.heard.recv() => match heard {
                        Heard::Stop => return Told::Stop,
                        // Told to whoever wanted it to act.
                        Heard::Acted => {}
                    },
                    Some(()) = watched.continued.recv() => return Told::Continued,
                    else => return std::future::pending().await,
                }
            }
        }

        /// Stops the job, all processes of it, until it is continued. False when the kernel has spared it,
        /// because nobody would continue it.
        pub(crate) async fn stop(&mut self) -> bool {
            let Some(watched) = &mut self.watched else {
                return false;
            };
            // What came before is not what this one waits for.
            while let Ok(Some(())) = timeout(Duration::ZERO, watched.continued.recv()).await {}
            watched.is_wanted.store(true, Ordering::SeqCst);
            if kill_process(getpid(), Signal::TSTP).is_err() {
                return false;
            }
            loop {
                tokio::select! {
                    heard = watched.heard.recv() => match heard {
                        Some(Heard::Stop) => {}
                        Some(Heard::Acted) => break,
                        None => return false,
                    },
                    // With it the kernel forgets a stop that has not acted yet: nobody would hear of it.
                    Some(()) = watched.continued.recv() => {
                        watched.is_wanted.store(false, Ordering::SeqCst);
                        return true;
                    }
                }
            }
            let continued = timeout(NOTICED_WITHIN, watched.continued.recv()).await;
            matches!(continued, Ok(Some(())))
        }
    }

    /// Leaves SIGTSTP to other threads.
    pub(crate) fn never_here() {
        // It fails for no signal that there is.
        let _ = stop_signal().thread_block();
    }

    fn stop_signal() -> SigSet {
        SigSet::from_iter([Number::SIGTSTP])
    }

    /// The thread that takes SIGTSTP.
    fn attend(begin: &mpsc::Receiver<Watch>) {
        let signal = stop_signal();
        loop {
            let _ = signal.thread_unblock();
            let Ok(watch) = begin.recv() else {
                break;
            };
            let _ = signal.thread_block();
            while signal.wait().is_ok() {
                let is_wanted = watch.is_wanted.swap(false, Ordering::SeqCst);
                let is_heard = !watch.tell.is_closed();
                if is_wanted || !is_heard {
                    let _ = signal.thread_unblock();
                    // Of a job that is more than one program all stop, or its shell does not notice.
                    let _ = kill_current_process_group(Signal::TSTP);
                    let _ = signal.thread_block();
                }
                let heard = if is_wanted { Heard::Acted } else { Heard::Stop };
                if !is_heard || watch.tell.blocking_send(heard).is_err() {
                    break;
                }
            }
        }
        // The program ends; until it has, there is a thread in which the signal acts.
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{Job, never_here};

/// Where there are no jobs.
#[cfg(not(unix))]
mod elsewhere {
    use super::{Told, io};

    #[derive(Debug)]
    pub(crate) struct Job(());

    impl Job {
        #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
        pub(crate) const fn begin() -> io::Result<Self> {
            Ok(Self(()))
        }

        #[expect(clippy::unnecessary_wraps, reason = "it can fail on Unix")]
        pub(crate) const fn watch(&mut self) -> io::Result<()> {
            Ok(())
        }

        pub(crate) async fn next(&mut self) -> Told {
            std::future::pending().await
        }

        #[expect(clippy::unused_async, reason = "it stops on Unix")]
        pub(crate) async fn stop(&mut self) -> bool {
            false
        }
    }

    pub(crate) const fn never_here() {}
}
