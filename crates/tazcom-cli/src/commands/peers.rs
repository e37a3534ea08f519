//! `peers`: who is on the network. A node that runs on the data directory is asked, for it knows
//! more; where none runs, it is looked for, without announcing oneself and without a lock on
//! anything.

use std::path::Path;
use std::time::Duration;

use tazcom_identity::key_file;

use crate::args::{Global, PeersArgs};
use crate::control::{self, AskError};
use crate::exit_code::{Exit, Failure};
use crate::signals::Signals;
use crate::{config_file, data_dir, logging, runtime};

mod ask;
mod browse;
mod change;
mod table;

use ask::Ask;
use browse::Look;

/// How long to look without `--timeout`: three queries have gone out by then, and every running
/// node answers within half a second. A list is worth waiting for its last peer.
const LOOK_FOR: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Table,
    Records,
    Lines,
    RecordsAsTheyCome,
}

pub(crate) fn execute(args: PeersArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    let file = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(file.log));
    // Without a key there is no node of ours to point out; a bad one is for `run` to refuse.
    let own = key_file::load(&dir.join(key_file::FILE_NAME))
        .ok()
        .map(|key| key.node_id());

    let show = match (args.watch, global.json) {
        (false, false) => Show::Table,
        (false, true) => Show::Records,
        (true, false) => Show::Lines,
        (true, true) => Show::RecordsAsTheyCome,
    };
    let ask = Ask {
        show,
        time: args.timeout,
    };
    let look = Look {
        interfaces: args.interfaces.or(file.interface),
        time: match (args.timeout, args.watch) {
            (Some(timeout), _) => Some(timeout),
            (None, true) => None,
            (None, false) => Some(LOOK_FOR),
        },
        show,
        own,
    };
    let runtime = runtime()?;
    let result = runtime.block_on(ask_or_look(&dir, ask, look));
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

async fn ask_or_look(dir: &Path, ask: Ask, look: Look) -> Result<Exit, Failure> {
    let mut signals = Signals::catch()?;
    let connected = tokio::select! {
        connected = control::connect(dir) => connected,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    match connected.map_err(AskError::into_failure)? {
        Some(running) => ask.run(running, signals).await,
        None => look.run(signals).await,
    }
}
