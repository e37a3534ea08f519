//! Whom this node has met in a session: the file `peers.pins`.
//!
//! ```text
//! # a few lines that say what this is
//! PdYcjeCckXR-HUGotpEK8zWM9MSKxAXfCbjC2E9xecQ
//! ```
//!
//! A node in it speaks sessions, so whoever answers in its place in the plain protocol of POC-02 is
//! not believed. The price is that whoever reads the disk learns whom this node has met, which is
//! why the file is private, short, and may be deleted at any time: the peers in it are then met as
//! if for the first time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::draft::{self, Draft};
use crate::{NodeId, ParseNodeIdError, private_file};

mod error;

pub use error::PinsError;

/// Name of the file in a data directory.
pub(crate) const FILE_NAME: &str = "peers.pins";

/// Bytes that are read of the file. Ours has at most 181,000; the rest is room for remarks.
const MAX_FILE_LEN: usize = 256 * 1024;

/// Put at the head of the file, for whoever finds it.
const HEADER: &str = "\
# Nodes that this one has held an encrypted session with, one id a line, the one met last at the
# end. They are never taken for old versions again, whoever says so. Whoever reads this file learns
# whom this node has met; it may be deleted while no node runs.
";

/// The ids that once completed a session, at most [`Pins::MAX`]; the longest unseen go first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// When each was seen last, counted in [`meet`](Self::meet)s.
    seen: BTreeMap<NodeId, u64>,
    clock: u64,
}

impl Pins {
    /// How many are kept: everybody one meets on a large campus, in 180 KiB.
    pub const MAX: usize = 4096;

    /// Takes note of a session with `id`; whether it is the first.
    pub fn meet(&mut self, id: NodeId) -> bool {
        self.clock += 1;
        let is_new = self.seen.insert(id, self.clock).is_none();
        if self.seen.len() > Self::MAX {
            let longest_unseen = self.seen.iter().min_by_key(|(_, at)| **at);
            if let Some(id) = longest_unseen.map(|(id, _)| *id) {
                self.seen.remove(&id);
            }
        }
        is_new
    }

    /// All of them, the longest unseen first.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        let mut ids: Vec<(u64, NodeId)> = self.seen.iter().map(|(id, at)| (*at, *id)).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id)
    }

    fn parse(contents: &[u8]) -> Result<Self, (usize, BadLine)> {
        let mut pins = Self::default();
        for (number, line) in (1..).zip(contents.split(|byte| *byte == b'\n')) {
            let line = str::from_utf8(line).map_err(|_| (number, BadLine::NotText))?;
            match line.trim() {
                "" => {}
                line if line.starts_with('#') => {}
                id => {
                    let id = id.parse().map_err(|error| (number, BadLine::NoId(error)))?;
                    pins.meet(id);
                }
            }
        }
        Ok(pins)
    }

    fn render(&self) -> String {
        let mut text = HEADER.to_owned();
        for id in self.ids() {
            let written = writeln!(text, "{id}");
            debug_assert!(written.is_ok(), "writing to a string does not fail");
        }
        text
    }
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadLine {
    /// It is not UTF-8.
    #[error("this is not text")]
    NotText,
    /// It is neither an id nor a remark.
    #[error(transparent)]
    NoId(#[from] ParseNodeIdError),
}

/// Reads the file in `directory`; there are no pins where there is none.
pub(crate) fn load(directory: &Path) -> Result<Pins, PinsError> {
    let path = directory.join(FILE_NAME);
    let file = match private_file::open(&path) {
        Ok(file) => file,
        Err(private_file::Refusal::NotFound) => return Ok(Pins::default()),
        Err(refusal) => return Err(PinsError::of(refusal, path)),
    };
    let mut contents = Vec::new();
    let read = file
        .take(MAX_FILE_LEN as u64 + 1)
        .read_to_end(&mut contents);
    if let Err(source) = read {
        let attempt = "read";
        return Err(PinsError::of(
            private_file::Refusal::Io { attempt, source },
            path,
        ));
    }
    if contents.len() > MAX_FILE_LEN {
        return Err(PinsError::TooLong { path });
    }
    Pins::parse(&contents).map_err(|(line, source)| PinsError::Damaged { path, line, source })
}

/// Puts a new file, mode 0600, in the place of the one in `directory`.
pub(crate) fn save(directory: &Path, pins: &Pins) -> Result<(), PinsError> {
    let path = directory.join(FILE_NAME);
    let written = Draft::beside(&path).and_then(|mut draft| {
        draft.file().write_all(pins.render().as_bytes())?;
        draft.replace(&path)
    });
    written.map_err(|source| {
        let attempt = "write";
        PinsError::of(private_file::Refusal::Io { attempt, source }, path)
    })
}

/// Removes the drafts that processes ended by force have left in `directory`.
pub(crate) fn sweep_drafts(directory: &Path) {
    draft::sweep(directory, FILE_NAME);
}
