//! Where something is said.

use tazcom_chat::DisplayText;
use tazcom_tui::{Conversation, Fate, KeyCode, News, Place, Said, SaidId, Standing};

use crate::people::{
    alone, ana, bob, conversation, ops, own, private, room, said, said_in, three_peers, zoe,
};
use crate::said::{delivered, talking};
use crate::snapshot::compare;

#[test]
fn empty_and_alone() {
    compare("empty_and_alone", |chat| {
        chat.ready().news(alone());
    });
}

#[test]
fn many_rooms() {
    compare("many_rooms", |chat| {
        chat.ready().news(three_peers());
        for n in 0..40 {
            chat.news(News::Conversation(conversation(room(&format!(
                "#room{n:02}"
            )))));
        }
        for who in [ana(), zoe()] {
            chat.news(News::Conversation(Conversation {
                name: who.name().map(|name| DisplayText::line(name.as_str(), 24)),
                ..conversation(Place::Person(who.id()))
            }));
        }
        chat.news(News::Conversation(private()));
        chat.news(News::Conversation(Conversation {
            name: Some(DisplayText::line("a rather long name of a room", 40)),
            standing: Standing::Invited,
            ..conversation(Place::Private(tazcom_proto::inner::SealedRoomId([8; 16])))
        }));
        chat.enter("/join #room17");
        for (n, who) in [(2, ana()), (5, bob()), (16, ana()), (39, bob())] {
            let room = room(&format!("#room{n:02}"));
            chat.news(News::Said(said_in(room, 1, who, "hello")));
        }
        chat.news(News::Said(said_in(
            Place::Person(zoe().id()),
            2,
            zoe(),
            "psst",
        )));
    });
}

#[test]
fn something_is_unread_elsewhere_and_here() {
    compare("unread", |chat| {
        chat.ready().news(three_peers());
        chat.news(News::Conversation(conversation(room("#east"))));
        chat.news(News::Conversation(conversation(room("#west"))));
        chat.news(News::Conversation(conversation(Place::Person(zoe().id()))));
        for minute in 0..3 {
            chat.news(News::Said(said(minute, ana(), "already read")));
        }
        chat.alt('2').typed("/mute").key(KeyCode::Enter);
        for minute in 4..6 {
            chat.news(News::Said(said(minute, bob(), "new in the lobby")));
        }
        chat.alt('3');
        let mention = Said {
            mentions_us: true,
            ..said_in(room("#east"), 7, ana(), "me: muted, but it is for you")
        };
        chat.news(News::Said(said_in(room("#east"), 6, ana(), "muted")));
        chat.news(News::Said(mention));
        chat.news(News::Said(said_in(
            Place::Person(zoe().id()),
            8,
            zoe(),
            "psst",
        )));
        chat.alt('1');
        chat.news(News::Said(said_in(room("#west"), 9, bob(), "one")));
        chat.news(News::Said(said_in(room("#west"), 10, bob(), "two")));
    });
}

#[test]
fn a_private_room() {
    compare("private_room", |chat| {
        talking(chat);
        chat.news(News::Conversation(private()));
        let theirs = Said {
            key_from: Some(zoe()),
            ..said_in(ops(), 4, bob(), "the second one makes a noise")
        };
        let ours = Said {
            place: ops(),
            id: SaidId("private own".into()),
            ..own(5, "I go and look", delivered(2, 2))
        };
        chat.news(News::Said(theirs));
        chat.alt('2').news(News::Said(ours));
        chat.key(KeyCode::F(4));
    });
}

#[test]
fn a_direct_message() {
    compare("direct_message", |chat| {
        talking(chat);
        let with = Place::Person(bob().id());
        chat.news(News::Conversation(Conversation {
            name: Some(DisplayText::line("bob", 24)),
            ..conversation(with.clone())
        }));
        chat.news(News::Said(said_in(
            with.clone(),
            4,
            bob(),
            "are you coming?",
        )));
        chat.alt('2');
        let of_ours = |minute, words, fate| Said {
            place: with.clone(),
            id: SaidId(format!("direct own {minute}").into()),
            ..own(minute, words, fate)
        };
        chat.news(News::Said(of_ours(5, "in ten minutes", Fate::Delivered)));
        chat.news(News::Said(of_ours(6, "where are you?", Fate::Expired)));
        chat.typed("I bring the cable\nand a torch");
    });
}
