//! Who may come in, and how much work may be asked for. Sans-IO: no clock, no socket.

mod half_open;
mod work;
#[cfg(test)]
mod tests;

pub(crate) use half_open::{HalfOpen, SlotId};
pub(crate) use work::WorkBudget;
