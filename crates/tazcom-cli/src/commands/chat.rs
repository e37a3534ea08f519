//! `chat [#room | @person | +room]`: the terminal chat.
//!
//! The node is up before the screen is taken, and ends after it was given back. One that runs already is
//! asked through its control socket and goes on; one of our own is asked in the same way. Reading order:
//! [`surroundings`] says what there is to show it on, [`host`] has the node and [`door`] the way to it,
//! [`attend`] follows it ([`news`], [`told`]), [`asker`] asks it ([`ask`]), [`driver`] puts these together
//! with the application, [`screen`] and [`plain`] show it.

use std::time::Duration;

use jiff::tz::TimeZone;
use tazcom_tui::{Config, Kept};

use crate::args::{Addressee, ChatArgs, Global};
use crate::config_file::{self, ConfigFile};
use crate::control::{AskError, Request, Told};
use crate::conversing::{DISK, WAIT_FOR};
use crate::exit_code::{Exit, Failure};
use crate::output::printer;
use crate::signals::{Job, Signals};
use crate::{data_dir, logging, runtime};

mod account;
mod ask;
mod asker;
mod attend;
mod door;
mod driver;
#[cfg(all(test, unix))]
mod fake;
mod host;
mod kept;
mod news;
mod plain;
mod screen;
mod surroundings;
mod told;

use door::Door;
use driver::Driver;
use host::Host;
use plain::Plain;
use screen::Screen;
use surroundings::Surroundings;

/// How long an orderly end may take: the goodbye takes 0.2 s, exchanges under way 2 s.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(5);

pub(crate) fn execute(args: ChatArgs, global: &Global) -> Result<Exit, Failure> {
    if global.json {
        return Err(Failure::usage(anyhow::anyhow!(
            "chat is for people; `listen --json` and `send --json` are for programs"
        )));
    }
    let dir = match args.start.ephemeral {
        true => None,
        false => Some(data_dir(global)?),
    };
    let file = match &dir {
        Some(dir) => config_file::load(dir).map_err(Failure::usage)?,
        None => ConfigFile::default(),
    };
    logging::init(global.log.or(file.log));
    let job = Job::begin()?;
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let mut signals = Signals::catch()?;
        let host = tokio::select! {
            host = Host::reach(dir, &file, &args) => host?,
            () = signals.next() => return Ok(Exit::Interrupted),
        };
        let result = chat(&host, &args, signals, job).await;
        end(host, result).await
    });
    // A reader that does not read can hold up a write for ever, but not the end.
    runtime.shutdown_background();
    result
}

/// Chats until the user leaves, or is made to.
async fn chat(
    host: &Host,
    args: &ChatArgs,
    mut signals: Signals,
    job: Job,
) -> Result<Exit, Failure> {
    let surroundings = Surroundings::here();
    let door = host.door();
    let begun = tokio::select! {
        begun = begin(&door, args) => begun,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let (mut opening, mut kept) = begun?;
    opening.extend(host.warnings());
    if let Some(theme) = args.theme {
        kept.settings.theme = theme.into();
    }
    let config = Config {
        kept,
        begin: args.target.as_ref().map(named),
        size: None,
        colour: surroundings.has_colour(),
        unicode: surroundings.has_unicode() && !args.ascii,
        zone: TimeZone::system(),
        attached: !host.is_own(),
    };
    let is_plain = args.plain || !surroundings.has_screen();
    let chatting = match is_plain {
        true => {
            let driver = Driver::new(config, door, opening);
            let timeout = args.timeout.unwrap_or(WAIT_FOR);
            tokio::spawn(Plain::new(driver, signals, timeout).run())
        }
        false => {
            // The screen is given back whatever ends the chat.
            let signals = signals.with_quit()?;
            let (screen, size) = Screen::enter(job, !host.is_own())?;
            let config = Config {
                size: Some(size),
                ..config
            };
            let driver = Driver::new(config, door, opening);
            tokio::spawn(screen.run(driver, signals))
        }
    };
    // A panic has been noted where panics are; the node still says goodbye.
    chatting.await.unwrap_or(Ok(Exit::Panicked))
}

/// Ends the node in order, if it is our own.
async fn end(host: Host, result: Result<Exit, Failure>) -> Result<Exit, Failure> {
    if !host.is_own() {
        return result;
    }
    if Surroundings::here().has_screen() {
        printer::tell("Leaving ...\n".to_owned());
    }
    // Whoever was caught once does not end the program by itself any more.
    let mut signals = Signals::catch()?.with_quit()?;
    tokio::select! {
        () = host.end() => result,
        () = signals.next() => Ok(Exit::Interrupted),
        () = tokio::time::sleep(SHUTDOWN_DEADLINE) => Err(Failure::timed_out(anyhow::anyhow!(
            "the node did not shut down within {} s and was cut off",
            SHUTDOWN_DEADLINE.as_secs()
        ))),
    }
}

/// What is to be told when the chat begins, and what was kept the last time.
async fn begin(door: &Door, args: &ChatArgs) -> Result<(Vec<String>, Kept), Failure> {
    let opening = introduce(door, args).await?;
    let kept = match kept::kept(door).await {
        // What it keeps then is no more than what changes.
        Err(error @ AskError::Refused { .. }) => {
            tracing::debug!("what the chat has kept cannot be had: {error}");
            Kept::default()
        }
        kept => kept.map_err(AskError::into_failure)?,
    };
    Ok((opening, kept))
}

fn named(target: &Addressee) -> String {
    match target {
        Addressee::Room(room) => room.to_string(),
        Addressee::Person(who) => format!("@{who}"),
        Addressee::Private(room) => format!("+{room}"),
    }
}

/// Gives the node a name, if it is to have one or has none, and says so.
async fn introduce(door: &Door, args: &ChatArgs) -> Result<Vec<String>, Failure> {
    let ask = async |name: Option<String>| {
        let told = door.ask(&Request::Nick { name }, DISK).await;
        told.map_err(AskError::into_failure)
    };
    let told = match (&args.name, door) {
        // One of our own was started with it.
        (Some(name), Door::Socket(_)) => ask(Some(name.clone())).await?,
        _ => ask(None).await?,
    };
    let nameless = told.iter().find_map(|told| match told {
        Told::Nick { id, name: None } => Some(*id),
        _ => None,
    });
    let Some(id) = nameless else {
        return Ok(Vec::new());
    };
    let name = account::name(id);
    Ok(match ask(Some(name.clone())).await {
        Ok(_) => vec![format!("You are called {name} here; /nick changes it")],
        Err(failure) => {
            tracing::debug!("the name of the account was not taken: {failure}");
            vec!["You have no name here; /nick gives you one".to_owned()]
        }
    })
}
