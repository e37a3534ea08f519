//! One peer to be greeted: its addresses and how far we have come with them.

use std::net::SocketAddr;
use std::time::Instant;

use tazcom_identity::NodeId;

use super::sighting::SeenAddr;

/// Whom a dial is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    /// Announced by discovery; forgotten when it is gone.
    Announced(NodeId),
    /// Somewhere it may be, as others or our own memory say; forgotten when it is not there.
    Hinted(NodeId),
    /// An address given by hand; its owner is unknown, and it is never forgotten.
    ByHand(SocketAddr),
}

impl Who {
    pub(crate) fn id(self) -> Option<NodeId> {
        match self {
            Self::Announced(id) | Self::Hinted(id) => Some(id),
            Self::ByHand(_) => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) who: Who,
    /// In the order to try them.
    pub(crate) addrs: Vec<SeenAddr>,
    /// How many of `addrs` were tried in this round.
    pub(crate) tried: usize,
    pub(crate) failed_rounds: u32,
    /// The peer is to have this long to dial us first.
    pub(crate) not_before: Instant,
    pub(crate) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// To be dialled, not before `at`.
    Due { at: Instant },
    /// A dial is under way.
    Dialling { addr: SeenAddr },
    /// It knows no sessions, and answered with ACK there.
    Greeted { addr: SocketAddr },
    /// There is a session with it.
    Linked { id: NodeId },
    /// Announced with no address that may be dialled.
    Unreachable,
}

impl Target {
    pub(crate) fn new(who: Who, not_before: Instant, addrs: Vec<SeenAddr>) -> Self {
        let state = if addrs.is_empty() {
            State::Unreachable
        } else {
            State::Due { at: not_before }
        };
        Self {
            who,
            addrs,
            tried: 0,
            failed_rounds: 0,
            not_before,
            state,
        }
    }

    /// Takes what discovery knows now.
    ///
    /// A greeted peer is greeted again only when the address it answered at is gone: learning one
    /// more address of it is not an appearance. One that waits is tried at once when there is an
    /// address that was not known to fail.
    pub(crate) fn update(&mut self, now: Instant, addrs: Vec<SeenAddr>) {
        let has_new = addrs.iter().any(|new| !self.has(new.addr));
        let changed = self.addrs != addrs;
        self.addrs = addrs;
        match self.state {
            State::Dialling { .. } => {
                if has_new {
                    self.start_over();
                }
            }
            // Whether the session is still where the peer is, is for its driver to find out.
            State::Linked { .. } => {}
            State::Greeted { addr } if self.has(addr) => {}
            _ if self.addrs.is_empty() => self.state = State::Unreachable,
            State::Greeted { .. } | State::Unreachable => self.begin_round(now),
            State::Due { .. } if has_new => self.begin_round(now),
            State::Due { .. } => {
                if changed {
                    self.tried = 0;
                }
            }
        }
    }

    pub(crate) fn has(&self, addr: SocketAddr) -> bool {
        self.addrs.iter().any(|known| known.addr == addr)
    }

    /// Due with every address untried: at once, unless the peer is to dial first.
    pub(crate) fn begin_round(&mut self, now: Instant) {
        self.start_over();
        self.state = if self.addrs.is_empty() {
            State::Unreachable
        } else {
            State::Due {
                at: now.max(self.not_before),
            }
        };
    }

    fn start_over(&mut self) {
        self.tried = 0;
        self.failed_rounds = 0;
    }
}
