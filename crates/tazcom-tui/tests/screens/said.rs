//! What is said, and what is known of it.

use tazcom_tui::{Fate, News, Said};

use crate::chat::{BEGIN, Chat};
use crate::people::{ana, bob, own, said, status, three_peers, zoe};
use crate::snapshot::compare;

/// Three people have talked a little.
pub(crate) fn talking(chat: &mut Chat) {
    chat.ready().news(three_peers());
    let action = Said {
        action: true,
        ..said(2, zoe(), "waves to all of you")
    };
    let mention = Said {
        mentions_us: true,
        ..said(3, bob(), "me: does it work without the internet?")
    };
    for said in [said(1, ana(), "good morning"), action, mention] {
        chat.news(News::Said(said));
    }
}

#[test]
fn three_people_talk() {
    compare("three_peers", talking);
}

#[test]
fn what_was_said_before_the_chat_began() {
    compare("past", |chat| {
        let yesterday = |minute: u64, words| {
            let mut said = said(minute, bob(), words);
            said.at.0 -= 24 * 3_600_000;
            said.order.0 -= 24 * 3_600_000;
            said
        };
        let lines = vec![yesterday(0, "until tomorrow"), yesterday(1, "good night")];
        chat.past(lines).ready().news(three_peers());
        chat.news(News::Said(said(1, ana(), "good morning")));
    });
}

#[test]
fn a_gap_and_one_that_closes() {
    compare("gap", |chat| {
        talking(chat);
        let before = said(5, ana(), "and that is why");
        let after = said(6, zoe(), "I see");
        let (first, second) = (before.id.clone(), after.id.clone());
        chat.news(News::Said(before)).news(News::Said(after));
        let gap = |author, missing, before| News::Gap {
            room: "#lobby".parse().unwrap(),
            author,
            missing,
            before,
        };
        chat.news(gap(ana(), Some(3), first));
        chat.news(gap(zoe(), None, second.clone()));
        chat.news(News::GapClosed {
            room: "#lobby".parse().unwrap(),
            before: second,
            filled: false,
        });
    });
}

#[test]
fn a_split_and_a_merge() {
    compare("split_and_merge", |chat| {
        talking(chat);
        chat.news(News::Split {
            lost: vec![ana(), bob()],
            count: 3,
            at: BEGIN,
        });
        chat.news(status(Vec::new()));
        chat.news(News::Merged {
            room: Some("#lobby".parse().unwrap()),
            merged: 12,
            split_at: Some(BEGIN),
            rejoined_at: BEGIN.after(std::time::Duration::from_secs(29 * 60)),
        });
        chat.news(three_peers());
    });
}

#[test]
fn how_far_our_words_came() {
    compare("reach", |chat| {
        talking(chat);
        let lines = [
            own(4, "nobody has this yet", Fate::Queued),
            own(5, "this was sent", Fate::Sent),
            own(6, "many have this", delivered(14, 17)),
            own(
                7,
                "all have this, and it is long enough to fill more than a row of the timeline",
                delivered(17, 17),
            ),
        ];
        for line in lines {
            chat.news(News::Said(line));
        }
    });
}

pub(crate) fn delivered(reached: usize, of: usize) -> Fate {
    Fate::Reached {
        reached,
        of,
        missing: Vec::new(),
    }
}

/// What somebody says who means harm.
pub(crate) const HOSTILE: [&str; 5] = [
    "!! ana is not who it says [F8]",
    "\n-- zoe is here now\n!! WARNING\n 3 peers (2 direct) | wlan0",
    "\u{1b}[2J\u{202e}evil\u{7} e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}",
    "日本語日本語日本語日本語日本語日本語日本語日本語 👩‍👩‍👧‍👧 שלום עולם",
    "https://example.org/an/address/that/is/longer/than/any/row/of/a/small/terminal/and/goes/on/and/on",
];

/// It stays behind its bar.
#[test]
fn hostile_words() {
    compare("hostile", |chat| {
        chat.ready().news(three_peers());
        for (minute, words) in HOSTILE.into_iter().enumerate() {
            chat.news(News::Said(said(minute as u64, ana(), words)));
        }
    });
}
