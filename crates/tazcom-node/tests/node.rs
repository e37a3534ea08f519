//! Whole nodes through their public door, on loopback. Strangers may run there too, so everybody is
//! told apart by id.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tazcom_discovery::{self as discovery, InterfaceFilter, LocalService, LostReason};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_node::{
    ALONE_AFTER, Backend, Builder, Event, Events, MAX_NAME_LEN, Node, PingError, Reach, StartError,
    Warning,
};

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

/// A node that knows of nobody but by hand.
fn by_hand() -> Builder {
    builder().discovery(Backend::None)
}

#[tokio::test]
async fn a_session_has_a_name_and_is_pinged() {
    let ana = by_hand().name("Ana").start().await.unwrap();
    let bob = by_hand().peer(ana.local_addrs()[0]).start().await.unwrap();
    let id = ana.id();
    let mut events = bob.events();
    wait_for(&mut events, "the session", |event| {
        matches!(event, Event::SessionUp { id: of, name, .. }
            if *of == id && name.as_ref().is_some_and(|name| name.as_str() == "Ana"))
    })
    .await;
    let measured = bob.ping(id).await.unwrap();

    let contacts = bob.contacts();
    let [contact] = contacts.as_slice() else {
        panic!("{contacts:?}");
    };
    assert_eq!(contact.id, id);
    assert!(contact.announced.is_none());
    let Reach::Session { session, rtt } = &contact.reach else {
        panic!("{contact:?}");
    };
    assert_eq!(session.addr, ana.local_addrs()[0]);
    // That of the greeting may have come in between.
    assert!(rtt.is_some() && !measured.is_zero());

    let stranger = SecretKey::generate().unwrap().node_id();
    assert_eq!(bob.ping(stranger).await, Err(PingError::NoSession));
    ana.shutdown().await;
    wait_for(
        &mut events,
        "its end",
        |event| matches!(event, Event::SessionDown { id: of, .. } if *of == id),
    )
    .await;
    assert!(bob.contacts().is_empty());
    bob.shutdown().await;
}

#[tokio::test]
async fn a_name_that_no_session_carries_is_an_error() {
    let longest = "x".repeat(MAX_NAME_LEN);
    by_hand().name(&longest).start().await.unwrap();
    let error = by_hand().name(longest + "x").start().await.unwrap_err();
    assert!(matches!(error, StartError::Bind(_)), "{error}");
    assert!(error.to_string().contains("33 bytes"), "{error}");
}

/// Answers every line with ACK, as the first nodes do, until this process ends.
fn speaks_poc_02() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback is there");
    let addr = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = Vec::new();
            if BufReader::new(&stream).read_until(b'\n', &mut line).is_ok() {
                // The other side may have closed its end.
                let _ = (&stream).write_all(b"ACK\n");
            }
        }
    });
    addr
}

#[tokio::test]
async fn whoever_answers_in_plain_is_believed_unless_known_to_speak_sessions() {
    let id = SecretKey::generate().unwrap().node_id();
    let service = LocalService {
        id,
        port: speaks_poc_02().port(),
        version: "0.1".to_owned(),
    };
    let config = discovery::Config {
        interfaces: loopback(),
        ..discovery::Config::default()
    };
    let announcer = discovery::start_native(Some(service), config)
        .await
        .unwrap();
    let trusting = builder().start().await.unwrap();
    let knowing = builder().modern([id]).start().await.unwrap();
    wait_for(&mut trusting.events(), "the plain ACK", |event| {
        matches!(event, Event::AckReceived { id: of, verified: false, .. } if *of == Some(id))
    })
    .await;
    let contacts = trusting.contacts();
    let contact = contacts.iter().find(|contact| contact.id == id).unwrap();
    assert!(matches!(contact.reach, Reach::Plain));

    let refusal = wait_for(&mut knowing.events(), "the refusal", |event| match event {
        Event::AckReceived { id: of, .. } => *of == Some(id),
        Event::Warning(Warning::ConnectionFailed { id: of, .. }) => *of == Some(id),
        _ => false,
    })
    .await;
    assert!(matches!(refusal, Event::Warning(_)), "{refusal:?}");
    let contacts = knowing.contacts();
    let contact = contacts.iter().find(|contact| contact.id == id).unwrap();
    assert!(matches!(contact.reach, Reach::NotYet));
    announcer.shutdown().await;
    trusting.shutdown().await;
    knowing.shutdown().await;
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
