//! Which subnet a peer is in.

use std::net::IpAddr;

use tazcom_discovery::Interface;

/// The interfaces in use, as far as it matters which of them leads to a peer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks(Vec<Interface>);

/// What is on the link of no interface: given by hand, beyond a router.
const ELSEWHERE: u32 = 0;

impl Networks {
    pub(crate) fn of(interfaces: &[Interface]) -> Self {
        Self(interfaces.to_vec())
    }

    /// A number that is the same for all addresses on one link.
    pub(crate) fn label(&self, ip: IpAddr) -> u32 {
        let ip = ip.to_canonical();
        let link = self.0.iter().find(|interface| interface.is_on_link(ip));
        link.map_or(ELSEWHERE, |interface| interface.index.0)
    }

    /// Whether an address is on a link of ours. A link-local one says nothing without its link.
    pub(crate) fn reach(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let is_link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        !is_link_local && self.0.iter().any(|interface| interface.is_on_link(ip))
    }
}

#[cfg(test)]
mod tests {
    use tazcom_discovery::{InterfaceAddr, InterfaceIndex, InterfaceKind};

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("it is an address")
    }

    fn interface(index: u32, addr: &str, prefix_len: u8) -> Interface {
        Interface {
            index: InterfaceIndex(index),
            name: format!("eth{index}"),
            kind: InterfaceKind::Lan,
            addrs: vec![InterfaceAddr {
                ip: ip(addr),
                prefix_len,
            }],
        }
    }

    #[test]
    fn peers_on_one_link_have_one_label_and_those_beyond_another() {
        let networks = Networks::of(&[
            interface(2, "10.0.1.1", 24),
            interface(3, "10.0.2.1", 24),
            interface(4, "fe80::1", 64),
        ]);
        assert_eq!(networks.label(ip("10.0.1.7")), 2);
        assert_eq!(networks.label(ip("::ffff:10.0.2.9")), 3);
        assert_eq!(networks.label(ip("192.0.2.1")), ELSEWHERE);
        assert!(networks.reach(ip("10.0.2.9")));
        assert!(!networks.reach(ip("192.0.2.1")));
        // Which link it is on is not in it.
        assert!(!networks.reach(ip("fe80::2")));
    }
}
