//! Stopping, as Ctrl-Z has a job of a shell do, and going on.

use std::time::Duration;

use tazcom_tui::Input;
use tokio::time::{Instant, timeout};

use super::Screen;
use crate::commands::chat::driver::Driver;
use crate::exit_code::Failure;
use crate::output::printer;

/// How long the node may take for the last words and what is to be kept, before this program stops.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1);

/// How often a job that runs in the background looks whether it is in the foreground. Not every shell tells:
/// bash continues only what was stopped.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What is told on the terminal of before.
const STOPPED: &str = "tazcom-cli: stopped; nobody hears from this node until you enter fg or bg\n";
const STOPPED_ATTACHED: &str =
    "tazcom-cli: stopped; the node goes on, and fg comes back to this chat\n";

impl Screen {
    /// Gives the screen back and stops, until the shell has this program go on. The screen is taken again
    /// where the shell offers it.
    pub(super) async fn suspend(&mut self, driver: &mut Driver) -> Result<(), Failure> {
        // At once: what is typed now is for the shell.
        self.leave();
        // What a node has not answered by then it answers later.
        let _: Result<(), _> = timeout(CAUGHT_UP_WITHIN, driver.catch_up()).await;
        let told = if self.is_attached {
            STOPPED_ATTACHED
        } else {
            STOPPED
        };
        printer::tell(told.to_owned());
        // Whoever is stopped writes nothing any more.
        printer::finish();
        let stopped = self.job.stop().await;
        if let Ok(happening) = self.happenings.try_recv() {
            self.happened(driver, Some(happening))?;
        }
        driver.take(Input::Resumed { stopped });
        self.look_at = Instant::now();
        Ok(())
    }

    /// The program goes on without having been asked to stop. Nobody knows what was shown meanwhile.
    pub(super) fn continued(&mut self, driver: &mut Driver) -> Result<(), Failure> {
        if !self.terminal.is_taken() || !self.terminal.is_offered() {
            // Whoever gives back a terminal that is another's is stopped for it, until it is not.
            self.leave();
            self.look_at = Instant::now();
            return Ok(());
        }
        self.terminal.repaint()?;
        self.resized(driver)
    }

    /// Takes the screen again, if it may be.
    pub(super) fn look(&mut self, driver: &mut Driver) -> Result<(), Failure> {
        if !self.terminal.is_offered() {
            self.look_at = Instant::now() + LOOK_EVERY;
            return Ok(());
        }
        self.held = printer::hold();
        self.terminal.take()?;
        self.resized(driver)
    }

    fn leave(&mut self) {
        self.terminal.give_back();
        self.held = None;
    }
}
