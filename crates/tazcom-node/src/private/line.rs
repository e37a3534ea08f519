//! What somebody said in private, as it is shown and as it is kept.
//!
//! A [`PrivateLine`] is made of what came out of a ratchet, of one's own words, or of what was sealed on
//! the disk, and of nothing else: what came in the open cannot be shown as if it were private.

use std::fmt;

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::NodeId;
use tazcom_proto::cbor::{self, Reader};
use tazcom_proto::inner::{InnerId, InnerText};
use tazcom_proto::{Hlc, UnixMillis};
use zeroize::Zeroizing;

use super::event::{Fate, Talk};

/// What somebody said in private. Its text can be shown as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateLine {
    talk: Talk,
    room_name: Option<DisplayText>,
    id: InnerId,
    from: DisplayName,
    text: DisplayText,
    action: bool,
    hlc: Hlc,
    created: UnixMillis,
    fate: Option<Fate>,
    vouched_by: Option<DisplayName>,
}

impl PrivateLine {
    /// Where it was said.
    #[must_use]
    pub const fn talk(&self) -> Talk {
        self.talk
    }

    /// What the room is called, if it was said in one that is known here.
    #[must_use]
    pub const fn room_name(&self) -> Option<&DisplayText> {
        self.room_name.as_ref()
    }

    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> InnerId {
        self.id
    }

    /// Who said it.
    #[must_use]
    pub const fn from(&self) -> &DisplayName {
        &self.from
    }

    /// What was said.
    #[must_use]
    pub const fn text(&self) -> &DisplayText {
        &self.text
    }

    /// Whether it tells what its author does.
    #[must_use]
    pub const fn is_action(&self) -> bool {
        self.action
    }

    /// What orders it.
    #[must_use]
    pub const fn hlc(&self) -> Hlc {
        self.hlc
    }

    /// When its author's clock says it was said.
    #[must_use]
    pub const fn created(&self) -> UnixMillis {
        self.created
    }

    /// Who handed over the key that opened it, when that was not its author but somebody who shared what
    /// was said before we came.
    #[must_use]
    pub const fn vouched_by(&self) -> Option<&DisplayName> {
        self.vouched_by.as_ref()
    }

    /// What has become of it, if it is our own.
    #[must_use]
    pub const fn fate(&self) -> Option<Fate> {
        self.fate
    }
}

/// Says nothing of what is in it: a log is not the place for it.
impl fmt::Debug for PrivateLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateLine")
            .field("id", &self.id)
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}

/// A line as it is kept, before it is sealed.
#[derive(Clone)]
pub(crate) struct Record {
    pub(super) talk: Talk,
    pub(super) id: InnerId,
    pub(super) from: NodeId,
    pub(super) hlc: Hlc,
    pub(super) created: UnixMillis,
    pub(super) said: InnerText,
    /// Of our own words.
    pub(super) fate: Option<Fate>,
    /// Who handed over the key, when that was not the author.
    pub(super) vouched_by: Option<NodeId>,
}

impl Record {
    pub(crate) const fn vouched_by(&self) -> Option<NodeId> {
        self.vouched_by
    }

    pub(crate) const fn from(&self) -> NodeId {
        self.from
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let said = self.said.encode();
        let mut out = Zeroizing::new(Vec::with_capacity(said.len() + 96));
        cbor::put_array(&mut out, 6);
        cbor::put_bytes(&mut out, self.from.as_bytes());
        cbor::put_uint(&mut out, self.hlc.millis.0);
        cbor::put_uint(&mut out, u64::from(self.hlc.counter));
        cbor::put_uint(&mut out, self.created.0);
        cbor::put_bytes(&mut out, &said);
        match &self.vouched_by {
            Some(who) => cbor::put_bytes(&mut out, who.as_bytes()),
            None => cbor::put_null(&mut out),
        }
        out
    }

    /// None when these are no bytes that [`encode`](Self::encode) has written.
    pub(super) fn decode(
        talk: Talk,
        id: InnerId,
        fate: Option<Fate>,
        bytes: &[u8],
    ) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.array().ok()? != 6 {
            return None;
        }
        let from = NodeId::from_bytes(reader.bytes().ok()?.try_into().ok()?);
        let hlc = Hlc {
            millis: UnixMillis(reader.uint().ok()?),
            counter: u32::try_from(reader.uint().ok()?).ok()?,
        };
        let created = UnixMillis(reader.uint().ok()?);
        let said = InnerText::decode(reader.bytes().ok()?).ok()?;
        let vouched_by = match reader.null() {
            true => None,
            false => Some(NodeId::from_bytes(reader.bytes().ok()?.try_into().ok()?)),
        };
        reader.finish().ok()?;
        Some(Self {
            talk,
            id,
            from,
            hlc,
            created,
            said,
            fate,
            vouched_by,
        })
    }

    /// Where it was said.
    pub(crate) const fn talk(&self) -> Talk {
        self.talk
    }

    /// As it is shown, by somebody of this name, in a room of this name.
    pub(crate) fn shown(
        &self,
        from: DisplayName,
        room_name: Option<DisplayText>,
        vouched_by: Option<DisplayName>,
    ) -> PrivateLine {
        PrivateLine {
            talk: self.talk,
            room_name,
            id: self.id,
            from,
            text: DisplayText::new(&self.said.text),
            action: self.said.action,
            hlc: self.hlc,
            created: self.created,
            fate: self.fate,
            vouched_by,
        }
    }
}

const PERSON: u8 = b'p';
const ROOM: u8 = b'r';

impl Talk {
    /// Its name in the store.
    pub(super) fn stored(self) -> Vec<u8> {
        match self {
            Self::Person(id) => [&[PERSON], id.as_bytes().as_slice()].concat(),
            Self::Room(room) => [&[ROOM], room.0.as_slice()].concat(),
        }
    }

    /// None when it is not the name of one.
    pub(super) fn of_stored(name: &[u8]) -> Option<Self> {
        match name {
            [PERSON, id @ ..] => Some(Self::Person(NodeId::from_bytes(id.try_into().ok()?))),
            [ROOM, id @ ..] => Some(Self::Room(tazcom_proto::inner::SealedRoomId(
                id.try_into().ok()?,
            ))),
            _ => None,
        }
    }
}

/// What a sealed line is bound to: it cannot be moved to another place.
pub(super) fn place(talk: Talk, id: InnerId) -> Vec<u8> {
    [talk.stored().as_slice(), &id.0].concat()
}
