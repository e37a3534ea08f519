//! One end of a connection: what is on its way to it, and what it has been told.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::task::Waker;

use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::connection::{Attempt, Passage};
use super::wire::RETRANSMISSION_TIMEOUT;

/// Whose an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A program's, or a backlog's.
    Program,
    /// Nobody's: its host answers data with a reset, as for any connection it does not know.
    Nobody,
    /// A program's that lost its power. To the others as [`Holder::Nobody`]; to the program,
    /// should it still be polled, nothing happens any more.
    Ghost,
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) addr: SocketAddr,
    pub(super) holder: Holder,
    /// It has sent its FIN.
    pub(super) shut: bool,
    /// When the other side's reset reaches it.
    pub(super) reset_at: Option<Instant>,
    /// Bytes in `inbox`: in flight and unread.
    pub(super) buffered: usize,
    inbox: VecDeque<Segment>,
    last_arrival: Option<Instant>,
    /// The other side's FIN has been read.
    ended: bool,
    /// The program has been told of the reset.
    told: bool,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

#[derive(Debug)]
struct Segment {
    /// `None`: lost on a link that is down; sent again once that is up.
    arrives: Option<Instant>,
    load: Load,
}

#[derive(Debug)]
pub(super) enum Load {
    /// The last of the three packets of the handshake.
    Open,
    Data(Vec<u8>),
    Fin,
}

impl Load {
    fn len(&self) -> usize {
        match self {
            Self::Data(bytes) => bytes.len(),
            Self::Open | Self::Fin => 0,
        }
    }
}

impl Segment {
    fn has_arrived(&self, now: Instant) -> bool {
        self.arrives.is_some_and(|at| at <= now)
    }
}

impl End {
    pub(super) fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            holder: Holder::Program,
            shut: false,
            reset_at: None,
            buffered: 0,
            inbox: VecDeque::new(),
            last_arrival: None,
            ended: false,
            told: false,
            reader: None,
            writer: None,
        }
    }

    /// Sends `load` on its way here. When it arrives, unless the link is down.
    pub(super) fn post(&mut self, load: Load, passage: &mut Passage<'_>) -> Option<Instant> {
        let arrives = passage.up.then(|| self.in_order(passage.arrival()));
        self.buffered += load.len();
        self.inbox.push_back(Segment { arrives, load });
        passage.wake(&mut self.reader);
        arrives
    }

    /// Not before what was sent before it.
    pub(super) fn in_order(&mut self, at: Instant) -> Instant {
        let at = self.last_arrival.map_or(at, |last| last.max(at));
        self.last_arrival = Some(at);
        at
    }

    pub(super) fn read(&mut self, buf: &mut ReadBuf<'_>, now: Instant) -> Attempt<usize> {
        if self.ended {
            return Attempt::Done(Ok(0));
        }
        if self.is_reset(now) {
            self.told = true;
            return Attempt::Done(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let mut read = 0;
        while buf.remaining() > 0
            && let Some(segment) = self.inbox.front_mut()
            && segment.has_arrived(now)
        {
            match &mut segment.load {
                Load::Data(bytes) => {
                    let taken = bytes.len().min(buf.remaining());
                    buf.put_slice(bytes.drain(..taken).as_slice());
                    read += taken;
                    if !bytes.is_empty() {
                        break;
                    }
                }
                Load::Open => {}
                Load::Fin if read > 0 => break,
                Load::Fin => self.ended = true,
            }
            self.inbox.pop_front();
        }
        self.buffered -= read;
        if read > 0 || self.ended {
            return Attempt::Done(Ok(read));
        }
        let arrival = self.inbox.front().and_then(|segment| segment.arrives);
        Attempt::Wait(arrival.into_iter().chain(self.reset_at).min())
    }

    /// The error a writer gets, if it has reason for one.
    pub(super) fn write_error(&mut self, now: Instant) -> Option<io::Error> {
        if self.shut || (self.is_reset(now) && self.told) {
            return Some(io::ErrorKind::BrokenPipe.into());
        }
        if self.is_reset(now) {
            self.told = true;
            return Some(io::ErrorKind::ConnectionReset.into());
        }
        None
    }

    pub(super) fn is_reset(&self, now: Instant) -> bool {
        self.reset_at.is_some_and(|at| at <= now)
    }

    /// Has a reset arrive at `at`, or earlier if one is on its way already.
    pub(super) fn reset(&mut self, at: Instant, passage: &mut Passage<'_>) {
        if self.reset_at.is_none_or(|other| at < other) {
            self.reset_at = Some(at);
            passage.wake(&mut self.reader);
            passage.wake(&mut self.writer);
        }
    }

    /// When the handshake is complete here, for an end that waits in a backlog.
    pub(super) fn opens_at(&self) -> Option<Instant> {
        self.inbox.front().and_then(|segment| segment.arrives)
    }

    /// The end of the handshake has arrived or will.
    pub(super) fn is_opening(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// When the first data arrives that is on its way now.
    pub(super) fn next_data(&self) -> Option<Instant> {
        let data = |segment: &&Segment| segment.load.len() > 0;
        self.inbox
            .iter()
            .find(data)
            .and_then(|segment| segment.arrives)
    }

    /// Throws away what has arrived. How many bytes that were.
    pub(super) fn discard_arrived(&mut self, now: Instant) -> usize {
        self.keep(|segment| !segment.has_arrived(now))
    }

    /// Throws away what is on its way: whoever sent it cannot send it again.
    pub(super) fn discard_in_flight(&mut self, now: Instant) {
        self.keep(|segment| segment.has_arrived(now));
        self.reset_at = self.reset_at.filter(|at| *at <= now);
    }

    fn keep(&mut self, keeps: impl Fn(&Segment) -> bool) -> usize {
        let before = self.buffered;
        self.inbox.retain(keeps);
        self.buffered = self.inbox.iter().map(|segment| segment.load.len()).sum();
        before - self.buffered
    }

    /// The link goes down: what is on its way is lost. A reset is lost for good: none is ever sent
    /// again.
    pub(super) fn cut(&mut self, now: Instant) {
        for segment in &mut self.inbox {
            segment.arrives = segment.arrives.filter(|at| *at <= now);
        }
        self.last_arrival = self.last_arrival.map(|at| at.min(now));
        self.reset_at = self.reset_at.filter(|at| *at <= now);
    }

    /// The link is up again: what was lost is sent again.
    pub(super) fn mend(&mut self, passage: &mut Passage<'_>) {
        for index in 0..self.inbox.len() {
            if self
                .inbox
                .get(index)
                .is_some_and(|segment| segment.arrives.is_none())
            {
                let at = self.in_order(passage.arrival() + RETRANSMISSION_TIMEOUT);
                if let Some(segment) = self.inbox.get_mut(index) {
                    segment.arrives = Some(at);
                }
            }
        }
        passage.wake(&mut self.reader);
    }
}
