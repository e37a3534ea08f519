//! Which network interfaces the machine has right now.

use std::io;
use std::net::IpAddr;

use getifaddrs::{Address, AddressFamily, InterfaceFlags, Interfaces};

use crate::interface::{Interface, InterfaceAddr, InterfaceIndex, InterfaceKind};

/// Prefixes of names that container engines and hypervisors give to their links.
const CONTAINER_NAMES: [&str; 13] = [
    "docker", "veth", "virbr", "vmnet", "vboxnet", "lxcbr", "lxdbr", "incusbr", "podman", "cni",
    "flannel", "cali", "vnet",
];

/// Prefixes of names that VPNs give to their links, where the flags do not tell.
const TUNNEL_NAMES: [&str; 6] = ["tun", "tap", "wg", "ppp", "utun", "tailscale"];

/// Lists the interfaces that are up, have a carrier and can multicast, in the order of their
/// indexes, each with its addresses.
///
/// # Errors
///
/// What the operating system said when asked.
pub fn list_interfaces() -> io::Result<Vec<Interface>> {
    let all: Interfaces = getifaddrs::getifaddrs()?.collect();
    Ok(all
        .into_iter()
        .filter_map(|(index, found)| {
            let mut addrs: Vec<_> = [AddressFamily::V4, AddressFamily::V6]
                .into_iter()
                .filter_map(|family| found.address.get_all(family))
                .flatten()
                .filter_map(interface_addr)
                .collect();
            addrs.sort_unstable();
            addrs.dedup();
            let usable = is_usable(found.flags) && !addrs.is_empty();
            usable.then(|| Interface {
                index: InterfaceIndex(index),
                kind: kind(&found.name, found.flags),
                name: found.name,
                addrs,
            })
        })
        .collect())
}

fn is_usable(flags: InterfaceFlags) -> bool {
    let up = flags.contains(InterfaceFlags::UP | InterfaceFlags::RUNNING);
    let multicast = flags.intersects(InterfaceFlags::MULTICAST | InterfaceFlags::LOOPBACK);
    up && multicast
}

fn kind(name: &str, flags: InterfaceFlags) -> InterfaceKind {
    let named = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if flags.contains(InterfaceFlags::LOOPBACK) {
        InterfaceKind::Loopback
    } else if flags.contains(InterfaceFlags::POINTTOPOINT) || named(&TUNNEL_NAMES) {
        InterfaceKind::PointToPoint
    } else if named(&CONTAINER_NAMES) || is_docker_bridge(name) {
        InterfaceKind::Container
    } else {
        InterfaceKind::Lan
    }
}

/// Docker names the bridge of a network `br-` and twelve hexadecimal digits of its id; other
/// bridges of that prefix (`br-lan`) are LANs.
fn is_docker_bridge(name: &str) -> bool {
    let id = name.strip_prefix("br-").unwrap_or_default();
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn interface_addr(address: &Address) -> Option<InterfaceAddr> {
    let ip = address.ip_addr()?;
    let prefix_len = match (ip, address.netmask()) {
        (IpAddr::V4(_), Some(IpAddr::V4(mask))) => mask.to_bits().leading_ones(),
        (IpAddr::V6(_), Some(IpAddr::V6(mask))) => mask.to_bits().leading_ones(),
        (IpAddr::V4(_), _) => 32,
        (IpAddr::V6(_), _) => 128,
    };
    Some(InterfaceAddr {
        ip,
        prefix_len: u8::try_from(prefix_len).unwrap_or(u8::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAN: InterfaceFlags = InterfaceFlags::UP
        .union(InterfaceFlags::RUNNING)
        .union(InterfaceFlags::BROADCAST)
        .union(InterfaceFlags::MULTICAST);

    #[test]
    fn kinds_are_told_by_flags_and_names() {
        let tunnel = LAN.union(InterfaceFlags::POINTTOPOINT);
        let loopback = InterfaceFlags::UP.union(InterfaceFlags::LOOPBACK);
        for (name, flags, expected) in [
            ("eth0", LAN, InterfaceKind::Lan),
            ("wlp3s0", LAN, InterfaceKind::Lan),
            ("br0", LAN, InterfaceKind::Lan),
            ("br-lan", LAN, InterfaceKind::Lan),
            ("lo", loopback, InterfaceKind::Loopback),
            ("mullvad", tunnel, InterfaceKind::PointToPoint),
            ("wg0", LAN, InterfaceKind::PointToPoint),
            ("docker0", LAN, InterfaceKind::Container),
            ("br-0123456789ab", LAN, InterfaceKind::Container),
        ] {
            assert_eq!(kind(name, flags), expected, "{name}");
        }
    }

    #[test]
    fn an_interface_without_carrier_or_multicast_is_not_usable() {
        assert!(is_usable(LAN));
        assert!(!is_usable(LAN.difference(InterfaceFlags::RUNNING)));
        assert!(!is_usable(LAN.difference(InterfaceFlags::UP)));
        assert!(!is_usable(LAN.difference(InterfaceFlags::MULTICAST)));
    }
}
