//! A swarm where only loopback is up: no network card, no multicast flag, no route.

use std::process::Command;

use anyhow::Result;

use crate::{provision, shell, workspace};

/// Brings loopback up in the new namespace, then becomes the swarm.
const SCRIPT: &str = "ip link set lo up && exec \"$0\" swarm 3";

pub(super) fn run() -> Result<()> {
    let cli = workspace::release_cli()?;
    let own = workspace::own_program()?;
    if shell::find("ip").is_none() {
        return provision::missing("a swarm with loopback alone: there is no `ip` (iproute2)");
    }
    let Some(unshare) = namespace() else {
        return provision::missing("a swarm with loopback alone: no namespace may be made here");
    };
    let mut command = Command::new(unshare[0]);
    command
        .args(&unshare[1..])
        .args(["sh", "-c", SCRIPT])
        .arg(own);
    shell::run(command.env(workspace::CLI_VARIABLE, cli))
}

/// How a network namespace is made here: as root, else as root of one's own namespace.
fn namespace() -> Option<Vec<&'static str>> {
    [
        vec!["unshare", "--net"],
        vec!["unshare", "--map-root-user", "--net"],
    ]
    .into_iter()
    .find(|words| shell::succeeds(Command::new(words[0]).args(&words[1..]).arg("true")))
}
