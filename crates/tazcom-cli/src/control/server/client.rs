//! One client: reads its request within a deadline, answers it, and cuts it off when it does not
//! read.

use std::time::{Duration, Instant};

use tazcom_node::trust::Level;
use tazcom_node::{DisplayName, Event, Node, PrivateEvent};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::trusts::Trusts;
use crate::args::MAX_TIMEOUT;
use crate::config_file::PeerAddress;
use crate::control::{MAX_REQUEST_LEN, Request};
use crate::output::{Listed, PrivateRecord, Record};
use crate::ping::{self, Patience, Plan, Refusal, Rounds, Target};

/// How long a client may take for its request.
const REQUEST_DEADLINE: Duration = Duration::from_secs(2);

/// How long a client may leave unread what was written to it.
const WRITE_DEADLINE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Client {
    pub(super) reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    pub(super) node: Node,
    /// Since when the node runs.
    since: Instant,
}

/// The client is gone, or too slow to be waited for.
pub(super) struct Cut;

/// What a client asked for and cannot have: a kind for programs and words for people.
pub(super) struct BadRequest(pub(super) String);

impl Client {
    pub(super) fn new(stream: UnixStream, node: Node, since: Instant) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            reader: BufReader::new(reader),
            writer,
            node,
            since,
        }
    }

    /// Answers one request, whatever it is.
    pub(super) async fn serve(mut self) {
        let Ok(read) = timeout(REQUEST_DEADLINE, self.request()).await else {
            return;
        };
        let answered = match read {
            Ok(request) => self.answer(request).await,
            Err(BadRequest(message)) => {
                let kind = "bad_request";
                self.refuse(kind, message).await
            }
        };
        if answered.is_err() {
            tracing::debug!("a client of the control socket was cut off");
        }
    }

    async fn request(&mut self) -> Result<Request, BadRequest> {
        let mut line = Vec::new();
        let limit = MAX_REQUEST_LEN as u64 + 1;
        let mut within_limit = (&mut self.reader).take(limit);
        if within_limit.read_until(b'\n', &mut line).await.is_err() {
            line.clear();
        }
        if line.len() > MAX_REQUEST_LEN {
            let words = format!("a request has at most {MAX_REQUEST_LEN} bytes");
            return Err(BadRequest(words));
        }
        serde_json::from_slice(&line).map_err(|error| BadRequest(format!("no request: {error}")))
    }

    async fn answer(&mut self, request: Request) -> Result<(), Cut> {
        match request {
            Request::Peers { watch: false } => self.peers().await?,
            Request::Listen { rooms, talks } => return self.listen(rooms, talks).await,
            Request::Attend => return self.attend().await,
            Request::Peers { watch: true } => self.watch().await?,
            Request::Ping {
                peer,
                count,
                interval_ms,
                timeout_ms,
            } => {
                let plan = Plan {
                    count,
                    interval: Duration::from_millis(interval_ms),
                    timeout: Duration::from_millis(timeout_ms),
                };
                match check(&peer, plan) {
                    Ok(target) => return self.ping(&target, plan).await,
                    Err(BadRequest(message)) => return self.refuse("bad_request", message).await,
                }
            }
            other => return self.converse(other).await,
        }
        self.tell(&Record::Done).await
    }

    async fn peers(&mut self) -> Result<(), Cut> {
        let own = Listed::own(&self.node, self.since.elapsed());
        self.tell(&Record::Peer(Box::new(own))).await?;
        let trusts = Trusts::look(&self.node).await;
        for contact in self.node.contacts() {
            let listed = Listed::contact(&contact);
            let record = trusts.told(Record::Peer(Box::new(listed)));
            self.tell(&record).await?;
        }
        Ok(())
    }

    /// Follows who comes and goes until the node ends.
    async fn watch(&mut self) -> Result<(), Cut> {
        let mut events = self.node.events();
        let mut trusts = Trusts::look(&self.node).await;
        // Whether the sessions there were before were told, which follow the peers.
        let mut is_caught_up = false;
        loop {
            let event = tokio::select! {
                biased;
                event = events.next() => Some(event),
                () = std::future::ready(()), if !is_caught_up => None,
                cut = gone(&mut self.reader) => return Err(cut),
            };
            match event {
                Some(Some(event)) => {
                    // Sessions may be among what was missed.
                    is_caught_up &= !matches!(event, Event::Resync { .. });
                    for (who, level) in trusts.follow(&event).await {
                        self.trusted(who, level).await?;
                    }
                    self.change(&event, &trusts).await?;
                }
                Some(None) => return Ok(()),
                None => {
                    is_caught_up = true;
                    self.sessions(&trusts).await?;
                }
            }
        }
    }

    /// Tells of an event, if it is about who is there.
    async fn change(&mut self, event: &Event, trusts: &Trusts) -> Result<(), Cut> {
        match Record::of(event) {
            Some(record) if is_about_who_is_there(event) => self.tell(&trusts.told(record)).await,
            _ => Ok(()),
        }
    }

    /// Tells how far somebody is trusted from now on.
    async fn trusted(&mut self, who: DisplayName, level: Level) -> Result<(), Cut> {
        let how = None;
        let changed = PrivateEvent::Trust { who, level, how };
        match PrivateRecord::of(&changed) {
            Some(record) => self.tell(&Record::Private(Box::new(record))).await,
            None => Ok(()),
        }
    }

    /// Tells of the sessions there are, as if they had just come up.
    async fn sessions(&mut self, trusts: &Trusts) -> Result<(), Cut> {
        for session in self.node.sessions() {
            let record = Record::SessionUp {
                id: session.id,
                addr: session.addr,
                name: session.name.as_ref().map(|name| name.as_str()),
                trust: None,
            };
            self.tell(&trusts.told(record)).await?;
        }
        Ok(())
    }

    async fn ping(&mut self, target: &Target, plan: Plan) -> Result<(), Cut> {
        let node = self.node.clone();
        let begun = tokio::select! {
            begun = Rounds::begin(&node, target, plan, Patience::Running) => begun,
            cut = gone(&mut self.reader) => return Err(cut),
        };
        let mut rounds = match begun {
            Ok(rounds) => rounds,
            Err(refusal) => return self.tell(&refused(refusal)).await,
        };
        loop {
            let round = tokio::select! {
                round = rounds.next() => round,
                cut = gone(&mut self.reader) => return Err(cut),
            };
            match round {
                Some(round) => self.tell(&Record::round(&round)).await?,
                None => return self.tell(&Record::Done).await,
            }
        }
    }

    pub(super) async fn refuse(&mut self, kind: &'static str, message: String) -> Result<(), Cut> {
        let candidates = Vec::new();
        let record = Record::Error {
            kind,
            message,
            candidates,
        };
        self.tell(&record).await
    }

    pub(super) async fn tell(&mut self, record: &Record<'_>) -> Result<(), Cut> {
        let line = record.to_line().map_err(|_| Cut)?;
        match timeout(WRITE_DEADLINE, self.writer.write_all(line.as_bytes())).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Cut),
        }
    }
}

/// Waits until the client closes its end, or says more than its one request.
pub(super) async fn gone(reader: &mut BufReader<OwnedReadHalf>) -> Cut {
    let _ = reader.fill_buf().await;
    Cut
}

fn check(peer: &str, plan: Plan) -> Result<Target, BadRequest> {
    let target = match peer.parse() {
        Ok(Target::At(PeerAddress::Name { .. })) => Err("a host name; look it up first".to_owned()),
        result => result,
    };
    let target = target.map_err(|error| BadRequest(format!("peer: {error}")))?;
    let (count, interval, timeout) = (plan.count, plan.interval, plan.timeout);
    if !(1..=ping::MAX_COUNT).contains(&count) {
        let most = ping::MAX_COUNT;
        return Err(BadRequest(format!("count: 1 to {most}")));
    }
    let longest = MAX_TIMEOUT.as_millis();
    if !(ping::MIN_INTERVAL..=MAX_TIMEOUT).contains(&interval) {
        let shortest = ping::MIN_INTERVAL.as_millis();
        return Err(BadRequest(format!("interval_ms: {shortest} to {longest}")));
    }
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(BadRequest(format!("timeout_ms: 1 to {longest}")));
    }
    Ok(target)
}

fn refused(refusal: Refusal) -> Record<'static> {
    let message = refusal.to_string();
    let (kind, candidates) = match refusal {
        Refusal::Unknown { .. } => ("unknown_peer", Vec::new()),
        Refusal::Itself { .. } => ("own_node", Vec::new()),
        Refusal::Ambiguous { candidates, .. } => ("ambiguous_peer", candidates),
        Refusal::Plain { .. } => ("plain_peer", Vec::new()),
        Refusal::TimedOut { .. } => ("timed_out", Vec::new()),
    };
    Record::Error {
        kind,
        message,
        candidates,
    }
}

fn is_about_who_is_there(event: &Event) -> bool {
    matches!(
        event,
        Event::PeerDiscovered(_)
            | Event::PeerUpdated(_)
            | Event::PeerRemoved { .. }
            | Event::SessionUp { .. }
            | Event::SessionDown { .. }
            | Event::Resync { .. }
    )
}
