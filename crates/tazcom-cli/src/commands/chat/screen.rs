//! Shows the chat on the screen of a terminal.

use std::sync::Arc;
use std::time::Duration;

use tazcom_tui::{Happening, Input, Terminal};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, sleep_until};

use super::driver::{Driver, Wanted};
use crate::exit_code::{Exit, Failure};
use crate::output::printer::{self, Held};
use crate::panic;
use crate::signals::{Job, Resizes, Signals, Told};

mod suspend;

/// The least time from one picture to the next, unless a key was pressed: 60 a second.
const FRAME: Duration = Duration::from_millis(16);

/// Keys that may wait. Then the terminal's own buffer fills.
const WAITING: usize = 256;

/// How long the node may take for the last words and what is to be kept.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

/// The screen, as long as it is taken.
#[derive(Debug)]
pub(super) struct Screen {
    // Given back before what was held is printed.
    terminal: Terminal,
    held: Option<Held>,
    job: Job,
    /// Whether the node goes on when this program does not.
    is_attached: bool,
    /// When it is looked at whether the screen may be taken again.
    look_at: Instant,
    happenings: Receiver<Happening>,
    resizes: Resizes,
    /// When the next picture may be drawn.
    next_frame: Instant,
    /// Whether something may have to be drawn.
    is_stale: bool,
    /// Whether that is not to wait.
    is_urgent: bool,
}

impl Screen {
    /// Takes the screen, with this program as this job; gives its columns and rows, too.
    pub(super) fn enter(mut job: Job, is_attached: bool) -> Result<(Self, (u16, u16)), Failure> {
        let (sender, happenings) = channel(WAITING);
        let resizes = Resizes::catch()?;
        job.watch()?;
        let held = printer::hold();
        let tell = Arc::new(move |happening| sender.blocking_send(happening).is_ok());
        let terminal = Terminal::enter(false, tell)?;
        let size = terminal.size()?;
        let screen = Self {
            terminal,
            held,
            job,
            is_attached,
            look_at: Instant::now(),
            happenings,
            resizes,
            next_frame: Instant::now(),
            is_stale: true,
            is_urgent: true,
        };
        Ok((screen, size))
    }

    /// Chats until the user leaves, a signal comes or the terminal is gone.
    pub(super) async fn run(
        mut self,
        mut driver: Driver,
        mut signals: Signals,
    ) -> Result<Exit, Failure> {
        let result = self.chat(&mut driver, &mut signals).await;
        drop(self);
        tokio::select! {
            () = driver.settle() => {}
            () = signals.next() => {}
            () = tokio::time::sleep(SETTLED_WITHIN) => {}
        }
        result.map(|()| Exit::Done)
    }

    async fn chat(&mut self, driver: &mut Driver, signals: &mut Signals) -> Result<(), Failure> {
        loop {
            while let Some(wanted) = driver.next() {
                match wanted {
                    Wanted::Quit => return Ok(()),
                    Wanted::Bell => self.terminal.bell(),
                    Wanted::Notify(text) => self.terminal.notify(&text),
                    Wanted::Mouse(on) => self.terminal.mouse(on),
                    Wanted::Repaint => {
                        self.terminal.repaint()?;
                        self.is_urgent = true;
                    }
                    Wanted::Suspend => self.suspend(driver).await?,
                    // There is no paper.
                    Wanted::Print(_) => {}
                }
            }
            self.draw(driver)?;
            let is_taken = self.terminal.is_taken();
            let next_frame = self.is_stale && is_taken && self.terminal.is_idle();
            tokio::select! {
                biased;
                happening = self.happenings.recv() => self.happened(driver, happening)?,
                () = signals.next() => return Ok(()),
                () = panic::happens() => return Ok(()),
                told = self.job.next() => match told {
                    Told::Stop => driver.take(Input::Suspend),
                    Told::Continued => self.continued(driver)?,
                },
                () = self.resizes.next() => self.resized(driver)?,
                () = sleep_until(self.look_at), if !is_taken => self.look(driver)?,
                () = sleep_until(self.next_frame), if next_frame => {}
                () = driver.happens() => self.soon(false),
            }
        }
    }

    /// Draws, if something is to be drawn and it is time. A terminal that has not taken the last picture
    /// gets no other.
    fn draw(&mut self, driver: &mut Driver) -> Result<(), Failure> {
        let is_time = self.is_urgent || Instant::now() >= self.next_frame;
        let can_draw = self.terminal.is_taken() && self.terminal.is_idle();
        if !self.is_stale || !is_time || !can_draw {
            return Ok(());
        }
        self.is_stale = false;
        self.is_urgent = false;
        if driver.app_mut().needs_drawing() {
            self.terminal.draw(driver.app())?;
            self.next_frame = Instant::now() + FRAME;
        }
        Ok(())
    }

    fn resized(&mut self, driver: &mut Driver) -> Result<(), Failure> {
        let (columns, rows) = self.terminal.size()?;
        driver.take(Input::Resize(columns, rows));
        self.soon(true);
        Ok(())
    }

    /// Has it drawn, at once or when it is time.
    const fn soon(&mut self, is_urgent: bool) {
        self.is_stale = true;
        self.is_urgent |= is_urgent;
    }

    /// Takes all that has come from the terminal.
    fn happened(
        &mut self,
        driver: &mut Driver,
        happening: Option<Happening>,
    ) -> Result<(), Failure> {
        let mut next = happening;
        loop {
            match next {
                Some(Happening::Input(input)) => {
                    driver.take(input);
                    self.soon(true);
                }
                Some(Happening::Drawn) => {}
                Some(Happening::Gone(error)) => return Err(gone(&error)),
                // Both threads have ended, the one that reads not without a word.
                None => return Err(gone(&std::io::ErrorKind::BrokenPipe.into())),
                Some(_) => {}
            }
            // One after the other, each seen at once, unless more were pressed than can be shown.
            match self.happenings.try_recv() {
                Ok(happening) => next = Some(happening),
                Err(_) => return Ok(()),
            }
        }
    }
}

fn gone(error: &std::io::Error) -> Failure {
    Failure::from(anyhow::anyhow!("the terminal is gone: {error}"))
}
