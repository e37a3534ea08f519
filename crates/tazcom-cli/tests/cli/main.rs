//! The program from outside: what it prints, where, and how it ends.
//!
//! Every wait is for an event, with a deadline that only stops a hang. Nodes run on loopback, where
//! strangers may run too; so everything is told apart by id.

#![cfg(unix)]

mod announced;
mod arguments;
mod chat;
mod control;
mod identity;
mod network;
mod peers;
mod ping;
mod process;
mod sessions;
mod shutdown;
mod unread;
