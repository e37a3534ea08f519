//! A connection: two ends, and what crosses between them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;

use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::end::{End, Holder, Load};
use super::wire::{RETRANSMISSION_TIMEOUT, Wire};
use super::world::pair;

/// What one direction of a stream holds at most, in flight and unread together, in bytes: a reader
/// that does not read blocks the writer after that.
pub const STREAM_BUFFER: usize = 64 * 1024;

/// What one segment carries at most: Ethernet's 1500 bytes without the headers. A longer write
/// arrives in pieces.
const MAX_SEGMENT: usize = 1460;

/// Which end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Dialler,
    Acceptor,
}

/// How an operation went that may have to wait.
#[derive(Debug)]
pub(super) enum Attempt<T> {
    Done(io::Result<T>),
    /// Try again at this time, or when the waker is woken.
    Wait(Option<Instant>),
}

/// What an operation needs of the world around the connection.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    pub(super) now: Instant,
    /// Whether anything crosses between the two hosts.
    pub(super) up: bool,
    pub(super) wire: &'a mut Wire,
    /// Woken when the world is unlocked.
    pub(super) woken: &'a mut Vec<Waker>,
}

impl Passage<'_> {
    /// When a segment sent now arrives.
    pub(super) fn arrival(&mut self) -> Instant {
        self.now + self.wire.one_way()
    }

    pub(super) fn wake(&mut self, waker: &mut Option<Waker>) {
        self.woken.extend(waker.take());
    }
}

#[derive(Debug)]
pub(super) struct Connection {
    dialler: End,
    acceptor: End,
}

impl Connection {
    /// A connection that `dialler` knows to stand, and `acceptor` will once it has heard so.
    pub(super) fn new(
        dialler: SocketAddr,
        acceptor: SocketAddr,
        passage: &mut Passage<'_>,
    ) -> Self {
        let mut acceptor = End::new(acceptor);
        acceptor.post(Load::Open, passage);
        Self {
            dialler: End::new(dialler),
            acceptor,
        }
    }

    pub(super) fn end(&self, side: Side) -> &End {
        match side {
            Side::Dialler => &self.dialler,
            Side::Acceptor => &self.acceptor,
        }
    }

    /// That end, and the other one.
    pub(super) fn pair(&mut self, side: Side) -> (&mut End, &mut End) {
        match side {
            Side::Dialler => (&mut self.dialler, &mut self.acceptor),
            Side::Acceptor => (&mut self.acceptor, &mut self.dialler),
        }
    }

    /// The two hosts, as a link is named.
    pub(super) fn hosts(&self) -> (IpAddr, IpAddr) {
        pair(self.dialler.addr.ip(), self.acceptor.addr.ip())
    }

    /// From that end to the other one.
    pub(super) fn direction(&self, from: Side) -> (SocketAddr, SocketAddr) {
        match from {
            Side::Dialler => (self.dialler.addr, self.acceptor.addr),
            Side::Acceptor => (self.acceptor.addr, self.dialler.addr),
        }
    }

    pub(super) fn both_ends(&self) -> [SocketAddr; 2] {
        [self.dialler.addr, self.acceptor.addr]
    }

    /// No program has an end of it any more.
    pub(super) fn is_over(&self) -> bool {
        self.open_ends() == 0
    }

    pub(super) fn open_ends(&self) -> usize {
        [&self.dialler, &self.acceptor]
            .into_iter()
            .filter(|end| end.holder == Holder::Program)
            .count()
    }

    pub(super) fn read(
        &mut self,
        side: Side,
        buf: &mut ReadBuf<'_>,
        passage: &mut Passage<'_>,
        waker: &Waker,
    ) -> Attempt<usize> {
        let (ours, theirs) = self.pair(side);
        if ours.holder == Holder::Ghost {
            return Attempt::Wait(None);
        }
        let attempt = ours.read(buf, passage.now);
        match &attempt {
            Attempt::Wait(_) => ours.reader = Some(waker.clone()),
            Attempt::Done(_) => passage.wake(&mut theirs.writer),
        }
        attempt
    }

    pub(super) fn write(
        &mut self,
        side: Side,
        bytes: &[u8],
        passage: &mut Passage<'_>,
        waker: &Waker,
    ) -> Attempt<usize> {
        let (ours, theirs) = self.pair(side);
        if ours.holder == Holder::Ghost {
            return Attempt::Wait(None);
        }
        if let Some(error) = ours.write_error(passage.now) {
            return Attempt::Done(Err(error));
        }
        let room = STREAM_BUFFER.saturating_sub(theirs.buffered);
        if room == 0 && !bytes.is_empty() {
            ours.writer = Some(waker.clone());
            return Attempt::Wait(ours.reset_at);
        }
        let taken = bytes.get(..room).unwrap_or(bytes);
        for piece in taken.chunks(MAX_SEGMENT) {
            let arrives = theirs.post(Load::Data(piece.to_vec()), passage);
            if let Some(at) = arrives
                && theirs.holder != Holder::Program
            {
                ours.reset(at + passage.wire.one_way(), passage);
            }
        }
        Attempt::Done(Ok(taken.len()))
    }

    /// Sends a FIN after what was written.
    pub(super) fn shut(&mut self, side: Side, passage: &mut Passage<'_>) -> Attempt<()> {
        let (ours, theirs) = self.pair(side);
        if ours.holder == Holder::Ghost {
            return Attempt::Wait(None);
        }
        if ours.is_reset(passage.now) {
            return Attempt::Done(Err(io::ErrorKind::NotConnected.into()));
        }
        if !ours.shut {
            ours.shut = true;
            theirs.post(Load::Fin, passage);
        }
        Attempt::Done(Ok(()))
    }

    /// The program lets go of its end. A FIN, or a reset if there was anything left to read
    /// (RFC 9293 3.6.1, RFC 2525 2.17); data that arrives later is answered with a reset as well.
    pub(super) fn close(&mut self, side: Side, passage: &mut Passage<'_>) {
        let (ours, theirs) = self.pair(side);
        if ours.holder != Holder::Program {
            return;
        }
        ours.holder = Holder::Nobody;
        (ours.reader, ours.writer) = (None, None);
        if ours.is_reset(passage.now) {
            return;
        }
        let unread = ours.discard_arrived(passage.now);
        if unread == 0 && !ours.shut {
            ours.shut = true;
            theirs.post(Load::Fin, passage);
        } else if unread > 0 && passage.up {
            let at = passage.arrival();
            let at = theirs.in_order(at);
            theirs.reset(at, passage);
        } else if unread > 0 {
            // The reset is lost, and with it whatever would have been sent again.
            theirs.discard_in_flight(passage.now);
        }
        if let Some(at) = ours.next_data() {
            theirs.reset(at + passage.wire.one_way(), passage);
        }
        passage.wake(&mut theirs.writer);
    }

    /// The listener went before it accepted: what arrives there is answered with a reset.
    pub(super) fn refuse(&mut self, passage: &mut Passage<'_>) {
        self.acceptor.holder = Holder::Nobody;
        if passage.up {
            let opens_at = self.acceptor.opens_at().unwrap_or(passage.now);
            let at = opens_at.max(passage.now) + passage.wire.one_way();
            self.dialler.reset(at, passage);
        }
    }

    /// The host of that end loses its power. What it had sent and was not heard yet is lost with it.
    pub(super) fn crash(&mut self, side: Side, now: Instant) {
        let (ours, theirs) = self.pair(side);
        if ours.holder == Holder::Program {
            ours.holder = Holder::Ghost;
        }
        (ours.reader, ours.writer) = (None, None);
        // It was acknowledged: nobody sends it again.
        ours.discard_arrived(now);
        ours.cut(now);
        theirs.discard_in_flight(now);
    }

    /// Nothing crosses any more.
    pub(super) fn cut(&mut self, now: Instant) {
        self.dialler.cut(now);
        self.acceptor.cut(now);
    }

    /// Segments cross again: what was lost is sent once more, and answered with a reset where
    /// nobody has that end any more.
    pub(super) fn mend(&mut self, passage: &mut Passage<'_>) {
        for side in [Side::Dialler, Side::Acceptor] {
            let (ours, theirs) = self.pair(side);
            if ours.holder == Holder::Program {
                ours.mend(passage);
            } else if ours.buffered > 0 {
                let at = passage.arrival() + RETRANSMISSION_TIMEOUT + passage.wire.one_way();
                theirs.reset(at, passage);
            }
        }
    }
}
