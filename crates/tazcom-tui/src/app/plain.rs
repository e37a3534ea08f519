//! What there is instead of a screen: a line for each thing that happens, to be read, heard or piped.
//!
//! What somebody says begins with where it was said, what the program says with `-- `, and what cannot
//! be missed with `!! `. A text of several lines has the place before each, so that nobody's text can
//! look like somebody else's or like the program.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tazcom_chat::{Command, DisplayName, DisplayText, parse};

use super::{App, going};
use crate::io::Output;
use crate::model::Overlay;
use crate::news::{Comparison, Fate, Said, SaidId, Weight};
use crate::place::Place;

/// Own words on their way to the disk while another line may be typed.
pub(super) const MAX_SAYS: usize = 16;

/// Lines that wait until it is known where they go.
const MAX_WAITING: usize = 64;

/// After the last word about how many have a line, before that is printed: most come together.
const QUIET: Duration = Duration::from_secs(2);

/// Own lines of which it is still to be printed how many have them. Of more it is not printed.
const MAX_REACH: usize = 1024;

/// Characters of an own line by which the user knows which it is.
const MAX_QUOTE: usize = 40;

/// Printed once to whoever is alone.
const ALONE: &str = "-- nobody is here yet: what you type is kept, and goes out when somebody comes; \
                     /doctor says what was tried";

/// Lines printed of what was said before.
const MAX_PAST: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Plain {
    waiting: VecDeque<String>,
    /// The last unread lines of conversations that were not opened yet.
    unprinted: BTreeMap<Place, Vec<SaidId>>,
    reach: BTreeMap<SaidId, Reach>,
    /// Own lines of which it was printed already.
    told: BTreeSet<SaidId>,
    /// Own lines that were said in this run, the newest last: of others nothing is printed.
    said: VecDeque<SaidId>,
    /// Whether nobody was there when that was told last, and whether that was printed.
    alone: bool,
    is_alone_told: bool,
}

/// How many have an own line, when that is to be printed.
#[derive(Debug)]
struct Reach {
    text: String,
    due: Instant,
}

impl Plain {
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn take_waiting(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }

    fn tell_once(&mut self, id: SaidId) {
        self.told.insert(id);
        if self.told.len() > MAX_REACH {
            self.told.pop_first();
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.reach.values().map(|reach| reach.due).min()
    }
}

impl App {
    /// Takes a line that was typed.
    pub(super) fn line(&mut self, line: String) {
        self.model.complaint = None;
        if self.plain.is_some() && self.answers_question(&line) {
            return;
        }
        let waits = !self.begin.is_over() || self.is_going();
        if let Some(plain) = self.plain.as_mut().filter(|_| waits)
            && !matches!(parse(&line), Ok(Command::Quit))
        {
            if plain.waiting.len() < MAX_WAITING {
                plain.waiting.push_back(line);
            } else {
                self.words.refuse();
                self.print("-- not said: it is not known yet where you are");
            }
            return;
        }
        if let Err(Some(why)) = self.submit(&line) {
            self.words.refuse();
            self.complain(&why);
            if self.plain.is_some() && going::goes(&line) {
                self.be_nowhere();
            }
        }
    }

    /// A line of ours was said in this run: what becomes of it is printed.
    pub(super) fn follow(&mut self, id: &SaidId) {
        if let Some(plain) = &mut self.plain
            && !plain.said.contains(id)
        {
            if plain.said.len() >= MAX_REACH {
                plain.said.pop_front();
            }
            plain.said.push_back(id.clone());
        }
    }

    /// Prints once that nobody is there, when the chat has begun.
    pub(super) fn print_alone(&mut self) {
        if let Some(plain) = &mut self.plain
            && self.model.ready
            && plain.alone
            && !plain.is_alone_told
        {
            plain.is_alone_told = true;
            self.print(ALONE);
        }
    }

    /// How many are there was told.
    pub(super) fn count_present(&mut self, count: usize) {
        if let Some(plain) = &mut self.plain {
            plain.alone = count == 0;
            self.print_alone();
        }
    }

    /// Whether the line is the answer to what was asked, or was to be one. No other line is: what is said
    /// to others answers nothing.
    fn answers_question(&mut self, line: &str) -> bool {
        let line = line.trim();
        let confirms = matches!(self.model.overlay, Some(Overlay::Confirm { .. }));
        if let "/yes" | "/no" = line {
            if confirms {
                self.decide(line == "/yes");
            } else {
                self.words.refuse();
                self.complain("nothing is asked that /yes or /no answers");
            }
            return true;
        }
        if confirms {
            // What cannot be undone is done only if it is said at once.
            self.decide(false);
        }
        let same = match line {
            "/same" => true,
            "/different" => false,
            _ => return false,
        };
        if self.awaits_comparison() {
            let said = if same { "the same" } else { "different" };
            self.print(&format!("-- you said that they are {said}"));
            self.answer_verify(same);
        } else {
            self.words.refuse();
            self.complain("no emoji wait to be called /same or /different");
        }
        true
    }

    fn awaits_comparison(&self) -> bool {
        let overlay = self.model.overlay.as_ref();
        let overlay = overlay.filter(|overlay| matches!(overlay, Overlay::Verify { .. }));
        overlay.is_some_and(|overlay| !overlay.answers().is_empty())
    }

    /// Prints a line, where there is no screen.
    pub(super) fn print(&mut self, line: &str) {
        if self.plain.is_some() {
            self.outputs.push_back(Output::Print(format!("{line}\n")));
        }
    }

    /// Prints something to be known.
    pub(super) fn print_note(&mut self, weight: Weight, text: &str) {
        let mark = match weight {
            Weight::Quiet => "--",
            Weight::Warning => "! ",
            Weight::Alert => "!! WARNING:",
        };
        self.print(&format!("{mark} {text}"));
    }

    /// Prints lines of the program's own.
    pub(super) fn print_program(&mut self, text: &str) {
        if self.plain.is_some() {
            let lines = text.lines().map(|line| format!("-- {line}\n"));
            self.outputs.push_back(Output::Print(lines.collect()));
        }
    }

    /// Prints what somebody said.
    pub(super) fn print_said(&mut self, said: &Said) {
        if self.plain.is_none() {
            return;
        }
        let label = self.model.label(&said.place);
        let time = self.model.time(said.at);
        let mut lines = said.text.lines();
        let first = lines.next().unwrap_or_default();
        let who = || said.author.short();
        let mut printed = match (said.action, said.own) {
            (true, _) => format!("{label} {time} * {} {first}\n", who()),
            (false, true) => format!("{label} {time} you: {first}\n"),
            (false, false) => format!("{label} {time} {}: {first}\n", who()),
        };
        if let Some(by) = &said.key_from {
            printed.insert_str(printed.len() - 1, &format!(" (key from {})", by.short()));
        }
        for line in lines {
            printed.push_str(&format!("{label} | {line}\n"));
        }
        self.outputs.push_back(Output::Print(printed));
        if let Some(fate) = said.fate.as_ref().filter(|_| said.own) {
            self.print_fate(&said.place, &said.id, fate);
        }
    }

    /// Says where what is typed goes from now on, and prints what is unread there and not printed yet.
    pub(super) fn print_arrival(&mut self, place: &Place) {
        let label = self.model.label(place);
        self.print(&format!("-- now in {label}"));
        let plain = self.plain.as_mut();
        let unprinted = plain.and_then(|plain| plain.unprinted.remove(place));
        let talk = self.model.find(place);
        let said = |id: SaidId| talk.and_then(|talk| talk.timeline.get(&id)).cloned();
        let unprinted = unprinted.into_iter().flatten().filter_map(said);
        for said in unprinted.collect::<Vec<_>>() {
            self.print_said(&said);
        }
    }

    /// What was said before the chat began: of the open conversation the last lines, of another how much
    /// of it is unread.
    pub(super) fn print_history(&mut self, of: &Place, open: bool, said: &[Said]) {
        if self.plain.is_none() {
            return;
        }
        if open {
            for said in said.iter().skip(said.len().saturating_sub(MAX_PAST)) {
                let mut said = said.clone();
                // What has become of it was told when it happened.
                said.fate = None;
                self.print_said(&said);
            }
            return;
        }
        let unread = self.model.find(of).map_or(0, |talk| talk.unread);
        if unread == 0 {
            return;
        }
        let label = self.model.label(of);
        self.print(&format!("-- {unread} unread in {label}"));
        let last = usize::try_from(unread).map_or(MAX_PAST, |unread| unread.min(MAX_PAST));
        let others = said.iter().rev().filter(|said| !said.own).take(last);
        let mut unprinted: Vec<SaidId> = others.map(|said| said.id.clone()).collect();
        unprinted.reverse();
        if let Some(plain) = &mut self.plain {
            plain.unprinted.insert(of.clone(), unprinted);
        }
    }

    /// Prints what has become of an own line: how many have it once for each line, and when it is over.
    pub(super) fn print_fate(&mut self, place: &Place, id: &SaidId, fate: &Fate) {
        let Some(plain) = &mut self.plain else {
            return;
        };
        let (end, over) = match fate {
            Fate::Queued | Fate::Sent => return,
            Fate::Reached { reached, of, .. } => (
                format!("reached {reached} of {of}"),
                reached == of && *of > 0,
            ),
            Fate::Delivered => ("was delivered".to_owned(), true),
            Fate::Expired => ("expired; nobody has opened it".to_owned(), true),
            Fate::Failed(why) => (format!("was not said: {}", super::tell::line(why)), true),
        };
        let is_told = matches!(fate, Fate::Reached { .. }) && plain.told.contains(id);
        if is_told || !plain.said.contains(id) {
            return;
        }
        let talk = self.model.talks.iter().find(|talk| talk.place() == place);
        let said = talk.and_then(|talk| talk.timeline.get(id));
        let Some(said) = said else {
            return;
        };
        let quote = DisplayText::line(said.text.as_str(), MAX_QUOTE);
        let label = self.model.label(place);
        let text = format!("-- {label}: \"{quote}\" {end}");
        if over {
            plain.reach.remove(id);
            plain.tell_once(id.clone());
            self.print(&text);
        } else if plain.reach.len() < MAX_REACH || plain.reach.contains_key(id) {
            let due = self.now.instant + QUIET;
            plain.reach.insert(id.clone(), Reach { text, due });
        }
    }

    /// Prints what has been quiet for long enough.
    pub(super) fn print_due(&mut self) {
        let Some(plain) = &mut self.plain else {
            return;
        };
        let now = self.now.instant;
        let due = plain.reach.extract_if(.., |_, reach| reach.due <= now);
        let due: Vec<(SaidId, Reach)> = due.collect();
        for (id, reach) in due {
            if let Some(plain) = &mut self.plain {
                plain.tell_once(id);
            }
            self.print(&reach.text);
        }
    }

    /// Prints what would be printed in a moment, because the chat is about to end.
    pub fn print_rest(&mut self) {
        if let Some(plain) = &mut self.plain {
            for reach in plain.reach.values_mut() {
                reach.due = self.now.instant;
            }
        }
        self.print_due();
    }

    /// Prints what is missing.
    pub(super) fn print_gap(&mut self, place: &Place, who: &DisplayName, missing: Option<u64>) {
        if self.plain.is_none() {
            return;
        }
        let missing = super::tell::missing(missing, who);
        let label = self.model.label(place);
        let asking = match self.neighbours() {
            0 => "nobody to ask".to_owned(),
            1 => "asking 1 peer".to_owned(),
            peers => format!("asking {peers} peers"),
        };
        self.print(&format!("-- {missing} missing in {label}, {asking}"));
    }

    /// Prints what is to be compared.
    pub(super) fn print_comparison(&mut self, comparison: &Comparison) {
        if self.plain.is_none() {
            return;
        }
        let names = comparison.emoji.iter().map(|(_, name)| name.as_str());
        let names: Vec<&str> = names.collect();
        let numbers = comparison.numbers.map(|number| number.to_string());
        let with = &comparison.with;
        self.print(&format!("-- compare with {with}: {}", names.join(", ")));
        self.print(&format!("-- the same in numbers: {}", numbers.join(" ")));
        self.print("-- are they the same on both sides? /same or /different answers");
    }
}
