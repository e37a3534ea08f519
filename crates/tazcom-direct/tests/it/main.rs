//! Direct messages through their public door, in virtual time.

mod disk;
mod forger;
mod hostile;
mod keys;
mod limits;
mod model;
mod recover;
mod stage;
