//! A bug in any task ends the program, but in order: peers are told goodbye first.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::output::printer;

static HAPPENED: AtomicBool = AtomicBool::new(false);
static NOTIFY: Notify = Notify::const_new();

/// Has every panic, on whatever thread, noted beside being told.
pub(crate) fn announce() {
    std::panic::set_hook(Box::new(|info| {
        // First of all: what is told while the screen is taken is never seen.
        tazcom_tui::restore();
        printer::release();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("<unnamed>");
        let trace = Backtrace::capture();
        let trace = match trace.status() {
            BacktraceStatus::Captured => format!("{trace}"),
            _ => "set RUST_BACKTRACE=1 to see where it came from\n".to_owned(),
        };
        // The hook of the standard library would wait for whoever reads standard error.
        printer::tell(format!("thread '{name}' {info}\n{trace}"));
        HAPPENED.store(true, Ordering::Release);
        NOTIFY.notify_one();
    }));
}

/// Whether there was one.
pub(crate) fn has_happened() -> bool {
    HAPPENED.load(Ordering::Acquire)
}

/// Waits for one. Cancel-safe; for one waiter at a time.
pub(crate) async fn happens() {
    while !has_happened() {
        NOTIFY.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_on_another_thread_is_noted() {
        announce();
        let thread = std::thread::spawn(|| panic!("on purpose"));
        assert!(thread.join().is_err());
        assert!(has_happened());
        happens().await;
    }
}
