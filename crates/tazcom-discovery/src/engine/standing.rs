//! What the interfaces together know of an instance.

use std::net::IpAddr;
use std::time::Instant;

use tazcom_identity::NodeId;

use super::Net;
use super::cache::Cache;
use super::instance::View;
use super::roster::Standing;
use crate::names::InstanceKey;
use crate::peer::{Peer, PeerAddr, Via};

impl Net {
    pub(super) fn instance_count(&self) -> usize {
        self.caches.values().map(Cache::len).sum()
    }

    /// Puts together what the interfaces know of an instance.
    pub(super) fn standing(&self, key: &InstanceKey) -> Standing {
        let mut unclear = false;
        let mut settling = false;
        let mut newest: Option<(Instant, Peer, IpAddr)> = None;
        let mut addrs: Vec<(Instant, NodeId, PeerAddr)> = Vec::new();
        for (index, cache) in &self.caches {
            let (Some(instance), Some(interface)) = (cache.get(key), self.interfaces.get(index))
            else {
                continue;
            };
            let View::Complete {
                id,
                port,
                txt,
                received,
            } = instance.view()
            else {
                unclear = true;
                continue;
            };
            if InstanceKey::of(&id) != *key {
                unclear = true;
                continue;
            }
            settling |= instance.is_settling();
            addrs.extend(instance.addrs().map(|(ip, source, received)| {
                let addr = PeerAddr {
                    ip,
                    interface: Some(*index),
                    via: Via::Mdns(interface.name.clone()),
                    source: Some(source),
                };
                (received, id, addr)
            }));
            if newest.as_ref().is_none_or(|(at, ..)| *at < received) {
                let peer = Peer {
                    id,
                    port,
                    version: txt.version.clone().unwrap_or_default(),
                    sessions: txt.sessions,
                    addrs: Vec::new(),
                };
                newest = Some((received, peer, instance.source()));
            }
        }
        let Some((_, mut peer, source)) = newest else {
            return if unclear {
                Standing::Unclear
            } else {
                Standing::Gone
            };
        };
        addrs.retain(|(_, id, _)| *id == peer.id);
        // Newest first; of one announcement IPv4 before IPv6.
        addrs.sort_by_key(|(received, _, addr)| (std::cmp::Reverse(*received), addr.ip));
        peer.addrs = addrs.into_iter().map(|(_, _, addr)| addr).collect();
        if settling {
            Standing::Settling(peer, source)
        } else {
            Standing::Present(peer, source)
        }
    }
}
