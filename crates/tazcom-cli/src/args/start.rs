//! The node that `run` and `chat` start.

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};

use super::{Interfaces, port};
use crate::config_file::{DiscoveryChoice, PeerAddress};

/// Those of [`StartArgs`] that only a node can honour that is yet to be started.
pub(super) const FOR_A_NEW_NODE: [&str; 4] = ["interface", "port", "peer", "discovery"];

/// What a node is started with.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
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
    // Shown behind what each of the commands has of its own about its node.
    /// How to find others [default: native]
    #[arg(long, value_name = "HOW", env = "TAZCOM_DISCOVERY", value_enum)]
    #[arg(display_order = 9)]
    pub(crate) discovery: Option<DiscoveryChoice>,
}
