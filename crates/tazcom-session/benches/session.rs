//! What a session costs beyond its cipher: 16 KiB frames sealed and opened, against bare
//! ChaCha20-Poly1305 on as many bytes. And handshakes, both ends on one core.
//!
//! Both sides run in turns in the same process, so that a busy machine slows both. The median of
//! many turns counts. Fails when the ratio is below its floor.

#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _, Nonce};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tazcom_identity::SecretKey;
use tazcom_session::{
    Caps, Command, Config, Event, HandshakeOutput, Initiator, Input, Local, PayloadKind, Responder,
    Session, SessionOutput, StaticKey, Welcome,
};

/// Turns of each side. Odd, so that there is a median.
const TURNS: usize = 101;
/// Frames in a turn.
const FRAMES: usize = 64;
/// Bytes of a payload that fills the largest frame: 16,366 less its head.
const PAYLOAD_LEN: usize = 16_361;
/// Bytes the cipher goes over for such a frame.
const PLAINTEXT_LEN: usize = 16_368;
/// The share of the bare cipher's speed that sessions must reach.
const FLOOR: f64 = 0.8;

fn main() -> ExitCode {
    let now = Instant::now();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let locals = [1, 2].map(|seed| Local {
        identity: Arc::new(SecretKey::from_seed([seed; 32])),
        static_key: Arc::new(StaticKey::draw(now, &mut rng)),
        config: Arc::new(Config::bench()),
    });
    let mut shakes: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            black_box(connected(&locals, now, &mut rng));
            start.elapsed().as_secs_f64()
        })
        .collect();
    let shake = median(&mut shakes);

    let [mut from, mut to] = connected(&locals, now, &mut rng);
    let payload = Bytes::from(vec![0x5a; PAYLOAD_LEN]);
    let cipher = ChaCha20Poly1305::new(&[7; 32].into());
    let mut text = vec![0x5a; PLAINTEXT_LEN];
    let mut bare = Vec::with_capacity(TURNS);
    let mut session = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let start = Instant::now();
        for frame in 0..FRAMES {
            seal_and_open(&cipher, frame, &mut text);
        }
        bare.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        for _ in 0..FRAMES {
            carry(&mut from, &mut to, now, &payload);
        }
        session.push(start.elapsed().as_secs_f64());
    }

    let frames = f64::from(u32::try_from(FRAMES).unwrap_or(u32::MAX));
    let bytes = frames * f64::from(u32::try_from(PLAINTEXT_LEN).unwrap_or(u32::MAX));
    let (bare, session) = (median(&mut bare), median(&mut session));
    let megabytes = |seconds: f64| bytes / seconds / 1e6;
    println!("handshakes, both ends        {:8.0} /s", 1.0 / shake);
    println!("bare cipher, seal and open   {:8.0} MB/s", megabytes(bare));
    println!(
        "session, seal and open       {:8.0} MB/s",
        megabytes(session)
    );
    let ratio = bare / session;
    println!("ratio session_throughput {ratio:.2} floor {FLOOR} (raw ChaCha20-Poly1305)");
    match ratio < FLOOR {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

fn connected(locals: &[Local; 2], now: Instant, rng: &mut ChaCha20Rng) -> [Session; 2] {
    let [one, other] = locals.clone();
    let initiator = Initiator {
        expected: Some(other.identity.node_id()),
        local: one,
        caps: Caps::default(),
    };
    let responder = Responder {
        local: other,
        welcome: Welcome::default(),
    };
    let mut ends = [initiator.start(now, rng), responder.start(now, rng)];
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

fn carry(from: &mut Session, to: &mut Session, now: Instant, payload: &Bytes) {
    let send = Command::Send(PayloadKind::File, payload.clone());
    from.command(now, send).expect("the session is up");
    while let SessionOutput::Send(frame) = from.poll_output() {
        to.handle(now, Input::Received(&frame));
    }
    while let SessionOutput::Event(event) = to.poll_output() {
        match event {
            Event::Received(_, bytes) => assert_eq!(black_box(bytes).len(), PAYLOAD_LEN),
            other => panic!("{other:?} where a payload should be"),
        }
    }
}

fn seal_and_open(cipher: &ChaCha20Poly1305, frame: usize, text: &mut [u8]) {
    let mut nonce = Nonce::default();
    if let Some(low) = nonce.last_chunk_mut() {
        *low = frame.to_le_bytes();
    }
    let tag = cipher
        .encrypt_inout_detached(&nonce, &[], black_box(&mut *text).into())
        .expect("it is short");
    cipher
        .decrypt_inout_detached(&nonce, &[], black_box(&mut *text).into(), &tag)
        .expect("it was just sealed");
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
