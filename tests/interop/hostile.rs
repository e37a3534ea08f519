//! Peers that speak the protocol and mean harm, played by the second implementation: every act of a
//! row, how the node reacts, and an honest handshake after it, and meanwhile where the row lasts.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Event, Host, Node, NodeCommand, SOON, python_script};
use tempfile::TempDir;

/// An honest handshake takes no longer, whatever goes on.
const HONEST_MS: f64 = 1000.0;
/// A row lasts no longer.
const A_ROW: Duration = Duration::from_secs(120);
/// What the rows of a group are played from: an address that has neighbours of its own.
const ATTACKER: &str = "127.0.1.1";

struct Victim {
    host: Host,
    node: Node,
    /// Of its identity, for those who have stolen it.
    seed: String,
    _directory: TempDir,
}

fn victim(peers: &[std::net::SocketAddr], host: Host) -> Victim {
    let directory = TempDir::new().expect("room for temporary files");
    let command = NodeCommand::new("victim")
        .interface("lo")
        .discovery("none")
        .data_dir(directory.path());
    let command = peers
        .iter()
        .fold(command, |command, peer| command.peer(*peer));
    let node = command.spawn(&host);
    let file = std::fs::read_to_string(directory.path().join("node.key")).expect("its key");
    let key: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    let seed = key["signing_key"]
        .as_str()
        .and_then(|text| STANDARD.decode(text).ok());
    let seed = seed.expect("a key in base64");
    let seed = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    Victim {
        host,
        node,
        seed,
        _directory: directory,
    }
}

/// Bytes of the frame with a key for private messages. It is no answer to anything: it is sent when it
/// is on the disk, a moment after the greeting.
const ONE_TIME_KEY: f64 = 130.0;

/// Plays these rows against a node that is dialled.
fn withstands(rows: &[u32], source: Option<&str>) {
    if !lane::open(&[Lane::Namespaces, Lane::Python]) {
        return;
    }
    let mut victim = victim(&[], Host::new());
    let (port, id) = (victim.node.port().to_string(), victim.node.id().to_owned());
    for row in rows {
        let number = row.to_string();
        let mut arguments = vec!["--seed", &victim.seed, "dial", "127.0.0.1", &port, &number];
        // In one piece: an id may begin with a hyphen.
        let expected = format!("--id={id}");
        arguments.push(&expected);
        arguments.extend(source.iter().flat_map(|source| ["--source", source]));
        let mut attacker = python_script("attacker", &victim.host, "hostile.py", &arguments);
        assert!(
            attacker.wait_for_exit(A_ROW).success(),
            "{}",
            attacker.account()
        );
        judge(*row, attacker.events());
        assert!(
            victim.node.exit_status().is_none(),
            "{}",
            victim.node.account()
        );
        victim.node.assert_small();
    }
}

fn judge(row: u32, events: &[Event]) {
    let (mut acts, mut honest) = (0, 0);
    for event in events {
        match event.name() {
            "reaction" => {
                acts += 1;
                let number = |key: &str| event.value(key).as_f64().unwrap_or(f64::NAN);
                assert_eq!(event.text("reaction"), event.text("wanted"), "{event}");
                let in_time = number("not_before_ms")..=number("within_ms");
                assert!(in_time.contains(&number("after_ms")), "{event}");
                // Pings are answered up to the limit, and in ten seconds a node has news of others
                // to tell; nothing else gets a byte.
                if event.text("wanted") == "closed" && ![35, 38].contains(&row) {
                    let bytes = number("bytes");
                    assert!(bytes == 0.0 || bytes == ONE_TIME_KEY, "{event}");
                }
            }
            "honest" => {
                honest += 1;
                let took = event.value("ms").as_f64();
                assert!(took.is_some_and(|took| took < HONEST_MS), "{event}");
            }
            _ => panic!("{event}"),
        }
    }
    assert!(
        acts > 0 && honest > 0,
        "row {row}: {acts} acts, {honest} honest handshakes"
    );
}

#[test]
fn what_does_not_open_a_session_is_closed_without_a_byte() {
    withstands(&[12, 13, 14, 15, 16, 17], None);
}

#[test]
fn what_stalls_or_comes_again_and_again_keeps_nobody_out() {
    withstands(&[18, 19], Some(ATTACKER));
}

#[test]
fn what_proves_no_identity_is_closed_without_a_byte() {
    withstands(&[20, 21, 22, 23, 24, 25, 29], None);
}

#[test]
fn whoever_stands_in_the_middle_learns_nothing_and_changes_nothing() {
    withstands(&[27, 28, 36], None);
}

#[test]
fn frames_that_are_none_end_the_session_without_a_byte() {
    withstands(&[33, 34, 35, 37], None);
}

#[test]
fn bodies_that_are_none_and_floods_end_the_session() {
    withstands(&[38, 41, 42], None);
}

/// The same from the other side: the node dials, and is answered with harm.
#[test]
fn a_node_that_dials_the_hostile_withstands_them() {
    if !lane::open(&[Lane::Namespaces, Lane::Python]) {
        return;
    }
    let rows = [
        "12", "14", "16", "21", "22", "23", "25", "33", "34", "37", "41", "42",
    ];
    let host = Host::new();
    let arguments: Vec<&str> = ["listen"].into_iter().chain(rows).collect();
    let mut attacker = python_script("attacker", &host, "hostile.py", &arguments);
    let listening = attacker.wait_for("its ports", SOON, |said| said.name() == "listening");
    let peers: Vec<_> = (listening.texts("addrs").iter())
        .map(|addr| addr.parse().expect("an address"))
        .collect();
    assert!(peers.len() >= rows.len(), "{listening}");
    let mut victim = victim(&peers, host);
    assert!(
        attacker.wait_for_exit(A_ROW).success(),
        "{}",
        attacker.account()
    );
    let reactions: Vec<&Event> = (attacker.events().iter())
        .filter(|event| event.name() == "reaction")
        .collect();
    assert_eq!(reactions.len(), peers.len());
    for event in reactions {
        assert_eq!(event.text("reaction"), event.text("wanted"), "{event}");
    }
    tazcom_tests::session::honest_session(
        &victim.host,
        victim.node.at(std::net::Ipv4Addr::LOCALHOST),
    );
    assert!(
        victim.node.exit_status().is_none(),
        "{}",
        victim.node.account()
    );
    victim.node.assert_small();
}
