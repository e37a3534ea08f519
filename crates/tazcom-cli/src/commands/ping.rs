//! `ping PEER`: round trips inside the session with a peer.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tazcom_discovery::InterfaceFilter;
use tazcom_identity::NodeId;

use crate::args::{Global, PingArgs};
use crate::config_file::{self, ConfigFile, PeerAddress};
use crate::control::{self, AskError, Connection, Request, Told};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Record};
use crate::ping::{Plan, Round, RoundTrips, Target, milliseconds};
use crate::signals::Signals;
use crate::{data_dir, logging, lookup, runtime};

mod own;

use own::Own;

/// How long to wait without `--timeout`: everybody who runs is found and greeted by then.
const WAIT_FOR: Duration = Duration::from_secs(5);

/// How much later than it must an answer of a running node may come.
const GRACE: Duration = Duration::from_secs(5);

/// Whom to ping, how, and where from.
#[derive(Debug)]
struct Ping {
    target: Target,
    plan: Plan,
    interfaces: InterfaceFilter,
    dir: PathBuf,
    file: ConfigFile,
    json: bool,
}

pub(crate) fn execute(args: PingArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    let file = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(file.log));
    let ping = Ping {
        target: args.peer,
        plan: Plan {
            count: args.count,
            interval: args.interval,
            timeout: args.timeout.unwrap_or(WAIT_FOR),
        },
        interfaces: args.interfaces.or(file.interface.clone()),
        dir,
        file,
        json: global.json,
    };
    let runtime = runtime()?;
    let result = runtime.block_on(ping.run());
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

impl Ping {
    async fn run(self) -> Result<Exit, Failure> {
        let mut signals = Signals::catch()?;
        let mut shown = Shown::default();
        let mut source = Source::None;
        let pinging = tokio::select! {
            result = self.pings(&mut source, &mut shown) => Some(result),
            () = signals.next() => None,
        };
        tokio::select! {
            () = source.end() => {}
            () = signals.next() => return Ok(Exit::Interrupted),
        }
        let exit = match pinging {
            Some(Err(failure)) => return Err(failure),
            Some(Ok(())) if shown.trips.answered() == 0 => Exit::TimedOut,
            Some(Ok(())) => Exit::Done,
            None => Exit::Interrupted,
        };
        let summary = match self.json {
            true => Record::summary(shown.to, &shown.trips).to_line()?,
            false => format!("{}\n", shown.trips),
        };
        tokio::select! {
            result = output::show(&summary) => result.map(|()| exit).map_err(Failure::from),
            () = signals.next() => Ok(Exit::Interrupted),
        }
    }

    async fn pings(&self, source: &mut Source, shown: &mut Shown) -> Result<(), Failure> {
        let target = self.looked_up().await?;
        let connected = control::connect(&self.dir).await;
        *source = match connected.map_err(AskError::into_failure)? {
            Some(mut running) => {
                let request = request(&target, self.plan);
                running
                    .ask(&request)
                    .await
                    .map_err(AskError::into_failure)?;
                Source::Running(running)
            }
            None => Source::Own(Box::new(Own::start(self, &target).await?)),
        };
        if let Source::Own(own) = source {
            own.find(&target, self.plan).await?;
        }
        while let Some(round) = source.next(self.plan).await? {
            let text = match self.json {
                true => Record::round(&round).to_line()?,
                false => line(&round),
            };
            shown.to = Some((round.id, round.addr));
            shown.trips.add(round.outcome.ok());
            output::show(&text).await?;
        }
        Ok(())
    }

    /// The target with an address in the place of a host name.
    async fn looked_up(&self) -> Result<Target, Failure> {
        let Target::At(PeerAddress::Name { host, port }) = &self.target else {
            return Ok(self.target.clone());
        };
        match lookup::look_up(host, *port).await {
            Ok(addr) => Ok(Target::At(PeerAddress::Addr(addr))),
            Err(error) => Err(Failure::from(anyhow::anyhow!(
                "{host} has no address ({error}); give its address, or its id"
            ))),
        }
    }
}

/// What has been shown, to be summed up.
#[derive(Debug, Default)]
struct Shown {
    trips: RoundTrips,
    to: Option<(NodeId, SocketAddr)>,
}

/// Where round trips come from.
#[derive(Debug)]
enum Source {
    /// Nowhere yet.
    None,
    /// The node that runs on the data directory.
    Running(Connection),
    /// One that runs for this alone.
    Own(Box<Own>),
}

impl Source {
    async fn next(&mut self, plan: Plan) -> Result<Option<Round>, Failure> {
        match self {
            Self::None => Ok(None),
            Self::Own(own) => Ok(own.next().await),
            Self::Running(running) => {
                // The session, or the interval, and the answer.
                let within = plan.timeout.max(plan.interval) + plan.timeout + GRACE;
                loop {
                    let answer = running.next(within).await.map_err(AskError::into_failure)?;
                    let Some(answer) = answer else {
                        return Ok(None);
                    };
                    if let Some(round) = round(answer.told) {
                        return Ok(Some(round));
                    }
                }
            }
        }
    }

    async fn end(self) {
        if let Self::Own(own) = self {
            own.end().await;
        }
    }
}

fn request(target: &Target, plan: Plan) -> Request {
    let whole_ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    Request::Ping {
        peer: target.to_string(),
        count: plan.count,
        interval_ms: whole_ms(plan.interval),
        timeout_ms: whole_ms(plan.timeout),
    }
}

fn round(told: Told) -> Option<Round> {
    let (id, addr, seq, outcome) = match told {
        Told::Pong {
            id,
            addr,
            seq,
            rtt_ms,
        } => {
            let rtt = Duration::try_from_secs_f64(rtt_ms / 1e3).ok()?;
            (id, addr, seq, Ok(rtt))
        }
        Told::PingUnanswered {
            id,
            addr,
            seq,
            reason,
        } => (id, addr, seq, Err(reason)),
        _ => return None,
    };
    Some(Round {
        id,
        addr,
        seq,
        outcome,
    })
}

fn line(round: &Round) -> String {
    let (id, addr, seq) = (round.id.short(), round.addr, round.seq);
    match &round.outcome {
        Ok(rtt) => format!(
            "{seq}: {id} @ {addr} answered in {:.2} ms\n",
            milliseconds(*rtt)
        ),
        Err(reason) => format!("{seq}: {id} @ {addr} did not answer: {reason}\n"),
    }
}
