//! What comes in, and which of the machines is told.

use std::time::Instant;

use tazcom_direct as direct;
use tazcom_group as group;
use tazcom_identity::NodeId;
use tazcom_proto::direct::DirectFrame;
use tazcom_proto::inner::kind;
use tazcom_proto::limits::{MAX_LIFETIME_SECS, MAX_TEXT_LEN};
use tazcom_proto::{Content, Envelope, Scope, Seal, UnixMillis, VerifiedEnvelope};
use tazcom_trust as trust;

use super::ask::{Answer, CompareDo, PrivateAsk, RoomDo, TrustDo};
use super::event::{PrivateError, Talk};
use super::step::{After, Fact, Step};
use super::{Input, Private};

/// Successions of ids that are not known, which wait for the one that makes them known.
const MAX_SUCCESSIONS: usize = 64;

impl Private {
    pub(super) fn take(&mut self, now: Instant, wall: UnixMillis, input: Input, step: &mut Step) {
        match input {
            Input::Envelope(envelope) => self.envelope(now, wall, *envelope, step),
            Input::Up(peer) => {
                // Somebody who cannot be kept is met as a stranger again.
                if let Ok(true) = self.machines.book.met(wall, peer) {
                    step.tell(Fact::Trust(peer, trust::Level::Known, None));
                }
                self.direct(wall, direct::Input::SessionUp(peer));
            }
            Input::Down(peer) => {
                self.direct(wall, direct::Input::SessionDown(peer));
                let closed = trust::Input::Closed { peer };
                self.machines.verifications.handle(now, closed);
            }
            Input::Frame {
                from,
                binding,
                frame,
            } => match frame {
                DirectFrame::OneTimeKey { identity, key } => {
                    let came = direct::Input::OneTimeKey {
                        from,
                        identity,
                        key,
                    };
                    self.direct(wall, came);
                }
                DirectFrame::Sealed(bytes) => {
                    let envelope = Envelope::decode(bytes).ok();
                    let envelope = envelope.and_then(|envelope| envelope.verify().ok());
                    // What somebody else said travels as everything does.
                    let own = envelope.filter(|envelope| {
                        envelope.author() == from
                            && *envelope.scope() == Scope::Sealed(*self.me.as_bytes())
                    });
                    if let Some(envelope) = own {
                        self.envelope(now, wall, envelope, step);
                    }
                }
                // Nobody is asked anything by somebody who is blocked.
                DirectFrame::Verify(_) if self.is_blocked(&from) => {}
                DirectFrame::Verify(frame) => {
                    let came = trust::Input::Frame {
                        peer: from,
                        binding,
                        frame,
                    };
                    self.machines.verifications.handle(now, came);
                }
                _ => {}
            },
            Input::Ask(ask) => self.ask(now, wall, ask, step),
            Input::Tick => {
                self.direct(wall, direct::Input::Tick);
                self.group(wall, group::Input::Tick);
                self.machines
                    .verifications
                    .handle(now, trust::Input::Timeout);
            }
        }
        self.verifications(wall, step);
    }

    fn envelope(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        envelope: VerifiedEnvelope,
        step: &mut Step,
    ) {
        match envelope.content() {
            Content::Prekeys { .. } => self.direct(wall, direct::Input::Prekeys(envelope)),
            Content::Succession { .. } => self.succession(now, wall, envelope, step),
            Content::Revocation => match self.machines.book.revocation(wall, &envelope) {
                // Of strangers, of whom there may be any number, nobody wants to hear.
                Ok(revoked) if revoked.first && revoked.was != trust::Level::New => {
                    step.tell(Fact::Revoked(revoked.id));
                }
                Ok(_) => {}
                Err(error) => tracing::debug!("a revocation is not kept: {error}"),
            },
            Content::Sealed { seal, .. } => {
                step.writes.opened.push(envelope.id());
                match seal {
                    _ if self.is_blocked(&envelope.author()) => {}
                    Seal::Direct if *envelope.scope() == Scope::Sealed(*self.me.as_bytes()) => {
                        self.direct(wall, direct::Input::Sealed(envelope));
                    }
                    Seal::Room | Seal::Passphrase => {
                        self.group(wall, group::Input::Sealed(envelope));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Somebody goes on under another id, perhaps for the second time: then the second step may come
    /// before the first.
    fn succession(
        &mut self,
        now: Instant,
        wall: UnixMillis,
        envelope: VerifiedEnvelope,
        step: &mut Step,
    ) {
        let mut next = Some(envelope);
        while let Some(envelope) = next.take() {
            match self.machines.book.succession(wall, &envelope) {
                Ok(followed) => {
                    if followed.level == trust::Level::Blocked {
                        self.direct(wall, direct::Input::Block(followed.next));
                        self.group(wall, group::Input::Block(followed.next));
                        step.after.push(After::Ignore(followed.next, true));
                    }
                    if followed.first {
                        step.tell(Fact::Succeeded {
                            previous: followed.previous,
                            next: followed.next,
                            level: followed.level,
                        });
                    }
                    let mut waiting = self.successions.iter();
                    let found = waiting.position(|waits| waits.author() == followed.next);
                    next = found.and_then(|at| self.successions.remove(at));
                }
                Err(trust::SuccessionError::Unknown) => {
                    if self.successions.len() >= MAX_SUCCESSIONS {
                        self.successions.pop_front();
                    }
                    self.successions.push_back(envelope);
                }
                Err(error) => {
                    let who = envelope.author();
                    let fact = self.suspicions.succession(now, who, &error);
                    step.after.extend(fact.map(After::Tell));
                }
            }
        }
    }

    fn ask(&mut self, now: Instant, wall: UnixMillis, ask: PrivateAsk, step: &mut Step) {
        match ask {
            PrivateAsk::Tell {
                to,
                text,
                action,
                reply,
            } => {
                if let Err(why) = fits(&text).and_then(|()| self.may_write_to(&to)) {
                    step.answer(Some(Answer::Told(reply, Err(why))));
                    return;
                }
                let id = self.new_id();
                let record = self.record(wall, Talk::Person(to), id, text, action);
                let reference = self.waiting.tell(id, reply);
                self.direct(
                    wall,
                    direct::Input::Send {
                        to,
                        id,
                        hlc: record.hlc,
                        created: record.created,
                        kind: kind::TEXT,
                        body: record.said.encode(),
                        reference,
                    },
                );
                self.saying(reference, record);
            }
            PrivateAsk::Say {
                room,
                text,
                action,
                reply,
            } => {
                if let Err(why) = fits(&text) {
                    step.answer(Some(Answer::Said(reply, Err(why))));
                    return;
                }
                let id = self.new_id();
                let record = self.record(wall, Talk::Room(room), id, text, action);
                let reference = self.waiting.say(id, reply);
                self.group(
                    wall,
                    group::Input::Say {
                        room,
                        id,
                        hlc: record.hlc,
                        created: record.created,
                        kind: kind::TEXT,
                        body: record.said.encode(),
                        reference,
                    },
                );
                self.saying(reference, record);
            }
            PrivateAsk::Room(what, reply) => {
                let reference = match &what {
                    RoomDo::Enter(_) => self.waiting.enter(reply),
                    _ => self.waiting.room(reply),
                };
                if let RoomDo::Leave(_) = &what {
                    self.leaving.insert(reference);
                }
                self.group(wall, what.into_input(reference));
            }
            PrivateAsk::Trust(what, reply) => {
                let done = self.trust(wall, what, step);
                step.answer(Some(Answer::Done(reply, done)));
            }
            PrivateAsk::Revoke(reply) => {
                let content = Content::Revocation;
                self.sign(wall, Scope::Mesh, content, MAX_LIFETIME_SECS, step);
                step.answer(Some(Answer::Done(reply, Ok(()))));
            }
            PrivateAsk::Compare(what, reply) => {
                let done = self.compare(now, what);
                step.answer(Some(Answer::Done(reply, done)));
            }
            // Answered by whoever knows the names.
            PrivateAsk::Rooms(_) | PrivateAsk::People(..) | PrivateAsk::Render(..) => {}
        }
    }

    /// Whether an id is one that somebody still goes by.
    fn may_write_to(&self, to: &NodeId) -> Result<(), PrivateError> {
        let book = &self.machines.book;
        match book.successor(to) {
            Some(next) => Err(PrivateError::Succeeded { next }),
            None if book.is_revoked(to) => Err(PrivateError::Revoked),
            None => Ok(()),
        }
    }

    fn trust(
        &mut self,
        wall: UnixMillis,
        what: TrustDo,
        step: &mut Step,
    ) -> Result<(), PrivateError> {
        let book = &mut self.machines.book;
        let (who, how) = match what {
            TrustDo::Verify(who, how) => {
                book.verify(wall, who, how)?;
                (who, Some(how))
            }
            TrustDo::Unverify(who) => {
                book.unverify(&who);
                (who, None)
            }
            TrustDo::Block(who) => {
                book.block(wall, who)?;
                self.direct(wall, direct::Input::Block(who));
                self.group(wall, group::Input::Block(who));
                step.after.push(After::Ignore(who, true));
                (who, None)
            }
            TrustDo::Unblock(who) => {
                book.unblock(&who);
                self.direct(wall, direct::Input::Unblock(who));
                self.group(wall, group::Input::Unblock(who));
                step.after.push(After::Ignore(who, false));
                (who, None)
            }
        };
        let level = self.machines.book.level(&who);
        step.tell(Fact::Trust(who, level, how));
        Ok(())
    }

    fn compare(&mut self, now: Instant, what: CompareDo) -> Result<(), PrivateError> {
        let input = match what {
            CompareDo::Begin(_, None) => return Err(PrivateError::NoSession),
            CompareDo::Begin(peer, Some(binding)) => match self.comparing.asked_by.remove(&peer) {
                true => trust::Input::Answer { peer },
                false => trust::Input::Start { peer, binding },
            },
            CompareDo::Confirm(peer, same) => trust::Input::Confirm { peer, same },
            CompareDo::Cancel(peer) => trust::Input::Cancel { peer },
        };
        self.machines.verifications.handle(now, input);
        Ok(())
    }

    /// Nobody is sure of somebody any more, if anybody was.
    pub(super) fn unverified(&mut self, who: NodeId, step: &mut Step) {
        if self.machines.book.unverify(&who) {
            let level = self.machines.book.level(&who);
            step.tell(Fact::Trust(who, level, None));
        }
    }

    /// What the comparing of emoji has put out.
    pub(super) fn verifications(&mut self, wall: UnixMillis, step: &mut Step) {
        loop {
            match self.machines.verifications.poll_output() {
                trust::Output::Wait(due) => {
                    self.comparing.due = due;
                    return;
                }
                trust::Output::Send { peer, frame } => {
                    step.after
                        .push(After::Send(peer, DirectFrame::Verify(frame)));
                }
                trust::Output::Asked { peer } => {
                    self.comparing.asked_by.insert(peer);
                    step.tell(Fact::Asked(peer));
                }
                trust::Output::Show { peer, sas } => step.tell(Fact::Shown(peer, Box::new(sas))),
                trust::Output::Verified { peer } => {
                    let verified = TrustDo::Verify(peer, trust::How::Emoji);
                    if let Err(error) = self.trust(wall, verified, step) {
                        tracing::warn!("who was verified is not kept: {error}");
                    }
                }
                trust::Output::Failed { peer, why } => {
                    self.comparing.asked_by.remove(&peer);
                    // Whoever was verified before is so no longer: one of the two is not who it was.
                    let differs = matches!(
                        why,
                        trust::Failure::Different
                            | trust::Failure::DifferentThere
                            | trust::Failure::Unproved
                    );
                    if differs {
                        self.unverified(peer, step);
                    }
                    step.tell(Fact::Failed(peer, why));
                }
                _ => {}
            }
        }
    }
}

/// Whether a text is one that a message holds.
fn fits(text: &str) -> Result<(), PrivateError> {
    match text.len() {
        1..=MAX_TEXT_LEN => Ok(()),
        len => Err(PrivateError::TextLength { len }),
    }
}

impl RoomDo {
    fn into_input(self, reference: u64) -> group::Input {
        match self {
            Self::Create { name, topic } => group::Input::Create {
                name,
                topic,
                reference,
            },
            Self::Promote { room, who } => group::Input::Promote {
                room,
                who,
                reference,
            },
            Self::Enter(room) => group::Input::Enter(*room),
            Self::Invite { room, who } => group::Input::Invite {
                room,
                who,
                reference,
            },
            Self::Remove { room, who } => group::Input::Remove {
                room,
                who,
                reference,
            },
            Self::Accept(room) => group::Input::Accept { room, reference },
            Self::Leave(room) => group::Input::Leave { room, reference },
            Self::Rename { room, name, topic } => group::Input::Rename {
                room,
                name,
                topic,
                reference,
            },
            Self::ShareHistory { room, who } => group::Input::ShareHistory {
                room,
                who,
                reference,
            },
        }
    }
}
