//! Two people who talk, and a stranger who would rather they did not.

use std::net::SocketAddr;

use tazcom_tests::session::{Stranger, Talk};
use tazcom_tests::{Event, Host, Node, SOON, User};

use super::LOOPBACK;

const LOBBY: &str = "#lobby";
/// Most memory a node may hold that everybody talks to at once.
const MEMORY_LIMIT_KIB: u64 = 200 * 1024;

/// A victim and somebody honest it talks with.
pub(super) struct Conversation {
    pub(super) host: Host,
    pub(super) victim: User,
    pub(super) node: Node,
    pub(super) friend: User,
    pub(super) friends_node: Node,
    pub(super) addr: SocketAddr,
    said: Vec<String>,
}

impl Conversation {
    pub(super) fn new() -> Self {
        let host = Host::loopback();
        let victim = User::on_loopback("victim", &host);
        let friend = User::on_loopback("friend", &host);
        let (mut node, mut friends_node) = (victim.runs(), friend.runs());
        node.is_in_session_with(friends_node.id());
        friends_node.is_in_session_with(node.id());
        let addr = node.at(LOOPBACK);
        let mut scene = Self {
            host,
            victim,
            node,
            friend,
            friends_node,
            addr,
            said: Vec::new(),
        };
        // From the first message on they are neighbours in the tree.
        scene.is_well();
        scene
    }

    /// A stranger with a session, who is a neighbour in the tree.
    pub(super) fn neighbour(&self, number: u64) -> Talk {
        let mut talk = Stranger::new(number).call(&self.host, self.addr);
        talk.links(SOON);
        talk
    }

    /// Waits until both show a message.
    pub(super) fn hears(&mut self, id: &str) -> Event {
        let mut shown = None;
        for node in [&mut self.friends_node, &mut self.node] {
            shown = Some(node.wait_for(&format!("the message {id}"), SOON, |event| {
                event.name() == "message" && event.text("id") == id
            }));
        }
        shown.unwrap()
    }

    /// The session is ended by the node.
    pub(super) fn throws_out(&mut self, mut talk: Talk, stranger: &Stranger) {
        let end = talk.ends(SOON);
        // Its end waits for ours.
        drop(talk);
        let down = self.node.says("session_down", &stranger.id(), SOON);
        assert!(!down.text("reason").is_empty(), "{down}: {end:?}");
    }

    /// What the two say to each other arrives, they have kept their session, and are small.
    pub(super) fn is_well(&mut self) {
        for from_friend in [false, true] {
            let text = format!("honest {}", self.said.len());
            let speaker = if from_friend {
                &self.friend
            } else {
                &self.victim
            };
            let id = speaker.says(LOBBY, &text);
            self.said.push(text);
            self.hears(&id);
        }
        let friend = self.friends_node.id().to_owned();
        let lost = self
            .node
            .count(|event| event.is_about("session_down", &friend));
        assert_eq!(lost, 0, "{}", self.node.account());
        for node in [&self.node, &self.friends_node] {
            let peak = node.usage().peak_resident_kib;
            assert!(peak < MEMORY_LIMIT_KIB, "{peak} KiB{}", node.account());
        }
    }

    /// Both have shown and kept these texts of strangers, each once, beside what is honest.
    pub(super) fn has_shown(&mut self, texts: &[&str]) {
        let mut expected: Vec<&str> = self.said.iter().map(String::as_str).collect();
        expected.extend(texts);
        expected.sort_unstable();
        for (user, node) in [
            (&self.victim, &mut self.node),
            (&self.friend, &mut self.friends_node),
        ] {
            let messages = node.events().iter();
            let messages = messages.filter(|event| event.name() == "message");
            let mut shown: Vec<&str> = messages.map(|event| event.text("text")).collect();
            shown.sort_unstable();
            assert_eq!(shown, expected, "shown by {}", user.name());
            let history = user.history(LOBBY);
            let mut kept: Vec<&str> = history.iter().map(|event| event.text("text")).collect();
            kept.sort_unstable();
            assert_eq!(kept, expected, "kept by {}", user.name());
        }
    }
}
