//! Models to be drawn.

use jiff::tz::TimeZone;
use tazcom_chat::DisplayName;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::SealedRoomId;

use super::{NOON, called, lobby};
use crate::model::{Alert, Entry, Item, Look, Model, Talk};
use crate::news::{
    Conversation, Member, Order, Presence, Present, Said, Standing, Status, Trust, Weight,
};
use crate::place::Place;
use crate::settings::{Settings, Theme};

/// A model in the making.
pub(super) struct Scene {
    pub(super) model: Model,
}

impl Scene {
    /// The lobby, with nobody in it.
    pub(super) fn new(width: u16, height: u16) -> Self {
        let model = Model {
            me: Some(called(0, "me")),
            ready: true,
            ended: false,
            attached: false,
            status: Status {
                interfaces: vec!["wlan0".to_owned()],
                ..Status::default()
            },
            queued: 0,
            now: NOON,
            zone: TimeZone::UTC,
            size: (width, height),
            look: Look {
                settings: Settings::default(),
                colour: true,
                unicode: true,
            },
            talks: vec![talk(lobby())],
            current: 0,
            folds: crate::model::Folds::default(),
            alerts: std::collections::VecDeque::new(),
            overlay: None,
            editor: crate::model::Editor::default(),
            palette: None,
            complaint: None,
        };
        Self { model }
    }

    pub(super) fn look(mut self, theme: Theme, ascii: bool) -> Self {
        self.model.look.settings.theme = theme;
        self.model.look.settings.ascii = ascii;
        self
    }

    pub(super) fn present(mut self, who: DisplayName, presence: Presence) -> Self {
        self.model.status.present.push(Present {
            who,
            presence,
            trust: Trust::Known,
        });
        self
    }

    pub(super) fn said(self, said: Said) -> Self {
        let order = said.order;
        self.item(order, Entry::Said(Box::new(said)))
    }

    pub(super) fn note(self, weight: Weight, text: &str) -> Self {
        let entry = Entry::Note {
            at: NOON,
            weight,
            text: text.to_owned(),
        };
        self.item(Order(NOON.0, 0), entry)
    }

    pub(super) fn item(mut self, order: Order, entry: Entry) -> Self {
        let talk = &mut self.model.talks[self.model.current];
        push(talk, Item { order, entry });
        self
    }

    pub(super) fn alert(mut self, text: &str) -> Self {
        let text = text.to_owned();
        self.model.alerts.push_back(Alert { text, key: None });
        self
    }

    pub(super) fn typed(mut self, text: &str) -> Self {
        text.clone_into(&mut self.model.editor.text);
        self.model.editor.cursor = text.len();
        self
    }

    /// A conversation more, which is not opened.
    pub(super) fn talk(mut self, place: Place) -> Self {
        self.model.talks.push(talk(place));
        self
    }

    /// Words, people and rooms of somebody who means harm.
    pub(super) fn hostile(self) -> Self {
        let mut scene = self
            .present(called(1, "日本語の名前は長いです"), Presence::Direct)
            .present(called(2, "שלום"), Presence::Via(Some(called(1, "ana"))))
            .talk(Place::Private(SealedRoomId([7; 16])))
            .talk(Place::Person(called(1, "ana").id()));
        for (at, words) in HOSTILE.iter().enumerate() {
            let mut said = super::said(at as u64, called(at as u32, HOSTILE_NAMES[at % 5]), words);
            said.action = at % 3 == 1;
            said.mentions_us = at % 2 == 1;
            scene = scene.said(said);
        }
        let long = "line\n".repeat(300);
        let last = super::said(90, called(1, "ana"), &long);
        scene.said(last).typed("日本語👩‍👩‍👧‍👧\n\u{301}x\n")
    }
}

/// What somebody who means harm says.
pub(super) const HOSTILE: [&str; 9] = [
    "!! somebody is not who it says [F8]",
    "\n-- ana is here now\n!! WARNING\n 3 peers (2 direct) | wlan0",
    "👩‍👩‍👧‍👧🇩🇪❤️👍🏽 wide 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
    "\u{301}\u{302}\u{303}combining at once, e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}",
    "\u{202e}evil\u{202c} \u{1b}[31m red \u{7} שלום עולם مرحبا بالعالم",
    "https://example.org/a/very/long/address/without/any/blank/in/it/that/goes/on/and/on/and/on/and/on/and/on",
    "क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्क्",
    "                                                                                         far",
    "ﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟﾞﾟ",
];

/// What somebody who means harm is called.
pub(super) const HOSTILE_NAMES: [&str; 5] = [
    "--          a",
    "!!!!!!!!!!!!!!!!!!!!!!!1",
    "日本語日本語日本語日本語",
    "14:02 ana │ x",
    "\u{202e}bob",
];

fn talk(place: Place) -> Talk {
    let mut talk = Talk::new(about(place));
    talk.past = crate::model::Past::Complete;
    talk
}

fn push(talk: &mut Talk, item: Item) {
    talk.timeline.items.push_back(item);
}

fn about(place: Place) -> Conversation {
    Conversation {
        place,
        name: None,
        topic: None,
        standing: Standing::In,
        members: vec![Member {
            who: called(3, "zoe"),
            admin: true,
        }],
        passphrase: false,
    }
}

/// Says when something was, so many seconds after the first.
pub(super) const fn second(n: u64) -> UnixMillis {
    UnixMillis(NOON.0 + n * 1000)
}
