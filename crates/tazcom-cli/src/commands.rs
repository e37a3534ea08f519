//! One file a verb.

pub(crate) mod completions;
pub(crate) mod id;
pub(crate) mod man;
pub(crate) mod peers;
pub(crate) mod ping;
pub(crate) mod run;
