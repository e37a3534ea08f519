//! The other mDNS library of the Rust world, on a thread inside the namespace.

use std::time::{Duration, Instant};

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent, ServiceInfo};
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::{Listener, invented_id};
use tazcom_tests::{Lan, NodeCommand, SOON, Signal};

const SERVICE: &str = "_tazcom._tcp.local.";

#[test]
fn mdns_sd_resolves_a_node_and_sees_its_goodbye() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let daemon = right.enter(|| ServiceDaemon::new().unwrap());
    let events = daemon.browse(SERVICE).unwrap();
    let mut node = NodeCommand::new("node").spawn(&left);

    let info = wait(&events, "it is resolved", |event| match event {
        ServiceEvent::ServiceResolved(info) => Some(info),
        _ => None,
    });
    assert_eq!(
        info.get_fullname(),
        format!("TAZCOM Node {}.{SERVICE}", node.short())
    );
    assert_eq!(
        info.get_hostname(),
        format!("tazcom-{}.local.", node.short())
    );
    assert_eq!(info.get_port(), node.port());
    assert_eq!(info.get_property_val_str("id"), Some(node.id()));
    assert_eq!(info.get_property_val_str("version"), Some("2.0"));
    assert_eq!(
        info.get_property_val_str("p"),
        Some(node.port().to_string().as_str())
    );
    let addresses = info.get_addresses_v4();
    assert!(
        addresses.contains(&lan.address(1)) && addresses.len() == 1,
        "{addresses:?}"
    );

    node.end(Signal::TERM, SOON);
    wait(&events, "it is removed", |event| {
        matches!(event, ServiceEvent::ServiceRemoved(_, name) if name == info.get_fullname())
            .then_some(())
    });
    daemon.shutdown().unwrap();
}

#[test]
fn a_service_that_mdns_sd_registers_is_found_greeted_and_lost() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let lan = Lan::new(1);
    let (left, right) = (lan.host(1), lan.host(2));
    let listener = Listener::new(&right, lan.address(2));
    let id = invented_id(12);
    let port = listener.port.to_string();
    let service = ServiceInfo::new(
        SERVICE,
        &format!("TAZCOM Node {}", &id[..8]),
        &format!("tazcom-{}.local.", &id[..8]),
        std::net::IpAddr::from(lan.address(2)),
        listener.port,
        &[("id", id.as_str()), ("version", "2.0"), ("p", &port)][..],
    )
    .unwrap();
    let mut node = NodeCommand::new("node").spawn(&left);
    let daemon = right.enter(|| ServiceDaemon::new().unwrap());
    let full_name = service.get_fullname().to_owned();
    daemon.register(service).unwrap();

    assert_eq!(
        node.discovers(&id).addr(),
        (lan.address(2), listener.port).into()
    );
    listener.is_told(node.id(), SOON);
    node.is_acknowledged_by(&id);
    daemon.unregister(&full_name).unwrap();
    assert_eq!(node.loses(&id, SOON).text("reason"), "goodbye");
    daemon.shutdown().unwrap();
}

fn wait<T>(
    events: &Receiver<ServiceEvent>,
    what: &str,
    mut pick: impl FnMut(ServiceEvent) -> Option<T>,
) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        let left = deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1));
        let Ok(event) = events.recv_timeout(left) else {
            panic!("not within {SOON:?}: {what}");
        };
        if let Some(picked) = pick(event) {
            return picked;
        }
    }
}
