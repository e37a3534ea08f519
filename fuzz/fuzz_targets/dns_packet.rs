//! A neighbour's datagrams through the discovery engine, with time passing between them.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use tazcom_discovery::engine::limits::{MAX_ADDRS, MAX_INSTANCES_PER_SOURCE, MAX_SENT_LEN};
use tazcom_discovery::engine::{Engine, Family, Input, LinkId, Output};
use tazcom_discovery::{Interface, InterfaceAddr, InterfaceIndex, InterfaceKind, LocalService};
use tazcom_identity::{NodeId, SecretKey};

const LINK: LinkId = LinkId {
    interface: InterfaceIndex(1),
    family: Family::V4,
};

/// Outputs an engine may owe for one input: far more than one packet can ask for.
const MAX_OUTPUTS: usize = 1_000;

// The first byte says who sends and how much time passes; the rest is the datagram.
fuzz_target!(|input: &[u8]| {
    let Some((&how, payload)) = input.split_first() else {
        return;
    };
    let mut now = Instant::now();
    let mut engine = engine(now);
    let port = if how & 1 == 0 { 5353 } else { 40_000 };
    let source = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 2 + (how >> 1 & 1)), port));
    for _ in 0..2 {
        engine.handle(
            now,
            Input::Datagram {
                link: LINK,
                source,
                payload,
            },
        );
        drain(&mut engine);
        now += Duration::from_millis(u64::from(how >> 2) * 100);
        engine.handle(now, Input::Timeout);
        drain(&mut engine);
    }
    assert!(engine.peers().count() <= MAX_INSTANCES_PER_SOURCE as usize);
    for peer in engine.peers() {
        assert!(!peer.addrs.is_empty() && peer.addrs.len() <= MAX_ADDRS);
        assert!(peer.port != 0);
    }
    engine.handle(now, Input::Shutdown);
    drain(&mut engine);
});

fn id() -> NodeId {
    static ID: OnceLock<NodeId> = OnceLock::new();
    *ID.get_or_init(|| SecretKey::from_seed([7; 32]).node_id())
}

fn engine(now: Instant) -> Engine {
    let mut engine = Engine::new([3; 32]);
    engine.handle(
        now,
        Input::Register(LocalService {
            id: id(),
            port: 7000,
            version: "2.0".to_owned(),
        }),
    );
    engine.handle(
        now,
        Input::InterfaceUp {
            interface: Interface {
                index: LINK.interface,
                name: "eth0".to_owned(),
                kind: InterfaceKind::Lan,
                addrs: vec![InterfaceAddr {
                    ip: IpAddr::from([10, 0, 0, 1]),
                    prefix_len: 16,
                }],
            },
            families: vec![Family::V4],
        },
    );
    drain(&mut engine);
    engine
}

fn drain(engine: &mut Engine) {
    for _ in 0..MAX_OUTPUTS {
        match engine.poll_output() {
            Output::Wait(_) => return,
            Output::Transmit { payload, .. } => {
                assert!(!payload.is_empty() && payload.len() <= MAX_SENT_LEN);
            }
            Output::Event(_) | Output::Finished => {}
        }
    }
    panic!("the engine does not come to rest");
}
