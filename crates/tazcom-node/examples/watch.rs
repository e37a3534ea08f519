//! A node in ten lines: prints who comes, who greets and who leaves, until Ctrl-C.

use tazcom_identity::SecretKey;
use tazcom_node::{Event, Node};

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let node = Node::builder(SecretKey::generate()?).start().await?;
    let mut events = node.events();
    while let Some(event) = tokio::select! {
        event = events.next() => event,
        _ = tokio::signal::ctrl_c() => None,
    } {
        match event {
            Event::PeerDiscovered(peer) => println!("{} is here", peer.id),
            Event::HelloReceived { from, .. } => println!("{from} says hello"),
            Event::PeerRemoved { id, .. } => println!("{id} is gone"),
            _ => {}
        }
    }
    node.shutdown().await;
    Ok(())
}
