//! A node on `mdns-sd`: this bench itself, started once more with another first argument.
//!
//! It publishes the records of a node, answers every line with `ACK`, and prints one JSON object a
//! line about whom it finds. It says goodbye when its standard input ends.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mdns_sd::{Receiver, ServiceDaemon, ServiceEvent, ServiceInfo};
use serde_json::json;
use tazcom_tests::line::invented_id;

/// The first argument that makes the bench a peer.
pub(crate) const ARGUMENT: &str = "mdns-sd-peer";

const SERVICE: &str = "_tazcom._tcp.local.";
const LONGEST_LINE: u64 = 1024;
/// Two goodbyes 120 ms apart, and some time for a busy machine.
const GOODBYE: Duration = Duration::from_secs(2);

/// The command that runs such a peer, under an id of its own.
pub(crate) fn command(address: Ipv4Addr) -> Command {
    static NUMBER: AtomicU64 = AtomicU64::new(500_000);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut command = Command::new(std::env::current_exe().expect("the system tells our own path"));
    command.args([ARGUMENT, &address.to_string(), &number.to_string()]);
    command
}

/// Runs as a peer until standard input ends.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) {
    let address: Ipv4Addr = next(&mut arguments);
    let id = invented_id(next(&mut arguments));
    let listener = TcpListener::bind((address, 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || acknowledge(&listener));

    let port_text = port.to_string();
    let service = ServiceInfo::new(
        SERVICE,
        &format!("TAZCOM Node {}", &id[..8]),
        &format!("tazcom-{}.local.", &id[..8]),
        IpAddr::V4(address),
        port,
        &[("id", id.as_str()), ("version", "2.0"), ("p", &port_text)][..],
    )
    .expect("a valid service");
    let full_name = service.get_fullname().to_owned();
    tell("started", &id);
    let daemon = ServiceDaemon::new().expect("mdns-sd starts");
    let events = daemon.browse(SERVICE).expect("mdns-sd browses");
    daemon.register(service).expect("mdns-sd registers");
    std::thread::spawn(move || report(&events, &id));

    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    if let Ok(unregistered) = daemon.unregister(&full_name) {
        let _ = unregistered.recv_timeout(GOODBYE);
    }
    if let Ok(ended) = daemon.shutdown() {
        let _ = ended.recv_timeout(GOODBYE);
    }
}

fn next<T: std::str::FromStr>(arguments: &mut impl Iterator<Item = String>) -> T {
    let parsed = arguments.next().and_then(|text| text.parse().ok());
    parsed.expect("the bench gives an address and a number")
}

fn acknowledge(listener: &TcpListener) {
    for mut stream in listener.incoming().flatten() {
        let mut line = Vec::new();
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let mut reader = BufReader::new((&stream).take(LONGEST_LINE));
        if reader.read_until(b'\n', &mut line).is_ok() {
            let _ = stream.write_all(b"ACK\n");
        }
    }
}

fn report(events: &Receiver<ServiceEvent>, own: &str) {
    let mut known = BTreeMap::new();
    while let Ok(event) = events.recv() {
        match event {
            ServiceEvent::ServiceResolved(info) => {
                let id = info.get_property_val_str("id").unwrap_or_default();
                let name = info.get_fullname().to_owned();
                if id != own && known.insert(name, id.to_owned()).is_none() {
                    tell("found", id);
                }
            }
            ServiceEvent::ServiceRemoved(_, name) => {
                if let Some(id) = known.remove(&name) {
                    tell("removed", &id);
                }
            }
            _ => {}
        }
    }
}

/// Who reads this may have ended, which is no reason to panic.
fn tell(event: &str, id: &str) {
    let line = json!({ "event": event, "id": id });
    let _ = writeln!(std::io::stdout(), "{line}");
}
