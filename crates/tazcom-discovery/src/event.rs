//! What discovery tells its user.

use std::fmt;
use std::net::IpAddr;

use tazcom_identity::NodeId;

use crate::interface::Interface;
use crate::peer::Peer;

/// Why a peer is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LostReason {
    /// It said goodbye (RFC 6762 section 10.1).
    Goodbye,
    /// Its records ran out without being refreshed.
    Expired,
    /// A dial failed and it answered none of the queries that followed (RFC 6762 section 10.4).
    Unreachable,
    /// The last interface it was seen on went away.
    InterfaceDown,
}

impl fmt::Display for LostReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Goodbye => "goodbye",
            Self::Expired => "expired",
            Self::Unreachable => "unreachable",
            Self::InterfaceDown => "interface_down",
        })
    }
}

/// Something discovery noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The whole present view. First event of every subscription, followed by one
    /// [`InterfaceUp`](Self::InterfaceUp) an interface in use and one
    /// [`Degraded`](Self::Degraded) for what is not working. The same again comes in place of all
    /// that a slow subscriber missed; what was known of interfaces before is then void too.
    Resync(Vec<Peer>),
    /// A peer appeared.
    Found(Peer),
    /// A known peer changed its port, version or addresses.
    Updated(Peer),
    /// A peer is gone.
    Lost {
        /// Who.
        id: NodeId,
        /// Why.
        reason: LostReason,
    },
    /// Another machine, or another process, announces our own id.
    IdentityConflict {
        /// Where the foreign record came from.
        source: IpAddr,
    },
    /// An interface is in use now, its addresses changed, or it works again.
    InterfaceUp(Interface),
    /// An interface is no longer in use.
    InterfaceDown(Interface),
    /// Discovery goes on, but not everywhere: what failed and where. `interface` is `None` when
    /// no interface is usable at all.
    Degraded {
        /// The interface that failed.
        interface: Option<String>,
        /// What happened and what would mend it, for a person.
        reason: String,
    },
}
