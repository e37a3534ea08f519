//! Network interfaces as discovery sees them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The operating system's index of an interface (`if_nametoindex`), never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceIndex(pub u32);

/// An IP address of an interface with the length of its on-link prefix, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceAddr {
    /// The address.
    pub ip: IpAddr,
    /// How many leading bits of `ip` name the link: 0 to 32, or to 128.
    pub prefix_len: u8,
}

impl InterfaceAddr {
    /// Whether `other` is on this address's link, that is shares its prefix.
    #[must_use]
    pub fn contains(&self, other: IpAddr) -> bool {
        match (self.ip, other) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let shift = 32u32.saturating_sub(u32::from(self.prefix_len));
                shares_prefix(
                    u128::from(ours.to_bits()),
                    u128::from(theirs.to_bits()),
                    shift,
                )
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let shift = 128u32.saturating_sub(u32::from(self.prefix_len));
                shares_prefix(ours.to_bits(), theirs.to_bits(), shift)
            }
            _ => false,
        }
    }
}

fn shares_prefix(a: u128, b: u128, shift: u32) -> bool {
    (a ^ b).checked_shr(shift).unwrap_or(0) == 0
}

/// What kind of link an interface is, as far as its name and flags tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceKind {
    /// Ethernet, Wi-Fi, or anything else that carries a LAN.
    Lan,
    /// The machine itself (`lo`).
    Loopback,
    /// A point-to-point link: a VPN, PPP, a mobile modem.
    PointToPoint,
    /// A bridge or virtual Ethernet of a container engine or a hypervisor.
    Container,
}

impl fmt::Display for InterfaceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lan => "lan",
            Self::Loopback => "loopback",
            Self::PointToPoint => "point-to-point",
            Self::Container => "container",
        })
    }
}

/// One usable network interface and its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The operating system's index.
    pub index: InterfaceIndex,
    /// The operating system's name: `eth0`, `wlan0`, `lo`.
    pub name: String,
    /// What kind of link it is.
    pub kind: InterfaceKind,
    /// Its addresses, sorted, without duplicates.
    pub addrs: Vec<InterfaceAddr>,
}

impl Interface {
    /// The IPv4 addresses.
    pub fn ipv4(&self) -> impl Iterator<Item = Ipv4Addr> + '_ {
        self.addrs.iter().filter_map(|addr| match addr.ip {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        })
    }

    /// The IPv6 addresses.
    pub fn ipv6(&self) -> impl Iterator<Item = Ipv6Addr> + '_ {
        self.addrs.iter().filter_map(|addr| match addr.ip {
            IpAddr::V6(ip) => Some(ip),
            IpAddr::V4(_) => None,
        })
    }

    /// Whether a packet from `source` can have come from a neighbour on this link.
    ///
    /// Link-local IPv6 sources always can; others must share a prefix with one of ours.
    #[must_use]
    pub fn is_on_link(&self, source: IpAddr) -> bool {
        if let IpAddr::V6(v6) = source
            && v6.is_unicast_link_local()
        {
            return self.ipv6().next().is_some();
        }
        self.addrs.iter().any(|addr| addr.contains(source))
    }
}

impl Interface {
    /// Whether `ip` can be a single neighbour on this link: not off the link, not a group, not
    /// everybody, not the link itself.
    #[must_use]
    pub(crate) fn is_neighbour(&self, ip: IpAddr) -> bool {
        let IpAddr::V4(v4) = ip else {
            return !ip.is_unspecified() && !ip.is_multicast() && self.is_on_link(ip);
        };
        let nobody = v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast();
        let names_the_link = self.addrs.iter().any(|addr| {
            // Links of one or two addresses (RFC 3021) have neither network nor broadcast address.
            let host = u32::MAX
                .checked_shr(u32::from(addr.prefix_len))
                .unwrap_or(0);
            let part = v4.to_bits() & host;
            host > 1 && addr.contains(ip) && (part == 0 || part == host)
        });
        !nobody && !names_the_link && self.is_on_link(ip)
    }
}

/// Which interfaces discovery may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InterfaceFilter {
    /// Every LAN interface; the loopback interface only while there is no other.
    #[default]
    Auto,
    /// Exactly those selected by name or by one of their addresses.
    Only(Vec<InterfaceSelector>),
}

/// Names one interface: by its name or by an address it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InterfaceSelector {
    /// `eth0`, `lo`, …
    Name(String),
    /// `192.168.1.5`, `127.0.0.1`, …
    Addr(IpAddr),
}

impl InterfaceSelector {
    /// Whether this selector names `interface`.
    #[must_use]
    pub fn matches(&self, interface: &Interface) -> bool {
        match self {
            Self::Name(name) => *name == interface.name,
            Self::Addr(ip) => interface.addrs.iter().any(|addr| addr.ip == *ip),
        }
    }
}

impl FromStr for InterfaceSelector {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text
            .parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Addr))
    }
}

impl fmt::Display for InterfaceSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Addr(ip) => ip.fmt(f),
        }
    }
}

impl InterfaceFilter {
    /// The interfaces of `all` that discovery should use, in their order.
    #[must_use]
    pub fn select(&self, all: &[Interface]) -> Vec<Interface> {
        let of_kind = |kind| move |interface: &&Interface| interface.kind == kind;
        match self {
            Self::Only(selectors) => all
                .iter()
                .filter(|interface| selectors.iter().any(|s| s.matches(interface)))
                .cloned()
                .collect(),
            Self::Auto if all.iter().any(|i| i.kind == InterfaceKind::Lan) => all
                .iter()
                .filter(of_kind(InterfaceKind::Lan))
                .cloned()
                .collect(),
            Self::Auto => all
                .iter()
                .filter(of_kind(InterfaceKind::Loopback))
                .cloned()
                .collect(),
        }
    }
}
