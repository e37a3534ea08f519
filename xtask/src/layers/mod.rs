//! `layers`: who may depend on whom. The table is the architecture; prose alone does not hold it.

mod graph;
mod table;
#[cfg(test)]
mod tests;

use anyhow::{Result, bail};

use self::graph::violations;
use crate::workspace;

/// Prints the graph and fails on every edge that the table does not have.
pub(crate) fn run() -> Result<()> {
    let graph = graph::of_workspace(&workspace::members()?);
    graph::print(&graph);
    let found = violations(&graph);
    if !found.is_empty() {
        bail!(
            "the dependency graph breaks its table:\n  {}",
            found.join("\n  ")
        );
    }
    Ok(())
}
