//! The lanes of the test suite that need something of the machine.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{debian_packages, python};
use crate::shell;

/// Tests that run only where the machine allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Real processes in network namespaces of their own.
    Namespaces,
    /// Beside an avahi daemon, in a namespace of its own.
    Avahi,
    /// Against a peer in Python.
    Python,
}

impl Lane {
    pub(crate) const ALL: [Self; 3] = [Self::Namespaces, Self::Avahi, Self::Python];

    /// Its tests, as a person calls them.
    pub(crate) const fn tests(self) -> &'static str {
        match self {
            Self::Namespaces => "the tests on networks of their own",
            Self::Avahi => "the tests beside avahi",
            Self::Python => "the tests against a Python peer",
        }
    }

    /// Makes the lane passable, or says what is in the way.
    pub(crate) fn open(self) -> Result<()> {
        match self {
            Self::Python => python().map(drop),
            Self::Avahi | Self::Namespaces => {
                debian_packages()?;
                ensure!(
                    rustix::process::geteuid().is_root(),
                    "only root makes networks"
                );
                let unshare = shell::find("unshare").context("there is no unshare")?;
                ensure!(
                    shell::succeeds(Command::new(unshare).args(["--net", "true"])),
                    "this machine lets nobody make a network namespace"
                );
                Ok(())
            }
        }
    }
}
