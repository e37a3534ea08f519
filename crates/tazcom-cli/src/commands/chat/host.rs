//! The node that is talked with: one that runs, or one of our own.

use std::path::PathBuf;

use tazcom_node::Backend;

use super::door::Door;
use crate::args::{ChatArgs, Interfaces};
use crate::config_file::ConfigFile;
use crate::control::{self, AskError, Serving};
use crate::exit_code::Failure;
use crate::missing;
use crate::own_node::{Company, OwnNode, Wanted};

/// The node.
#[derive(Debug)]
pub(super) enum Host {
    /// It runs on this directory, and goes on.
    Running(PathBuf),
    /// It was started for this, and ends with it.
    Own {
        node: Box<OwnNode>,
        /// Others can ask it meanwhile, where it has a directory.
        serving: Option<Serving>,
        /// What did not go as it should.
        warnings: Vec<String>,
    },
}

impl Host {
    /// The node of a directory, or, without one, one that keeps nothing.
    pub(super) async fn reach(
        dir: Option<PathBuf>,
        file: &ConfigFile,
        args: &ChatArgs,
    ) -> Result<Self, Failure> {
        if let Some(dir) = &dir
            && is_running(dir).await?
        {
            return match args.for_a_new_node.as_slice() {
                [] => Ok(Self::Running(dir.clone())),
                flags => Err(too_late(dir, flags)),
            };
        }
        let start = &args.start;
        let interfaces = Interfaces {
            interface: start.interfaces.interface.clone(),
        };
        let interfaces = interfaces.or(file.interface.clone());
        let discovery = start.discovery.or(file.discovery);
        let backend = discovery.map_or(Backend::Native, Backend::from);
        let mut warnings = missing::texts(&interfaces, backend);
        let company = Company::Others {
            interfaces,
            peers: start.peer.clone(),
            wanted: Wanted {
                port: start.port,
                discovery,
                name: args.name.clone(),
            },
        };
        let node = match &dir {
            Some(dir) => OwnNode::start(dir, file, company).await?,
            None => OwnNode::ephemeral(company).await?,
        };
        let serving = node.serve().unwrap_or_else(|error| {
            warnings.push(format!(
                "Other commands cannot ask this node: {} in its data directory cannot be used: {error}",
                control::FILE_NAME
            ));
            None
        });
        Ok(Self::Own {
            node: Box::new(node),
            serving,
            warnings,
        })
    }

    /// The way to it.
    pub(super) fn door(&self) -> Door {
        match self {
            Self::Running(dir) => Door::Socket(dir.clone()),
            Self::Own { node, .. } => Door::Inside(node.node.clone()),
        }
    }

    pub(super) const fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// What did not go as it should when it was started.
    pub(super) fn warnings(&self) -> Vec<String> {
        match self {
            Self::Running(_) => Vec::new(),
            Self::Own { warnings, .. } => warnings.clone(),
        }
    }

    /// Ends it in order, if it is our own.
    pub(super) async fn end(self) {
        if let Self::Own { node, serving, .. } = self {
            drop(serving);
            node.end().await;
        }
    }
}

async fn is_running(dir: &std::path::Path) -> Result<bool, Failure> {
    let connected = control::connect(dir).await;
    Ok(connected.map_err(AskError::into_failure)?.is_some())
}

fn too_late(dir: &std::path::Path, flags: &[&str]) -> Failure {
    let flags: Vec<String> = flags.iter().map(|flag| format!("--{flag}")).collect();
    Failure::usage(anyhow::anyhow!(
        "a node runs on {} already, and {} would be for a new one: leave that out, or end that one \
         first",
        dir.display(),
        flags.join(" and ")
    ))
}
