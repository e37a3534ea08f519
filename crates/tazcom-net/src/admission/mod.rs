//! Who may come in, and how much work may be asked for. Sans-IO: no clock, no socket.

mod half_open;
#[cfg(test)]
mod tests;
mod work;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) use half_open::{Begun, HalfOpen, SlotId};
pub(crate) use work::{Work, WorkBudget};

/// Whether many nodes may share this address: those of one host, which all have the one loopback
/// address there is by default. The others of 127.0.0.0/8 are given on purpose, one a node.
pub(crate) fn shares_one_address(ip: IpAddr) -> bool {
    ip == IpAddr::V4(Ipv4Addr::LOCALHOST) || ip == IpAddr::V6(Ipv6Addr::LOCALHOST)
}
