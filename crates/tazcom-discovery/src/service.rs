//! What we announce.

use tazcom_identity::NodeId;

/// The service a node registers: who it is and on which TCP port it listens.
///
/// Its DNS-SD form is fixed by the protocol: instance `TAZCOM Node <short>`, host
/// `tazcom-<short>.local.`, TXT `id`, `version`, `p`, and `tz` for nodes that speak sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalService {
    /// Our own id.
    pub id: NodeId,
    /// The TCP port peers dial.
    pub port: u16,
    /// TXT `version`: the protocol version, `2.0` for this implementation.
    pub version: String,
}
