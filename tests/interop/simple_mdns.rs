//! The opt-in backend on the library the design card names.

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Lan, Node, NodeCommand};

/// That library joins the group only where a route leads.
fn with_default_route(host: Host) -> Host {
    host.ip("route add default dev lan0");
    host
}

#[test]
fn two_nodes_on_simple_mdns_find_each_other() {
    if !lane::open(&[Lane::Namespaces]) {
        return;
    }
    let lan = Lan::new(1);
    let hosts = [1, 2].map(|last| with_default_route(lan.host(last)));
    let spawn = |name: &str, host: &Host| -> Node {
        NodeCommand::new(name).discovery("simple-mdns").spawn(host)
    };
    let mut anna = spawn("anna", &hosts[0]);
    let mut bert = spawn("bert", &hosts[1]);
    anna.meets(&mut bert);
}
