//! `run`: a node in the foreground.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tazcom_discovery::InterfaceFilter;
use tazcom_identity::{DataDir, SecretKey};
use tazcom_node::{Backend, Node, Storage, Vault};
use tokio::sync::oneshot;

use crate::args::{Global, RunArgs};
use crate::config_file::{self, ConfigFile, PeerAddress};
use crate::exit_code::{Exit, Failure};
use crate::hook::Hook;
use crate::lookup::Lookup;
use crate::met::Met;
use crate::output::{Line, Output, Record, WarningRecord};
use crate::signals::Signals;
use crate::{control, data_dir, logging, missing, panic, runtime, unlock};

mod show;

use show::{Show, Shown};

/// How long an orderly end may take: the goodbye takes 0.2 s, exchanges under way 2 s.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

/// How long a reader may take for the last events of a node that has ended.
const SHOW_DEADLINE: Duration = Duration::from_secs(2);

/// What to run, from flags, environment and file, in this order.
#[derive(Debug)]
struct Settings {
    interfaces: InterfaceFilter,
    port: u16,
    peers: Vec<PeerAddress>,
    /// Empty for none.
    name: String,
    backend: Backend,
    on_message: Option<PathBuf>,
}

impl Settings {
    fn new(args: RunArgs, file: ConfigFile) -> Self {
        let start = args.start;
        Self {
            interfaces: start.interfaces.or(file.interface),
            port: start.port.or(file.port).unwrap_or(0),
            peers: if start.peer.is_empty() {
                file.peer
            } else {
                start.peer
            },
            name: args.name.or(file.name).unwrap_or_default(),
            on_message: args.on_message,
            backend: start
                .discovery
                .or(file.discovery)
                .map_or(Backend::Native, Backend::from),
        }
    }
}

pub(crate) fn execute(args: RunArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = if args.start.ephemeral {
        None
    } else {
        Some(data_dir(global)?)
    };
    let file = match &dir {
        Some(dir) => config_file::load(dir).map_err(Failure::usage)?,
        None => ConfigFile::default(),
    };
    logging::init(global.log.or(file.log));
    let set_aside = args.set_aside_damaged;
    let settings = Settings::new(args, file);

    // Held until the node has ended.
    let held = dir.map(DataDir::open).transpose()?.map(Arc::new);
    if set_aside && let Some(held) = &held {
        let aside = tazcom_node::set_aside_store(held.path())?;
        logging::remark(vec![format!("the messages are in {} now", aside.display())]);
    }
    let (key, vault, met) = match &held {
        Some(held) => {
            let (key, vault) = unlock::unlock(held)?;
            config_file::write_template(held.path());
            (key, vault, Some(Met::load(held)?))
        }
        None => (SecretKey::generate()?, Vault::in_memory()?, None),
    };

    let runtime = runtime()?;
    let result = runtime.block_on(run(key, vault, settings, met, Output::new(global.json)));
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

async fn run(
    key: SecretKey,
    vault: Vault,
    settings: Settings,
    met: Option<Met>,
    output: Output,
) -> Result<Exit, Failure> {
    let mut signals = Signals::catch()?;
    output.line(&Line::info("TAZCOM Node Initialized."));
    let id = key.node_id();
    output.line(&Line::info(format!("Node ID: {id}")));

    let storage = met.as_ref().map_or(Storage::Memory, |met| {
        Storage::Directory(met.directory().path().to_owned())
    });
    let (lookup, peers) = Lookup::of(settings.peers);
    let missing = missing::texts(&settings.interfaces, settings.backend);
    let mut warnings: Vec<WarningRecord<'static>> = missing
        .into_iter()
        .map(WarningRecord::interface_missing)
        .collect();
    let builder = Node::builder(key)
        .interfaces(settings.interfaces)
        .port(settings.port)
        .name(settings.name)
        .modern(met.iter().flat_map(Met::ids))
        .storage(storage)
        .vault(vault)
        .discovery(settings.backend);
    let node = peers
        .into_iter()
        .fold(builder, |builder, addr| builder.peer(addr))
        .start()
        .await?;
    let serving = match met
        .as_ref()
        .map(|met| control::serve(met.directory(), &node))
    {
        Some(Err(error)) => {
            warnings.push(cannot_be_asked(&error));
            None
        }
        Some(Ok(serving)) => Some(serving),
        None => None,
    };
    let keeping = met.map(|met| tokio::spawn(met.keep(&node)));

    let (say, last_words) = oneshot::channel();
    let hook = settings.on_message.map(Hook::new);
    let show = Show::new(output, &node, warnings, lookup, hook, last_words);
    let mut showing = tokio::spawn(show.run());

    let (last_word, shown) = tokio::select! {
        () = signals.next() => (Line::info("Shutdown signal received..."), None),
        () = panic::happens() => (Line::error("Shutting down after an internal error..."), None),
        shown = &mut showing => (Line::info("Shutting down..."), Some(shown?)),
    };
    if let Some(shown) = &shown {
        shown.output.line(&last_word);
    }
    // It fails when nothing is shown any more.
    let _ = say.send(last_word);

    drop(serving);
    let ended = async {
        node.shutdown().await;
        if let Some(keeping) = keeping {
            // That it panicked has been noted where panics are.
            let _ = keeping.await;
        }
    };
    tokio::select! {
        () = ended => {}
        () = signals.next() => return Ok(Exit::Interrupted),
        () = tokio::time::sleep(SHUTDOWN_DEADLINE) => {
            return Err(Failure::timed_out(anyhow::anyhow!(
                "the node did not shut down within {} s and was cut off",
                SHUTDOWN_DEADLINE.as_secs()
            )));
        }
    }
    // The node has ended in order. What is left is to show the rest of it, to a reader who may
    // have stopped reading without going away: that is no failure of the node.
    let showing = async {
        let shown = match shown {
            Some(shown) => shown,
            None => showing.await?,
        };
        close(&node, shown).await?;
        Ok(Exit::Done)
    };
    tokio::select! {
        result = showing => result,
        () = signals.next() => Ok(Exit::Interrupted),
        () = tokio::time::sleep(SHOW_DEADLINE) => Ok(Exit::Done),
    }
}

fn cannot_be_asked(error: &io::Error) -> WarningRecord<'static> {
    WarningRecord::control_unavailable(format!(
        "Other commands cannot ask this node: {} in its data directory cannot be used: {error}",
        control::FILE_NAME
    ))
}

/// The last lines, in the order in which things have ended.
async fn close(node: &Node, shown: Shown) -> io::Result<()> {
    let Shown { mut output, result } = shown;
    output.line(&Line::info("TCP server closed"));
    if node.service_name().is_some() {
        output.line(&Line::info("Zeroconf service unregistered"));
    }
    output.line(&Line::info("Node shut down successfully."));
    result?;
    output.record(&Record::Stopped).await
}
