//! Whole nodes that talk, on loopback.

use std::time::Duration;

use tazcom_discovery::InterfaceFilter;
use tazcom_identity::SecretKey;
use tazcom_node::{
    Backend, Builder, ChatEvent, DisplayName, Event, Events, Line, MAX_KEPT_LEN, MAX_TEXT_LEN,
    MessageId, Node, Query, Refusal, RoomName, Storage, TalkError, Traced,
};

/// Stops a hang. Nothing here takes a tenth of it.
const DEADLINE: Duration = Duration::from_secs(30);

/// A node that is found by nobody, with the key of this seed.
async fn node(seed: u8, name: &str, storage: Storage, peers: &[&Node]) -> Node {
    start(builder(seed, name, storage), peers).await
}

async fn start(builder: Builder, peers: &[&Node]) -> Node {
    let addrs = peers.iter().map(|peer| peer.local_addrs()[0]);
    let builder = addrs.fold(builder, |builder, addr| builder.peer(addr));
    builder.start().await.expect("it starts")
}

fn builder(seed: u8, name: &str, storage: Storage) -> Builder {
    let loopback = InterfaceFilter::Only(vec!["lo".parse().unwrap()]);
    Node::builder(SecretKey::from_seed([seed; 32]))
        .interfaces(loopback)
        .discovery(Backend::None)
        .name(name)
        .storage(storage)
}

/// What the wanted event gives.
async fn wait_for<T>(
    events: &mut Events,
    what: &str,
    mut wanted: impl FnMut(&Event) -> Option<T>,
) -> T {
    let search = async {
        loop {
            let event = events.next().await.expect("the node has not ended");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    };
    match tokio::time::timeout(DEADLINE, search).await {
        Ok(found) => found,
        Err(_) => panic!("{what} did not come"),
    }
}

async fn line(events: &mut Events, wanted: &str) -> Line {
    lines(events, &[wanted]).await.remove(0)
}

/// Lines with these texts, in the order in which they are told.
async fn lines(events: &mut Events, wanted: &[&str]) -> Vec<Line> {
    let mut told = Vec::new();
    wait_for(events, "all lines", |event| {
        if let Event::Chat(chat) = event
            && let ChatEvent::Message { line, .. } = &**chat
            && wanted.contains(&line.text.as_str())
        {
            told.push((**line).clone());
        }
        (told.len() == wanted.len()).then_some(())
    })
    .await;
    told
}

async fn reached(events: &mut Events, wanted: MessageId, everybody: usize) {
    wait_for(events, "the receipts", |event| match event {
        Event::Chat(chat) => match &**chat {
            ChatEvent::Reach { id, reached, .. } if *id == wanted && *reached == everybody => {
                Some(())
            }
            _ => None,
        },
        _ => None,
    })
    .await;
}

async fn session(events: &mut Events) {
    wait_for(events, "a session", |event| {
        matches!(event, Event::SessionUp { .. }).then_some(())
    })
    .await;
}

async fn texts(node: &Node) -> Vec<String> {
    let history = node.history(Query::default()).await.expect("it is read");
    let lines = history.lines.iter();
    lines.map(|line| line.text.as_str().to_owned()).collect()
}

#[tokio::test]
async fn what_is_said_arrives_with_its_name_and_the_sender_learns_of_it() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    let bob = node(2, "bob", Storage::Memory, &[&ana]).await;
    let (mut at_ana, mut at_bob) = (ana.events(), bob.events());
    session(&mut at_ana).await;
    let id = ana
        .say(RoomName::lobby(), "hello\nyou", false)
        .await
        .unwrap();
    let line = line(&mut at_bob, "hello\nyou").await;
    assert_eq!((line.id, line.author.id(), line.own), (id, ana.id(), false));
    reached(&mut at_ana, id, 1).await;
}

#[tokio::test]
async fn a_message_crosses_a_node_that_has_not_joined_its_room_and_the_way_is_shown() {
    let gate = node(3, "gate", Storage::Memory, &[]).await;
    let ana = node(1, "ana", Storage::Memory, &[&gate]).await;
    let bob = node(2, "bob", Storage::Memory, &[&gate]).await;
    let stage: RoomName = "#stage".parse().unwrap();
    for node in [&ana, &bob] {
        node.join(stage.clone()).await.unwrap();
    }
    let (mut at_gate, mut at_ana, mut at_bob) = (gate.events(), ana.events(), bob.events());
    session(&mut at_ana).await;
    session(&mut at_bob).await;
    let id = ana.say(stage.clone(), "on in five", false).await.unwrap();
    let told = line(&mut at_bob, "on in five").await;
    assert_eq!((told.room, told.hops), (stage, 2));
    reached(&mut at_ana, id, 1).await;
    // What came by receipt is the way back.
    let present = ana.present().await.unwrap();
    let of = |id| present.iter().find(|one| one.who.id() == id).unwrap();
    assert!(of(gate.id()).direct);
    assert!(!of(bob.id()).direct);
    let via = of(bob.id()).via.as_ref().map(DisplayName::id);
    assert_eq!(via, Some(gate.id()));
    let members = ana.members("#stage".parse().unwrap()).await.unwrap();
    let members: Vec<_> = members.iter().map(DisplayName::id).collect();
    assert!(members.contains(&bob.id()) && !members.contains(&gate.id()));
    let way = ana.trace(bob.id(), DEADLINE).await.unwrap();
    assert_eq!(way, Traced::Reached(vec![ana.id(), gate.id(), bob.id()]));
    // The one between heard of the room and shows nothing of what is said there.
    wait_for(&mut at_gate, "word of the room", |event| match event {
        Event::Chat(chat) => match &**chat {
            ChatEvent::RoomSeen { room, .. } => (room.as_str() == "stage").then_some(()),
            ChatEvent::Message { .. } => panic!("a line of a room that is not joined"),
            _ => None,
        },
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn what_was_said_alone_is_there_after_a_restart_and_goes_to_whoever_comes() {
    let home = tempfile::tempdir().unwrap();
    let storage = || Storage::Directory(home.path().to_owned());
    let ana = node(1, "ana", storage(), &[]).await;
    for text in ["one", "two"] {
        ana.say(RoomName::lobby(), text, false).await.unwrap();
    }
    ana.rename("anna").await.unwrap();
    ana.shutdown().await;

    let ana = node(1, "", storage(), &[]).await;
    ana.say(RoomName::lobby(), "three", false).await.unwrap();
    assert_eq!(texts(&ana).await, ["one", "two", "three"]);
    let own = ana.names_of(vec![ana.id()]).await.unwrap();
    assert_eq!(own[0].name().map(|name| name.as_str()), Some("anna"));

    let bob = node(2, "bob", Storage::Memory, &[&ana]).await;
    let mut at_bob = bob.events();
    lines(&mut at_bob, &["one", "two", "three"]).await;
    assert_eq!(texts(&bob).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn what_is_exported_can_be_imported_and_reaches_others_from_there() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("kept.jsonl");
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    for text in ["one", "two"] {
        ana.say(RoomName::lobby(), text, false).await.unwrap();
    }
    assert_eq!(ana.export(Some(RoomName::lobby()), &file).await.unwrap(), 2);
    // What is there is not written over.
    assert!(matches!(
        ana.export(None, &file).await,
        Err(TalkError::File { .. })
    ));

    let bob = node(2, "bob", Storage::Memory, &[]).await;
    let zoe = node(3, "zoe", Storage::Memory, &[&bob]).await;
    let mut at_zoe = zoe.events();
    session(&mut at_zoe).await;
    let first = bob.import(&file).await.unwrap();
    assert_eq!((first.new, first.known, first.bad), (2, 0, 0));
    let again = bob.import(&file).await.unwrap();
    assert_eq!((again.new, again.known, again.bad), (0, 2, 0));
    let told = lines(&mut at_zoe, &["one", "two"]).await;
    assert!(told.iter().all(|line| line.author.id() == ana.id()));
}

#[tokio::test]
async fn what_was_missed_is_passed_on_by_whoever_has_just_got_it() {
    const MESSAGES: usize = 300;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("kept.jsonl");
    let max = node(9, "max", Storage::Memory, &[]).await;
    for number in 0..MESSAGES {
        let text = number.to_string();
        max.say(RoomName::lobby(), text, false).await.unwrap();
    }
    max.export(Some(RoomName::lobby()), &file).await.unwrap();
    max.shutdown().await;

    // On disk, so that what is passed on has to wait for it.
    let storage = |name: &str| Storage::Directory(home.path().join(name));
    for name in ["ana", "bob", "zoe"] {
        std::fs::create_dir(home.path().join(name)).unwrap();
    }
    // Zoe gets nothing from ana herself.
    let apart = tazcom_net::Config {
        blocked: [SecretKey::from_seed([3; 32]).node_id()].into(),
        ..tazcom_net::Config::lan()
    };
    let ana = start(builder(1, "ana", storage("ana")).network(apart), &[]).await;
    let bob = node(2, "bob", storage("bob"), &[&ana]).await;
    session(&mut bob.events()).await;
    let zoe = node(3, "zoe", storage("zoe"), &[&bob]).await;
    let mut at_zoe = zoe.events();
    session(&mut at_zoe).await;
    ana.import(&file).await.unwrap();
    let numbers: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    let wanted: Vec<&str> = numbers.iter().map(String::as_str).collect();
    lines(&mut at_zoe, &wanted).await;
}

#[tokio::test]
async fn a_name_is_told_to_everybody_and_so_is_a_new_one() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    let bob = node(2, "bob", Storage::Memory, &[&ana]).await;
    let mut at_bob = bob.events();
    for name in ["ana", "anna"] {
        wait_for(&mut at_bob, name, |event| match event {
            Event::Chat(chat) => match &**chat {
                ChatEvent::NameChanged { new, .. } => {
                    let told = new.name().map(|name| name.as_str());
                    (new.id() == ana.id() && told == Some(name)).then_some(())
                }
                _ => None,
            },
            _ => None,
        })
        .await;
        ana.rename("anna").await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_and_nothing_is_said() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    let stage: RoomName = "#stage".parse().unwrap();
    let refused = |result: Result<_, TalkError>| match result {
        Err(TalkError::Refused(why)) => why,
        other => panic!("it was not refused: {other:?}"),
    };
    let said = ana.say(stage.clone(), "hello", false).await.map(drop);
    assert_eq!(refused(said), Refusal::NotJoined { room: stage });
    let len = MAX_TEXT_LEN + 1;
    let said = ana.say(RoomName::lobby(), "a".repeat(len), false).await;
    assert_eq!(refused(said.map(drop)), Refusal::TextTooLong { len });
    assert_eq!(refused(ana.rename("system").await), Refusal::NameReserved);
    ana.say(RoomName::lobby(), "a".repeat(MAX_TEXT_LEN), false)
        .await
        .expect("it is as long as allowed");
    assert_eq!(texts(&ana).await.len(), 1);
}

#[tokio::test]
async fn a_room_is_joined_with_its_past_and_left_again() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    let bob = node(2, "bob", Storage::Memory, &[&ana]).await;
    let stage: RoomName = "#stage".parse().unwrap();
    let (mut at_ana, mut at_bob) = (ana.events(), bob.events());
    session(&mut at_ana).await;
    ana.join(stage.clone()).await.unwrap();
    ana.set_topic(stage.clone(), "who plays when")
        .await
        .unwrap();
    ana.say(stage.clone(), "first", false).await.unwrap();
    let topic = wait_for(&mut at_bob, "the topic", |event| match event {
        Event::Chat(chat) => match &**chat {
            ChatEvent::RoomSeen { topic, .. } => topic.clone(),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(topic.await.as_str(), "who plays when");
    ana.say(RoomName::lobby(), "after it", false).await.unwrap();
    line(&mut at_bob, "after it").await;

    let joined = |rooms: Vec<tazcom_node::RoomState>| {
        let joined = rooms.into_iter().filter(|state| state.joined);
        joined.map(|state| state.room).collect::<Vec<_>>()
    };
    bob.join(stage.clone()).await.unwrap();
    assert_eq!(
        joined(bob.rooms().await.unwrap()),
        [RoomName::lobby(), stage.clone()]
    );
    let query = Query {
        room: Some(stage.clone()),
        ..Query::default()
    };
    let history = bob.history(query).await.unwrap();
    assert_eq!(history.lines.len(), 1);
    bob.leave(stage).await.unwrap();
    assert_eq!(joined(bob.rooms().await.unwrap()), [RoomName::lobby()]);
}

#[tokio::test]
async fn a_peer_that_was_met_before_is_found_again_where_it_was() {
    let home = tempfile::tempdir().unwrap();
    let storage = || Storage::Directory(home.path().to_owned());
    let bob = node(2, "bob", Storage::Memory, &[]).await;
    let ana = node(1, "ana", storage(), &[&bob]).await;
    session(&mut ana.events()).await;
    // What is written in between is written before the end.
    ana.shutdown().await;
    let ana = node(1, "ana", storage(), &[]).await;
    session(&mut ana.events()).await;
    assert_eq!(ana.sessions()[0].id, bob.id());
}

#[tokio::test]
async fn peers_tell_each_other_of_peers() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    let bob = node(2, "bob", Storage::Memory, &[]).await;
    let (mut at_ana, mut at_bob) = (ana.events(), bob.events());
    let zoe = node(3, "zoe", Storage::Memory, &[&ana, &bob]).await;
    // Of zoe and of each other.
    for events in [&mut at_ana, &mut at_bob] {
        session(events).await;
        session(events).await;
    }
    let met = |node: &Node| {
        node.sessions()
            .iter()
            .map(|session| session.id)
            .collect::<Vec<_>>()
    };
    assert!(met(&ana).contains(&bob.id()));
    assert!(met(&bob).contains(&zoe.id()));
}

#[tokio::test]
async fn a_node_that_has_ended_says_so() {
    let ana = node(1, "ana", Storage::Memory, &[]).await;
    ana.shutdown().await;
    let said = ana.say(RoomName::lobby(), "too late", false).await;
    assert!(matches!(said, Err(TalkError::Ended)), "{said:?}");
    let read = ana.history(Query::default()).await;
    assert!(matches!(read, Err(TalkError::Ended)), "{read:?}");
}

#[tokio::test]
async fn what_is_kept_is_there_after_a_restart_and_lies_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let storage = || Storage::Directory(dir.path().to_owned());
    let ana = node(1, "ana", storage(), &[]).await;
    assert_eq!(ana.kept().await.unwrap(), None);
    ana.keep(b"an unfinished thought").await.unwrap();
    ana.keep(b"a finished thought").await.unwrap();
    let long = vec![b'x'; MAX_KEPT_LEN + 1];
    assert!(matches!(ana.keep(&long).await, Err(TalkError::Store(_))));
    ana.shutdown().await;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        let canary = b"finished thought";
        assert!(!bytes.windows(canary.len()).any(|part| part == canary));
    }
    let ana = node(1, "ana", storage(), &[]).await;
    let kept = ana.kept().await.unwrap();
    assert_eq!(
        kept.as_deref().map(Vec::as_slice),
        Some(&b"a finished thought"[..])
    );
}

#[tokio::test]
async fn what_a_room_is_about_is_known_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let storage = || Storage::Directory(dir.path().to_owned());
    let ana = node(1, "ana", storage(), &[]).await;
    for topic in ["tea", "soup"] {
        ana.set_topic(RoomName::lobby(), topic).await.unwrap();
        ana.say(RoomName::lobby(), topic, false).await.unwrap();
    }
    ana.shutdown().await;
    let ana = node(1, "ana", storage(), &[]).await;
    let rooms = ana.rooms().await.unwrap();
    let lobby = rooms.iter().find(|room| room.room == RoomName::lobby());
    let topic = lobby.and_then(|room| room.topic.as_ref());
    assert_eq!(topic.map(tazcom_node::DisplayText::as_str), Some("soup"));
    assert_eq!(texts(&ana).await, ["tea", "soup"]);
}
