//! The vault, through its public doors.

mod identity;
mod sealer;
mod vault;
