//! The Debian packages that the network tests and those of the terminal use.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;

/// A package, and a program that tells whether it is there.
const PACKAGES: [(&str, &str); 7] = [
    ("avahi-daemon", "avahi-daemon"),
    ("avahi-utils", "avahi-browse"),
    ("dbus", "dbus-daemon"),
    ("iproute2", "ip"),
    ("nftables", "nft"),
    ("tmux", "tmux"),
    ("util-linux", "unshare"),
];

/// Debian asks this program whether an installed daemon may be started.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing. Fails where nothing can be installed.
pub(crate) fn debian_packages() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, program)| shell::find(program).is_none())
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    ensure!(
        shell::find("apt-get").is_some(),
        "not Debian, so these are yours to install: {list}"
    );
    ensure!(
        rustix::process::geteuid().is_root(),
        "not root, so these are not installed: {list}"
    );
    eprintln!("Installing {list} (no daemon is started) ...");
    let _quiet = NoDaemons::engage(Path::new(POLICY))?;
    shell::run(apt().args(["update", "--quiet"]))?;
    shell::run(
        apt()
            .args(["install", "--quiet", "--yes", "--no-install-recommends"])
            .args(missing),
    )
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

/// While this lives, an installed daemon is not started: an avahi that came to life on the real
/// network would announce this machine there.
#[derive(Debug)]
struct NoDaemons {
    /// Ours to remove; none when the machine has a policy of its own.
    policy: Option<PathBuf>,
}

impl NoDaemons {
    fn engage(path: &Path) -> Result<Self> {
        if path.exists() {
            return Ok(Self { policy: None });
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(path)
            .with_context(|| format!("writing {}", path.display()))?;
        let policy = Self {
            policy: Some(path.to_path_buf()),
        };
        // 101: what was asked for is forbidden by policy.
        file.write_all(b"#!/bin/sh\nexit 101\n")
            .context("writing the policy")?;
        file.set_permissions(fs::Permissions::from_mode(0o755))
            .context("making it a program")?;
        Ok(policy)
    }
}

impl Drop for NoDaemons {
    fn drop(&mut self) {
        if let Some(path) = &self.policy
            && let Err(error) = fs::remove_file(path)
        {
            eprintln!("{} is left behind ({error}): remove it", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_forbids_while_it_lives_and_is_gone_after() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy-rc.d");
        let quiet = NoDaemons::engage(&path).unwrap();
        assert_eq!(Command::new(&path).status().unwrap().code(), Some(101));
        drop(quiet);
        assert!(!path.exists());
    }

    #[test]
    fn a_policy_of_the_machines_own_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy-rc.d");
        fs::write(&path, "its own").unwrap();
        drop(NoDaemons::engage(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "its own");
    }
}
