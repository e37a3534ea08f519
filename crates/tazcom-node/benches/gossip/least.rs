//! What no node can do without for a message, each part by itself and on one thread.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Instant;

use bytes::Bytes;
use tazcom_identity::SecretKey;
use tazcom_proto::{Content, Draft, Envelope, Hlc, RoomName, Scope, UnixMillis, VerifiedEnvelope};
use tazcom_store::{Config, Incoming, Store};

use crate::{Outcome, flood};

/// Messages in each turn.
const MESSAGES: usize = 500;
/// Turns, of which the quickest counts: the others were disturbed.
const TURNS: usize = 7;

const NOW: u64 = 1_795_000_000_000;

/// Microseconds for one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    /// It is read and its signature checked.
    pub(crate) verify: f64,
    /// It is put into a store in memory, alone in its transaction.
    pub(crate) store: f64,
    /// Its bytes are written to a connection, and read from it.
    pub(crate) loopback: f64,
}

impl Least {
    pub(crate) fn sum(self) -> f64 {
        self.verify + self.store + self.loopback
    }
}

pub(crate) fn of_a_message() -> Outcome<Least> {
    let envelopes = envelopes()?;
    let bytes: Vec<Bytes> = envelopes.iter().map(|one| one.bytes().clone()).collect();
    let verify = quickest(|| {
        for bytes in &bytes {
            Envelope::decode(bytes.clone())?.verify()?;
        }
        Ok(())
    })?;
    let store = quickest(|| {
        let mut store = Store::in_memory(Config::lan())?;
        store.join(&RoomName::lobby())?;
        for envelope in &envelopes {
            store.put(&[incoming(envelope)])?;
        }
        Ok(())
    })?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut near = TcpStream::connect(listener.local_addr()?)?;
    let (mut far, _) = listener.accept()?;
    let loopback = quickest(|| {
        let mut buffer = [0; 1024];
        for bytes in &bytes {
            near.write_all(bytes)?;
            far.read_exact(&mut buffer[..bytes.len()])?;
        }
        Ok(())
    })?;
    Ok(Least {
        verify,
        store,
        loopback,
    })
}

fn envelopes() -> Outcome<Vec<VerifiedEnvelope>> {
    let key = SecretKey::from_seed([77; 32]);
    let envelopes = (0..MESSAGES).map(|n| {
        let millis = UnixMillis(NOW + n as u64);
        let text = format!("{n:<len$}", len = flood::LEN).replace(' ', ".");
        let content = Content::Text {
            text: text.into(),
            action: false,
        };
        let hlc = Hlc { millis, counter: 0 };
        Ok(Draft::new(Scope::Room(RoomName::lobby()), content, hlc, millis).sign(&key)?)
    });
    envelopes.collect()
}

fn incoming(envelope: &VerifiedEnvelope) -> Incoming {
    Incoming {
        envelope: envelope.clone(),
        first_seen: envelope.created(),
        own: false,
        hops: 1,
        from: Some(envelope.author()),
    }
}

/// Microseconds a message.
fn quickest(mut turn: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let mut quickest = f64::INFINITY;
    for _ in 0..TURNS {
        let start = Instant::now();
        turn()?;
        quickest = quickest.min(start.elapsed().as_secs_f64());
    }
    Ok(quickest * 1e6 / MESSAGES as f64)
}
