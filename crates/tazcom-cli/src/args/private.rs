//! Who is who, private rooms, and what is kept of them.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{NodeArgs, seconds};

#[derive(Debug, Args)]
pub(crate) struct IdArgs {
    /// Show the twelve words and the code with it
    #[arg(long)]
    pub(crate) words: bool,
    /// Show it as a QR code
    #[arg(long)]
    pub(crate) qr: bool,
    /// The terminal shows dark letters on a light background
    #[arg(long, requires = "qr")]
    pub(crate) light: bool,
    /// Go on under a new id: whoever knew the old one is told, by a statement that both sign. The old
    /// key is destroyed
    #[arg(long, conflicts_with_all = ["words", "qr"])]
    pub(crate) renew: bool,
    /// Tell everybody that this id is not to be trusted any more. Nothing takes that back
    #[arg(long, conflicts_with_all = ["words", "qr", "renew"])]
    pub(crate) revoke: bool,
    /// Do not ask whether it is meant
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PersonArgs {
    /// What it is called, with its tag where that is not enough, or its id
    #[arg(allow_hyphen_values = true)]
    pub(crate) peer: String,
}

#[derive(Debug, Args)]
pub(crate) struct WhoisArgs {
    /// What it is called, its id, or the first characters of that (4 at least) [default: everybody]
    #[arg(allow_hyphen_values = true)]
    pub(crate) peer: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// What it is called, with its tag where that is not enough, or its id
    #[arg(allow_hyphen_values = true)]
    pub(crate) peer: String,
    /// The twelve words that it has read to you (`tazcom-cli id --words`)
    #[arg(long, conflicts_with_all = ["code", "undo"])]
    pub(crate) words: Option<String>,
    /// The code that you have scanned or typed from its screen (`tazcom:...`)
    #[arg(long, conflicts_with = "undo")]
    pub(crate) code: Option<String>,
    /// It does not count as verified any more
    #[arg(long)]
    pub(crate) undo: bool,
    /// How long to wait for the other, in seconds [default: 120]
    #[arg(long, value_name = "SECONDS", env = "TAZCOM_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// Show the private rooms
    List,
    /// Make one
    Create {
        /// What to call it, up to 48 bytes
        name: String,
        /// What it is about, up to 256 bytes
        #[arg(long, default_value = "")]
        topic: String,
    },
    /// Accept an invitation, or enter with a passphrase
    Join {
        /// Which
        room: String,
        /// Enter the room of this name and a passphrase, which is asked for. Shared secret: nobody can
        /// be removed, and whoever learns it reads everything that was ever said
        #[arg(long)]
        passphrase: bool,
    },
    /// Let somebody in; it reads what is said from then on
    Invite {
        room: String,
        #[arg(allow_hyphen_values = true)]
        peer: String,
    },
    /// Take somebody out
    Remove {
        room: String,
        #[arg(allow_hyphen_values = true)]
        peer: String,
    },
    /// Let a member let others in
    Promote {
        room: String,
        #[arg(allow_hyphen_values = true)]
        peer: String,
    },
    /// Give a member the keys to what was said before it came
    ShareHistory {
        room: String,
        #[arg(allow_hyphen_values = true)]
        peer: String,
    },
    /// Give it another name, and another topic
    Rename {
        room: String,
        name: String,
        #[arg(long, default_value = "")]
        topic: String,
    },
    /// Leave it, or decline an invitation; what was said there is forgotten here
    Leave { room: String },
}

#[derive(Debug, Args)]
pub(crate) struct PassphraseArgs {
    /// What to do
    #[arg(value_enum)]
    pub(crate) what: PassphraseDo,
}

/// What is to become of the passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PassphraseDo {
    /// Ask for a new one, and lock with it
    Set,
    /// Ask for the one there is, and need none any more
    Remove,
}

#[derive(Debug, Args)]
pub(crate) struct WipeArgs {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}
