//! Where a node listens, at which of its addresses it accepts, and which it tells people of.
//!
//! All of it follows from the interfaces a person chose and those there are.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tazcom_discovery::{
    Interface, InterfaceFilter, InterfaceKind, InterfaceSelector, list_interfaces,
};

/// The interfaces that are up now; none when the operating system does not tell.
pub(crate) fn present() -> Vec<Interface> {
    list_interfaces().unwrap_or_else(|error| {
        tracing::warn!("the network interfaces could not be listed: {error}");
        Vec::new()
    })
}

/// Where to bind: loopback alone when only loopback was chosen, so that nothing outside this host
/// can even connect; else every address, because interfaces come and go and change theirs.
pub(crate) fn listen_on(
    filter: &InterfaceFilter,
    present: &[Interface],
    port: u16,
) -> Vec<SocketAddr> {
    let everywhere = || vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))];
    let InterfaceFilter::Only(selectors) = filter else {
        return everywhere();
    };
    let chosen: Option<Vec<IpAddr>> = selectors
        .iter()
        .map(|selector| loopback_addr(selector, present))
        .collect();
    match chosen {
        Some(addrs) if !addrs.is_empty() => {
            let distinct: BTreeSet<IpAddr> = addrs.into_iter().collect();
            distinct
                .into_iter()
                .map(|ip| SocketAddr::new(ip, port))
                .collect()
        }
        _ => everywhere(),
    }
}

/// The loopback address a selector stands for, if it stands for loopback.
fn loopback_addr(selector: &InterfaceSelector, present: &[Interface]) -> Option<IpAddr> {
    match selector {
        InterfaceSelector::Addr(ip) => ip.is_loopback().then_some(*ip),
        InterfaceSelector::Name(name) => present
            .iter()
            .any(|interface| interface.name == *name && interface.kind == InterfaceKind::Loopback)
            .then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }
}

/// Every address of this host.
pub(crate) fn own_addresses() -> BTreeSet<IpAddr> {
    let present = present();
    let addrs = present.iter().flat_map(|interface| &interface.addrs);
    addrs.map(|addr| addr.ip).collect()
}

/// The local addresses connections may arrive at; `None` for any.
///
/// With interfaces chosen by hand it is their addresses and no others: whoever chose the LAN does
/// not want to be reached through the VPN.
pub(crate) fn accept_at(
    filter: &InterfaceFilter,
    in_use: &[Interface],
) -> Option<BTreeSet<IpAddr>> {
    match filter {
        InterfaceFilter::Auto => None,
        InterfaceFilter::Only(_) => Some(
            in_use
                .iter()
                .flat_map(|interface| &interface.addrs)
                .map(|addr| addr.ip)
                .collect(),
        ),
    }
}

/// The addresses others can reach the node at: what it is bound to, with a wildcard spelled out
/// as the addresses of the interfaces in use, IPv4 first. A wildcard stays one when no interface
/// is in use.
pub(crate) fn reachable_at(bound: &[SocketAddr], in_use: &[Interface]) -> Vec<SocketAddr> {
    let mut addrs: Vec<SocketAddr> = Vec::new();
    for listening in bound {
        if !listening.ip().is_unspecified() {
            addrs.push(*listening);
            continue;
        }
        let spelled = in_use
            .iter()
            .flat_map(|interface| &interface.addrs)
            // `[::]` takes both families: the endpoint binds it dual-stack.
            .filter(|addr| listening.is_ipv6() || addr.ip.is_ipv4())
            .map(|addr| SocketAddr::new(addr.ip, listening.port()));
        let before = addrs.len();
        addrs.extend(spelled);
        if addrs.len() == before {
            addrs.push(*listening);
        }
    }
    addrs.sort();
    addrs.dedup();
    addrs
}

#[cfg(test)]
mod tests;
