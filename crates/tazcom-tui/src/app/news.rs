//! What is told by the node.

use std::time::Duration;

use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;

use super::App;
use crate::ask::Answer;
use crate::model::{Past, Talk};
use crate::news::{News, Standing, Status, Trust, Weight};
use crate::place::Place;

/// People who are there and are shown.
const MAX_PRESENT: usize = 4096;

/// Interfaces, addresses and hints of a status.
const MAX_STATUS_LINES: usize = 64;

/// Characters of each of them.
const MAX_STATUS_LINE: usize = 256;

/// Of whom it is remembered that nothing is shown.
const MAX_BLOCKED: usize = 4096;

/// From when something was lost on the way until that is told. A node that ends loses what it cannot tell
/// any more, and its end follows at once.
const MISSED_AFTER: Duration = Duration::from_secs(1);

/// Names of a list that is noted on one line.
const MAX_NAMED: usize = 8;

impl App {
    pub(super) fn news(&mut self, news: News) {
        match news {
            News::Me(me) => self.model.me = Some(me),
            News::Status(status) => self.status(status),
            News::Conversation(about) => self.conversation(about),
            News::Gone(place) => self.left(&place),
            News::Ready => self.ready(),
            News::Said(said) => self.said(said),
            News::Fate { id, fate } => self.fate(id, fate),
            News::Gap {
                room,
                author,
                missing,
                before,
            } => self.gap(room, author, missing, before),
            News::GapClosed {
                room,
                before,
                filled,
            } => self.gap_closed(room, &before, filled),
            News::Split { lost, count, at } => self.split(&lost, count, at),
            News::Merged {
                room,
                merged,
                split_at,
                rejoined_at,
            } => {
                let place = room.map(Place::Room);
                self.merged(place.as_ref(), merged, split_at, rejoined_at);
            }
            News::Note(note) => self.note_once(note),
            News::ComparisonAsked(by) => self.comparison_asked(by),
            News::Compare(comparison) => self.compare(comparison),
            News::Compared { with, result } => self.compared(with, result),
            News::Named(who) => self.named(&who),
            News::Trust { who, trust } => self.trust(who, trust),
            News::Missed(count) => self.missed(count),
            News::Ended => self.ended(),
        }
    }

    fn ready(&mut self) {
        if self.model.ready {
            return;
        }
        self.model.ready = true;
        self.drop_untold_lobby();
        self.begin();
        self.print_alone();
        let here = self.here();
        let talks = self.model.talks.iter().map(|talk| talk.place().clone());
        let mut talks: Vec<Place> = talks.filter(|place| *place != here).collect();
        talks.retain(|place| !self.past.backlog.contains(place));
        self.past.backlog.extend(talks);
    }

    fn status(&mut self, mut status: Status) {
        status.present.truncate(MAX_PRESENT);
        for lines in [
            &mut status.interfaces,
            &mut status.listens,
            &mut status.tried,
        ] {
            lines.truncate(MAX_STATUS_LINES);
            for line in lines {
                *line = DisplayText::line(line, MAX_STATUS_LINE).to_string();
            }
        }
        self.model.status = status;
        self.count_present(self.model.status.present.len());
        if self.model.has_neighbour() {
            let talks = self.model.talks.iter_mut();
            for talk in talks.filter(|talk| !talk.place().is_private()) {
                talk.timeline.send_queued();
            }
            self.count_queued();
        }
    }

    /// Whoever comes says its name; what it says first may have come before that.
    fn named(&mut self, who: &DisplayName) {
        for talk in &mut self.model.talks {
            talk.timeline.name(who);
        }
    }

    fn trust(&mut self, who: NodeId, trust: Trust) {
        let present = self.model.status.present.iter_mut();
        for present in present.filter(|present| present.who.id() == who) {
            present.trust = trust;
        }
        let verified = &mut self.model.status.verified;
        match trust {
            Trust::Verified => verified.insert(who),
            _ => verified.remove(&who),
        };
        self.set_blocked(who, trust == Trust::Blocked);
    }

    pub(super) fn set_blocked(&mut self, who: NodeId, blocked: bool) {
        if !blocked {
            self.others.blocked.remove(&who);
        } else if self.others.blocked.len() < MAX_BLOCKED {
            self.others.blocked.insert(who);
        }
    }

    /// Notes in each open room whom it has lost.
    fn split(&mut self, lost: &[DisplayName], count: usize, at: UnixMillis) {
        let named = lost.iter().take(MAX_NAMED).map(DisplayName::short);
        let mut named: Vec<String> = named.collect();
        if let others @ 1.. = count.saturating_sub(named.len()) {
            named.push(format!("and {others} more"));
        }
        let text = format!("split {}: lost {}", self.model.time(at), named.join(", "));
        let here = self.here();
        let concerns = |talk: &&Talk| {
            let mut members = talk.about.members.iter();
            let lost = members.any(|member| lost.contains(&member.who));
            !talk.place().is_private() && (lost || *talk.place() == here)
        };
        let talks = self.model.talks.iter().filter(concerns);
        let mut places: Vec<Place> = talks.map(|talk| talk.place().clone()).collect();
        if places.is_empty() {
            places.push(super::talks::lobby());
        }
        self.note_in(&places, Weight::Quiet, &text);
    }

    fn merged(
        &mut self,
        place: Option<&Place>,
        merged: usize,
        split_at: Option<UnixMillis>,
        rejoined_at: UnixMillis,
    ) {
        let split = split_at.map(|at| format!("split {}, ", self.model.time(at)));
        let new = match merged {
            0 => String::new(),
            merged => format!(", {merged} merged"),
        };
        let rejoined = self.model.time(rejoined_at);
        let text = format!("{}rejoined {rejoined}{new}", split.unwrap_or_default());
        let place = place.cloned().unwrap_or_else(|| self.here());
        self.note_in(&[place], Weight::Quiet, &text);
    }

    /// Some of what was told was lost on the way: asks for what was said once more.
    fn missed(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        let tell = self.now.instant + MISSED_AFTER;
        self.past.missed.get_or_insert(tell);
        let talks = self.model.talks.iter();
        let again = talks.filter(|talk| talk.past != Past::Unknown);
        let again: Vec<Place> = again
            .filter(|talk| talk.about.standing == Standing::In)
            .map(|talk| talk.place().clone())
            .collect();
        for place in again {
            self.want_history(place);
        }
    }

    /// Tells that something was missed, unless the node has ended meanwhile: that says it all.
    pub(super) fn tell_missed(&mut self) {
        if self.past.missed.is_some_and(|due| due <= self.now.instant) {
            self.past.missed = None;
            let text = "something may have been missed while too much came at once; asking again for \
                        what was said";
            self.note(None, Weight::Warning, text.to_owned());
        }
    }

    /// The node has ended: nothing that it was asked will be answered.
    fn ended(&mut self) {
        if self.model.ended {
            return;
        }
        self.model.ended = true;
        self.past.missed = None;
        self.past.backlog.clear();
        self.waiting.clear();
        let open: Vec<_> = self.asked.take_all().collect();
        for open in open {
            self.finish(open, Answer::Refused("the node has ended".to_owned()));
        }
        if !self.begin.is_over() {
            self.cannot_begin("the node has ended");
        }
        self.note(None, Weight::Warning, super::command::ENDED.to_owned());
    }
}
