//! Whole nodes through their public door, on loopback. Strangers may run there too, so everybody is
//! told apart by id.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tazcom_discovery::{self as discovery, InterfaceFilter, LocalService, LostReason};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_node::{ALONE_AFTER, Backend, Builder, Event, Events, Node, StartError, Warning};

/// Stops a hang. Nothing here takes a tenth of it.
const DEADLINE: Duration = Duration::from_secs(30);

fn loopback() -> InterfaceFilter {
    InterfaceFilter::Only(vec!["lo".parse().unwrap()])
}

fn builder() -> Builder {
    Node::builder(SecretKey::generate().expect("there is entropy")).interfaces(loopback())
}

/// The next event for which `wanted` is true.
async fn wait_for(events: &mut Events, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
    let search = async {
        loop {
            let event = events.next().await.expect("the node has not ended");
            if wanted(&event) {
                return event;
            }
        }
    };
    match tokio::time::timeout(DEADLINE, search).await {
        Ok(event) => event,
        Err(_) => panic!("{what} did not come"),
    }
}

async fn wait_for_peer(events: &mut Events, id: NodeId) {
    wait_for(
        events,
        "the discovery",
        |event| matches!(event, Event::PeerDiscovered(peer) if peer.id == id),
    )
    .await;
}

async fn wait_for_goodbye(events: &mut Events, id: NodeId) {
    let reason = LostReason::Goodbye;
    wait_for(events, "the goodbye", |event| {
        *event == Event::PeerRemoved { id, reason }
    })
    .await;
}

#[tokio::test]
async fn two_nodes_discover_and_greet_each_other() {
    let a = builder().start().await.unwrap();
    let b = builder().start().await.unwrap();
    for (node, other) in [(&a, b.id()), (&b, a.id())] {
        let mut events = node.events();
        // The other may have found us first, and come to a session before we found it.
        let (mut is_found, mut is_greeted) = (false, false);
        while !(is_found && is_greeted) {
            wait_for(&mut events, "discovery and ACK", |event| match event {
                Event::PeerDiscovered(peer) => peer.id == other,
                Event::AckReceived { id, verified, .. } => *id == Some(other) && *verified,
                _ => false,
            })
            .await;
            is_found = node.peers().iter().any(|peer| peer.id == other);
            is_greeted = node.sessions().iter().any(|session| session.id == other);
        }
    }
    a.shutdown().await;
    b.shutdown().await;
}

#[tokio::test]
async fn after_shutdown_no_task_is_left_and_events_end() {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = tasks();
    let node = builder().start().await.unwrap();
    let mut events = node.events();
    assert!(tasks() > before);

    let report = node.shutdown().await;
    assert!(!report.panicked);
    assert_eq!(tasks(), before);
    while events.next().await.is_some() {}
    assert_eq!(node.shutdown().await, report, "once more changes nothing");
}

#[tokio::test]
async fn a_node_that_is_dropped_says_goodbye() {
    let watcher = builder().start().await.unwrap();
    let mut events = watcher.events();
    let node = builder().start().await.unwrap();
    let id = node.id();
    wait_for_peer(&mut events, id).await;
    drop(node);
    wait_for_goodbye(&mut events, id).await;
    watcher.shutdown().await;
}

#[tokio::test]
async fn a_node_whose_program_panics_says_goodbye() {
    let watcher = builder().start().await.unwrap();
    let mut events = watcher.events();
    let key = SecretKey::generate().unwrap();
    let id = key.node_id();
    let (seen, was_seen) = tokio::sync::oneshot::channel::<()>();
    let program = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let node = Node::builder(key).interfaces(loopback()).start().await;
            let _node = node.unwrap();
            was_seen.await.unwrap();
            panic!("on purpose");
        });
    });
    wait_for_peer(&mut events, id).await;
    seen.send(()).unwrap();
    wait_for_goodbye(&mut events, id).await;
    assert!(program.join().is_err());
    watcher.shutdown().await;
}

#[tokio::test]
async fn a_port_in_use_is_an_error_and_leaves_nothing_running() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = builder().port(port).start().await.unwrap_err();
    assert!(matches!(error, StartError::Bind(_)), "{error}");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    assert_eq!(tasks, 0);
}

#[tokio::test]
async fn a_chosen_loopback_is_all_that_is_listened_on() {
    let node = builder().discovery(Backend::None).start().await.unwrap();
    let addrs = node.local_addrs();
    assert_eq!(addrs.len(), 1);
    assert_eq!(addrs[0].ip(), Ipv4Addr::LOCALHOST);
    assert_eq!(node.reachable_at(), addrs);
    assert_eq!(node.service_name(), None);
    node.shutdown().await;
}

#[tokio::test]
async fn a_peer_that_is_announced_but_does_not_answer_is_a_warning() {
    let nobody = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let id = SecretKey::generate().unwrap().node_id();
    let service = LocalService {
        id,
        port: nobody.port(),
        version: "2.0".to_owned(),
    };
    let config = discovery::Config {
        interfaces: loopback(),
        ..discovery::Config::default()
    };
    let announcer = discovery::start_native(Some(service), config)
        .await
        .unwrap();
    let node = builder().start().await.unwrap();
    let mut events = node.events();
    wait_for(&mut events, "the refusal", |event| {
        let id = Some(id);
        *event == Event::Warning(Warning::ConnectionRefused { id, addr: nobody })
    })
    .await;
    announcer.shutdown().await;
    node.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn who_sees_nobody_hears_so_once() {
    let node = builder().discovery(Backend::None).start().await.unwrap();
    let mut events = node.events();
    let begin = tokio::time::Instant::now();
    let alone = wait_for(&mut events, "the warning", |event| {
        matches!(event, Event::Warning(Warning::Alone(_)))
    })
    .await;
    assert!(begin.elapsed() >= ALONE_AFTER);
    let Event::Warning(Warning::Alone(tried)) = alone else {
        unreachable!("it was waited for");
    };
    assert_eq!(tried.backend, Backend::None);
    assert!(tried.interfaces.iter().all(|used| used.name == "lo"));
    assert!(tried.skipped.iter().all(|skipped| skipped.name != "lo"));

    tokio::time::advance(10 * ALONE_AFTER).await;
    node.shutdown().await;
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn who_was_greeted_is_not_alone() {
    let a = builder().discovery(Backend::None).start().await.unwrap();
    let addr: SocketAddr = a.local_addrs()[0];
    let b = builder().discovery(Backend::None).peer(addr);
    let b = b.start().await.unwrap();
    let mut all = [a.events(), b.events()];
    for events in &mut all {
        wait_for(events, "a greeting", |event| {
            matches!(
                event,
                Event::AckReceived { .. } | Event::HelloReceived { .. }
            )
        })
        .await;
    }
    tokio::time::pause();
    tokio::time::advance(2 * ALONE_AFTER).await;
    a.shutdown().await;
    b.shutdown().await;
    for events in &mut all {
        while let Some(event) = events.next().await {
            assert!(!matches!(event, Event::Warning(Warning::Alone(_))));
        }
    }
}
