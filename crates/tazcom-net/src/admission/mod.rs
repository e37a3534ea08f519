//! Who may come in, and how much work may be asked for. Sans-IO: no clock, no socket.

mod half_open;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use half_open::{HalfOpen, SlotId};
pub(crate) use work::WorkBudget;
