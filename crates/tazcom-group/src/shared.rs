//! A room of a passphrase, as one who knows it keeps it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tazcom_identity::NodeId;
use tazcom_proto::cbor::{self, CborError, Reader};
use tazcom_proto::inner::{Audience, Inner, InnerId, SealedRoomId};
use tazcom_proto::{Content, RoomName, Seal, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::membership::{fixed, tuple};
use crate::output::{Output, Refusal, RoomOpened, SecurityEvent};
use crate::passphrase::PassphraseRoom;
use crate::rows::RowKey;
use crate::view::{RoomKind, RoomState, RoomView};

/// Messages that were shown, in one row: [`BLOCK`](crate::config::BLOCK) of them, 3.5 KB.
const BLOCK_OF_SHOWN: u64 = 64;

/// Bytes of each: its number, its author and what it is called.
const SHOWN_LEN: usize = 8 + 32 + 16;

pub(crate) struct SharedRoom {
    pub(crate) view: RoomView,
    pub(crate) secret: PassphraseRoom,
    shown: BTreeSet<(NodeId, InnerId)>,
    /// The same by when they came, to forget the oldest.
    order: BTreeMap<u64, (NodeId, InnerId)>,
}

impl SharedRoom {
    pub(crate) fn enter(ctx: &mut Context<'_>, secret: PassphraseRoom) -> Self {
        let room = Self::begin(secret);
        ctx.journal.put(RowKey::Shared(room.view.id), room.row());
        room
    }

    fn begin(secret: PassphraseRoom) -> Self {
        Self {
            view: RoomView {
                id: secret.id,
                name: secret.name.as_str().to_owned(),
                topic: String::new(),
                kind: RoomKind::Passphrase,
                state: RoomState::Member,
                members: Vec::new(),
                removed_may_read: false,
                epoch: 0,
                known_since: UnixMillis(0),
                last_change_by: None,
            },
            secret,
            shown: BTreeSet::new(),
            order: BTreeMap::new(),
        }
    }

    fn row(&self) -> Zeroizing<Vec<u8>> {
        let mut row = Zeroizing::new(Vec::with_capacity(192));
        cbor::put_array(&mut row, 3);
        cbor::put_text(&mut row, self.secret.name.as_str());
        cbor::put_bytes(&mut row, &self.secret.tag);
        cbor::put_bytes(&mut row, self.secret.key.as_slice());
        row
    }

    pub(crate) fn restore(id: SealedRoomId, row: &[u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(row);
        tuple(&mut reader, 3)?;
        let name = RoomName::from_wire(reader.text()?).map_err(|_| CborError::Range)?;
        let secret = PassphraseRoom {
            name,
            id,
            tag: fixed(&mut reader)?,
            key: Zeroizing::new(fixed(&mut reader)?),
        };
        reader.finish()?;
        Ok(Self::begin(secret))
    }

    pub(crate) fn restore_shown(&mut self, block: u64, row: &[u8]) -> Option<()> {
        for one in row.chunks(SHOWN_LEN) {
            let (number, one) = one.split_first_chunk()?;
            let (who, id) = one.split_first_chunk()?;
            let number = u64::from_be_bytes(*number);
            if number / BLOCK_OF_SHOWN != block {
                return None;
            }
            let shown = (NodeId::from_bytes(*who), InnerId(id.try_into().ok()?));
            self.shown.insert(shown);
            self.order.insert(number, shown);
        }
        Some(())
    }

    pub(crate) fn say(
        &self,
        ctx: &mut Context<'_>,
        random: [u8; 32],
        inner: &Inner,
    ) -> Result<(), Refusal> {
        let plain = inner.encode().map_err(|_| Refusal::TooLong)?;
        let sealed = self.secret.seal(&ctx.me, random, &plain);
        let bytes = sealed.ok_or(Refusal::TooLong)?;
        ctx.out.push_back(Output::Publish {
            room: self.view.id,
            tag: self.secret.tag,
            seal: Seal::Passphrase,
            bytes: Bytes::from(bytes),
            id: Some(inner.id),
        });
        Ok(())
    }

    pub(crate) fn sealed(&mut self, ctx: &mut Context<'_>, envelope: &VerifiedEnvelope) {
        let from = envelope.author();
        let Content::Sealed {
            seal: Seal::Passphrase,
            bytes,
        } = envelope.content()
        else {
            return;
        };
        if from == ctx.me {
            return;
        }
        let room = self.view.id;
        // Whoever has seen the tag can send what does not open: that is no event.
        let Some(plain) = self.secret.open(&from, bytes) else {
            return;
        };
        let Ok(inner) = Inner::decode(&plain) else {
            ctx.security(SecurityEvent::Corrupt { room, from });
            return;
        };
        if inner.from != from || inner.to != Audience::Room(room) {
            ctx.security(SecurityEvent::Misdirected { room, from });
            return;
        }
        if !self.shown.insert((from, inner.id)) {
            return;
        }
        self.remember(ctx, from, inner.id);
        if !ctx.blocked.contains(&from) {
            ctx.out.push_back(Output::Opened(RoomOpened {
                room,
                inner,
                vouched_by: None,
            }));
        }
    }

    fn remember(&mut self, ctx: &mut Context<'_>, from: NodeId, id: InnerId) {
        let last = self.order.keys().next_back().copied();
        let number = last.map_or(0, |last| last.saturating_add(1));
        self.order.insert(number, (from, id));
        self.store(ctx, number / BLOCK_OF_SHOWN);
        if self.order.len() > ctx.config.max_remembered
            && let Some((number, gone)) = self.order.pop_first()
        {
            self.shown.remove(&gone);
            self.store(ctx, number / BLOCK_OF_SHOWN);
        }
    }

    /// Keeps a block as it is now.
    fn store(&self, ctx: &mut Context<'_>, block: u64) {
        let first = block.saturating_mul(BLOCK_OF_SHOWN);
        let mut row = Vec::new();
        for (number, (who, id)) in self
            .order
            .range(first..first.saturating_add(BLOCK_OF_SHOWN))
        {
            row.extend_from_slice(&number.to_be_bytes());
            row.extend_from_slice(who.as_bytes());
            row.extend_from_slice(&id.0);
        }
        let key = RowKey::Shown(self.view.id, block);
        match row.is_empty() {
            true => ctx.journal.delete(key),
            false => ctx.journal.put(key, row),
        }
    }

    pub(crate) fn forget(&self, ctx: &mut Context<'_>) {
        let room = self.view.id;
        for number in self.order.keys() {
            ctx.journal
                .delete(RowKey::Shown(room, number / BLOCK_OF_SHOWN));
        }
        ctx.journal.delete(RowKey::Shared(room));
    }
}
