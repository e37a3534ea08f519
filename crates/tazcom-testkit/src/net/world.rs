//! Everything there is: hosts, the links between them, listeners and connections.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::Waker;

use tokio::io::ReadBuf;
use tokio::time::Instant;

use super::backlog::Listener;
use super::capture::Capture;
use super::connection::{Attempt, Connection, Passage, Side};
use super::wire::Wire;

/// Where the ports begin that are given out (RFC 6335 section 6).
const FIRST_EPHEMERAL: u16 = 49152;

/// One end of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndId {
    pub(super) connection: u64,
    pub(super) side: Side,
}

/// A link that is up, and stayed up in between if two of these are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    cuts: u64,
    lives: (u64, u64),
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) wire: Wire,
    pub(super) capture: Option<Capture>,
    /// To be woken as soon as nobody holds the world.
    pub(super) woken: Vec<Waker>,
    hosts: BTreeMap<IpAddr, Host>,
    links: BTreeMap<(IpAddr, IpAddr), Link>,
    pub(super) listeners: BTreeMap<SocketAddr, Listener>,
    pub(super) connections: BTreeMap<u64, Connection>,
    next_id: u64,
}

#[derive(Debug)]
struct Host {
    up: bool,
    /// How often it was switched on.
    life: u64,
    next_port: u16,
}

#[derive(Debug, Default)]
struct Link {
    down: bool,
    cuts: u64,
}

impl World {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            capture: None,
            woken: Vec::new(),
            hosts: BTreeMap::new(),
            links: BTreeMap::new(),
            listeners: BTreeMap::new(),
            connections: BTreeMap::new(),
            next_id: 0,
        }
    }

    /// Which life of the host this is. Switches it on if it is off.
    pub(super) fn switch_on(&mut self, ip: IpAddr) -> u64 {
        let host = self.hosts.entry(ip).or_insert(Host {
            up: false,
            life: 0,
            next_port: FIRST_EPHEMERAL,
        });
        if host.up {
            return host.life;
        }
        host.up = true;
        host.life += 1;
        let life = host.life;
        self.mend(|one, other| one == ip || other == ip);
        life
    }

    pub(super) fn crash(&mut self, ip: IpAddr) {
        let now = Instant::now();
        match self.hosts.get_mut(&ip) {
            Some(host) if host.up => host.up = false,
            _ => return,
        }
        self.listeners.retain(|addr, _| addr.ip() != ip);
        for connection in self.connections.values_mut() {
            for side in [Side::Dialler, Side::Acceptor] {
                if connection.end(side).addr.ip() == ip {
                    connection.crash(side, now);
                }
            }
        }
        self.forget_half_open();
        self.connections
            .retain(|_, connection| !connection.is_over());
    }

    pub(super) fn partition(&mut self, one: IpAddr, other: IpAddr) {
        let link = self.links.entry(pair(one, other)).or_default();
        if link.down {
            return;
        }
        link.down = true;
        link.cuts += 1;
        let now = Instant::now();
        for connection in self.connections.values_mut() {
            if connection.hosts() == pair(one, other) {
                connection.cut(now);
            }
        }
    }

    pub(super) fn heal(&mut self, one: IpAddr, other: IpAddr) {
        if let Some(link) = self.links.get_mut(&pair(one, other))
            && std::mem::take(&mut link.down)
        {
            self.mend(|a, b| (a, b) == pair(one, other));
        }
    }

    /// How to get from the host in this life of it to another, if there is a way now.
    pub(super) fn path(&self, from: IpAddr, life: u64, to: IpAddr) -> Option<Path> {
        if !self.is_alive(from, life) || !self.is_up(from, to) {
            return None;
        }
        let lives = (life, self.hosts.get(&to)?.life);
        let cuts = self.links.get(&pair(from, to)).map_or(0, |link| link.cuts);
        Some(Path { cuts, lives })
    }

    pub(super) fn is_alive(&self, ip: IpAddr, life: u64) -> bool {
        let host = self.hosts.get(&ip);
        host.is_some_and(|host| host.up && host.life == life)
    }

    pub(super) fn open_ends(&self) -> usize {
        self.connections.values().map(Connection::open_ends).sum()
    }

    pub(super) fn read(
        &mut self,
        end: EndId,
        buf: &mut ReadBuf<'_>,
        waker: &Waker,
    ) -> Attempt<usize> {
        self.operate(end.connection, |connection, passage| {
            connection.read(end.side, buf, passage, waker)
        })
        .unwrap_or(Attempt::Wait(None))
    }

    pub(super) fn write(&mut self, end: EndId, bytes: &[u8], waker: &Waker) -> Attempt<usize> {
        let attempt = self.operate(end.connection, |connection, passage| {
            connection.write(end.side, bytes, passage, waker)
        });
        if let Some(Attempt::Done(Ok(taken))) = attempt
            && let Some(capture) = &mut self.capture
            && let Some(connection) = self.connections.get(&end.connection)
            && let Some(sent) = bytes.get(..taken)
        {
            let (from, to) = connection.direction(end.side);
            capture.record(from, to, sent);
        }
        attempt.unwrap_or(Attempt::Wait(None))
    }

    pub(super) fn shut(&mut self, end: EndId) -> Attempt<()> {
        self.operate(end.connection, |connection, passage| {
            connection.shut(end.side, passage)
        })
        .unwrap_or(Attempt::Wait(None))
    }

    pub(super) fn close(&mut self, end: EndId) {
        self.operate(end.connection, |connection, passage| {
            connection.close(end.side, passage);
        });
        self.connections
            .retain(|_, connection| !connection.is_over());
    }

    /// `None` if the connection is over, which only the ghosts of a crashed host can see.
    pub(super) fn operate<T>(
        &mut self,
        id: u64,
        act: impl FnOnce(&mut Connection, &mut Passage<'_>) -> T,
    ) -> Option<T> {
        let (one, other) = self.connections.get(&id)?.hosts();
        let up = self.is_up(one, other);
        let connection = self.connections.get_mut(&id)?;
        let mut passage = Passage {
            now: Instant::now(),
            up,
            wire: &mut self.wire,
            woken: &mut self.woken,
        };
        Some(act(connection, &mut passage))
    }

    /// Whatever connections of these pairs of hosts had lost crosses again, where it can.
    fn mend(&mut self, concerns: impl Fn(IpAddr, IpAddr) -> bool) {
        let concerned: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, connection)| {
                let (one, other) = connection.hosts();
                concerns(one, other) && self.is_up(one, other)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in concerned {
            self.operate(id, Connection::mend);
        }
        for listener in self.listeners.values_mut() {
            self.woken.extend(listener.waker.take());
        }
    }

    fn is_up(&self, one: IpAddr, other: IpAddr) -> bool {
        let on = |ip| self.hosts.get(ip).is_some_and(|host| host.up);
        let link = self.links.get(&pair(one, other));
        on(&one) && on(&other) && link.is_none_or(|link| !link.down)
    }

    pub(super) fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn free_port(&mut self, ip: IpAddr) -> io::Result<u16> {
        let ends = self.connections.values().flat_map(Connection::both_ends);
        let listening = self.listeners.keys().copied();
        let taken: BTreeSet<u16> = ends
            .chain(listening)
            .filter(|addr| addr.ip() == ip)
            .map(|addr| addr.port())
            .collect();
        let host = self.hosts.get_mut(&ip).ok_or(io::ErrorKind::NetworkDown)?;
        for _ in FIRST_EPHEMERAL..=u16::MAX {
            let port = host.next_port;
            host.next_port = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL);
            if !taken.contains(&port) {
                return Ok(port);
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }
}

/// A link has no direction.
pub(super) fn pair(one: IpAddr, other: IpAddr) -> (IpAddr, IpAddr) {
    (one.min(other), one.max(other))
}
