//! The dependency edges of the workspace, and those that the table forbids.

use cargo_metadata::{DependencyKind, Metadata};

use super::table::{LAYERS, Layer, SECRETS};

/// One member naming another crate in its manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) kind: Kind,
    pub(super) to: String,
}

/// Why a crate is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Normal,
    Build,
    Dev,
}

/// The members of the workspace and the edges out of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub(super) members: Vec<String>,
    pub(super) edges: Vec<Edge>,
}

/// The graph that the manifests draw, sorted.
pub(super) fn of_workspace(metadata: &Metadata) -> Graph {
    let mut members = Vec::new();
    let mut edges = Vec::new();
    for package in metadata.workspace_packages() {
        members.push(package.name.to_string());
        for dependency in &package.dependencies {
            let kind = match dependency.kind {
                DependencyKind::Development => Kind::Dev,
                DependencyKind::Build => Kind::Build,
                // Whatever kind a later cargo invents is judged as strictly as any.
                _ => Kind::Normal,
            };
            let (from, to) = (package.name.to_string(), dependency.name.clone());
            edges.push(Edge { from, kind, to });
        }
    }
    edges.sort();
    edges.dedup();
    Graph { members, edges }
}

/// What the table says against the graph, one line each.
pub(super) fn violations(graph: &Graph) -> Vec<String> {
    let strangers = graph
        .members
        .iter()
        .filter(|member| layer(member).is_none());
    strangers
        .map(|member| format!("{member} has no row in the table"))
        .chain(graph.edges.iter().filter_map(violation))
        .collect()
}

fn violation(Edge { from, kind, to }: &Edge) -> Option<String> {
    let layer = layer(from)?;
    if self::layer(to).is_some() || to.starts_with("tazcom") {
        let in_tests = *kind == Kind::Dev && layer.tests_use.contains(&to.as_str());
        let allowed = layer.uses.contains(&to.as_str()) || in_tests;
        return (!allowed).then(|| format!("{from} may not use {to} ({})", kind.word()));
    }
    let secret = SECRETS.iter().find(|secret| secret.name == to)?;
    let known = secret.known_to.contains(&from.as_str());
    (!known).then(|| {
        let owners = secret.known_to.join(", ");
        format!(
            "{from} may not use {to} ({}): only {owners} may",
            kind.word()
        )
    })
}

/// Prints each member with the members it uses, lowest layer first.
pub(super) fn print(graph: &Graph) {
    for layer in LAYERS {
        let used = |kind: Kind| {
            let edges = graph.edges.iter();
            let edges = edges.filter(move |edge| edge.from == layer.name && edge.kind == kind);
            edges
                .map(|edge| edge.to.as_str())
                .filter(|to| self::layer(to).is_some())
        };
        let normal: Vec<&str> = used(Kind::Normal).chain(used(Kind::Build)).collect();
        let dev: Vec<&str> = used(Kind::Dev).filter(|to| !normal.contains(to)).collect();
        let mut line = format!("{:<17} <- {}", layer.name, list(&normal));
        if !dev.is_empty() {
            line.push_str(&format!("  (tests: {})", list(&dev)));
        }
        println!("{line}");
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing of ours".into()
    } else {
        names.join(", ")
    }
}

fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Normal => "in the product",
            Self::Build => "in its build script",
            Self::Dev => "in its tests",
        }
    }
}
