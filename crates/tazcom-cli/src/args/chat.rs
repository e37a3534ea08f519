//! The terminal chat.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};
use tazcom_tui::Theme;

use super::{Addressee, Interfaces, port, seconds};
use crate::config_file::{self, DiscoveryChoice, PeerAddress};

/// Options that only a node can honour that is yet to be started.
pub(super) const FOR_A_NEW_NODE: [&str; 4] = ["interface", "port", "peer", "discovery"];

#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// Where to begin: `#room`, `@person`, or `+room` for a private one [default: the lobby]
    pub(crate) target: Option<Addressee>,
    /// Lines instead of a screen: for screen readers, pipes and serial lines. Without a terminal it is so
    /// anyway
    #[arg(long)]
    pub(crate) plain: bool,
    /// Draw with letters and signs of ASCII alone
    #[arg(long)]
    pub(crate) ascii: bool,
    /// The colours [default: those of the last time]
    #[arg(long, value_name = "COLOURS", value_enum)]
    pub(crate) theme: Option<ThemeChoice>,
    /// What to call yourself, at most 32 bytes [default: the name of your account]; `/nick` changes it
    #[arg(long, env = "TAZCOM_NAME", value_parser = config_file::name)]
    pub(crate) name: Option<String>,
    /// Keep nothing: no data directory is read or written, the id is new every time
    #[arg(long, env = "TAZCOM_EPHEMERAL", action = ArgAction::SetTrue)]
    #[arg(value_parser = BoolishValueParser::new())]
    pub(crate) ephemeral: bool,
    #[command(flatten)]
    pub(crate) interfaces: Interfaces,
    /// TCP port to listen on; 0 means any free one [default: 0]
    #[arg(long, env = "TAZCOM_PORT", value_parser = port)]
    pub(crate) port: Option<u16>,
    /// Greet this peer whether it is found or not; repeatable
    #[arg(
        long,
        value_name = "HOST:PORT",
        env = "TAZCOM_PEER",
        value_delimiter = ','
    )]
    pub(crate) peer: Vec<PeerAddress>,
    /// How to find others [default: native]
    #[arg(long, value_name = "HOW", env = "TAZCOM_DISCOVERY", value_enum)]
    pub(crate) discovery: Option<DiscoveryChoice>,
    /// At the end of standard input, how long to wait until somebody has what was said, in seconds
    /// [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Which of [`FOR_A_NEW_NODE`] were given on the command line itself.
    #[arg(skip)]
    pub(crate) for_a_new_node: Vec<&'static str>,
}

/// The colours that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ThemeChoice {
    /// For a dark background
    Dark,
    /// For a light background
    Light,
    /// None: bold, underlined and reversed alone
    Mono,
}

impl From<ThemeChoice> for Theme {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::Dark => Self::Dark,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::Mono => Self::Mono,
        }
    }
}
