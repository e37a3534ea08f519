//! What every room needs of the machine it is in.

use std::collections::{BTreeSet, VecDeque};

use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::SealedRoomId;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::keys::Keep;
use crate::output::{Output, RoomEvent, SecurityEvent};
use crate::rows::Journal;

pub(crate) struct Context<'a> {
    pub(crate) now: UnixMillis,
    pub(crate) me: NodeId,
    pub(crate) key: &'a SecretKey,
    pub(crate) config: &'a Config,
    pub(crate) blocked: &'a BTreeSet<NodeId>,
    pub(crate) out: &'a mut VecDeque<Output>,
    pub(crate) journal: &'a mut Journal,
}

impl Context<'_> {
    pub(crate) fn carry(&mut self, to: NodeId, kind: u64, body: Zeroizing<Vec<u8>>) {
        self.out.push_back(Output::Carry { to, kind, body });
    }

    pub(crate) fn event(&mut self, event: RoomEvent) {
        self.out.push_back(Output::Event(event));
    }

    pub(crate) fn security(&mut self, event: SecurityEvent) {
        self.out.push_back(Output::Security(event));
    }

    pub(crate) fn keep(&mut self, room: SealedRoomId) -> Keep<'_> {
        Keep {
            room,
            now: self.now,
            config: self.config,
            journal: self.journal,
        }
    }
}
