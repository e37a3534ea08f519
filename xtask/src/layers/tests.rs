//! The table itself, made-up graphs, and the graph of this workspace.

use super::graph::{self, Edge, Graph, Kind};
use super::table::{LAYERS, SECRETS};
use crate::workspace;

fn edge(from: &str, kind: Kind, to: &str) -> Edge {
    Edge {
        from: from.into(),
        kind,
        to: to.into(),
    }
}

fn violations(edges: &[Edge]) -> Vec<String> {
    graph::violations(&Graph {
        members: Vec::new(),
        edges: edges.to_vec(),
    })
}

#[test]
fn the_workspace_keeps_to_its_table() {
    let found = graph::violations(&graph::of_workspace(&workspace::members().unwrap()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_edge_downwards_is_allowed() {
    let edges = [
        edge("tazcom-node", Kind::Normal, "tazcom-net"),
        edge("tazcom-proto", Kind::Normal, "tazcom-identity"),
        edge("tazcom-discovery", Kind::Dev, "tazcom-testkit"),
        edge("tazcom-net", Kind::Normal, "tokio"),
        edge("tazcom-proto", Kind::Normal, "bytes"),
    ];
    assert_eq!(violations(&edges), Vec::<String>::new());
}

#[test]
fn an_edge_upwards_or_sideways_is_refused() {
    for (from, to) in [
        ("tazcom-identity", "tazcom-proto"),
        ("tazcom-net", "tazcom-discovery"),
        ("tazcom-discovery", "tazcom-net"),
        ("tazcom-testkit", "tazcom-discovery"),
        ("tazcom-cli", "tazcom-net"),
        ("xtask", "tazcom-proto"),
    ] {
        for kind in [Kind::Normal, Kind::Build, Kind::Dev] {
            let found = violations(&[edge(from, kind, to)]);
            assert_eq!(found.len(), 1, "{from} -> {to} as {kind:?}: {found:?}");
        }
    }
}

#[test]
fn a_test_double_stays_out_of_the_product() {
    assert_eq!(
        violations(&[edge("tazcom-net", Kind::Normal, "tazcom-testkit")]),
        ["tazcom-net may not use tazcom-testkit (in the product)"]
    );
}

#[test]
fn a_secret_is_kept_even_from_tests() {
    assert_eq!(
        violations(&[edge("tazcom-proto", Kind::Dev, "simple-mdns")]),
        ["tazcom-proto may not use simple-mdns (in its tests): only tazcom-discovery may"]
    );
    assert_eq!(
        violations(&[edge("tazcom-identity", Kind::Normal, "tokio")]).len(),
        1
    );
    assert_eq!(
        violations(&[edge("tazcom-node", Kind::Normal, "clap")]).len(),
        1
    );
}

#[test]
fn a_member_without_a_row_is_refused() {
    let newcomer = Graph {
        members: vec!["tazcom-new".into()],
        edges: Vec::new(),
    };
    assert_eq!(
        graph::violations(&newcomer),
        ["tazcom-new has no row in the table"]
    );
    assert_eq!(
        violations(&[edge("tazcom-node", Kind::Normal, "tazcom-new")]).len(),
        1
    );
}

#[test]
fn the_table_has_no_cycle_and_names_only_its_own_rows() {
    for (place, layer) in LAYERS.iter().enumerate() {
        for used in layer.uses {
            let lower = LAYERS[..place].iter().any(|below| below.name == *used);
            assert!(lower, "{} uses {used}, which is not below it", layer.name);
        }
        for used in layer.tests_use {
            assert!(
                LAYERS.iter().any(|row| row.name == *used),
                "{used} has no row"
            );
        }
    }
    for secret in SECRETS {
        for owner in secret.known_to {
            assert!(
                LAYERS.iter().any(|row| row.name == *owner),
                "{owner} has no row"
            );
        }
    }
}
