//! What the exit code says, and errors that know theirs.

use std::process::ExitCode;
use std::{fmt, io};

use tazcom_identity::DataDirError;

/// How the program ended, told to the one who started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done as asked. Also when whoever read our output stopped reading.
    Done,
    /// It failed, or the answer is no.
    Failed,
    /// Wrong arguments, environment, configuration or data directory.
    Usage,
    /// It is kept and will be sent, and nobody has it yet.
    Queued,
    /// It took longer than it may.
    TimedOut,
    /// A signal ended it before it was done.
    Interrupted,
    /// It met a bug of its own; the code Rust gives a panic.
    Panicked,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Queued => 3,
            Self::TimedOut => 4,
            Self::Panicked => 101,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Shown at the end of `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done, also after Ctrl-C or SIGTERM ended `run` in order
  1    failed, or the answer is no (nobody found, a peer that cannot be pinged)
  2    wrong arguments, environment, configuration or data directory
  3    said and kept, but nobody has it yet: whoever comes within the week gets it
  4    timed out (no session with the peer, or not one answer)
  130  interrupted before it was done

An option whose help shows [env: NAME] can be given in the environment too; interface, port, peer,
name, discovery and log also in config.toml in the data directory. A flag wins over the environment, the
environment over the file. A variable that is empty counts as not set.
TAZCOM_PASSPHRASE_FILE names a file whose first line unlocks the data directory where nobody can type.";

/// An error that ends the program, and with which code.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// The user has to change what was asked for.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::Usage,
            error: error.into(),
        }
    }

    /// It ends with this code.
    pub(crate) fn with(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
        }
    }

    /// It took longer than it may.
    pub(crate) fn timed_out(error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit: Exit::TimedOut,
            error: error.into(),
        }
    }

    /// Whether all that failed is that nobody reads our output any more.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        // What has to be changed there is what was asked for, not what is in the way.
        let exit = match error.downcast_ref() {
            Some(DataDirError::NotADirectory { .. } | DataDirError::WritableByAll { .. }) => {
                Exit::Usage
            }
            _ => Exit::Failed,
        };
        Self { exit, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Our errors name their causes themselves, in one line.
        self.error.fmt(f)
    }
}
