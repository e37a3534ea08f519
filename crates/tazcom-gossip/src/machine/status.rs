//! How peers stand: what time it is for them, and whether they hold what we hold.

use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_proto::sync::{Status, SyncFrame};

use super::Gossip;
use crate::io::{Class, Output};

/// Sessions that are asked how they stand when something has changed for us.
const ASKED: usize = 3;

/// Until they are.
const SOON: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

impl Gossip {
    pub(super) fn send_status(&mut self, peer: NodeId, answer: bool) {
        let status = self.status(answer);
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.mend.said = status.fingerprint;
            self.send_sync(peer, Class::Control, &SyncFrame::Status(status));
        }
    }

    /// Sees to it that the peer knows how we stand, before it hears what we have. So the messages that
    /// somebody offers are always among those of its last status.
    pub(super) fn keep_status(&mut self, peer: NodeId) {
        let fingerprint = self.held.fingerprint();
        let session = self.sessions.get(&peer);
        if session.is_some_and(|one| one.mend.said != fingerprint) {
            self.send_status(peer, false);
        }
    }

    /// A peer tells how it stands.
    pub(super) fn status_of(&mut self, peer: NodeId, status: Status) {
        if status.answer {
            self.send_status(peer, false);
        }
        let window = &self.config.window;
        let (skews, changed) = self.clocks.told(peer, status.wall, self.wall, window);
        self.out.extend(skews.into_iter().map(Output::Skew));
        if changed {
            // What was refused for its times may be taken now.
            for _ in 0..ASKED {
                self.ask_somebody();
            }
        }
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.mend.status = Some(status);
        }
        self.consider(peer);
    }

    /// Plans a run with the peer, if it holds other messages than we do. The smaller id begins.
    fn consider(&mut self, peer: NodeId) {
        let fingerprint = self.held.fingerprint();
        let repair = &self.config.repair;
        let (jitter, patience) = (repair.jitter, repair.patience);
        let Some(session) = self.sessions.get(&peer) else {
            return;
        };
        let differs = session
            .mend
            .status
            .is_some_and(|status| status.fingerprint != fingerprint);
        let planned = session.mend.run_at.is_some() || self.runs.is_with(&peer);
        let not_before = session.mend.not_before;
        if planned || !differs {
            return;
        }
        let mut at = self.now + self.between(jitter);
        if self.me > peer {
            at += patience;
        }
        if let Some(session) = self.sessions.get_mut(&peer) {
            let mend = &mut session.mend;
            // What it says now will be old by then.
            match not_before > at {
                true => mend.ask_at = Some(not_before),
                false => mend.run_at = Some(at),
            }
        }
        self.wake(at.max(not_before));
    }

    /// Asks one peer, drawn from all, how it stands.
    pub(super) fn ask_somebody(&mut self) {
        let at = self.below(self.sessions.len());
        let when = self.now + self.between(SOON);
        if let Some(session) = self.sessions.values_mut().nth(at) {
            session.mend.ask_at = Some(when);
            self.wake(when);
        }
    }

    /// Tells those that we have caught up with.
    pub(super) fn tell_caught_up(&mut self) {
        let fingerprint = self.held.fingerprint();
        let equal = self.sessions.iter().filter(|(_, one)| {
            let mend = &one.mend;
            mend.said != fingerprint
                && mend
                    .status
                    .is_some_and(|status| status.fingerprint == fingerprint)
        });
        let equal: Vec<NodeId> = equal.map(|(peer, _)| *peer).collect();
        for peer in equal {
            self.send_status(peer, false);
        }
    }
}
