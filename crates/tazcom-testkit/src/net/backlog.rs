//! Listeners: who has connected to them and waits to be accepted.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;

use tokio::time::Instant;

use super::connection::{Attempt, Connection, Passage, Side};
use super::world::{EndId, World};

/// Connections a listener holds that nobody has accepted yet. A SYN beyond that gets no answer and
/// is sent again later.
pub const BACKLOG: usize = 128;

/// What a host says to a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepts,
    Refuses,
    Silence,
}

#[derive(Debug)]
pub(super) struct Listener {
    id: u64,
    backlog: VecDeque<u64>,
    pub(super) waker: Option<Waker>,
}

impl World {
    pub(super) fn listen(&mut self, ip: IpAddr, port: u16) -> io::Result<(u64, SocketAddr)> {
        let port = match port {
            0 => self.free_port(ip)?,
            port => port,
        };
        let addr = SocketAddr::new(ip, port);
        if self.listeners.contains_key(&addr) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let id = self.take_id();
        self.listeners.insert(
            addr,
            Listener {
                id,
                backlog: VecDeque::new(),
                waker: None,
            },
        );
        Ok((id, addr))
    }

    pub(super) fn accept(
        &mut self,
        id: u64,
        addr: SocketAddr,
        waker: &Waker,
    ) -> Attempt<(EndId, SocketAddr)> {
        let now = Instant::now();
        let Some(listener) = self.listeners.get_mut(&addr).filter(|it| it.id == id) else {
            return Attempt::Wait(None);
        };
        let connections = &self.connections;
        let opens_at = |id: &u64| connections.get(id)?.end(Side::Acceptor).opens_at();
        let first = (0..listener.backlog.len())
            .filter_map(|index| Some((opens_at(listener.backlog.get(index)?)?, index)))
            .min();
        if let Some((at, index)) = first
            && at <= now
            && let Some(connection) = listener.backlog.remove(index)
            && let Some(accepted) = self.connections.get(&connection)
        {
            let end = EndId {
                connection,
                side: Side::Acceptor,
            };
            return Attempt::Done(Ok((end, accepted.end(Side::Dialler).addr)));
        }
        listener.waker = Some(waker.clone());
        Attempt::Wait(first.map(|(at, _)| at))
    }

    pub(super) fn stop_listening(&mut self, id: u64, addr: SocketAddr) {
        if self.listeners.get(&addr).is_none_or(|it| it.id != id) {
            return;
        }
        let backlog = self.listeners.remove(&addr).map(|it| it.backlog);
        for connection in backlog.into_iter().flatten() {
            self.operate(connection, |connection, passage| {
                connection.refuse(passage);
            });
        }
        self.connections
            .retain(|_, connection| !connection.is_over());
    }

    /// After a crash: whoever did not get as far as the end of the handshake was never there.
    pub(super) fn forget_half_open(&mut self) {
        for listener in self.listeners.values_mut() {
            let connections = &mut self.connections;
            listener.backlog.retain(|id| {
                let opening = connections
                    .get(id)
                    .is_some_and(|connection| connection.end(Side::Acceptor).is_opening());
                if !opening {
                    connections.remove(id);
                }
                opening
            });
        }
    }

    pub(super) fn answer_to_syn(&self, to: SocketAddr) -> Answer {
        match self.listeners.get(&to) {
            None => Answer::Refuses,
            Some(listener) if listener.backlog.len() < BACKLOG => Answer::Accepts,
            Some(_) => Answer::Silence,
        }
    }

    /// The dialler has heard that it is accepted. `None`: the backlog has become full meanwhile.
    pub(super) fn establish(
        &mut self,
        from: IpAddr,
        to: SocketAddr,
    ) -> io::Result<Option<(EndId, SocketAddr)>> {
        if self.answer_to_syn(to) == Answer::Silence {
            return Ok(None);
        }
        let from = SocketAddr::new(from, self.free_port(from)?);
        let id = self.take_id();
        let mut passage = Passage {
            now: Instant::now(),
            up: true,
            wire: &mut self.wire,
            woken: &mut self.woken,
        };
        let mut connection = Connection::new(from, to, &mut passage);
        match self.listeners.get_mut(&to) {
            Some(listener) => {
                listener.backlog.push_back(id);
                self.woken.extend(listener.waker.take());
            }
            // The listener has gone since it answered.
            None => connection.refuse(&mut passage),
        }
        self.connections.insert(id, connection);
        let side = Side::Dialler;
        Ok(Some((
            EndId {
                connection: id,
                side,
            },
            from,
        )))
    }
}
