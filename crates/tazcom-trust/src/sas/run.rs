//! One run: what two people do from the promise to the proof.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use vodozemac::Curve25519PublicKey;
use vodozemac::sas::{EstablishedSas, Mac, Sas as KeyPair};

use super::frame::{Reason, RunId, Step};
use super::{Emoji, Failure, Sas};

/// How long each step may take: a person has to look, and perhaps to go and find the other.
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(120);

/// Separates the hash that binds the initiator to its key from every other hash.
const PROMISE_DOMAIN: &str = "tazcom/v2/sas-promise";

/// The two who compare, and in what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) initiator: NodeId,
    pub(super) responder: NodeId,
    pub(super) binding: [u8; 32],
    pub(super) run: RunId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Initiator,
    Responder,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// What a run wants done.
pub(super) enum Effect {
    Send(Step),
    Show(Sas),
    Verified,
    Failed(Failure),
}

pub(super) struct Run {
    pair: Pair,
    role: Role,
    stage: Stage,
    deadline: Instant,
    /// Whether the other could not know yet what the emoji are: then it cannot have guessed.
    harmless: bool,
}

enum Stage {
    /// The initiator has made its promise.
    Promised(KeyPair),
    /// The responder has shown its key.
    Answered {
        key: KeyPair,
        promise: [u8; 32],
    },
    /// Both look at the same emoji, or should.
    Comparing {
        secret: Box<EstablishedSas>,
        info: String,
        confirmed: bool,
        proved: bool,
    },
    Over,
}

impl Run {
    /// Begins one.
    pub(super) fn start(now: Instant, pair: Pair) -> (Self, Effect) {
        let key = KeyPair::new();
        let promise = promise(&pair, &key.public_key());
        let run = Self {
            pair,
            role: Role::Initiator,
            stage: Stage::Promised(key),
            deadline: now + STEP_TIMEOUT,
            harmless: true,
        };
        (run, Effect::Send(Step::Start { promise }))
    }

    /// Goes along with one that the other began.
    pub(super) fn answer(now: Instant, pair: Pair, promise: [u8; 32]) -> (Self, Effect) {
        let key = KeyPair::new();
        let shown = key.public_key().to_bytes();
        let run = Self {
            pair,
            role: Role::Responder,
            stage: Stage::Answered { key, promise },
            deadline: now + STEP_TIMEOUT,
            harmless: false,
        };
        (run, Effect::Send(Step::Key(shown)))
    }

    pub(super) const fn pair(&self) -> &Pair {
        &self.pair
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether nothing is known of the other's will yet.
    pub(super) const fn is_only_promised(&self) -> bool {
        matches!(self.stage, Stage::Promised(_))
    }

    /// Whether its failure is no try of somebody who guesses.
    pub(super) const fn was_harmless(&self) -> bool {
        self.harmless
    }

    /// Takes a step of the other's.
    pub(super) fn step(&mut self, now: Instant, step: Step) -> Vec<Effect> {
        match (std::mem::replace(&mut self.stage, Stage::Over), step) {
            (Stage::Over, _) => vec![],
            (_, Step::Cancel(Reason::Different)) => vec![Effect::Failed(Failure::DifferentThere)],
            (_, Step::Cancel(Reason::Unwilling)) => vec![Effect::Failed(Failure::CancelledThere)],
            (Stage::Promised(key), Step::Key(theirs)) => {
                let reveal = Effect::Send(Step::Reveal(key.public_key().to_bytes()));
                let mut effects = self.compare(now, key, theirs);
                if !matches!(self.stage, Stage::Over) {
                    effects.insert(0, reveal);
                }
                effects
            }
            (Stage::Answered { key, promise: made }, Step::Reveal(theirs)) => {
                match promise(&self.pair, &Curve25519PublicKey::from_bytes(theirs)) == made {
                    true => self.compare(now, key, theirs),
                    false => self.fail(Failure::BrokenPromise),
                }
            }
            (
                Stage::Comparing {
                    secret,
                    info,
                    confirmed,
                    proved: false,
                },
                Step::Mac(mac),
            ) => {
                let (input, info_there) = self.proof_of(self.role.other(), &info);
                let mac = Mac::from_slice(&mac);
                if secret.verify_mac(&input, &info_there, &mac).is_err() {
                    return self.fail(Failure::Unproved);
                }
                if confirmed {
                    return vec![Effect::Verified];
                }
                self.stage = Stage::Comparing {
                    secret,
                    info,
                    confirmed,
                    proved: true,
                };
                vec![]
            }
            _ => self.fail(Failure::OutOfOrder),
        }
    }

    /// The person here has compared. Before anything was shown, and a second time, it means nothing.
    pub(super) fn confirm(&mut self, now: Instant, same: bool) -> Vec<Effect> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Comparing {
                secret,
                info,
                confirmed: false,
                proved,
            } => {
                if !same {
                    let tell = Effect::Send(Step::Cancel(Reason::Different));
                    return vec![tell, Effect::Failed(Failure::Different)];
                }
                let (input, info_here) = self.proof_of(self.role, &info);
                let mac = secret.calculate_mac(&input, &info_here);
                // HMAC-SHA-256 has 32 bytes.
                let mac = mac.as_bytes().try_into().unwrap_or_default();
                let mut effects = vec![Effect::Send(Step::Mac(mac))];
                if proved {
                    effects.push(Effect::Verified);
                    return effects;
                }
                self.deadline = now + STEP_TIMEOUT;
                self.stage = Stage::Comparing {
                    secret,
                    info,
                    confirmed: true,
                    proved,
                };
                effects
            }
            stage => {
                self.stage = stage;
                vec![]
            }
        }
    }

    /// Ends it from here, and says so to the other.
    pub(super) fn fail(&mut self, why: Failure) -> Vec<Effect> {
        self.stage = Stage::Over;
        let tell = Effect::Send(Step::Cancel(Reason::Unwilling));
        vec![tell, Effect::Failed(why)]
    }

    fn compare(&mut self, now: Instant, key: KeyPair, theirs: [u8; 32]) -> Vec<Effect> {
        let (ours, theirs) = (key.public_key(), Curve25519PublicKey::from_bytes(theirs));
        // A key of small order would make a secret that everybody knows; one's own, sent back, a proof
        // that was only copied.
        let secret = match ours == theirs {
            true => None,
            false => key.diffie_hellman(theirs).ok(),
        };
        let Some(secret) = secret else {
            return self.fail(Failure::OutOfOrder);
        };
        let info = match self.role {
            Role::Initiator => context(&self.pair, &ours, &theirs),
            Role::Responder => context(&self.pair, &theirs, &ours),
        };
        let shown = secret.bytes(&format!("tazcom/v2/sas|{info}"));
        let (a, b, c) = shown.decimals();
        let sas = Sas {
            emoji: shown.emoji_indices().map(Emoji::of),
            numbers: [a, b, c],
        };
        self.harmless = false;
        self.deadline = now + STEP_TIMEOUT;
        self.stage = Stage::Comparing {
            secret: Box::new(secret),
            info,
            confirmed: false,
            proved: false,
        };
        vec![Effect::Show(sas)]
    }

    /// What `role` proves, and under which name: its own id first, so that nothing can be sent back.
    fn proof_of(&self, role: Role, info: &str) -> (String, String) {
        let (own, other) = match role {
            Role::Initiator => (self.pair.initiator, self.pair.responder),
            Role::Responder => (self.pair.responder, self.pair.initiator),
        };
        let name = role.name();
        (
            format!("{own}|{other}"),
            format!("tazcom/v2/sas-mac|{name}|{info}"),
        )
    }
}

fn promise(pair: &Pair, key: &Curve25519PublicKey) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(PROMISE_DOMAIN);
    hasher.update(pair.initiator.as_bytes());
    hasher.update(pair.responder.as_bytes());
    hasher.update(&pair.binding);
    hasher.update(&pair.run);
    hasher.update(key.as_bytes());
    *hasher.finalize().as_bytes()
}

/// `idA|idB|binding|run|keyA|keyB`. All parts but the ids are hexadecimal, and all are of one length
/// each, so nothing can be read in two ways. The keys are in it because X25519 makes the same secret of
/// more than one of them.
fn context(
    pair: &Pair,
    initiator: &Curve25519PublicKey,
    responder: &Curve25519PublicKey,
) -> String {
    let mut context = format!("{}|{}", pair.initiator, pair.responder);
    let parts: [&[u8]; 4] = [
        &pair.binding,
        &pair.run,
        initiator.as_bytes(),
        responder.as_bytes(),
    ];
    for part in parts {
        context.push('|');
        for byte in part {
            let written = write!(context, "{byte:02x}");
            debug_assert!(written.is_ok(), "writing to a string does not fail");
        }
    }
    context
}
