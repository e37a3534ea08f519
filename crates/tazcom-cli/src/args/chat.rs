//! The terminal chat.

use std::time::Duration;

use clap::Args;
use tazcom_tui::Theme;

use super::start::StartArgs;
use super::{Addressee, seconds};
use crate::config_file;

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
    #[command(flatten)]
    pub(crate) start: StartArgs,
    /// At the end of standard input, how long to wait until somebody has what was said, in seconds
    /// [default: 5]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Which of [`FOR_A_NEW_NODE`](super::start::FOR_A_NEW_NODE) were given on the command line itself.
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
