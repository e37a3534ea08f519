//! What sessions carry: in order, at most once, through loss and renewal, and past those who do not
//! read.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tazcom_net::{Config, Event, PayloadKind, SendError};
use tazcom_session::{
    Caps, Command, HandshakeOutput, Initiator, Input, Local, Session, SessionOutput, StaticKey,
};
use tazcom_testkit::{Seed, SimStream, StreamConditions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::lab::{Lab, Node, are_linked, calm, elapse, identity, ip, is_down, is_up, pass, until};

const KINDS: [PayloadKind; 4] = [
    PayloadKind::Direct,
    PayloadKind::Gossip,
    PayloadKind::Sync,
    PayloadKind::File,
];

async fn link(ana: &mut Node, bob: &mut Node) {
    ana.meet(bob);
    until(
        "linked",
        Duration::from_secs(20),
        &mut [ana, bob],
        |nodes| are_linked(nodes[0], nodes[1]),
    )
    .await;
}

fn numbered(n: u32, len: usize) -> Bytes {
    let mut bytes = n.to_be_bytes().to_vec();
    bytes.resize(len.max(4), 0x5a);
    bytes.into()
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().expect("it has a number"))
}

/// Sends numbered payloads of all kinds and sizes, one each 10 ms, and reads them at the other end.
async fn stream_through(ana: &Node, bob: &Node, count: u32) -> [Vec<u32>; 4] {
    let mut read = bob.endpoint.payloads();
    let (sender, to) = (ana.endpoint.clone(), bob.id);
    let sending = tokio::spawn(async move {
        for n in 0..count {
            let kind = KINDS[n as usize % 4];
            let len = [4, 60, 3000, 20_000, 65_536][n as usize % 5];
            while let Err(SendError::Full { .. }) = sender.send(to, kind, numbered(n, len)) {
                elapse(Duration::from_millis(10)).await;
            }
            elapse(Duration::from_millis(10)).await;
        }
    });
    let mut arrived: [Vec<u32>; 4] = Default::default();
    while let Ok(Some(payload)) = timeout(Duration::from_secs(60), read.next()).await {
        let kind = KINDS.iter().position(|kind| *kind == payload.kind);
        arrived[kind.expect("one of the four")].push(number(&payload.bytes));
        if arrived.iter().map(Vec::len).sum::<usize>() == count as usize {
            break;
        }
    }
    sending.await.expect("it does not panic");
    arrived
}

fn all_in_order(arrived: &[Vec<u32>; 4], count: u32, seed: Seed) {
    for (kind, numbers) in (0..).zip(arrived) {
        let expected: Vec<u32> = (0..count).filter(|n| n % 4 == kind).collect();
        let wrong = expected
            .iter()
            .zip(numbers)
            .find(|(wanted, found)| wanted != found);
        assert_eq!(wrong, None, "{seed}, kind {kind}");
        assert_eq!(numbers.len(), expected.len(), "{seed}, kind {kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn through_loss_and_delay_everything_arrives_once_and_in_order() {
    for seed in (0..10).map(Seed) {
        let conditions = StreamConditions {
            latency: Duration::from_millis(5)..=Duration::from_millis(100),
            loss: 0.1,
        };
        let lab = Lab::new(seed, conditions);
        let (mut ana, mut bob) = (lab.node(1), lab.node(2));
        link(&mut ana, &mut bob).await;
        all_in_order(&stream_through(&ana, &bob, 400).await, 400, seed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_without_anything_lost_or_told() {
    for (seed, dialler) in (0..10).map(Seed).zip([1, 2].into_iter().cycle()) {
        let lab = Lab::new(seed, calm());
        let mut config = Config::lan();
        config.session.renew_after = Duration::from_secs(20);
        config.dial.patience = Duration::ZERO;
        config.dial.patience_spread = Duration::ZERO;
        let mut ana = lab.node_with(dialler, 1, config.clone());
        let mut bob = lab.node_with(3 - dialler, 2, config);
        link(&mut ana, &mut bob).await;
        let mut bindings = vec![ana.session(bob.id).expect("they are linked").binding];
        pass(Duration::from_secs(1), &mut [&mut ana, &mut bob]).await;
        ana.forget();
        bob.forget();
        let count = 12_000;
        let streaming = stream_through(&ana, &bob, count);
        let watching = async {
            loop {
                elapse(Duration::from_millis(100)).await;
                let session = ana.session(bob.id).expect("there is always one");
                if bindings.last() != Some(&session.binding) {
                    bindings.push(session.binding);
                }
            }
        };
        let arrived = tokio::select! {
            arrived = streaming => arrived,
            () = watching => unreachable!("it never ends"),
        };
        all_in_order(&arrived, count, seed);
        assert!(
            bindings.len() >= 4,
            "{seed}: renewed {} times",
            bindings.len() - 1
        );
        pass(Duration::from_secs(5), &mut [&mut ana, &mut bob]).await;
        assert_eq!(lab.net.open_streams(), 2, "{seed}");
        for node in [&ana, &bob] {
            assert_eq!(node.told.len(), 0, "{seed}: {:#?}", node.told);
        }
    }
}

/// A hostile end of a session, moved by hand.
struct Puppet {
    stream: SimStream,
    session: Session,
}

impl Puppet {
    async fn call(lab: &Lab, n: u8, host: u8, victim: &Node) -> Self {
        let mut stream = lab
            .net
            .host(ip(host))
            .connect(victim.addr)
            .await
            .expect("it listens");
        let now = Instant::now().into_std();
        let mut rng = lab.seed.rng(u64::from(n));
        let local = Local {
            identity: Arc::new(identity(n)),
            static_key: Arc::new(StaticKey::draw(now, &mut rng)),
            config: Arc::default(),
        };
        let initiator = Initiator {
            local,
            expected: Some(victim.id),
            caps: Caps::default(),
        };
        let mut handshake = initiator.start(now, &mut rng);
        loop {
            match handshake.poll_output() {
                HandshakeOutput::Send(bytes) => stream.write_all(&bytes).await.expect("it reads"),
                HandshakeOutput::Wait(_) => {
                    let mut bytes = [0; 512];
                    let len = stream.read(&mut bytes).await.expect("it answers");
                    assert!(len > 0, "it was refused");
                    handshake.handle(Instant::now().into_std(), Input::Received(&bytes[..len]));
                }
                HandshakeOutput::Authenticated(_) => break,
                other => panic!("{other:?}"),
            }
        }
        let session = handshake
            .finish(Instant::now().into_std())
            .expect("it is authenticated");
        let mut puppet = Self { stream, session };
        puppet.hear().await;
        puppet
    }

    /// Understands what comes next; `false` when nothing will.
    async fn hear(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes).await {
            Ok(len) if len > 0 => {
                let now = Instant::now().into_std();
                self.session.handle(now, Input::Received(&bytes[..len]));
                true
            }
            _ => false,
        }
    }

    /// What its session wants to write now.
    fn sealed(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            match self.session.poll_output() {
                SessionOutput::Send(frame) => bytes.extend_from_slice(&frame),
                SessionOutput::Event(_) => {}
                _ => return bytes,
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_reads_is_closed_after_twenty_seconds_and_holds_up_nobody() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = (lab.node(1), lab.node(2));
    link(&mut ana, &mut bob).await;
    let puppet = Puppet::call(&lab, 9, 9, &ana).await;
    let deaf = identity(9).node_id();
    until("up", Duration::from_secs(1), &mut [&mut ana], |nodes| {
        nodes[0].count(is_up) == 2
    })
    .await;
    let mut read = bob.endpoint.payloads();

    // Each class to its bound, and one past it.
    let limits = Config::lan().outgoing;
    let bounds = [limits.direct, limits.gossip, limits.sync, limits.file];
    let piece = Bytes::from(vec![0; 4096]);
    let mut queued = [0; 4];
    // Half of it goes into the connection before that is full.
    pass(Duration::from_millis(100), &mut [&mut ana]).await;
    for (kind, queued) in KINDS.into_iter().zip(&mut queued) {
        loop {
            match ana.endpoint.send(deaf, kind, piece.clone()) {
                Ok(()) => *queued += 1,
                Err(SendError::Full { .. }) => break,
                Err(error) => panic!("{error}"),
            }
            tokio::task::yield_now().await;
        }
    }
    for (queued, bound) in queued.iter().zip(bounds) {
        assert!(
            *queued * 4096 <= bound.get() + 512 * 1024,
            "{queued} of {bound}"
        );
        assert!(
            *queued * (4096 + 64) >= bound.get() - 4096 - 64,
            "{queued} of {bound}"
        );
    }

    let begun = Instant::now();
    while ana.count(is_down) == 0 {
        let sent = Instant::now();
        ana.endpoint
            .send(bob.id, PayloadKind::Gossip, numbered(1, 100))
            .expect("there is room");
        let payload = timeout(Duration::from_millis(50), read.next()).await;
        assert!(
            payload.is_ok(),
            "others wait for the one that does not read"
        );
        assert!(sent.elapsed() <= Duration::from_millis(20));
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it is never closed"
        );
        pass(Duration::from_millis(500), &mut [&mut ana, &mut bob]).await;
    }
    assert!(begun.elapsed() > Duration::from_secs(15));
    let reason = ana.told.iter().find_map(|(_, event)| match event {
        Event::SessionDown { id, reason, .. } if *id == deaf => Some(*reason),
        _ => None,
    });
    assert_eq!(reason.map(|reason| reason.as_str()), Some("not_reading"));
    drop(puppet);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_frames_is_taken_at_the_rate_and_holds_up_nobody() {
    let lab = Lab::new(Seed(1), calm());
    let (mut ana, mut bob) = (lab.node(1), lab.node(2));
    link(&mut ana, &mut bob).await;
    let mut puppet = Puppet::call(&lab, 9, 9, &ana).await;
    let mut read = bob.endpoint.payloads();
    let begun = Instant::now();
    let flooding = async {
        let frames = 40_000;
        for _ in 0..frames / 100 {
            for _ in 0..100 {
                let empty = Command::Send(PayloadKind::Gossip, Bytes::new());
                let now = Instant::now().into_std();
                puppet
                    .session
                    .command(now, empty)
                    .expect("the session is up");
            }
            let bytes = puppet.sealed();
            puppet
                .stream
                .write_all(&bytes)
                .await
                .expect("it is not closed");
        }
    };
    let working = async {
        loop {
            ana.endpoint
                .send(bob.id, PayloadKind::Gossip, numbered(1, 100))
                .expect("there is room");
            let payload = timeout(Duration::from_millis(50), read.next()).await;
            assert!(payload.is_ok(), "others wait for the one that floods");
            elapse(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = flooding => {}
        () = working => unreachable!("it never ends"),
    }
    // 8000 at once, then 4000 a second; what fits into the connection is not taken yet.
    let least = Duration::from_secs_f64((40_000.0 - 8000.0 - 2000.0) / 4000.0);
    assert!(begun.elapsed() >= least, "{:?}", begun.elapsed());
    assert!(
        begun.elapsed() <= least + Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_pings_ends_the_session_of_whoever_sends_it() {
    let lab = Lab::new(Seed(1), calm());
    let mut ana = lab.node(1);
    let mut puppet = Puppet::call(&lab, 9, 9, &ana).await;
    for tag in 0..2000 {
        let now = Instant::now().into_std();
        let _ = puppet.session.command(now, Command::Ping { tag });
        let bytes = puppet.sealed();
        if puppet.stream.write_all(&bytes).await.is_err() || !puppet.hear().await {
            break;
        }
    }
    until("down", Duration::from_secs(2), &mut [&mut ana], |nodes| {
        nodes[0].count(is_down) == 1
    })
    .await;
    let (_, last) = ana.told.last().expect("it was told");
    assert!(
        matches!(last, Event::SessionDown { reason, .. } if reason.as_str() == "protocol_violation"),
        "{last:?}"
    );
}

/// Nothing of what is said, and not who says it, is to be seen on the wire.
#[tokio::test(start_paused = true)]
async fn nothing_readable_crosses_the_wire() {
    let lab = Lab::new(Seed(1), calm());
    lab.net.start_capture();
    let named = |name: &str| Config {
        name: name.to_owned(),
        ..Config::lan()
    };
    let mut ana = lab.node_with(1, 1, named("ana the quick"));
    let mut bob = lab.node_with(2, 2, named("bob the brown"));
    link(&mut ana, &mut bob).await;
    let mut read = bob.endpoint.payloads();
    let said = Bytes::from("meet at the northern gate at nine ".repeat(1000));
    for kind in KINDS {
        ana.endpoint
            .send(bob.id, kind, said.clone())
            .expect("there is room");
        let payload = read.next().await.expect("the endpoint is alive");
        assert_eq!(payload.bytes, said);
    }
    pass(Duration::from_secs(60), &mut [&mut ana, &mut bob]).await;
    ana.endpoint.shutdown().await;

    let capture = lab.net.capture();
    assert_eq!(capture.missed, 0);
    let bytes: usize = capture
        .streams
        .iter()
        .map(|stream| stream.bytes.len())
        .sum();
    assert!(bytes > 4 * said.len(), "the capture holds the conversation");
    assert!(capture.contains(b"TAZCOM/2\n"), "the capture is not blind");
    let mut secrets: Vec<Vec<u8>> = vec![
        b"northern".to_vec(),
        b"the quick".to_vec(),
        b"the brown".to_vec(),
        b"HELLO".to_vec(),
        b"ACK".to_vec(),
        b"\"from\"".to_vec(),
    ];
    for node in [&ana, &bob] {
        secrets.push(node.id.as_bytes().to_vec());
        secrets.push(node.id.to_string().into_bytes());
        secrets.push(node.id.short().to_string().into_bytes());
    }
    for secret in secrets {
        assert!(
            !capture.contains(&secret),
            "{}",
            String::from_utf8_lossy(&secret)
        );
    }
}
