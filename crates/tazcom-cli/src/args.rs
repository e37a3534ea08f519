//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use tazcom_discovery::{InterfaceFilter, InterfaceSelector};
use tazcom_node::{RoomName, UnixMillis};

mod addressee;
mod chat;
mod private;
mod start;

pub(crate) use addressee::Addressee;
pub(crate) use chat::ChatArgs;
pub(crate) use private::{
    IdArgs, PassphraseArgs, PassphraseDo, PersonArgs, RoomCommand, VerifyArgs, WhoisArgs, WipeArgs,
};

use self::start::StartArgs;
use crate::config_file::{self, LogLevel, PeerAddress, selector};
use crate::ping::{self, Target};
use crate::{environment, exit_code, when};

/// Find the people on your network, with no server and no internet.
#[derive(Debug, Parser)]
#[command(name = "tazcom-cli", version, after_help = exit_code::HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Directory of key and config.toml [default: the platform's, ~/.local/share/tazcom on Linux]
    #[arg(long, value_name = "DIR", env = "TAZCOM_DATA_DIR", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// One JSON object a line on standard output
    #[arg(long, env = "TAZCOM_JSON", global = true, action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,
    /// How much of its inner workings it tells on standard error [default: warn]
    #[arg(
        long,
        value_name = "LEVEL",
        env = "TAZCOM_LOG",
        global = true,
        value_enum
    )]
    pub(crate) log: Option<LogLevel>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node in the foreground: find the others, greet them, be found
    Run(RunArgs),
    /// Chat: with the node that runs, or one of its own that others find meanwhile
    Chat(ChatArgs),
    /// Show who is on the network; without a running node, by looking and not announcing itself
    ///
    /// PROVEN says whose handshake has proven its id, TRUST how far that is trusted: new, known,
    /// verified or blocked. Without a running node neither is known.
    Peers(PeersArgs),
    /// Measure round trips to a peer, inside the session with it
    Ping(PingArgs),
    /// Say something in a room, or to one person
    Send(SendArgs),
    /// Follow what is said, until Ctrl-C
    ///
    /// Before a name, ✓ says that somebody is verified, and ✗ that somebody is blocked; + and ! where the
    /// locale is not UTF-8.
    Listen(ListenArgs),
    /// Show the rooms
    Rooms,
    /// Show what was said, as far as it is kept
    ///
    /// Before a name, ✓ says that somebody is verified, and ✗ that somebody is blocked; + and ! where the
    /// locale is not UTF-8.
    History(HistoryArgs),
    /// Show the way to a peer, over others if need be
    Trace(TraceArgs),
    /// Take a name; without one, show it
    Nick(NickArgs),
    /// Connect to an address that is not found by itself
    Connect(ConnectArgs),
    /// Write what is kept to a file or to standard output, as lines of JSON with signatures
    Export(ExportArgs),
    /// Take in what `export` has written
    Import(ImportArgs),
    /// Print this node's id; the first time, make its key
    Id(IdArgs),
    /// Show who somebody is, and what is known of that
    Whois(WhoisArgs),
    /// Make sure who somebody is: compare emoji, words or a code
    Verify(VerifyArgs),
    /// Show nothing more of somebody
    Block(PersonArgs),
    /// Show again what somebody says
    Unblock(PersonArgs),
    /// Private rooms: make one, let people in, leave
    #[command(subcommand)]
    Room(RoomCommand),
    /// Lock the data directory with a passphrase, or unlock it
    Passphrase(PassphraseArgs),
    /// Destroy keys, names and messages of the data directory, keys first
    Wipe(WipeArgs),
    /// Print a completion script
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) start: StartArgs,
    /// What to call itself, at most 32 bytes; peers that have proven who they are see it
    #[arg(long, env = "TAZCOM_NAME", value_parser = config_file::name)]
    pub(crate) name: Option<String>,
    /// Run this program for every message, with the message as a line of JSON on its standard input
    #[arg(long, value_name = "CMD", env = "TAZCOM_ON_MESSAGE")]
    pub(crate) on_message: Option<PathBuf>,
    /// Move a damaged database aside and begin a new one
    #[arg(long)]
    pub(crate) set_aside_damaged: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PeersArgs {
    #[command(flatten)]
    pub(crate) interfaces: Interfaces,
    /// Follow who comes and goes, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// How long to look, in seconds [default: 3; with --watch: for ever]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct PingArgs {
    /// The peer: its id, the first characters of it (4 at least), or HOST:PORT
    #[arg(allow_hyphen_values = true)]
    pub(crate) peer: Target,
    #[command(flatten)]
    pub(crate) interfaces: Interfaces,
    /// How many round trips
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(ping::MAX_COUNT)))]
    pub(crate) count: u32,
    /// Seconds from one to the next
    #[arg(long, value_name = "SECONDS", default_value = "0.2", value_parser = interval)]
    pub(crate) interval: Duration,
    /// How long to wait for the session, and for each answer, in seconds [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

/// For verbs that need the others only when no node runs.
#[derive(Debug, Default, Args)]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    pub(crate) interfaces: Interfaces,
    /// Greet this peer whether it is found or not; repeatable
    #[arg(
        id = "greet",
        long = "peer",
        value_name = "HOST:PORT",
        env = "TAZCOM_PEER",
        value_delimiter = ','
    )]
    pub(crate) peer: Vec<PeerAddress>,
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// To whom: `#room`, `@person`, or `+room` for a private one
    pub(crate) target: Addressee,
    /// What, up to 4096 bytes; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub(crate) text: String,
    /// Tell what you do instead of what you say, as `/me` does
    #[arg(long)]
    pub(crate) action: bool,
    /// Wait until somebody says that it has come; exit code 3 when nobody has in time
    #[arg(long)]
    pub(crate) wait_ack: bool,
    /// How long to wait for that, in seconds [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// `#room` (which is joined), `@person`, `+private-room`; everything when none is named
    pub(crate) targets: Vec<Addressee>,
    /// End after the first message
    #[arg(long)]
    pub(crate) once: bool,
    /// Run this program for every message, with the message as a line of JSON on its standard input
    #[arg(long, value_name = "CMD", env = "TAZCOM_ON_MESSAGE")]
    pub(crate) on_message: Option<PathBuf>,
    /// End after so many seconds [default: never]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Of whom: `#room`, `@person`, `+private-room` [default: all rooms that are not private]
    pub(crate) target: Option<Addressee>,
    /// Said since then: 2h, 3d, 2026-11-25, "2026-11-25 14:30"
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) since: Option<UnixMillis>,
    /// Said before then
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    pub(crate) until: Option<UnixMillis>,
    /// With all of these words, or words that begin with them
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// The newest so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The peer: what it is called, its id, or the first characters of that (4 at least)
    #[arg(allow_hyphen_values = true)]
    pub(crate) peer: String,
    /// How long to wait for the answer, in seconds [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NickArgs {
    /// The name, up to 32 bytes
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArgs {
    /// Where
    pub(crate) addr: PeerAddress,
    /// How long to wait for the session, in seconds [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Which room [default: all]
    pub(crate) room: Option<RoomName>,
    /// Write to this new file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file; `-` reads standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Interfaces {
    /// Use this interface only, by name or address; repeatable [default: all of the LAN]
    #[arg(
        long,
        value_name = "NAME|IP",
        env = "TAZCOM_INTERFACE",
        value_delimiter = ',',
        value_parser = selector
    )]
    pub(crate) interface: Vec<InterfaceSelector>,
}

impl Interfaces {
    /// The choice; what the file says when nothing was chosen here.
    pub(crate) fn or(self, file: Vec<InterfaceSelector>) -> InterfaceFilter {
        let chosen = if self.interface.is_empty() {
            file
        } else {
            self.interface
        };
        if chosen.is_empty() {
            InterfaceFilter::Auto
        } else {
            InterfaceFilter::Only(chosen)
        }
    }
}

/// Reads the arguments and the environment. Ends the program for `--help`, `--version` and what
/// it cannot understand, as clap does.
pub(crate) fn parse() -> Cli {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let matches = environment::matches(&arguments).unwrap_or_else(|error| error.exit());
    if let Some((_, run)) = matches.subcommand()
        && is_flag(run, "ephemeral")
        && is_flag(run, "data_dir")
    {
        Cli::command()
            .error(
                clap::error::ErrorKind::ArgumentConflict,
                "--ephemeral keeps nothing, so --data-dir cannot be given with it",
            )
            .exit();
    }
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // A flag wins over the environment, here between two options that exclude each other.
    if let Some((_, matches)) = matches.subcommand() {
        let named = is_flag(matches, "data_dir");
        match &mut cli.command {
            Command::Run(run) => run.start.ephemeral &= !named,
            Command::Chat(chat) => {
                chat.start.ephemeral &= !named;
                chat.for_a_new_node = start::FOR_A_NEW_NODE.to_vec();
                chat.for_a_new_node.retain(|id| is_flag(matches, id));
            }
            _ => {}
        }
    }
    cli
}

/// Whether an option was given on the command line itself.
fn is_flag(matches: &ArgMatches, id: &str) -> bool {
    matches!(
        matches
            .try_contains_id(id)
            .map(|_| matches.value_source(id)),
        Ok(Some(ValueSource::CommandLine))
    )
}

fn port(text: &str) -> Result<u16, String> {
    let expected = |_| "expected a number from 0 to 65535".to_owned();
    text.parse().map_err(expected)
}

/// The longest time that may be asked for: a day.
pub(crate) const MAX_TIMEOUT: Duration = Duration::from_secs(86_400);

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds, such as 3 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(timeout) if !timeout.is_zero() && timeout <= MAX_TIMEOUT => Ok(timeout),
        _ => Err(format!(
            "expected more than 0 and at most {} seconds",
            MAX_TIMEOUT.as_secs()
        )),
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    match seconds(text) {
        Ok(interval) if interval < ping::MIN_INTERVAL => Err(format!(
            "expected at least {} seconds",
            ping::MIN_INTERVAL.as_secs_f64()
        )),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_ping_may_not_be_a_flood() {
        assert_eq!(interval("0.01"), Ok(ping::MIN_INTERVAL));
        assert!(interval("0.009").is_err());
    }

    #[test]
    fn to_whom_something_is_said_begins_with_a_sign() {
        let addressee = |text: &str| text.parse::<Addressee>();
        assert_eq!(
            addressee("@bob~k3fz"),
            Ok(Addressee::Person("bob~k3fz".to_owned()))
        );
        assert_eq!(
            addressee("+crew"),
            Ok(Addressee::Private("crew".to_owned()))
        );
        assert_eq!(addressee("#lobby"), Ok(Addressee::Room(RoomName::lobby())));
        for wrong in ["@", "+", "#", "", "lobby", "bob"] {
            assert!(addressee(wrong).is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn an_id_that_begins_with_a_hyphen_is_no_flag() {
        for id in ["-abcd", "--ab", "-hVjk"] {
            let cli = Cli::try_parse_from(["tazcom-cli", "ping", id, "--count", "2"]);
            let Ok(Command::Ping(ping)) = cli.map(|cli| cli.command) else {
                panic!("{id} was taken for a flag");
            };
            assert_eq!(ping.count, 2);
            for act in ["invite", "remove", "promote", "share-history"] {
                let arguments = ["tazcom-cli", "room", act, "crew", id, "--json"];
                let cli = Cli::try_parse_from(arguments);
                let cli = cli.unwrap_or_else(|error| panic!("{act} {id}: {error}"));
                assert!(cli.global.json);
            }
            for verb in ["whois", "verify", "block", "unblock", "trace"] {
                let cli = Cli::try_parse_from(["tazcom-cli", verb, id]);
                assert!(cli.is_ok(), "{verb} {id}");
            }
        }
    }

    #[test]
    fn times_may_be_fractions_and_have_bounds() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("86400"), Ok(MAX_TIMEOUT));
        for wrong in ["0", "-1", "86401", "NaN", "inf", "soon", ""] {
            assert!(seconds(wrong).is_err(), "{wrong} was accepted");
        }
    }
}
