//! What of the test suite this machine does not let us run.

use anyhow::Result;

use crate::provision::{self, Lane};

/// Opens every lane that can be opened and says which could not. Where nothing may be skipped, one
/// that could not is an error.
pub(super) fn announce_closed() -> Result<()> {
    for lane in Lane::ALL {
        if let Err(error) = lane.open() {
            provision::missing(&format!("{}: {error:#}", lane.tests()))?;
        }
    }
    Ok(())
}
