//! Between the mesh and the network: what its machine is told, and what it wants done.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use bytes::Bytes;
use tazcom_chat as chat;
use tazcom_discovery::Peer;
use tazcom_gossip::{self as gossip, Backlog, Channel, Skew};
use tazcom_identity::NodeId;
use tazcom_net::{Payload, PayloadKind, Role, SeenAddr, SendError, Sighting};
use tazcom_proto::MessageId;
use tazcom_proto::limits::{MAX_TOLD_ADDRESSES, MAX_TOLD_PEERS};
use tazcom_proto::sync::ToldPeer;

use super::{Talk, now, wall};

impl Talk {
    /// The peers that are announced now. Others are told of those there is a session with, and where
    /// they listen: as announced, or where we have reached them.
    pub(crate) fn announced(&mut self, peers: &[Peer]) {
        let mut told = Vec::new();
        for session in self.endpoint.sessions() {
            let announced = peers.iter().find(|peer| peer.id == session.id);
            let reached = (session.role == Role::Initiator).then_some(session.addr);
            let known = announced.into_iter().flat_map(Peer::socket_addrs);
            let mut addresses: Vec<SocketAddr> = known.chain(reached).collect();
            addresses.retain(|addr| self.networks.reach(addr.ip()));
            addresses.dedup();
            addresses.truncate(MAX_TOLD_ADDRESSES);
            if !addresses.is_empty() && told.len() < MAX_TOLD_PEERS {
                told.push(ToldPeer {
                    id: session.id,
                    addresses,
                });
            }
        }
        self.mesh(gossip::Input::PeerAddresses(told));
    }

    /// Whether there was anything, and when it wants to be asked again.
    pub(super) fn drain_mesh(&mut self) -> (bool, Option<Instant>) {
        let mut any = false;
        loop {
            match self.mesh.poll_output() {
                gossip::Output::Wait(at) => return (any, at),
                output => self.on_mesh(output),
            }
            any = true;
        }
    }

    fn on_mesh(&mut self, output: gossip::Output) {
        match output {
            gossip::Output::Send {
                peer,
                channel,
                bytes,
                ..
            } => self.send(peer, channel, bytes),
            gossip::Output::Deliver {
                envelope,
                from,
                hops,
                by,
            } => {
                let arrival = chat::Arrival {
                    envelope,
                    first_seen: self.time(),
                    by: match by {
                        gossip::By::Live => chat::By::Live,
                        gossip::By::Repair => chat::By::Repair,
                    },
                    hops,
                };
                self.disk.arrived(arrival, from);
            }
            gossip::Output::Fetch { request, ids } => self.disk.fetch(request, ids),
            gossip::Output::Close { peer, reason } => {
                tracing::debug!(peer = %peer.short(), ?reason, "a session is ended for what came in it");
                self.endpoint.dismiss(peer);
            }
            gossip::Output::Skew(skew) => {
                let (who, offset_millis) = match skew {
                    // Told as by how much we are behind.
                    Skew::Ours(offset) => (None, offset.saturating_neg()),
                    Skew::Peer(peer, offset) => (Some(peer), offset),
                    _ => return,
                };
                self.chat(chat::Input::Skew { who, offset_millis });
            }
            gossip::Output::PeersTold { from, peers } => {
                let source = self.endpoint.session(from).map(|session| session.addr.ip());
                for told in peers {
                    self.hint(told.id, &told.addresses, source);
                }
            }
            gossip::Output::Traced { token, result } => self.asking.answer_trace(token, result),
            gossip::Output::Synced { peer, .. } => self.chat(chat::Input::Synced { peer }),
            _ => {}
        }
    }

    fn send(&mut self, peer: NodeId, channel: Channel, bytes: Bytes) {
        let kind = match channel {
            Channel::Gossip => PayloadKind::Gossip,
            Channel::Sync => PayloadKind::Sync,
        };
        match self.endpoint.send(peer, kind, bytes) {
            Ok(()) => {}
            Err(SendError::Full { .. }) => {
                if self.full.insert(peer) {
                    self.backlog(peer, Backlog::Full);
                }
            }
            // It has ended, of which we shall hear.
            Err(error) => tracing::debug!(peer = %peer.short(), "not sent: {error}"),
        }
    }

    /// Where a peer may be, as `source` or our own memory says. Only on our own links: elsewhere it
    /// could be anybody.
    pub(super) fn hint(&self, id: NodeId, addrs: &[SocketAddr], source: Option<IpAddr>) {
        let on_link = addrs.iter().filter(|addr| self.networks.reach(addr.ip()));
        let addrs: Vec<SeenAddr> = on_link
            .map(|addr| SeenAddr {
                addr: *addr,
                source: Some(source.unwrap_or_else(|| addr.ip())),
            })
            .collect();
        if !addrs.is_empty() {
            let sessions = true;
            self.endpoint.hint(Sighting {
                id,
                addrs,
                sessions,
            });
        }
    }

    pub(super) fn frame(&mut self, payload: Payload) {
        let channel = match payload.kind {
            PayloadKind::Gossip => Channel::Gossip,
            PayloadKind::Sync => Channel::Sync,
            PayloadKind::Direct => {
                self.alone(payload);
                return;
            }
            // Nothing of this version.
            _ => return,
        };
        self.mesh(gossip::Input::Frame {
            peer: payload.from,
            channel,
            bytes: payload.bytes,
        });
    }

    pub(super) fn backlog(&mut self, peer: NodeId, state: Backlog) {
        self.mesh(gossip::Input::Backlog { peer, state });
    }

    pub(super) fn evicted(&mut self, ids: Vec<MessageId>) {
        if !ids.is_empty() {
            self.mesh(gossip::Input::Evicted(ids));
        }
    }

    pub(super) fn mesh(&mut self, input: gossip::Input) {
        self.mesh.handle(now(), wall(), input);
    }
}
