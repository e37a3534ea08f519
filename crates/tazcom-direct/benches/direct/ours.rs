//! The crate as a node drives it.

use std::time::Duration;

use tazcom_direct::{Config, Direct, Input, Output};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::{InnerId, InnerText, kind};
use tazcom_proto::{Content, Draft, Envelope, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope};
use zeroize::Zeroizing;

use crate::measure::timed;

/// Two who talk.
pub(crate) struct Pair {
    ends: [(SecretKey, Direct); 2],
    now: UnixMillis,
    count: u64,
    body: Zeroizing<Vec<u8>>,
    /// Seconds that it took to serialise what changed in a turn, both ends.
    pub(crate) rows: Vec<f64>,
    /// Bytes of the last message that was signed.
    pub(crate) signed_len: usize,
}

impl Pair {
    pub(crate) fn new(text_len: usize) -> Self {
        let ends = [1, 2].map(|seed| {
            let key = SecretKey::from_seed([seed; 32]);
            let direct = Direct::new(key.node_id(), Config::lan(), [seed; 32]);
            (key, direct)
        });
        let text = InnerText {
            text: Zeroizing::new("x".repeat(text_len)),
            action: false,
        };
        let mut pair = Self {
            ends,
            now: UnixMillis(1_800_000_000_000),
            count: 0,
            body: text.encode(),
            rows: Vec::new(),
            signed_len: 0,
        };
        pair.exchange_bundles();
        // The first ones begin the ratchet.
        pair.turn(1);
        pair.turn(1);
        pair
    }

    fn exchange_bundles(&mut self) {
        for (from, to) in [(0, 1), (1, 0)] {
            self.ends[from].1.handle(self.now, Input::Tick);
            while let Some(output) = self.ends[from].1.poll_output() {
                if let Output::Prekeys {
                    identity, fallback, ..
                } = output
                {
                    let content = Content::Prekeys { identity, fallback };
                    let envelope = self.sign(from, Scope::Mesh, content);
                    self.ends[to].1.handle(self.now, Input::Prekeys(envelope));
                }
            }
        }
    }

    fn sign(&mut self, from: usize, scope: Scope, content: Content) -> VerifiedEnvelope {
        self.count += 1;
        let hlc = Hlc::default().tick(UnixMillis(self.now.0 + self.count));
        let draft = Draft::new(scope, content, hlc, self.now);
        draft.sign(&self.ends[from].0).expect("a sound envelope")
    }

    /// Seconds for so many messages from one end to the other. Their receipt follows.
    pub(crate) fn turn(&mut self, messages: usize) -> f64 {
        let seconds = timed(|| (0..messages).for_each(|_| self.carry()));
        let rows = timed(|| {
            for (_, direct) in &mut self.ends {
                std::hint::black_box(direct.take_rows());
            }
        });
        self.rows.push(rows);
        self.now = self.now.after(Duration::from_secs(1));
        self.ends[1].1.handle(self.now, Input::Tick);
        self.pass_on(1, 0);
        self.pass_on(0, 1);
        assert_eq!(self.ends[0].1.outbox_len(), 0, "all have arrived");
        seconds
    }

    fn carry(&mut self) {
        self.count += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.count.to_be_bytes());
        let input = Input::Send {
            to: self.id(1),
            id: InnerId(id),
            hlc: Hlc::default().tick(self.now),
            created: self.now,
            kind: kind::TEXT,
            body: self.body.clone(),
            reference: self.count,
        };
        self.ends[0].1.handle(self.now, input);
        assert!(self.pass_on(0, 1), "it is shown");
    }

    fn id(&self, n: usize) -> NodeId {
        self.ends[n].0.node_id()
    }

    /// Carries what one end puts out to the other, over the wire. Whether something was shown.
    fn pass_on(&mut self, from: usize, to: usize) -> bool {
        let mut shown = false;
        while let Some(output) = self.ends[from].1.poll_output() {
            let Output::Publish { to: who, bytes, .. } = output else {
                continue;
            };
            let envelope = self.seal(from, who, bytes);
            if from == 0 {
                self.signed_len = envelope.signed().len();
            }
            let travelled = Envelope::decode(envelope.bytes().clone()).expect("just made");
            let verified = travelled.verify().expect("just signed");
            self.ends[to].1.handle(self.now, Input::Sealed(verified));
        }
        let direct = &mut self.ends[to].1;
        let outputs = std::iter::from_fn(|| direct.poll_output());
        for output in outputs {
            shown |= matches!(output, Output::Opened(_));
        }
        shown
    }

    fn seal(&mut self, from: usize, who: NodeId, bytes: bytes::Bytes) -> VerifiedEnvelope {
        let seal = Seal::Direct;
        let scope = Scope::Sealed(*who.as_bytes());
        self.sign(from, scope, Content::Sealed { seal, bytes })
    }
}
