//! What comes: opened with the ratchet it is in, and believed only when it says inside what stands
//! outside.
//!
//! A message that begins a ratchet names the long-term key of whoever sealed it. When another key of its
//! author is known, it waits for the author's bundle. When none is known it is opened, and the key is
//! taken for the author's if the message says inside that the author said it: the author signed these
//! bytes, and whoever has the key says that it is the author. Neither could do that for the other.

use tazcom_identity::NodeId;
use tazcom_proto::inner::{Audience, Inner};
use tazcom_proto::{Content, MessageId, Scope, Seal, UnixMillis, VerifiedEnvelope};
use vodozemac::olm::{OlmMessage, PreKeyMessage, Session};
use zeroize::Zeroizing;

use super::Direct;
use crate::config::DAY;
use crate::event::SecurityEvent;
use crate::row::RowKey;
use crate::seen::Admission;
use crate::wire;

/// What became of sealed bytes.
enum Unsealed {
    /// A ratchet that was there has opened them.
    Known(Zeroizing<Vec<u8>>),
    /// They begin a ratchet, with the long-term key that they name.
    Begun(Box<Session>, [u8; 32], Zeroizing<Vec<u8>>),
    /// They begin one with another key than is known of their author.
    OtherKey,
    /// They name or use a key of somebody else.
    Foreign,
    /// No ratchet opens them.
    Unopened,
}

impl Direct {
    pub(super) fn sealed(&mut self, now: UnixMillis, envelope: VerifiedEnvelope) {
        let who = envelope.author();
        let Content::Sealed {
            seal: Seal::Direct,
            bytes,
        } = envelope.content()
        else {
            return;
        };
        if *envelope.scope() != Scope::Sealed(*self.me.as_bytes()) {
            return self.security(SecurityEvent::NotForMe { who });
        }
        if who == self.me || self.blocked.contains(&who) {
            return;
        }
        let name = wire::name(bytes);
        if self.seen.has(&who, &name) || self.aside.has(&envelope.id()) {
            return self.security(SecurityEvent::Repeated { who });
        }
        let Some(message) = wire::decode(bytes) else {
            return self.security(SecurityEvent::Malformed { who });
        };
        match self.unseal(now, who, &message) {
            Unsealed::Known(plain) => {
                if let Some(inner) = self.believe(who, &plain) {
                    self.opened(now, who, name, inner);
                }
            }
            Unsealed::Begun(session, identity, plain) => {
                // A ratchet of which the author knows nothing is none of its own.
                if let Some(inner) = self.believe(who, &plain)
                    && self.accept(now, who, *session, identity, &message)
                {
                    self.opened(now, who, name, inner);
                    self.flush(now, who);
                }
            }
            Unsealed::OtherKey => self.put_aside(envelope),
            Unsealed::Foreign => self.security(SecurityEvent::ForeignKey { who }),
            Unsealed::Unopened => {
                self.security(SecurityEvent::Unopened { who });
                match self.peers.contains_key(&who) || self.strangers.get(&who).is_some() {
                    true => self.complain(now, who, name),
                    // There is no way yet to tell it so.
                    false => self.put_aside(envelope),
                }
            }
        }
    }

    /// Keeps it until there are keys of its author.
    fn put_aside(&mut self, envelope: VerifiedEnvelope) {
        let (id, who) = (envelope.id(), envelope.author());
        match self.aside.put(envelope) {
            true => {
                self.dirty.insert(RowKey::Aside(id));
            }
            false => self.security(SecurityEvent::TooMuch { who }),
        }
    }

    fn unseal(&mut self, now: UnixMillis, who: NodeId, message: &OlmMessage) -> Unsealed {
        if let Some(peer) = self.peers.get_mut(&who) {
            // First those that know the chain of the message, then those in which something came last.
            let begins = match message {
                OlmMessage::PreKey(message) => Some(message),
                OlmMessage::Normal(_) => None,
            };
            let all = peer.ratchets.iter();
            let fit = all.filter(|ratchet| begins.is_none_or(|begins| ratchet.began_with(begins)));
            let mut fit: Vec<_> = fit
                .map(|ratchet| (ratchet.knows(message), ratchet.received, ratchet.number))
                .collect();
            fit.sort_unstable_by(|one, other| other.cmp(one));
            for (_, _, number) in &fit {
                let ratchet = peer.ratchet(*number);
                if let Some(plain) = ratchet.and_then(|ratchet| ratchet.open(now, message)) {
                    self.dirty.insert(RowKey::Ratchet(who, *number));
                    return Unsealed::Known(plain);
                }
            }
            if begins.is_some() && !fit.is_empty() {
                return Unsealed::Unopened;
            }
        }
        match message {
            OlmMessage::PreKey(message) => self.unseal_first(who, message),
            OlmMessage::Normal(_) => Unsealed::Unopened,
        }
    }

    fn unseal_first(&mut self, who: NodeId, message: &PreKeyMessage) -> Unsealed {
        let identity = message.identity_key().to_bytes();
        let known = match self.peers.get(&who) {
            Some(peer) => peer.identity,
            None => self.strangers.get(&who).map(|bundle| bundle.identity),
        };
        if known != Some(identity) {
            if self.pinned(&identity).is_some_and(|owner| owner != who) {
                return Unsealed::Foreign;
            }
            // Anybody can put the key of somebody else into a bundle, which proves nothing.
            if self.owner(&identity).is_some_and(|owner| owner != who) {
                return Unsealed::OtherKey;
            }
            if known.is_some() {
                return Unsealed::OtherKey;
            }
        }
        if self.keys.is_of_another(&who, message) {
            return Unsealed::Foreign;
        }
        match self.keys.accept(&who, message) {
            Some((session, plain)) => {
                self.dirty.insert(RowKey::Keys);
                Unsealed::Begun(Box::new(session), identity, plain)
            }
            None => Unsealed::Unopened,
        }
    }

    /// What was opened, if it says that it is from whoever signed it, and for us.
    fn believe(&mut self, who: NodeId, plain: &[u8]) -> Option<Inner> {
        let event = match Inner::decode(plain) {
            Ok(inner) if inner.from != who => SecurityEvent::ForeignSender { who },
            Ok(inner) if inner.to != Audience::Person(self.me) => SecurityEvent::NotForMe { who },
            Ok(inner) => return Some(inner),
            Err(_) => SecurityEvent::Malformed { who },
        };
        self.security(event);
        None
    }

    /// Takes in a ratchet that somebody has begun. Whether there was room.
    fn accept(
        &mut self,
        now: UnixMillis,
        who: NodeId,
        session: Session,
        identity: [u8; 32],
        message: &OlmMessage,
    ) -> bool {
        if !self.meet(now, who) {
            self.security(SecurityEvent::TooMuch { who });
            return false;
        }
        self.pin(who, identity);
        let number = self.add(now, who, session, identity);
        let peer = self.peers.get_mut(&who);
        let ratchet = peer
            .zip(number)
            .and_then(|(peer, number)| peer.ratchet(number));
        if let Some(ratchet) = ratchet {
            ratchet.opened(now, message);
        }
        true
    }

    fn opened(&mut self, now: UnixMillis, who: NodeId, name: MessageId, inner: Inner) {
        self.meet(now, who);
        let oldest = now.before(self.config.keep + DAY);
        if inner.created < oldest || inner.created > now.after(self.config.clock_ahead) {
            return self.security(SecurityEvent::OutOfTime { who });
        }
        match self.seen.admit(who, inner.id, inner.created, name) {
            Admission::New => self.told(now, who, inner),
            Admission::Again => {
                self.security(SecurityEvent::Repeated { who });
                // Its sender does not know that it came.
                self.owe(now, who, &inner);
            }
            Admission::BelowFloor => self.security(SecurityEvent::OutOfTime { who }),
        }
    }
}
