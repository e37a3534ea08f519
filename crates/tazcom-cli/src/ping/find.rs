//! Which peer is meant, and whether there is a session with it.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::{Contact, Event, Node, Reach, Warning};
use tokio::time::{Instant, timeout_at};

use crate::config_file::PeerAddress;
use crate::output;
use crate::ping::Target;

/// How long to wait before what is known counts as all there is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Patience {
    /// The node has just been started and has yet to find anybody: until the time is up.
    Searching,
    /// It has run before, so its peers are known to it.
    Running,
}

/// In a room that a node has just entered, every running node answers within half a second.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// The most candidates that are named.
const MAX_CANDIDATES: usize = 8;

/// Why a peer is not pinged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody like this is known.
    #[error("no peer is known as {target}; `tazcom-cli peers` lists who is there{}", hint(.target))]
    Unknown { target: Target },
    /// It is the node that would ping.
    #[error("{target} is this node itself")]
    Itself { target: Target },
    /// Several peers are meant.
    #[error("{target} may be any of {}; give more of its id", list(.candidates))]
    Ambiguous {
        target: Target,
        candidates: Vec<NodeId>,
    },
    /// It speaks POC-02 only.
    #[error(
        "{who} cannot be pinged: it speaks the plain protocol (POC-02) only, and pings travel in sessions"
    )]
    Plain { who: String },
    /// It is known, and there was no session with it in time.
    #[error("no session with {target} came up within {} s{}", .within.as_secs_f64(), why(.last))]
    TimedOut {
        target: Target,
        within: Duration,
        /// What became of the last attempt meanwhile.
        last: Option<String>,
    },
}

fn hint(target: &Target) -> &'static str {
    match target {
        Target::At(_) => ". If it cannot be found, start `run` with --peer and that address",
        Target::Id(_) | Target::Prefix(_) => "",
    }
}

fn why(last: &Option<String>) -> String {
    match last {
        Some(last) => format!(": {last}"),
        None => "; is it still running?".to_owned(),
    }
}

fn list(candidates: &[NodeId]) -> impl fmt::Display {
    let shown = candidates.iter().take(MAX_CANDIDATES);
    let mut texts: Vec<String> = shown.map(ToString::to_string).collect();
    if candidates.len() > MAX_CANDIDATES {
        texts.push(format!("{} more", candidates.len() - MAX_CANDIDATES));
    }
    texts.join(", ")
}

/// What the peers that are known now say about a target.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// There is a session with it.
    Session(NodeId, SocketAddr),
    /// It is known, and may come to a session yet.
    Known,
    /// Nobody is meant.
    Nobody,
    /// It will not do.
    Refused(Refusal),
}

/// Waits until there is a session with whoever is meant.
pub(super) async fn session_with(
    node: &Node,
    target: &Target,
    within: Duration,
    patience: Patience,
) -> Result<(NodeId, SocketAddr), Refusal> {
    let begin = Instant::now();
    let deadline = begin + within;
    let settled = deadline.min(begin + SETTLED_AFTER);
    let unknown_after = match patience {
        Patience::Searching => deadline,
        Patience::Running => settled,
    };
    // A second peer that is meant may be about to be found.
    let may_be_another = |now| match (patience, target) {
        (Patience::Searching, Target::Prefix(_)) => now < settled,
        _ => false,
    };
    let mut events = node.events();
    let mut last = None;
    loop {
        let now = Instant::now();
        let until = match judge(target, &node.contacts()) {
            Verdict::Nobody if target.is_name_of(&node.id()) => {
                let target = target.clone();
                return Err(Refusal::Itself { target });
            }
            Verdict::Refused(refusal) => return Err(refusal),
            Verdict::Session(id, addr) if !may_be_another(now) => return Ok((id, addr)),
            Verdict::Session(..) => settled,
            Verdict::Known => deadline,
            Verdict::Nobody => unknown_after,
        };
        if now >= until {
            let target = target.clone();
            return Err(match judge(&target, &node.contacts()) {
                Verdict::Nobody if last.is_none() => Refusal::Unknown { target },
                _ => Refusal::TimedOut {
                    target,
                    within,
                    last,
                },
            });
        }
        match timeout_at(until, events.next()).await {
            Ok(Some(event)) if is_plain_answer(&event, target) => {
                let who = target.to_string();
                return Err(Refusal::Plain { who });
            }
            // Whatever has happened, or the time that has passed, may have changed the answer.
            Ok(Some(event)) => last = failure(&event, target).or(last),
            Err(_) => {}
            Ok(None) => {
                let target = target.clone();
                return Err(Refusal::TimedOut {
                    target,
                    within,
                    last,
                });
            }
        }
    }
}

/// What became of an attempt to reach the peer, if the event tells of one.
fn failure(event: &Event, target: &Target) -> Option<String> {
    let Event::Warning(
        Warning::ConnectionRefused { id, addr }
        | Warning::ConnectionTimeout { id, addr }
        | Warning::ConnectionFailed { id, addr, .. },
    ) = event
    else {
        return None;
    };
    let is_meant = match target {
        Target::At(wanted) => *wanted == PeerAddress::Addr(*addr),
        Target::Id(_) | Target::Prefix(_) => id.is_some_and(|id| target.is_name_of(&id)),
    };
    is_meant.then(|| output::texts(event).join(" "))
}

/// Whether somebody who was greeted by address alone has answered in plain.
fn is_plain_answer(event: &Event, target: &Target) -> bool {
    match (event, target) {
        (
            Event::AckReceived {
                id: None,
                addr: from,
                verified: false,
                ..
            },
            Target::At(PeerAddress::Addr(addr)),
        ) => from == addr,
        _ => false,
    }
}

fn judge(target: &Target, contacts: &[Contact]) -> Verdict {
    let mut meant: Vec<&Contact> = contacts.iter().filter(|c| is_meant(target, c)).collect();
    if let Target::At(_) = target
        && meant.iter().any(|contact| has_session(contact))
    {
        // Anybody can announce an address; who is there has proven itself.
        meant.retain(|contact| has_session(contact));
    }
    let contact = match meant.as_slice() {
        [] => return Verdict::Nobody,
        [contact] => contact,
        several => {
            return Verdict::Refused(Refusal::Ambiguous {
                target: target.clone(),
                candidates: several.iter().map(|contact| contact.id).collect(),
            });
        }
    };
    match &contact.reach {
        Reach::Session { session, .. } => Verdict::Session(contact.id, session.addr),
        Reach::Plain => {
            let who = contact.id.to_string();
            Verdict::Refused(Refusal::Plain { who })
        }
        _ => Verdict::Known,
    }
}

fn has_session(contact: &Contact) -> bool {
    matches!(contact.reach, Reach::Session { .. })
}

/// Whether a target means this peer. An address is that of its session, or one it announces.
fn is_meant(target: &Target, contact: &Contact) -> bool {
    let Target::At(addr) = target else {
        return target.is_name_of(&contact.id);
    };
    // Names have been looked up before.
    let PeerAddress::Addr(addr) = addr else {
        return false;
    };
    let announced = contact.announced.as_ref();
    let mut announced_at = announced.iter().flat_map(|a| a.peer.socket_addrs());
    let has_session_there =
        matches!(&contact.reach, Reach::Session { session, .. } if session.addr == *addr);
    has_session_there || announced_at.any(|at| at == *addr)
}

#[cfg(test)]
mod tests;
