//! One conversation as it is shown.

use super::timeline::Timeline;
use crate::news::{Conversation, Order, Standing};
use crate::place::Place;

/// A conversation as it is shown.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) about: Conversation,
    pub(crate) timeline: Timeline,
    /// What others have said since it was read.
    pub(crate) unread: u64,
    /// Of these, what names us; in private all of it.
    pub(crate) mentions: u64,
    /// Up to where it is read.
    pub(crate) read: Option<Order>,
    /// Up to where it was read when it was opened: the marker stands behind it.
    pub(crate) marker: Option<Order>,
    pub(crate) muted: bool,
    /// What was typed and not sent while another one is open.
    pub(crate) draft: String,
    pub(crate) scroll: Scroll,
    pub(crate) past: Past,
}

impl Talk {
    /// Nothing has been said in it.
    pub(crate) fn new(about: Conversation) -> Self {
        Self {
            about,
            timeline: Timeline::default(),
            unread: 0,
            mentions: 0,
            read: None,
            marker: None,
            muted: false,
            draft: String::new(),
            scroll: Scroll::default(),
            past: Past::default(),
        }
    }

    /// A conversation of which nothing is known but where it is.
    pub(crate) fn of(place: Place) -> Self {
        Self::new(Conversation {
            place,
            name: None,
            topic: None,
            standing: Standing::In,
            members: Vec::new(),
            passphrase: false,
        })
    }

    pub(crate) fn place(&self) -> &Place {
        &self.about.place
    }

    /// Whether something new in it does not call the user. Somebody who writes to us alone always does.
    pub(crate) fn is_quiet(&self) -> bool {
        self.muted && !matches!(self.about.place, Place::Person(_))
    }

    /// Takes it as read up to there.
    pub(crate) fn read_up_to(&mut self, order: Order) {
        self.read = self.read.max(Some(order));
    }

    /// Follows items that came in before this place.
    pub(crate) fn shift_scroll(&mut self, at: usize, by: usize) {
        if let Scroll::At { index, .. } = &mut self.scroll
            && at <= *index
        {
            *index += by;
        }
    }

    /// Follows the loss of one item.
    pub(crate) fn unshift_scroll(&mut self, at: usize) {
        if let Scroll::At { index, row } = &mut self.scroll {
            match at.cmp(index) {
                std::cmp::Ordering::Less => *index -= 1,
                std::cmp::Ordering::Equal => *row = 0,
                std::cmp::Ordering::Greater => {}
            }
            if *index >= self.timeline.items.len() {
                self.scroll = Scroll::End;
            }
        }
    }
}

/// What of the timeline is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// Its end, whatever comes.
    #[default]
    End,
    /// The lowest row that is seen is this row of this item; insertions before it move the index.
    At {
        /// Its place in the timeline.
        index: usize,
        /// Which of its rows, from 0.
        row: usize,
    },
}

/// What is known of what was said before what is in the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Past {
    /// Nobody has asked.
    #[default]
    Unknown,
    /// Asked for.
    Asked,
    /// There may be more.
    More,
    /// There is none.
    Complete,
}
