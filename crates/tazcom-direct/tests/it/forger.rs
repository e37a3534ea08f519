//! Somebody who has an id and bare ratchets, and seals whatever it likes.

use bytes::Bytes;
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::{Audience, Inner, InnerId, kind};
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope, cbor};
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{Account, OlmMessage, Session, SessionConfig};
use zeroize::Zeroizing;

use crate::stage::{Node, START, key, olm, text};

pub(crate) struct Forger {
    pub(crate) key: SecretKey,
    pub(crate) account: Account,
    pub(crate) fallback: [u8; 32],
    pub(crate) now: UnixMillis,
    count: u32,
}

impl Forger {
    pub(crate) fn new(n: u8) -> Self {
        let mut account = Account::new();
        account.generate_fallback_key();
        let fallback = account.fallback_key().into_values().next();
        Self {
            key: key(n),
            fallback: fallback.expect("it was just made").to_bytes(),
            account,
            now: UnixMillis(START),
            count: 0,
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.key.node_id()
    }

    pub(crate) fn identity(&self) -> [u8; 32] {
        self.account.curve25519_key().to_bytes()
    }

    pub(crate) fn sign(&mut self, scope: Scope, content: Content) -> VerifiedEnvelope {
        self.count += 1;
        let hlc = Hlc {
            millis: self.now,
            counter: self.count,
        };
        let draft = Draft::new(scope, content, hlc, self.now);
        draft.sign(&self.key).expect("a sound envelope")
    }

    pub(crate) fn bundle(&mut self) -> VerifiedEnvelope {
        let (identity, fallback) = (self.identity(), self.fallback);
        self.bundle_of(identity, fallback)
    }

    pub(crate) fn bundle_of(&mut self, identity: [u8; 32], fallback: [u8; 32]) -> VerifiedEnvelope {
        self.sign(Scope::Mesh, Content::Prekeys { identity, fallback })
    }

    /// A ratchet begun with what a node has published last.
    pub(crate) fn begin(&self, with: &Node) -> Session {
        let bundle = with.bundles.last().expect("published at start");
        let Content::Prekeys { identity, fallback } = *bundle.content() else {
            panic!("no bundle");
        };
        let session = self.account.create_outbound_session(
            SessionConfig::version_1(),
            Curve25519PublicKey::from_bytes(identity),
            Curve25519PublicKey::from_bytes(fallback),
        );
        session.expect("sound keys")
    }

    /// What an honest node would say.
    pub(crate) fn inner(&self, to: NodeId, id: InnerId, said: &str) -> Inner {
        Inner {
            from: self.id(),
            to: Audience::Person(to),
            id,
            hlc: Hlc {
                millis: self.now,
                counter: 0,
            },
            created: self.now,
            kind: kind::TEXT,
            body: text(said),
        }
    }

    /// That these bytes could not be opened.
    pub(crate) fn complaint(&self, to: NodeId, id: InnerId, envelope: &VerifiedEnvelope) -> Inner {
        let mut body = Zeroizing::new(Vec::new());
        let Content::Sealed { bytes, .. } = envelope.content() else {
            panic!("not sealed");
        };
        let name = tazcom_proto::MessageId::of(bytes);
        cbor::put_bytes(&mut body, name.as_bytes());
        Inner {
            kind: kind::UNDECRYPTABLE,
            body,
            ..self.inner(to, id, "")
        }
    }

    pub(crate) fn seal(
        &mut self,
        session: &mut Session,
        to: NodeId,
        inner: &Inner,
    ) -> VerifiedEnvelope {
        let plain = inner.encode().expect("short");
        let message = session.encrypt(&*plain).expect("sound keys");
        self.envelope(to, &message)
    }

    /// Signs a message as its own, whosever it is.
    pub(crate) fn envelope(&mut self, to: NodeId, message: &OlmMessage) -> VerifiedEnvelope {
        let (kind, message) = message.to_parts();
        let mut bytes = vec![u8::try_from(kind).expect("0 or 1")];
        bytes.extend(message);
        self.bytes(to, bytes)
    }

    pub(crate) fn bytes(&mut self, to: NodeId, bytes: Vec<u8>) -> VerifiedEnvelope {
        let seal = Seal::Direct;
        let bytes = Bytes::from(bytes);
        self.sign(
            Scope::Sealed(*to.as_bytes()),
            Content::Sealed { seal, bytes },
        )
    }

    /// Opens what begins a ratchet with it.
    pub(crate) fn accept(&mut self, envelope: &VerifiedEnvelope) -> (Session, Inner) {
        let OlmMessage::PreKey(message) = olm(envelope) else {
            panic!("it does not begin a ratchet");
        };
        let config = SessionConfig::version_1();
        let identity = message.identity_key();
        let created = self
            .account
            .create_inbound_session(config, identity, &message);
        let created = created.expect("begun with its keys");
        let inner = Inner::decode(&created.plaintext).expect("sound");
        (created.session, inner)
    }
}
