//! The lines of one room in their order.

use std::collections::VecDeque;

use tazcom_proto::UnixMillis;

use crate::line::{Key, Line, Position};

/// The newest lines of a room, the same ones whatever order they came in.
#[derive(Debug)]
pub(crate) struct Timeline {
    most: usize,
    most_bytes: usize,
    lines: VecDeque<Line>,
    bytes: usize,
    /// The newest line that had to go. What belongs before it is not taken back, else what is in
    /// memory would depend on the order in which it came.
    floor: Option<Key>,
}

impl Timeline {
    pub(crate) const fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            lines: VecDeque::new(),
            bytes: 0,
            floor: None,
        }
    }

    /// Puts a line where it belongs. None when it is there already.
    pub(crate) fn insert(&mut self, line: Line) -> Option<Position> {
        let key = line.key();
        if self.floor >= Some(key) {
            return Some(Position::Earlier);
        }
        let Err(at) = self.search(&key) else {
            return None;
        };
        let position = match at {
            at if at == self.lines.len() => Position::End,
            0 => Position::Start,
            at => self
                .lines
                .get(at - 1)
                .map_or(Position::Start, |before| Position::After(before.id)),
        };
        self.bytes += cost(&line);
        self.lines.insert(at, line);
        while self.lines.len() > self.most || self.bytes > self.most_bytes {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= cost(&oldest);
            self.floor = Some(oldest.key());
        }
        match self.floor >= Some(key) {
            true => Some(Position::Earlier),
            false => Some(position),
        }
    }

    /// Whether a line with this key would be, or is, before the newest one.
    pub(crate) fn has_newer(&self, key: &Key) -> bool {
        self.lines.back().is_some_and(|newest| newest.key() > *key)
    }

    /// Forgets what is not to be kept any longer.
    pub(crate) fn expire(&mut self, wall: UnixMillis) {
        self.lines.retain(|line| !line.expired(wall));
        self.bytes = self.lines.iter().map(cost).sum();
    }

    pub(crate) const fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    fn search(&self, key: &Key) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| line.key().cmp(key))
    }
}

/// The text, and about what a line takes beside it.
fn cost(line: &Line) -> usize {
    line.text.as_str().len() + size_of::<Line>()
}
