//! The native backend on the loopback interface, through its public door.
//!
//! Other tests may run on the same loopback at the same time, so every test looks only for the
//! ids it made itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use tazcom_discovery::{
    Config, Discovery, Event, InterfaceFilter, InterfaceSelector, LocalService, LostReason, Peer,
    Subscription, start_native,
};
use tazcom_identity::{NodeId, SecretKey};

/// Generous: it only ends a test that hangs.
const DEADLINE: Duration = Duration::from_secs(20);

fn loopback() -> Config {
    Config {
        interfaces: InterfaceFilter::Only(vec![InterfaceSelector::Name("lo".to_owned())]),
        ..Config::default()
    }
}

fn service(port: u16) -> LocalService {
    LocalService {
        id: SecretKey::generate().unwrap().node_id(),
        port,
        version: "2.0".to_owned(),
    }
}

async fn start(service: &LocalService) -> Box<dyn Discovery> {
    start_native(Some(service.clone()), loopback())
        .await
        .unwrap()
}

async fn wait_for<T>(
    events: &mut Subscription,
    what: &str,
    mut pick: impl FnMut(&Event) -> Option<T>,
) -> T {
    let found = tokio::time::timeout(DEADLINE, async {
        loop {
            let event = events.next().await.expect("discovery ended");
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    });
    found
        .await
        .unwrap_or_else(|_| panic!("never saw {what} within {DEADLINE:?}"))
}

fn found(id: NodeId) -> impl FnMut(&Event) -> Option<Peer> {
    move |event| match event {
        Event::Found(peer) => (peer.id == id).then(|| peer.clone()),
        Event::Resync(peers) => peers.iter().find(|peer| peer.id == id).cloned(),
        _ => None,
    }
}

#[tokio::test]
async fn two_nodes_find_each_other_and_hear_the_goodbye() {
    let (a, b) = (service(40_001), service(40_002));
    let node_a = start(&a).await;
    let mut events_a = node_a.subscribe();
    let node_b = start(&b).await;
    let mut events_b = node_b.subscribe();

    let seen_b = wait_for(&mut events_a, "b", found(b.id)).await;
    let seen_a = wait_for(&mut events_b, "a", found(a.id)).await;
    assert_eq!((seen_a.port, seen_b.port), (a.port, b.port));
    assert_eq!(seen_b.version, "2.0");
    assert!(seen_b.sessions);
    assert!(seen_b.socket_addrs().all(|addr| addr.ip().is_loopback()));

    node_b.shutdown().await;
    let reason = wait_for(&mut events_a, "b's goodbye", |event| match event {
        Event::Lost { id, reason } if *id == b.id => Some(*reason),
        _ => None,
    });
    assert_eq!(reason.await, LostReason::Goodbye);
    node_a.shutdown().await;
}

#[tokio::test]
async fn a_browser_sees_without_being_seen() {
    let a = service(40_003);
    let node = start(&a).await;
    let browser = start_native(None, loopback()).await.unwrap();
    let mut events = browser.subscribe();
    wait_for(&mut events, "a", found(a.id)).await;
    assert!(node.stats().packets_from_others > 0);
    browser.shutdown().await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_new_port_is_one_update() {
    let mut a = service(40_004);
    let node = start(&a).await;
    let browser = start_native(None, loopback()).await.unwrap();
    let mut events = browser.subscribe();
    wait_for(&mut events, "a", found(a.id)).await;
    a.port = 40_005;
    node.update(a.clone());
    let updated = wait_for(&mut events, "the update", |event| match event {
        Event::Updated(peer) if peer.id == a.id => Some(peer.port),
        Event::Lost { id, .. } if *id == a.id => panic!("lost instead of updated"),
        _ => None,
    });
    assert_eq!(updated.await, 40_005);
}

#[tokio::test]
async fn a_dropped_node_still_says_goodbye() {
    let a = service(40_006);
    let browser = start_native(None, loopback()).await.unwrap();
    let mut events = browser.subscribe();
    let node = start(&a).await;
    wait_for(&mut events, "a", found(a.id)).await;
    drop(node);
    let reason = wait_for(&mut events, "the goodbye", |event| match event {
        Event::Lost { id, reason } if *id == a.id => Some(*reason),
        _ => None,
    });
    assert_eq!(reason.await, LostReason::Goodbye);
}

#[tokio::test]
async fn a_runtime_torn_down_still_says_goodbye() {
    let a = service(40_007);
    let browser = start_native(None, loopback()).await.unwrap();
    let mut events = browser.subscribe();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let announced = a.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let node = start(&announced).await;
            stopped.await.unwrap();
            // As in a panic: the handle outlives the runtime.
            std::mem::forget(node);
        });
    });
    wait_for(&mut events, "a", found(a.id)).await;
    stop.send(()).unwrap();
    let reason = wait_for(&mut events, "the goodbye", |event| match event {
        Event::Lost { id, reason } if *id == a.id => Some(*reason),
        _ => None,
    });
    assert_eq!(reason.await, LostReason::Goodbye);
    tokio::task::spawn_blocking(move || thread.join().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_interface_that_is_not_there_is_degraded_and_not_an_end() {
    let config = Config {
        interfaces: InterfaceFilter::Only(vec![InterfaceSelector::Name("nope0".to_owned())]),
        ..Config::default()
    };
    let node = start_native(Some(service(40_008)), config).await.unwrap();
    let mut events = node.subscribe();
    let reason = wait_for(&mut events, "the complaint", |event| match event {
        Event::Degraded { interface, reason } => Some((interface.clone(), reason.clone())),
        _ => None,
    });
    let (interface, reason) = reason.await;
    assert_eq!(interface, None);
    assert!(reason.contains("nope0"), "{reason}");
    assert!(node.interfaces().is_empty());
    node.shutdown().await;
}
