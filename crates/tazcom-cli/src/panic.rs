//! A bug in any task ends the program, but in order: peers are told goodbye first.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

static HAPPENED: AtomicBool = AtomicBool::new(false);
static NOTIFY: Notify = Notify::const_new();

/// Has every panic, on whatever thread, noted beside being printed.
pub(crate) fn announce() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        print(info);
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
