//! Who is a member of a room: signed operations, and what they come to.

mod log;
mod op;
mod past;
mod resolve;

pub(crate) use log::{Merged, OpLog};
pub use op::{Action, Op, OpError, OpId, SignedOp};
pub(crate) use op::{fixed, is_name, is_topic, put_ids, read_ids, tuple};
pub(crate) use resolve::Membership;
