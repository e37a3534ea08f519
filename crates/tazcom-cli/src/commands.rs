//! One file a verb.

pub(crate) mod block;
pub(crate) mod chat;
pub(crate) mod completions;
pub(crate) mod connect;
pub(crate) mod export;
pub(crate) mod history;
pub(crate) mod id;
pub(crate) mod listen;
pub(crate) mod man;
pub(crate) mod nick;
pub(crate) mod passphrase;
pub(crate) mod peers;
pub(crate) mod ping;
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod trace;
pub(crate) mod verify;
pub(crate) mod whois;
pub(crate) mod wipe;
