//! The crate as a node drives it.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tazcom_identity::SecretKey;
use tazcom_session::{
    Caps, Command, Config, Event, HandshakeOutput, Initiator, Input, Local, PayloadKind, Responder,
    Session, SessionOutput, StaticKey, Welcome,
};

/// Two nodes that shake hands again and again.
pub(crate) struct Ends {
    now: Instant,
    rng: ChaCha20Rng,
    locals: [Local; 2],
}

impl Ends {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let locals = [1, 2].map(|seed| Local {
            identity: Arc::new(SecretKey::from_seed([seed; 32])),
            static_key: Arc::new(StaticKey::draw(now, &mut rng)),
            config: Arc::new(Config::bench()),
        });
        Self { now, rng, locals }
    }

    pub(crate) fn shake_hands(&mut self) {
        black_box(self.connected());
    }

    /// Two sessions, the welcome said and heard.
    fn connected(&mut self) -> [Session; 2] {
        let now = self.now;
        let [one, other] = self.locals.clone();
        let initiator = Initiator {
            expected: Some(other.identity.node_id()),
            local: one,
            caps: Caps::default(),
        };
        let responder = Responder {
            local: other,
            welcome: Welcome::default(),
        };
        let mut ends = [
            initiator.start(now, &mut self.rng),
            responder.start(now, &mut self.rng),
        ];
        for from in [0, 1, 0] {
            let HandshakeOutput::Send(bytes) = ends[from].poll_output() else {
                panic!("each end has its turn");
            };
            ends[1 - from].handle(now, Input::Received(&bytes));
        }
        let mut ends = ends.map(|end| end.finish(now).expect("both are honest"));
        let SessionOutput::Send(welcome) = ends[1].poll_output() else {
            panic!("a welcome comes first");
        };
        ends[0].handle(now, Input::Received(&welcome));
        while let SessionOutput::Event(_) = ends[0].poll_output() {}
        ends
    }
}

/// A session with one payload to send.
pub(crate) struct Line {
    now: Instant,
    ends: [Session; 2],
    payload: Bytes,
}

impl Line {
    pub(crate) fn new(payload_len: usize) -> Self {
        let mut ends = Ends::new();
        Self {
            now: ends.now,
            ends: ends.connected(),
            payload: vec![0x5a; payload_len].into(),
        }
    }

    /// Sends the payload from one end to the other: exactly one frame.
    pub(crate) fn carry(&mut self) {
        let [from, to] = &mut self.ends;
        let send = Command::Send(PayloadKind::File, self.payload.clone());
        from.command(self.now, send).expect("the session is up");
        let SessionOutput::Send(frame) = from.poll_output() else {
            panic!("nothing to send");
        };
        to.handle(self.now, Input::Received(&frame));
        let SessionOutput::Event(Event::Received(_, bytes)) = to.poll_output() else {
            panic!("more than one frame, or none");
        };
        assert_eq!(black_box(bytes).len(), self.payload.len());
    }
}
