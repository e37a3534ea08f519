//! The engine on an emulated LAN in virtual time.

mod behaviour;
mod scale;
mod world;
