//! What the verbs of the conversation have in common: whom they ask.
//!
//! The node that runs on the data directory is asked through its control socket. Where none runs one
//! is started for the one question, and asked in the same way: there is one way to do each thing.

use std::path::PathBuf;
use std::time::Duration;

use crate::args::{Global, NodeArgs};
use crate::config_file::{self, ConfigFile};
use crate::control::{self, Answer, AskError, Connection, Request};
use crate::exit_code::{Exit, Failure};
use crate::own_node::{Company, OwnNode, Wanted};
use crate::signals::Signals;
use crate::{data_dir, logging, runtime};

/// How much later than it must an answer may come.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// How long a disk may take for a question that needs no other node.
pub(crate) const DISK: Duration = Duration::from_secs(60);

/// How long to wait for others without `--timeout`: everybody who runs is found and greeted by then.
pub(crate) const WAIT_FOR: Duration = Duration::from_secs(5);

/// The end of following: never.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Where a question is asked.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) dir: PathBuf,
    pub(crate) file: ConfigFile,
    pub(crate) json: bool,
}

impl Setting {
    pub(crate) fn of(global: &Global) -> Result<Self, Failure> {
        let dir = data_dir(global)?;
        let file = config_file::load(&dir).map_err(Failure::usage)?;
        logging::init(global.log.or(file.log));
        Ok(Self {
            dir,
            file,
            json: global.json,
        })
    }

    /// The others, for a node that is started because none runs.
    pub(crate) fn others(&self, args: NodeArgs) -> Company {
        Company::Others {
            interfaces: args.interfaces.or(self.file.interface.clone()),
            peers: args.peer,
            wanted: Wanted::default(),
        }
    }
}

/// The node that is asked.
#[derive(Debug)]
pub(crate) struct Host {
    connection: Connection,
    own: Option<(OwnNode, Option<control::Serving>)>,
}

impl Host {
    async fn reach(setting: &Setting, company: Company) -> Result<Self, Failure> {
        let running = control::connect(&setting.dir).await;
        if let Some(connection) = running.map_err(AskError::into_failure)? {
            return Ok(Self {
                connection,
                own: None,
            });
        }
        let own = OwnNode::start(&setting.dir, &setting.file, company).await?;
        let serving = own.serve()?;
        let connection = control::connect(&setting.dir).await;
        match connection.map_err(AskError::into_failure)? {
            Some(connection) => Ok(Self {
                connection,
                own: Some((own, serving)),
            }),
            None => Err(Failure::from(anyhow::anyhow!(
                "this system has no way to ask a node; this command needs one"
            ))),
        }
    }

    /// Whether the node was started for this alone.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    pub(crate) async fn ask(&mut self, request: &Request) -> Result<(), Failure> {
        let asked = self.connection.ask(request).await;
        asked.map_err(AskError::into_failure)
    }

    /// The next record of the answer; `None` after the last. Cancel-safe.
    pub(crate) async fn next(&mut self, within: Duration) -> Result<Option<Answer>, Failure> {
        let answer = self.connection.next(within).await;
        answer.map_err(AskError::into_failure)
    }

    async fn end(self) {
        drop(self.connection);
        if let Some((own, serving)) = self.own {
            drop(serving);
            own.end().await;
        }
    }
}

/// A verb that asks one question.
pub(crate) trait Verb {
    /// What it means that a signal has ended it.
    const INTERRUPTED: Exit = Exit::Interrupted;

    /// Asks, and shows the answers.
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure>;
}

/// Runs a verb until it is done or a signal ends it.
pub(crate) fn execute(
    setting: &Setting,
    company: Company,
    verb: impl Verb,
) -> Result<Exit, Failure> {
    let runtime = runtime()?;
    let result = runtime.block_on(run(setting, company, verb));
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

async fn run<V: Verb>(setting: &Setting, company: Company, verb: V) -> Result<Exit, Failure> {
    let mut signals = Signals::catch()?;
    let mut host = tokio::select! {
        host = Host::reach(setting, company) => host?,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let result = tokio::select! {
        result = verb.converse(setting, &mut host) => result,
        () = signals.next() => Ok(V::INTERRUPTED),
    };
    tokio::select! {
        () = host.end() => result,
        () = signals.next() => Ok(Exit::Interrupted),
    }
}
