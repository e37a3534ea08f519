//! Whom to dial, where and when. Sans-IO: the planner is told what happened and says what to do
//! next; the driver owns sockets and clock.

mod backoff;
mod hint;
mod own;
mod planner;
mod sighting;
mod source;
mod target;
#[cfg(test)]
mod tests;
mod turn;

pub(crate) use own::OwnAddresses;
pub(crate) use planner::{Dial, DialId, Input, Output, Planner};
pub use sighting::{SeenAddr, Sighting};
pub(crate) use target::Who;
