//! Nobody there? What was tried, what that means, and what to do next.

use tazcom_discovery::{Interface, InterfaceKind};
use tazcom_node::{Backend, Tried};

use crate::output::describe::interface_text;

/// Says it in a few lines, each of which stands for itself.
pub(crate) fn explain(tried: &Tried) -> Vec<String> {
    let mut lines = vec![format!("Nobody found yet. {}", looked(tried))];
    if tried.backend != Backend::None {
        lines.extend(left_out(&tried.skipped));
    }
    lines.extend(refused(tried));
    lines.push(advice(tried).to_owned());
    lines
}

fn looked(tried: &Tried) -> String {
    if tried.backend == Backend::None {
        return match tried.peers_by_hand {
            0 => "Discovery is off and no --peer was given.".to_owned(),
            1 => "Discovery is off, and the one --peer has not answered.".to_owned(),
            n => format!("Discovery is off, and none of the {n} --peer has answered."),
        };
    }
    let stats = &tried.stats;
    let on = match tried.interfaces.as_slice() {
        [] => "no interface".to_owned(),
        interfaces => join(interfaces),
    };
    if tried.backend == Backend::SimpleMdns {
        return format!("Looked on {on} with simple-mdns, which does not count what it hears.");
    }
    format!(
        "Looked on {on}. Sent {}, heard {} from others.",
        count(stats.queries_sent, "query", "queries"),
        count(stats.packets_from_others, "packet", "packets"),
    )
}

fn left_out(skipped: &[Interface]) -> Option<String> {
    (!skipped.is_empty()).then(|| {
        format!(
            "Not looked on: {}. Name one with --interface to use it.",
            join(skipped)
        )
    })
}

fn refused(tried: &Tried) -> Option<String> {
    let refused = tried.stats.instances_refused;
    (refused > 0).then(|| {
        format!(
            "Refused {}: no valid id, or an id, name and port that do not match.",
            count(refused, "announcement", "announcements")
        )
    })
}

/// The likeliest cause that fits what was seen, and its remedy.
fn advice(tried: &Tried) -> &'static str {
    let reachable = tried.interfaces.iter().any(|i| !i.addrs.is_empty());
    let is_loopback = |i: &Interface| i.kind == InterfaceKind::Loopback;
    let loopback_only = tried.interfaces.iter().all(is_loopback);
    let heard = tried.stats.packets_from_others;
    match tried.backend {
        Backend::None => {
            "Is the other node running, and its port let in? Name it with --peer HOST:PORT, \
             or look for it with --discovery native."
        }
        Backend::SimpleMdns => {
            "This engine sees only nodes that use it too. Use --discovery native to see all."
        }
        _ if !reachable => "Is the cable in, the Wi-Fi joined, the name after --interface right?",
        _ if loopback_only => {
            "Only this machine was looked on, so only nodes on it can be found. Is the network up? \
             Is --interface right?"
        }
        _ if heard == 0 => {
            "Not one packet was heard from others. Is everybody in the same Wi-Fi? Guest networks \
             often isolate clients. Does a firewall let in UDP 5353? Name the interface with \
             --interface, or a peer with --peer HOST:PORT."
        }
        _ => {
            "Others are heard, so multicast works; no TAZCOM node is among them. Is one running? \
             Does its firewall let in UDP 5353 and its TCP port? Name it with --peer HOST:PORT."
        }
    }
}

pub(super) fn join(interfaces: &[Interface]) -> String {
    let texts: Vec<String> = interfaces.iter().map(interface_text).collect();
    texts.join(", ")
}

fn count(n: u64, one: &str, many: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}
