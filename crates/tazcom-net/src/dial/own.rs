//! Which addresses are our own, and who may send us there.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::sighting::SeenAddr;

/// Where we listen ourselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnAddresses {
    pub(crate) listeners: Vec<SocketAddr>,
    /// Addresses of this host, as far as we were told.
    pub(crate) local: BTreeSet<IpAddr>,
}

impl OwnAddresses {
    /// Whether we listen there.
    pub(crate) fn include(&self, addr: SocketAddr) -> bool {
        let ip = addr.ip().to_canonical();
        self.listeners.iter().any(|listener| {
            let bound = listener.ip().to_canonical();
            let reaches = bound == ip
                || (bound.is_unspecified()
                    && (ip.is_loopback() || ip.is_unspecified() || self.local.contains(&ip)));
            listener.port() == addr.port() && reaches
        })
    }

    /// Whether whoever announced it may send us there. To this host only this host may: a record
    /// forged on the LAN could aim us at a service that nobody but this host may reach.
    pub(crate) fn may_be_announced(&self, seen: &SeenAddr) -> bool {
        let is_ours = |ip: IpAddr| self.local.contains(&ip.to_canonical());
        !is_ours(seen.addr.ip())
            || seen
                .source
                .is_some_and(|source| is_ours(source) || source.to_canonical().is_loopback())
    }
}
