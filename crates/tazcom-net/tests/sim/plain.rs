//! Peers that know no sessions, and those who pretend not to.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tazcom_net::{Config, DialFailure, Event, SeenAddr, Sighting};
use tazcom_proto::Hello;
use tazcom_testkit::Seed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::lab::{Lab, PORT, calm, identity, ip, pass};

type Lines = Arc<Mutex<Vec<Vec<u8>>>>;

/// A host that takes every line for a message and answers ACK, as POC-02 does.
fn plain_host(lab: &Lab, host: u8) -> (SocketAddr, Lines) {
    let mut listener = lab.net.host(ip(host)).listen(PORT).expect("it is free");
    let addr = listener.local_addr();
    let lines = Lines::default();
    let heard = Arc::clone(&lines);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = poll_fn(|context| listener.poll_accept(context)).await {
            let mut said = vec![0; 1024];
            if let Ok(len) = stream.read(&mut said).await {
                said.truncate(len);
                heard.lock().expect("nobody panics").push(said);
                let _ = stream.write_all(b"ACK\n").await;
            }
        }
    });
    (addr, lines)
}

fn greetings(lines: &Lines) -> usize {
    let lines = lines.lock().expect("nobody panics");
    lines.iter().filter(|line| line.starts_with(b"{")).count()
}

#[tokio::test(start_paused = true)]
async fn a_plain_peer_is_greeted_on_a_second_connection_and_remembered_for_ten_minutes() {
    let lab = Lab::new(Seed(1), calm());
    let mut ana = lab.node(1);
    let (addr, lines) = plain_host(&lab, 2);
    let id = identity(2).node_id();
    let expected = [(2, 1), (3, 2), (5, 3)];
    for (round, (connections, greeted)) in expected.into_iter().enumerate() {
        ana.meet_at(id, &[addr]);
        pass(Duration::from_secs(10), &mut [&mut ana]).await;
        assert_eq!(lines.lock().expect("nobody panics").len(), connections);
        assert_eq!(greetings(&lines), greeted);
        let acked = |event: &Event| matches!(event, Event::AckReceived { id: who, verified: false, .. } if *who == Some(id));
        assert_eq!(ana.count(acked), greeted);
        ana.endpoint.peer_gone(id);
        // At once, and then after it has been forgotten.
        let pause = [1, 700, 1][round];
        pass(Duration::from_secs(pause), &mut [&mut ana]).await;
    }
    assert!(ana.endpoint.sessions().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_has_proven_itself_is_never_greeted_in_plain_and_pretence_is_told() {
    let lab = Lab::new(Seed(1), calm());
    let id = identity(2).node_id();
    let config = Config {
        modern: [id].into(),
        ..Config::lan()
    };
    let mut ana = lab.node_with(1, 1, config);
    let (addr, lines) = plain_host(&lab, 2);
    ana.meet_at(id, &[addr]);
    pass(Duration::from_secs(60), &mut [&mut ana]).await;
    assert_eq!(greetings(&lines), 0);
    let downgraded = ana.count(|event| {
        matches!(
            event,
            Event::DialFailed {
                reason: DialFailure::Downgraded,
                ..
            }
        )
    });
    assert!(downgraded >= 3, "{:#?}", ana.told);
    let told = |event: &Event| matches!(event, Event::Pretence { id: who, .. } if *who == id);
    assert_eq!(ana.count(told), 1, "once in ten minutes");
}

#[tokio::test(start_paused = true)]
async fn a_plain_greeting_in_the_name_of_one_that_has_proven_itself_is_answered_and_means_nothing()
{
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = (lab.node(1), lab.node(2));
    ana.meet(&bob);
    pass(Duration::from_secs(5), &mut [&mut ana, &mut bob]).await;
    ana.forget();
    let mallory = lab.net.host(ip(66));
    for turn in 1..=5 {
        let mut stream = mallory.connect(ana.addr).await.expect("it listens");
        let line = Hello { from: bob.id }.encode();
        stream.write_all(&line).await.expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        assert_eq!(answer, b"ACK\n");
        pass(Duration::from_secs(2), &mut [&mut ana, &mut bob]).await;
        assert_eq!(ana.told.len(), usize::from(turn >= 3), "{:#?}", ana.told);
    }
    assert!(matches!(ana.told[0].1, Event::Pretence { id, count: 3, .. } if id == bob.id));
}

#[tokio::test(start_paused = true)]
async fn an_announcement_without_sessions_of_one_that_has_proven_itself_is_counted_too() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = (lab.node(1), lab.node(2));
    ana.meet(&bob);
    pass(Duration::from_secs(5), &mut [&mut ana, &mut bob]).await;
    ana.forget();
    for _ in 0..3 {
        let source = Some(bob.addr.ip());
        ana.endpoint.peer_seen(Sighting {
            id: bob.id,
            addrs: vec![SeenAddr {
                addr: bob.addr,
                source,
            }],
            sessions: false,
        });
        pass(Duration::from_secs(1), &mut [&mut ana, &mut bob]).await;
    }
    assert!(matches!(
        ana.told[..],
        [(_, Event::Pretence { count: 3, .. })]
    ));
}
