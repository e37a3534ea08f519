#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::as_conversions))]

#[cfg(feature = "__fuzz")]
pub mod fuzzing;
pub mod limits;

mod binding;
mod handshake;
mod input;
mod session;
mod static_key;
mod suite;
mod wire;

pub use binding::{ChannelBinding, Role};
pub use handshake::{Handshake, HandshakeError, HandshakeOutput, Initiator, Local, Responder};
pub use input::Input;
pub use limits::{Config, PREAMBLE};
pub use session::{Command, End, Event, SendError, Session, SessionError, SessionOutput};
pub use static_key::StaticKey;
pub use wire::body::{BodyError, ByeCode, NameTooLong, PayloadKind, Welcome};
pub use wire::caps::{Cap, Caps, CapsError};
pub use wire::cbor::CborError;
pub use wire::frame::FrameError;
