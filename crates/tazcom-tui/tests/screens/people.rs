//! Who there is, and what they say.

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_proto::inner::SealedRoomId;
use tazcom_testkit::fixed_id;
use tazcom_tui::{
    Conversation, Fate, Member, News, Order, Place, Presence, Present, Said, SaidId, Standing,
    Status, Trust,
};

use crate::chat::BEGIN;

pub(crate) fn me() -> DisplayName {
    called(0, "me")
}

pub(crate) fn ana() -> DisplayName {
    called(1, "ana")
}

pub(crate) fn bob() -> DisplayName {
    called(2, "bob")
}

pub(crate) fn zoe() -> DisplayName {
    called(3, "zoe")
}

/// Somebody with the name of ana, or one that looks like it.
pub(crate) fn doubtful(n: u32, name: &str) -> DisplayName {
    DisplayName::told(fixed_id(n), Some(name), true)
}

fn called(n: u32, name: &str) -> DisplayName {
    DisplayName::told(fixed_id(n), Some(name), false)
}

pub(crate) fn room(name: &str) -> Place {
    Place::Room(name.parse().expect("the name of a room"))
}

pub(crate) fn ops() -> Place {
    Place::Private(SealedRoomId([7; 16]))
}

pub(crate) fn lobby() -> Conversation {
    conversation(room("#lobby"))
}

pub(crate) fn conversation(place: Place) -> Conversation {
    Conversation {
        place,
        name: None,
        topic: None,
        standing: Standing::In,
        members: Vec::new(),
        passphrase: false,
    }
}

/// The private room of the three.
pub(crate) fn private() -> Conversation {
    let member = |who, admin| Member { who, admin };
    Conversation {
        name: Some(DisplayText::line("ops", 24)),
        topic: Some(DisplayText::line("the machines in the cellar", 80)),
        members: vec![
            member(me(), true),
            member(bob(), false),
            member(zoe(), true),
        ],
        ..conversation(ops())
    }
}

/// Ana beside us, bob beside us and verified, zoe behind bob.
pub(crate) fn three_peers() -> News {
    status(vec![
        present(ana(), Presence::Direct, Trust::Known),
        present(bob(), Presence::Direct, Trust::Verified),
        present(zoe(), Presence::Via(Some(bob())), Trust::New),
    ])
}

pub(crate) fn present(who: DisplayName, presence: Presence, trust: Trust) -> Present {
    Present {
        who,
        presence,
        trust,
    }
}

pub(crate) fn status(present: Vec<Present>) -> News {
    News::Status(Status {
        interfaces: vec!["wlan0".to_owned(), "eth0".to_owned()],
        present,
        tried: Vec::new(),
        verified: std::collections::BTreeSet::new(),
        listens: vec!["192.168.1.9:4711".to_owned()],
        heard: Vec::new(),
    })
}

/// Nobody is there.
pub(crate) fn alone() -> News {
    News::Status(Status {
        interfaces: vec!["wlan0".to_owned()],
        present: Vec::new(),
        tried: vec![
            "asked 14 times by mDNS on wlan0 (192.168.1.9); nobody answered".to_owned(),
            "no address to call was given with --peer".to_owned(),
        ],
        listens: vec!["192.168.1.9:4711".to_owned()],
        heard: Vec::new(),
        verified: std::collections::BTreeSet::new(),
    })
}

/// A line in the lobby, so many minutes after the beginning.
pub(crate) fn said(minute: u64, author: DisplayName, words: &str) -> Said {
    said_in(room("#lobby"), minute, author, words)
}

pub(crate) fn said_in(place: Place, minute: u64, author: DisplayName, words: &str) -> Said {
    let at = BEGIN.0 + minute * 60_000;
    Said {
        id: SaidId(format!("{place} {minute} {}", author.id()).into()),
        place,
        author,
        text: DisplayText::new(words),
        action: false,
        at: tazcom_proto::UnixMillis(at),
        order: Order(at, 0),
        own: false,
        mentions_us: false,
        fate: None,
        key_from: None,
    }
}

/// A line of ours in the lobby.
pub(crate) fn own(minute: u64, words: &str, fate: Fate) -> Said {
    Said {
        own: true,
        fate: Some(fate),
        ..said(minute, me(), words)
    }
}
