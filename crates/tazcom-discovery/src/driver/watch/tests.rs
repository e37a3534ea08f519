//! What is told of interfaces that come, fail and go. No packet is sent: the interface is made up.

use std::net::IpAddr;

use super::*;
use crate::interface::InterfaceAddr;

/// An interface that the operating system does not have, so that no socket can join on it.
fn made_up() -> Interface {
    Interface {
        index: InterfaceIndex(0x00ff_fff0),
        name: "made-up0".to_owned(),
        kind: InterfaceKind::Lan,
        addrs: vec![InterfaceAddr {
            ip: IpAddr::from([192, 0, 2, 1]),
            prefix_len: 24,
        }],
    }
}

fn degraded(changes: &[Change]) -> Vec<&Option<String>> {
    let mut named = Vec::new();
    for change in changes {
        if let Change::Degraded { interface, .. } = change {
            named.push(interface);
        }
    }
    named
}

#[tokio::test]
async fn a_failing_interface_is_complained_of_once_and_not_at_its_first_failure() {
    let mut watch = Watch::new(Config::default());
    let mut sockets = Sockets::default();
    let mut complaints = Vec::new();
    for _ in 0..10 {
        let changes = watch.look(&mut sockets, Ok(vec![made_up()]));
        complaints.push(degraded(&changes).len());
    }
    assert_eq!(complaints, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn an_interface_that_goes_is_down_and_its_absence_is_complained_of_once() {
    let mut watch = Watch::new(Config::default());
    let mut sockets = Sockets::default();
    watch.look(&mut sockets, Ok(vec![made_up()]));
    let changes = watch.look(&mut sockets, Ok(Vec::new()));
    assert!(matches!(changes[0], Change::Down(index) if index == made_up().index));
    assert_eq!(degraded(&changes), [&None]);
    assert!(watch.look(&mut sockets, Ok(Vec::new())).is_empty());
}

#[tokio::test]
async fn interfaces_that_cannot_be_listed_are_no_end_of_those_in_use() {
    let mut watch = Watch::new(Config::default());
    let mut sockets = Sockets::default();
    watch.look(&mut sockets, Ok(vec![made_up()]));
    let changes = watch.look(&mut sockets, Err(io::ErrorKind::PermissionDenied.into()));
    assert_eq!(degraded(&changes), [&None]);
    assert_eq!(changes.len(), 1, "nothing is down");
}
