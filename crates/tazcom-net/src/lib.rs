//! stub
mod admission;
mod bind;
mod bucket;
mod client;
mod config;
mod dial;
mod driver;
mod endpoint;
mod event;
mod inbox;
mod outbox;
mod reports;
mod server;

pub use bind::BindError;
pub use config::{Config, Deadlines, DialLimits, HalfOpenLimits, Rate, ReportLimits, WorkLimits};
pub use dial::{SeenAddr, Sighting};
pub use endpoint::{Endpoint, ShutdownReport};
pub use event::{ConnectionLimit, DialFailure, Event, Malformation, WarningKind};
pub use outbox::Events;
