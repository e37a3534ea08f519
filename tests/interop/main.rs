//! Real nodes beside other implementations: python-zeroconf, avahi, mdns-sd, simple-mdns.
//!
//! Everything runs in network namespaces made for the test.

mod avahi;
mod mdns_sd;
mod python;
mod simple_mdns;
mod stand_ins;
