//! The endpoint through its public door, over real sockets on loopback.

mod dialling;
mod exchange;
mod hostile;
mod lab;
mod limits;
mod listening;
mod shutdown;
