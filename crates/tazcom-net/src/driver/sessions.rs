//! Doing what the table of sessions says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tazcom_identity::NodeId;
use tazcom_proto::{Hello, PeerText};
use tazcom_session::{ByeCode, Cap, ChannelBinding, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout_at;

use super::{Children, Job, Outcome};
use crate::admission::SlotId;
use crate::carry::{self, Mailbox, News, Outgoing, Task};
use crate::config::{Config, LinkLimits, QueueLimits};
use crate::dial::Dial;
use crate::directory::{Directory, Entry, Readers, SessionInfo};
use crate::event::{ConnectionLimit, Event};
use crate::link::{Arrival, DownReason, Link, LinkId, Links, Output, Verdict};
use crate::shake::{CAP_RENEWS, Shaken};
use crate::transport::Stream;

/// News on their way from all the tasks. They wait for one turn of the driver only.
const NEWS: usize = 256;

/// Where a connection comes from whose peer is authenticated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    Accepted(SlotId),
    Dialled(Dial),
    Renewed,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Begun {
    Taken,
    /// Which limit was met, if it was one.
    Refused(Option<ConnectionLimit>),
    Broken,
}

/// A session that was there this long was one. What ends earlier, again and again, is retried less
/// and less often.
const LASTED: Duration = Duration::from_secs(10);

/// A session is over.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) peer: NodeId,
    /// Whether there is none with this peer now.
    pub(crate) last: bool,
    pub(crate) lasted: bool,
    /// The dial that came to nothing by it, if it never stood.
    pub(crate) dial: Option<Dial>,
}

#[derive(Debug)]
pub(crate) struct Sessions {
    links: Links,
    limits: LinkLimits,
    queue_limits: QueueLimits,
    our_id: NodeId,
    /// One for each link.
    running: HashMap<LinkId, Running>,
    /// One for each peer with a link.
    peers: HashMap<NodeId, Peer>,
    /// Counts the sessions there were.
    spells: u64,
    directory: Directory,
    readers: Readers,
    sender: mpsc::Sender<(LinkId, News)>,
    news: mpsc::Receiver<(LinkId, News)>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Running {
    mailbox: Arc<Mailbox>,
    binding: ChannelBinding,
    /// By which of our dials it came about, until it stands.
    dial: Option<Dial>,
}

#[derive(Debug)]
struct Peer {
    spell: u64,
    outgoing: Arc<Outgoing>,
    /// What was told of the greetings: each once, however many sessions follow each other.
    said: bool,
    heard: bool,
    answered: bool,
}

impl Sessions {
    pub(crate) fn new(
        our_id: NodeId,
        config: &Config,
        directory: Directory,
        readers: Readers,
    ) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let blocked = config.blocked.clone();
        Self {
            links: Links::new(our_id, config.links, blocked, config.loopback_exempt),
            limits: config.links,
            queue_limits: config.outgoing,
            our_id,
            running: HashMap::new(),
            peers: HashMap::new(),
            spells: 0,
            directory,
            readers,
            sender,
            news,
            deadline: None,
        }
    }

    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    pub(crate) fn links_mut(&mut self) -> &mut Links {
        &mut self.links
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The next news. Cancel-safe; for ever when there is none.
    pub(crate) async fn next(&mut self) -> (LinkId, News) {
        match self.news.recv().await {
            Some(news) => news,
            // Never: we hold a sender ourselves.
            None => std::future::pending().await,
        }
    }

    /// News that have come already.
    pub(crate) fn waiting(&mut self) -> Option<(LinkId, News)> {
        self.news.try_recv().ok()
    }

    /// A peer has proven who it is on a new connection.
    pub(crate) fn begin<S: Stream>(
        &mut self,
        now: Instant,
        origin: Origin,
        addr: std::net::SocketAddr,
        shaken: Shaken<S>,
        children: &mut Children<S>,
    ) -> Begun {
        let Shaken {
            stream,
            handshake,
            peer,
        } = shaken;
        let asked = handshake.caps().and_then(|caps| caps.get(CAP_RENEWS));
        let arrival = Arrival {
            peer,
            ours: !matches!(origin, Origin::Accepted(_)),
            addr,
            renews: matches!(origin, Origin::Renewed) || asked == Some(Cap::Uint(1)),
        };
        match self.links.arrived(now, arrival) {
            Verdict::Refuse(code, limit) => {
                let slot = match origin {
                    Origin::Accepted(slot) => Some(slot),
                    Origin::Dialled(_) | Origin::Renewed => None,
                };
                if let Ok(session) = handshake.refuse(now, code) {
                    children.spawn(Job::Farewell(slot), farewell(stream, session));
                }
                Begun::Refused(limit)
            }
            Verdict::Take(link) => {
                let Ok(session) = handshake.finish(now) else {
                    self.links.ended(link, DownReason::CutOff);
                    return Begun::Broken;
                };
                let limits = self.queue_limits;
                self.spells += 1;
                let spell = self.spells;
                let known = self.peers.entry(peer).or_insert_with(|| Peer {
                    spell,
                    outgoing: Arc::new(Outgoing::new(limits)),
                    said: false,
                    heard: false,
                    answered: false,
                });
                let mailbox = Arc::new(Mailbox::default());
                let running = Running {
                    mailbox: Arc::clone(&mailbox),
                    binding: session.channel_binding(),
                    dial: match origin {
                        Origin::Dialled(dial) => Some(dial),
                        Origin::Accepted(_) | Origin::Renewed => None,
                    },
                };
                self.running.insert(link, running);
                let task = Task {
                    link,
                    spell: known.spell,
                    stream,
                    session,
                    mailbox,
                    outgoing: Arc::clone(&known.outgoing),
                    readers: self.readers.clone(),
                    news: self.sender.clone(),
                    limits: self.limits,
                };
                children.spawn(Job::Carry(link), async move {
                    Outcome::Carried(link, carry::run(task).await)
                });
                Begun::Taken
            }
        }
    }

    /// The session stands. By which dial, if it was one.
    pub(crate) fn stands(
        &mut self,
        link: LinkId,
        name: Option<PeerText>,
    ) -> Option<(NodeId, Option<Dial>)> {
        let peer = self.links.get(link)?.peer;
        self.links.stands(link, name);
        let running = self.running.get_mut(&link);
        Some((peer, running.and_then(|running| running.dial.take())))
    }

    /// What there is to tell of a greeting: each is told once.
    pub(crate) fn greeting(&mut self, link: LinkId, news: &News) -> Option<Event> {
        let found = self.links.get(link)?;
        let (id, addr) = (found.peer, found.addr);
        let peer = self.peers.get_mut(&id)?;
        match news {
            News::Greeted => (!std::mem::replace(&mut peer.said, true))
                .then_some(Event::HelloSent { id: Some(id), addr }),
            News::Hello => (!std::mem::replace(&mut peer.heard, true)).then(|| {
                let line = Hello { from: id }.encode();
                Event::HelloReceived {
                    from: id,
                    addr,
                    text: PeerText::from_bytes(line.trim_ascii_end()),
                    verified: true,
                }
            }),
            News::Ack { rtt } => {
                (!std::mem::replace(&mut peer.answered, true)).then_some(Event::AckReceived {
                    id: Some(id),
                    addr,
                    rtt: *rtt,
                    verified: true,
                })
            }
            _ => None,
        }
    }

    /// It is over.
    pub(crate) fn ended(&mut self, now: Instant, link: LinkId, reason: DownReason) -> Option<Over> {
        let found = self.links.get(link)?;
        let (peer, since) = (found.peer, found.since);
        self.links.ended(link, reason);
        let running = self.running.remove(&link);
        if let Some(running) = &running {
            running.mailbox.abandon();
        }
        let last = !self.links.has(peer);
        if last {
            self.peers.remove(&peer);
        }
        Some(Over {
            peer,
            last,
            lasted: now.saturating_duration_since(since) >= LASTED,
            dial: running.and_then(|running| running.dial),
        })
    }

    /// Drains the table.
    pub(crate) fn advance(&mut self, now: Instant) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.links.poll_output(now) {
                Output::Close(link, code) => self.order(link, |mailbox| mailbox.close(code)),
                Output::Probe(link) => self.order(link, Mailbox::probe),
                Output::Carry(peer, link) => self.carry(peer, link),
                Output::Up { peer, addr, name } => {
                    let id = peer;
                    events.push(Event::SessionUp { id, addr, name });
                }
                Output::Down { peer, addr, reason } => {
                    self.directory.remove(peer);
                    let id = peer;
                    events.push(Event::SessionDown { id, addr, reason });
                }
                Output::TwoHosts { id, kept, refused } => {
                    events.push(Event::TwoHosts { id, kept, refused });
                }
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return events;
                }
            }
        }
    }

    /// Says goodbye to everybody.
    pub(crate) fn close_all(&self) {
        for running in self.running.values() {
            running.mailbox.close(ByeCode::Shutdown);
        }
    }

    fn order(&self, link: LinkId, order: impl FnOnce(&Mailbox)) {
        if let Some(running) = self.running.get(&link) {
            order(&running.mailbox);
        }
    }

    fn carry(&mut self, peer: NodeId, link: LinkId) {
        let (Some(running), Some(found), Some(known)) = (
            self.running.get(&link),
            self.links.get(link),
            self.peers.get(&peer),
        ) else {
            return;
        };
        running.mailbox.carry();
        let entry = Entry {
            info: info(found, running.binding, known.spell),
            mailbox: Arc::clone(&running.mailbox),
            outgoing: Arc::clone(&known.outgoing),
        };
        self.directory.insert(peer, entry);
        tracing::debug!(us = %self.our_id.short(), peer = %peer.short(), "a session carries");
    }
}

fn info(link: &Link, binding: ChannelBinding, spell: u64) -> SessionInfo {
    SessionInfo {
        id: link.peer,
        addr: link.addr,
        role: match link.ours {
            true => Role::Initiator,
            false => Role::Responder,
        },
        since: link.since,
        name: link.name.clone(),
        binding,
        spell,
    }
}

/// Says the goodbye of a session that was refused, and waits until the peer has closed, as long as
/// the session allows.
async fn farewell<S: Stream>(mut stream: S, mut session: tazcom_session::Session) -> Outcome<S> {
    use tazcom_session::{Input, SessionOutput};

    loop {
        match session.poll_output() {
            SessionOutput::Send(bytes) => {
                let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(1);
                if !matches!(
                    timeout_at(deadline, stream.write_all(&bytes)).await,
                    Ok(Ok(()))
                ) {
                    return Outcome::Farewell;
                }
            }
            SessionOutput::Wait(until) => {
                let mut buffer = [0; 1024];
                let read = timeout_at(until.into(), stream.read(&mut buffer)).await;
                let now = super::now();
                match read {
                    Ok(Ok(read)) if read > 0 => {
                        let bytes = buffer.get(..read).unwrap_or_default();
                        session.handle(now, Input::Received(bytes));
                    }
                    Ok(_) => session.handle(now, Input::Closed),
                    Err(_) => session.handle(now, Input::Timeout),
                }
            }
            SessionOutput::Ended(_) => return Outcome::Farewell,
            _ => {}
        }
    }
}
