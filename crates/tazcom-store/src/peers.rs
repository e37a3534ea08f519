//! Where peers were met.

use std::net::SocketAddr;

use rusqlite::params;
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use crate::row::{Id, Millis, signed};
use crate::{Store, StoreError};

/// A peer, and where it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedPeer {
    /// Who.
    pub id: NodeId,
    /// Where and when, the last place first.
    pub addrs: Vec<(SocketAddr, UnixMillis)>,
}

impl Store {
    /// Takes note that a peer was met there.
    ///
    /// Of its places the longest unseen go beyond
    /// [`Config::addrs_per_peer`](crate::Config::addrs_per_peer), of the peers beyond
    /// [`Config::peers`](crate::Config::peers).
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn remember_peer(
        &mut self,
        id: NodeId,
        addr: SocketAddr,
        when: UnixMillis,
    ) -> Result<(), StoreError> {
        self.write(|db, config, _| {
            let id = Id::from(id);
            db.prepare_cached(
                "INSERT INTO peer (id, addr, met) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (id, addr) DO UPDATE SET met = max(met, ?3)",
            )?
            .execute(params![id, addr.to_string(), Millis(when)])?;
            db.prepare_cached(
                "DELETE FROM peer WHERE id = ?1 AND addr IN (SELECT addr FROM peer WHERE id = ?1 \
                 ORDER BY met DESC, addr LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![id, signed(config.addrs_per_peer)])?;
            db.prepare_cached(
                "DELETE FROM peer WHERE id IN (SELECT id FROM peer GROUP BY id \
                 ORDER BY max(met) DESC, id LIMIT -1 OFFSET ?1)",
            )?
            .execute([signed(config.peers)])
            .map(drop)
        })
    }

    /// The peers met last, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn remembered_peers(&self, limit: usize) -> Result<Vec<RememberedPeer>, StoreError> {
        self.read(|db| {
            let mut met = db.prepare_cached(
                "SELECT p.id, p.addr, p.met FROM peer p JOIN \
                 (SELECT id, max(met) AS last FROM peer GROUP BY id \
                 ORDER BY last DESC, id LIMIT ?1) n \
                 ON n.id = p.id ORDER BY n.last DESC, p.id, p.met DESC, p.addr",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = met.query_map([limit], |row| {
                let addr = row.get_ref(1)?.as_str()?.parse::<SocketAddr>();
                Ok((row.get::<_, Id>(0)?, addr.ok(), row.get::<_, Millis>(2)?.0))
            })?;
            let mut peers: Vec<RememberedPeer> = Vec::new();
            for row in rows {
                // What is no address was not written by this program, and is no use.
                let (id, Some(addr), when) = row? else {
                    continue;
                };
                let id = NodeId::from(id);
                match peers.last_mut() {
                    Some(peer) if peer.id == id => peer.addrs.push((addr, when)),
                    _ => peers.push(RememberedPeer {
                        id,
                        addrs: vec![(addr, when)],
                    }),
                }
            }
            Ok(peers)
        })
    }
}
