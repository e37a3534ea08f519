//! Two honest ends and a wire that does what it wants.
//!
//! A list of operations, two bytes each: what, and how. What arrives is always what was sent, in
//! order and without a gap; the first change on the wire ends the receiving side.

#![no_main]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use tazcom_fuzz::{Crypto, START, connected};
use tazcom_session::{ByeCode, Command, Event, Input, PayloadKind, Session, SessionOutput};

/// Operations in one run.
const MOST: usize = 200;

struct End {
    session: Session,
    wire: VecDeque<Bytes>,
    said: VecDeque<Bytes>,
    over: bool,
}

fuzz_target!(|input: &[u8]| {
    let mut now = *START;
    let mut ends = connected(Crypto::Fake).map(|session| End {
        session,
        wire: VecDeque::new(),
        said: VecDeque::new(),
        over: false,
    });
    drain(&mut ends, 0);
    drain(&mut ends, 1);
    for operation in input.chunks_exact(2).take(MOST) {
        let [what, how] = operation else { return };
        let from = usize::from(what & 1);
        match (what >> 1) % 8 {
            0 => say(&mut ends, now, from, usize::from(*how)),
            1 => say(&mut ends, now, from, usize::from(*how) * 256),
            2 => deliver(&mut ends, now, from, |frame| vec![frame]),
            3 => deliver(&mut ends, now, from, |frame| {
                let mut bytes = frame.to_vec();
                let at = usize::from(*how) % bytes.len();
                bytes[at] ^= how | 1;
                vec![bytes.into()]
            }),
            4 => {
                ends[from].wire.pop_front();
            }
            5 => deliver(&mut ends, now, from, |frame| vec![frame.clone(), frame]),
            6 => {
                now += Duration::from_secs(u64::from(*how));
                ends[from].session.handle(now, Input::Timeout);
                drain(&mut ends, from);
            }
            _ if how % 8 == 0 => {
                let _over = ends[from]
                    .session
                    .command(now, Command::Close(ByeCode::Done));
                drain(&mut ends, from);
            }
            _ => {
                let tag = u64::from(*how);
                let _many = ends[from].session.command(now, Command::Ping { tag });
                drain(&mut ends, from);
            }
        }
    }
});

fn say(ends: &mut [End; 2], now: Instant, from: usize, len: usize) {
    let number = u8::try_from(ends[from].said.len() % 251).unwrap_or_default();
    let payload = Bytes::from(vec![number; len]);
    let send = Command::Send(PayloadKind::Sync, payload.clone());
    if ends[from].session.command(now, send).is_ok() {
        ends[from].said.push_back(payload);
    }
    drain(ends, from);
}

fn deliver(ends: &mut [End; 2], now: Instant, from: usize, wire: impl FnOnce(Bytes) -> Vec<Bytes>) {
    let Some(frame) = ends[from].wire.pop_front() else {
        return;
    };
    for bytes in wire(frame) {
        ends[1 - from].session.handle(now, Input::Received(&bytes));
    }
    drain(ends, 1 - from);
}

fn drain(ends: &mut [End; 2], node: usize) {
    loop {
        match ends[node].session.poll_output() {
            SessionOutput::Send(frame) => ends[node].wire.push_back(frame),
            SessionOutput::Event(Event::Received(_, payload)) => {
                assert!(!ends[node].over, "nothing after the end");
                let said = ends[1 - node].said.pop_front();
                assert_eq!(Some(payload), said, "what was said, in order");
            }
            SessionOutput::Event(_) => {}
            SessionOutput::Ended(_) => {
                ends[node].over = true;
                return;
            }
            _ => return,
        }
    }
}
