//! The engine's frames as its encoding (postcard) lays them out.
//!
//! Their fields are private to the engine, and its encoding is the only way in and out. A test makes
//! the engine send each kind and reads it here, so that a release with another layout is noticed.

use iroh_gossip::proto::Message;
use serde::{Deserialize, Serialize};

use super::Slot;

/// What the engine sends or receives.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    topic: [u8; 32],
    #[serde(borrow)]
    layer: Layer<'a>,
}

#[derive(Serialize, Deserialize)]
enum Layer<'a> {
    Membership(Membership),
    #[serde(borrow)]
    Plumtree(PlumtreeFrame<'a>),
}

/// A frame of HyParView. Only the last two are ever told apart from the others, which stand for the
/// numbers that come before.
#[derive(Serialize, Deserialize)]
enum Membership {
    Join,
    ForwardJoin,
    Shuffle,
    ShuffleReply,
    Neighbour {
        priority: Neighbour,
        data: Option<()>,
    },
}

/// How urgent it is to become a neighbour.
#[derive(Serialize, Deserialize)]
pub(super) enum Neighbour {
    /// It cannot be refused.
    High,
}

/// A frame of Plumtree.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PlumtreeFrame<'a> {
    Gossip {
        id: [u8; 32],
        content: &'a [u8],
        scope: DeliveryScope,
    },
    Prune,
    Graft {
        id: Option<[u8; 32]>,
        round: u16,
    },
    IHave(Vec<([u8; 32], u16)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeliveryScope {
    Swarm(u16),
    Neighbors,
}

impl DeliveryScope {
    pub(super) const fn round(self) -> u16 {
        match self {
            Self::Swarm(round) => round,
            Self::Neighbors => 0,
        }
    }
}

impl<'a> PlumtreeFrame<'a> {
    pub(super) const fn gossip(id: [u8; 32], content: &'a [u8], round: u16) -> Self {
        Self::Gossip {
            id,
            content,
            scope: DeliveryScope::Swarm(round),
        }
    }

    pub(super) const fn graft(id: Option<[u8; 32]>, round: u16) -> Self {
        Self::Graft { id, round }
    }

    pub(super) fn ihave(list: impl Iterator<Item = ([u8; 32], u16)>) -> Self {
        Self::IHave(list.collect())
    }
}

/// A frame of the engine, understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mirrored<'a> {
    /// Of HyParView, by its number.
    Membership(u32),
    Plumtree(PlumtreeFrame<'a>),
}

/// A frame that makes its sender a neighbour.
pub(super) fn neighbour(topic: [u8; 32], priority: Neighbour) -> Option<Message<Slot>> {
    let data = None;
    let layer = Layer::Membership(Membership::Neighbour { priority, data });
    into_engine(&Wire { topic, layer })
}

/// A frame of Plumtree for the engine.
pub(super) fn plumtree(topic: [u8; 32], frame: &PlumtreeFrame<'_>) -> Option<Message<Slot>> {
    // Borrowed as it is, without the enum around it that would own it.
    #[derive(Serialize)]
    struct Borrowed<'a> {
        topic: [u8; 32],
        layer: BorrowedLayer<'a>,
    }
    #[derive(Serialize)]
    enum BorrowedLayer<'a> {
        #[expect(dead_code, reason = "it stands for its number")]
        Membership,
        Plumtree(&'a PlumtreeFrame<'a>),
    }
    let layer = BorrowedLayer::Plumtree(frame);
    into_engine(&Borrowed { topic, layer })
}

fn into_engine(wire: &impl Serialize) -> Option<Message<Slot>> {
    let bytes = postcard::to_stdvec(wire).ok()?;
    postcard::from_bytes(&bytes).ok()
}

/// For tests: a frame of the engine from bytes.
#[cfg(test)]
pub(super) fn into_engine_raw(bytes: &[u8]) -> Option<Message<Slot>> {
    postcard::from_bytes(bytes).ok()
}

/// Shows a frame of the engine to `look`.
pub(super) fn read<T>(
    message: &Message<Slot>,
    look: impl FnOnce(Mirrored<'_>) -> Option<T>,
) -> Option<T> {
    let bytes = postcard::to_stdvec(message).ok()?;
    // The topic is 32 bytes, then the layer and the kind within it are small numbers.
    let rest = bytes.get(32..)?;
    match rest {
        [0, kind, ..] => look(Mirrored::Membership(u32::from(*kind))),
        _ => {
            let wire: Wire<'_> = postcard::from_bytes(&bytes).ok()?;
            match wire.layer {
                Layer::Plumtree(frame) => look(Mirrored::Plumtree(frame)),
                Layer::Membership(_) => None,
            }
        }
    }
}
