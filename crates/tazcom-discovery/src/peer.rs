//! What discovery believes about another node. All of it is a hint until a handshake proves it.

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use tazcom_identity::NodeId;

use crate::interface::InterfaceIndex;

/// Which rung of the ladder told us of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// Multicast DNS on the named interface.
    Mdns(String),
    /// Given by hand.
    Static,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mdns(interface) => write!(f, "mdns@{interface}"),
            Self::Static => f.write_str("static"),
        }
    }
}

/// One address of a peer, as seen on one interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerAddr {
    /// The address; on-link unicast when it came from multicast DNS.
    pub ip: IpAddr,
    /// The interface it was seen on; scopes a link-local IPv6 address.
    pub interface: Option<InterfaceIndex>,
    /// How we know of it.
    pub via: Via,
    /// The address the record came from, when it came in a packet.
    pub source: Option<IpAddr>,
}

impl PeerAddr {
    /// The socket address to dial for `port`, scoped where the address needs it.
    #[must_use]
    pub fn socket_addr(&self, port: u16) -> SocketAddr {
        match self.ip {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                let scope = self.interface.map_or(0, |index| index.0);
                SocketAddr::V6(SocketAddrV6::new(ip, port, 0, scope))
            }
            ip => SocketAddr::new(ip, port),
        }
    }
}

/// A node somebody announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The id in its TXT record: a claim.
    pub id: NodeId,
    /// The TCP port it says it listens on.
    pub port: u16,
    /// TXT `version`, at most 32 bytes, printable ASCII: `0.1` for a Python node, `2.0` for ours.
    pub version: String,
    /// Whether it says it speaks sessions (TXT `tz=2`). A hint for ordering, never for security.
    pub sessions: bool,
    /// Its addresses, newest first, at most 8 an interface.
    pub addrs: Vec<PeerAddr>,
}

impl Peer {
    /// The socket addresses to dial, in the order to try them.
    pub fn socket_addrs(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.addrs.iter().map(|addr| addr.socket_addr(self.port))
    }
}
