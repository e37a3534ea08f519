//! The own keys: the long-term one, the fallback key of the week, and those that were given out to one
//! person each.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{
    Account, AccountPickle, InboundCreationResult, PreKeyMessage, Session, SessionConfig,
};
use zeroize::Zeroizing;

use crate::config::{Config, lifetime_secs};
use crate::ratchet;
use crate::row::{Fields, RestoreError, Writer};

/// Bytes of JSON for the account itself, and for each one-time key.
const JSON_ROOM: usize = 2048;
const JSON_KEY_ROOM: usize = 256;

pub(crate) struct OwnKeys {
    account: Account,
    fallback: Option<Fallback>,
    /// When the bundle was published last.
    published: Option<UnixMillis>,
    /// For whom each one-time key is.
    reserved: BTreeMap<NodeId, Reserved>,
}

#[derive(Clone, Copy)]
struct Fallback {
    key: [u8; 32],
    since: UnixMillis,
}

#[derive(Clone, Copy)]
struct Reserved {
    key: [u8; 32],
    at: UnixMillis,
}

/// What others need to write to us.
pub(crate) struct OwnBundle {
    pub(crate) identity: [u8; 32],
    pub(crate) fallback: [u8; 32],
    pub(crate) lifetime_secs: u32,
}

impl OwnKeys {
    pub(crate) fn new() -> Self {
        Self {
            account: Account::new(),
            fallback: None,
            published: None,
            reserved: BTreeMap::new(),
        }
    }

    pub(crate) fn identity(&self) -> [u8; 32] {
        self.account.curve25519_key().to_bytes()
    }

    /// When there is something to publish.
    pub(crate) fn due(&self, config: &Config) -> UnixMillis {
        match (self.published, self.fallback) {
            (Some(at), Some(fallback)) => {
                let rotate = fallback.since.after(config.fallback_life);
                at.after(config.publish_every).min(rotate)
            }
            _ => UnixMillis(0),
        }
    }

    /// The bundle, if it is time to publish it.
    pub(crate) fn tick(&mut self, now: UnixMillis, config: &Config) -> Option<OwnBundle> {
        // A clock that was set back: what was done in its future says nothing.
        let set_back = self
            .published
            .is_some_and(|at| at > now.after(config.publish_every));
        if now < self.due(config) && !set_back {
            return None;
        }
        let fallback = match self.fallback {
            Some(old) if now < old.since.after(config.fallback_life) && old.since <= now => old,
            _ => self.rotate(now)?,
        };
        self.published = Some(now);
        Some(OwnBundle {
            identity: self.identity(),
            fallback: fallback.key,
            lifetime_secs: lifetime_secs(fallback.since.after(config.fallback_life).since(now)),
        })
    }

    fn rotate(&mut self, now: UnixMillis) -> Option<Fallback> {
        self.account.generate_fallback_key();
        let key = self.account.fallback_key().into_values().next()?.to_bytes();
        self.account.mark_keys_as_published();
        let fallback = Fallback { key, since: now };
        self.fallback = Some(fallback);
        Some(fallback)
    }

    /// The one-time key for somebody: the one it has not used yet, else a new one. Whether it is new.
    /// When too many are given out, the oldest is taken back.
    pub(crate) fn reserve(
        &mut self,
        now: UnixMillis,
        who: NodeId,
        config: &Config,
    ) -> Option<([u8; 32], bool)> {
        if let Some(reserved) = self.reserved.get(&who) {
            return Some((reserved.key, false));
        }
        if self.reserved.len() >= config.one_time_keys {
            let oldest = self
                .reserved
                .iter()
                .min_by_key(|(who, key)| (key.at, **who));
            let oldest = oldest.map(|(who, key)| (*who, key.key));
            if let Some((gone, key)) = oldest {
                self.account
                    .remove_one_time_key(Curve25519PublicKey::from_bytes(key));
                self.reserved.remove(&gone);
            }
        }
        let key = self
            .account
            .generate_one_time_keys(1)
            .created
            .first()?
            .to_bytes();
        self.account.mark_keys_as_published();
        self.reserved.insert(who, Reserved { key, at: now });
        Some((key, true))
    }

    /// Whether the one-time key that begins this was given to somebody else than `who`.
    pub(crate) fn is_of_another(&self, who: &NodeId, message: &PreKeyMessage) -> bool {
        let key = message.one_time_key().to_bytes();
        let mut others = self.reserved.iter().filter(|(owner, _)| *owner != who);
        others.any(|(_, reserved)| reserved.key == key)
    }

    /// None when one of the keys makes every secret the same.
    pub(crate) fn begin(&self, identity: [u8; 32], key: [u8; 32]) -> Option<Session> {
        let session = self.account.create_outbound_session(
            SessionConfig::version_1(),
            Curve25519PublicKey::from_bytes(identity),
            Curve25519PublicKey::from_bytes(key),
        );
        session.ok()
    }

    /// The ratchet that this message begins, and what it says; none when it was not begun with keys of
    /// ours. A one-time key is used up by it.
    pub(crate) fn accept(
        &mut self,
        who: &NodeId,
        message: &PreKeyMessage,
    ) -> Option<(Session, Zeroizing<Vec<u8>>)> {
        let created = self.account.create_inbound_session(
            SessionConfig::version_1(),
            message.identity_key(),
            message,
        );
        let InboundCreationResult { session, plaintext } = created.ok()?;
        let used = message.one_time_key().to_bytes();
        if self
            .reserved
            .get(who)
            .is_some_and(|reserved| reserved.key == used)
        {
            self.reserved.remove(who);
        }
        Some((session, Zeroizing::new(plaintext)))
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let room = JSON_ROOM + JSON_KEY_ROOM * self.account.stored_one_time_key_count();
        let json = ratchet::json(&self.account.pickle(), room);
        Writer::new(4, json.len() + 256 + 96 * self.reserved.len())
            .bytes(&json)
            .maybe(self.fallback, |row, fallback| {
                row.bytes(&fallback.key).time(fallback.since)
            })
            .maybe(self.published, Writer::time)
            .list(self.reserved.iter(), |row, (who, reserved)| {
                row.bytes(who.as_bytes())
                    .bytes(&reserved.key)
                    .time(reserved.at)
            })
            .finish()
    }

    pub(crate) fn decode(row: &[u8]) -> Result<Self, RestoreError> {
        let mut fields = Fields::new(row, 4)?;
        let pickle: AccountPickle =
            serde_json::from_slice(fields.bytes()?).map_err(RestoreError::Keys)?;
        let keys = Self {
            account: Account::from_pickle(pickle),
            fallback: fields.maybe(|fields| {
                Ok(Fallback {
                    key: fields.fixed()?,
                    since: fields.time()?,
                })
            })?,
            published: fields.maybe(Fields::time)?,
            reserved: fields.list(|fields| {
                let who = NodeId::from_bytes(fields.fixed()?);
                let (key, at) = (fields.fixed()?, fields.time()?);
                Ok((who, Reserved { key, at }))
            })?,
        };
        fields.finish()?;
        Ok(keys)
    }
}
