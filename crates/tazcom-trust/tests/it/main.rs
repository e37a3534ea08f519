//! Trust, through its public doors.

mod book;
mod codes;
mod link;
mod man_in_the_middle;
mod sas;
mod succession;
