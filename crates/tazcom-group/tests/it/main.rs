//! Private rooms through their public doors.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::print_stderr, reason = "seeds and figures are read from there")]

mod floods;
mod hostile;
mod lifecycle;
mod limits;
mod membership;
mod model;
mod operations;
mod passphrase;
mod people;
mod privacy;
mod restarts;
