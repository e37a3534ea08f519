//! Ctrl-C: the first ends the swarm in good order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// What a shell makes of a program ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

#[derive(Clone, Debug)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on these signals no longer end the process, but are reported here.
    pub(super) fn install() -> Result<Self> {
        let requested = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds the flag down and only raises it. The nodes
            // are tied to us, so that an end at once is theirs as well.
            flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&requested))
                .and_then(|_| flag::register(signal, Arc::clone(&requested)))
                .context("listening for Ctrl-C")?;
        }
        Ok(Self(requested))
    }

    pub(super) fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
