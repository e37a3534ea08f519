//! Joins a room and says again what others say there.
//!
//! `cargo run --package tazcom-node --example echo -- '#parrots'`

use tazcom_identity::SecretKey;
use tazcom_node::{ChatEvent, Event, Node, RoomName};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room: RoomName = std::env::args()
        .nth(1)
        .as_deref()
        .unwrap_or("#lobby")
        .parse()?;
    let node = Node::builder(SecretKey::generate()?)
        .name("parrot")
        .start()
        .await?;
    node.join(room.clone()).await?;
    let mut events = node.events();
    while let Some(event) = events.next().await {
        let Event::Chat(chat) = event else { continue };
        if let ChatEvent::Message { line, .. } = *chat
            && line.room == room
            && !line.own
            // Two parrots would never stop.
            && !line.text.as_str().contains(" says: ")
        {
            let words = format!("{} says: {}", line.author, line.text);
            node.say(room.clone(), words, false).await?;
        }
    }
    Ok(())
}
