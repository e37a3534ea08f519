//! Giving the terminal back, from wherever the program comes to its end.

use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::disable_raw_mode;

/// Ends a sequence that is half written (CAN); no mouse, focus or paste reports; plain letters; the
/// screen of before, with its cursor.
pub(super) const LEAVE: &[u8] =
    b"\x18\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h";

/// Whether there is something to give back. One program has one terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Notes that the terminal is taken now; false when it was already.
pub(super) fn take() -> bool {
    !TAKEN.swap(true, Ordering::AcqRel)
}

/// Notes that it was not taken after all.
pub(super) fn forget() {
    TAKEN.store(false, Ordering::Release);
}

/// Whether it is taken still.
pub(super) fn is_taken() -> bool {
    TAKEN.load(Ordering::Acquire)
}

/// Gives the terminal back, whoever has taken it, if it is taken. For a panic, on any thread. Waits for
/// a terminal that does not listen a quarter of a second at most.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::AcqRel) {
        return;
    }
    // Nothing can be done about a terminal that does not take it, or is gone.
    super::pen::last_words(LEAVE);
    let _ = disable_raw_mode();
}
