//! Whole conversations, frozen byte for byte. A second implementation can check itself on them.
//!
//! `TAZCOM_BLESS=1` writes them anew, which is right only when the protocol has changed and its
//! version with it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use rand_core::Rng as _;
use tazcom_session::{ByeCode, Cap, Caps, Command, PayloadKind, Welcome};
use tazcom_testkit::Seed;

use crate::pair::{ANA, BEN, Pair, Setup};

/// Something that happens to a conversation, and what it is called.
struct Case {
    name: &'static str,
    setup: Setup,
    /// Said once both are up, in turns of one.
    commands: Vec<(usize, Command)>,
    /// What the wire does: which write (counted from 0) becomes what.
    wire: fn(usize, Bytes) -> Vec<Bytes>,
}

fn flip(message: Bytes, at: usize) -> Vec<Bytes> {
    let mut bytes = message.to_vec();
    bytes[at] ^= 1;
    vec![bytes.into()]
}

fn cases() -> Vec<Case> {
    let plain = |name, commands| Case {
        name,
        setup: Setup::default(),
        commands,
        wire: |_, message| vec![message],
    };
    let failing = |name, wire| Case {
        wire,
        ..plain(name, vec![(ANA, Command::Hello), (ANA, Command::Ack)])
    };
    let content = |len: usize| Bytes::from(vec![0x61; len]);
    let caps = Caps::new(&[(1, Cap::Uint(2)), (3, Cap::Bytes(content(4)))]).unwrap();
    vec![
        plain(
            "hello-ack",
            vec![(ANA, Command::Hello), (BEN, Command::Ack)],
        ),
        plain("ping", vec![(BEN, Command::Ping { tag: 5 })]),
        plain("bye", vec![(ANA, Command::Close(ByeCode::Duplicate))]),
        plain(
            "payloads",
            vec![
                (ANA, Command::Send(PayloadKind::Gossip, content(10))),
                (BEN, Command::Send(PayloadKind::Sync, content(100))),
                (ANA, Command::Send(PayloadKind::Direct, content(0))),
                (BEN, Command::Send(PayloadKind::File, content(500))),
            ],
        ),
        Case {
            setup: Setup {
                caps: caps.clone(),
                welcome: Welcome::new("ben", caps).unwrap(),
                ..Setup::default()
            },
            ..plain("caps-and-name", vec![])
        },
        plain(
            "parts",
            vec![(ANA, Command::Send(PayloadKind::Sync, content(16_400)))],
        ),
        failing("bad-preamble", |n, message| match n {
            0 => flip(message, 7),
            _ => vec![message],
        }),
        failing("bad-ephemeral", |n, message| match n {
            0 => flip(message, 20),
            _ => vec![message],
        }),
        failing("bad-static-of-responder", |n, message| match n {
            1 => flip(message, 40),
            _ => vec![message],
        }),
        failing("bad-identity-of-initiator", |n, message| match n {
            2 => flip(message, 60),
            _ => vec![message],
        }),
        failing("frame-repeated", |n, message| match n {
            4 => vec![message.clone(), message],
            _ => vec![message],
        }),
        failing("frame-dropped", |n, message| match n {
            4 => vec![],
            _ => vec![message],
        }),
        failing("frame-changed", |n, message| match n {
            4 => flip(message, 65),
            _ => vec![message],
        }),
        failing("small-order-ephemeral", |n, message| match n {
            0 => {
                let mut bytes = message.to_vec();
                bytes[11..].fill(0);
                vec![bytes.into()]
            }
            _ => vec![message],
        }),
    ]
}

/// Plays a case; what was written by whom, and how both ended up.
fn play(case: &Case) -> String {
    let mut text = String::new();
    writeln!(text, "# {}", case.name).unwrap();
    for node in [ANA, BEN] {
        let part = u64::try_from(node).unwrap();
        let drawn = |part: u64| {
            let mut secret = [0; 32];
            Seed(case.setup.seed).rng(part).fill_bytes(&mut secret);
            hex(&secret)
        };
        let seed = u8::try_from(node + 1).unwrap();
        let name = name(node);
        writeln!(text, "{name}-identity {}", hex(&[seed; 32])).unwrap();
        writeln!(text, "{name}-static {}", drawn(10 + part)).unwrap();
        writeln!(text, "{name}-ephemeral {}", drawn(20 + part)).unwrap();
    }
    let mut pair = case.setup.pair();
    let mut number = 0;
    hand_over(&mut pair, case, &mut number, &mut text);
    for (node, command) in &case.commands {
        if pair.is_up(*node) {
            writeln!(text, "# {} says {command:?}", name(*node)).unwrap();
            // The other end may have hung up, and then nothing is sent.
            if pair.command(*node, command.clone()).is_ok() {
                hand_over(&mut pair, case, &mut number, &mut text);
            }
        }
    }
    for node in [ANA, BEN] {
        let events = pair.take_events(node);
        let name = name(node);
        match (pair.failure(node), pair.end(node)) {
            (Some(error), _) => writeln!(text, "# {name}: no session: {error}").unwrap(),
            (None, Some(end)) => writeln!(text, "# {name}: {events:?}, then {end:?}").unwrap(),
            (None, None) => writeln!(text, "# {name}: {events:?}").unwrap(),
        }
    }
    text
}

fn hand_over(pair: &mut Pair, case: &Case, number: &mut usize, text: &mut String) {
    pair.run_through(|from, message| {
        let arrives = (case.wire)(*number, message.clone());
        let mut line = |what: &str, bytes: &Bytes| {
            writeln!(text, "{what} {}", hex(bytes)).unwrap();
        };
        match arrives == [message.clone()] {
            true => line(name(from), &message),
            false => {
                line(&format!("{}-lost", name(from)), &message);
                for bytes in &arrives {
                    line(name(from), bytes);
                }
            }
        }
        *number += 1;
        arrives
    });
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

const fn name(node: usize) -> &'static str {
    match node {
        ANA => "I",
        _ => "R",
    }
}

#[test]
fn conversations_are_these_bytes() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let bless = std::env::var_os("TAZCOM_BLESS").is_some();
    for case in cases() {
        let path = directory.join(format!("{}.hex", case.name));
        let played = play(&case);
        if bless {
            fs::write(&path, &played).unwrap();
        }
        let frozen = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; run with TAZCOM_BLESS=1", path.display()));
        assert_eq!(played, frozen, "{}", case.name);
    }
}
