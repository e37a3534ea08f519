//! Real nodes beside other implementations: python-zeroconf, avahi, mdns-sd, simple-mdns, and a
//! second implementation of sessions in Python, honest and hostile.
//!
//! Everything runs in network namespaces made for the test.

mod avahi;
mod hostile;
mod mdns_sd;
mod python;
mod second;
mod simple_mdns;
mod stand_ins;
