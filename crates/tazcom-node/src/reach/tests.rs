//! What each choice of interfaces means for the TCP side.

use tazcom_discovery::{InterfaceAddr, InterfaceIndex};

use super::*;

fn interface(index: u32, name: &str, kind: InterfaceKind, addrs: &[(&str, u8)]) -> Interface {
    Interface {
        index: InterfaceIndex(index),
        name: name.to_owned(),
        kind,
        addrs: addrs
            .iter()
            .map(|(ip, prefix_len)| InterfaceAddr {
                ip: ip.parse().unwrap(),
                prefix_len: *prefix_len,
            })
            .collect(),
    }
}

fn host() -> Vec<Interface> {
    vec![
        interface(
            1,
            "lo",
            InterfaceKind::Loopback,
            &[("127.0.0.1", 8), ("::1", 128)],
        ),
        interface(
            2,
            "eth0",
            InterfaceKind::Lan,
            &[("192.168.1.5", 24), ("fe80::5", 64)],
        ),
    ]
}

fn only(names: &[&str]) -> InterfaceFilter {
    InterfaceFilter::Only(names.iter().map(|name| name.parse().unwrap()).collect())
}

fn addrs(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn without_a_choice_it_listens_everywhere_and_accepts_anywhere() {
    assert_eq!(
        listen_on(&InterfaceFilter::Auto, &host()[..1], 0),
        addrs(&["[::]:0"])
    );
    assert_eq!(accept_at(&InterfaceFilter::Auto, &host()), None);
}

#[test]
fn loopback_alone_is_listened_on_alone() {
    for (choice, expected) in [
        (only(&["lo"]), "127.0.0.1:7"),
        (only(&["127.0.0.1"]), "127.0.0.1:7"),
        (only(&["127.0.0.1", "lo"]), "127.0.0.1:7"),
        (only(&["::1"]), "[::1]:7"),
    ] {
        assert_eq!(listen_on(&choice, &host(), 7), addrs(&[expected]));
    }
}

#[test]
fn loopback_beside_a_lan_is_listened_on_with_it() {
    for choice in [only(&["lo", "eth0"]), only(&["eth0"]), only(&["usb0"])] {
        assert_eq!(listen_on(&choice, &host(), 7), addrs(&["[::]:7"]));
    }
}

#[test]
fn a_choice_is_accepted_at_the_addresses_of_the_chosen_only() {
    let accepted = accept_at(&only(&["eth0"]), &host()[1..]).unwrap();
    let expected: BTreeSet<IpAddr> = ["192.168.1.5", "fe80::5"]
        .map(|ip| ip.parse().unwrap())
        .into();
    assert_eq!(accepted, expected);
}

#[test]
fn a_chosen_interface_that_is_away_is_accepted_at_nowhere() {
    assert_eq!(accept_at(&only(&["usb0"]), &[]), Some(BTreeSet::new()));
}

#[test]
fn a_wildcard_is_told_as_the_addresses_in_use() {
    assert_eq!(
        reachable_at(&addrs(&["[::]:7"]), &host()[1..]),
        addrs(&["192.168.1.5:7", "[fe80::5]:7"])
    );
    assert_eq!(
        reachable_at(&addrs(&["0.0.0.0:7"]), &host()[1..]),
        addrs(&["192.168.1.5:7"])
    );
}

#[test]
fn a_wildcard_without_interfaces_stays_one() {
    assert_eq!(reachable_at(&addrs(&["[::]:7"]), &[]), addrs(&["[::]:7"]));
}

#[test]
fn a_bound_address_is_told_as_it_is() {
    assert_eq!(
        reachable_at(&addrs(&["127.0.0.1:7"]), &host()),
        addrs(&["127.0.0.1:7"])
    );
}
