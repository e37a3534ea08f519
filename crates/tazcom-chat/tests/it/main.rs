//! The conversation through its public door, in virtual time.

mod gaps;
mod hostile;
mod order;
mod own;
mod people;
mod reach;
mod split;
mod stage;
