//! What discovery tells us about a peer, and which addresses of it may be dialled at all.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tazcom_identity::NodeId;

/// A peer was found, or something about it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Who it claims to be.
    pub id: NodeId,
    /// Every address it is believed to have now, newest first. Replaces what was known.
    pub addrs: Vec<SeenAddr>,
    /// Whether it says that it speaks sessions. A hint for who dials first, and no more: one that
    /// does not will not dial us.
    pub sessions: bool,
}

/// One address of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeenAddr {
    /// Where to dial; a link-local IPv6 address carries its scope. That it is on-link is for
    /// discovery to check, which knows the interface it came from.
    pub addr: SocketAddr,
    /// Who announced it: the address the packet came from. Failures to dial are charged to it;
    /// those with `None` share one account.
    pub source: Option<IpAddr>,
}

/// The lowest port an announced peer may have. Below are the services of the operating system,
/// and a forged record must not aim us at one.
const LOWEST_PORT: u16 = 1024;

/// Raw printing (JetDirect, IANA `pdl-datastream`): what a printer hears there, it prints.
const PRINTER_PORTS: std::ops::RangeInclusive<u16> = 9100..=9102;

impl SeenAddr {
    /// Whether a record may send us there.
    pub(crate) fn is_dialable(&self) -> bool {
        let (ip, port) = (self.addr.ip().to_canonical(), self.addr.port());
        let from_loopback = self
            .source
            .is_some_and(|source| source.to_canonical().is_loopback());
        port >= LOWEST_PORT
            && !PRINTER_PORTS.contains(&port)
            && !ip.is_unspecified()
            && !ip.is_multicast()
            && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
            && (!ip.is_loopback() || from_loopback)
    }
}
