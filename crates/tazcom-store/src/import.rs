//! Messages from lines of JSON that somebody brings: nothing is believed but signatures.

use std::fmt;
use std::io::{self, BufRead};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use tazcom_identity::NodeId;
use tazcom_proto::limits::MAX_ENVELOPE_LEN;
use tazcom_proto::{Envelope, EnvelopeError, UnixMillis, VerifiedEnvelope, VerifyError};

use crate::put::{Incoming, Outcome};
use crate::{Store, StoreError};

/// Bytes of a line: an envelope in base64 has 10,924, and the longest text 24,576 when each of its
/// bytes is escaped. The rest is for keys of other versions.
pub const MAX_IMPORT_LINE_LEN: usize = 64 * 1024;

/// Bad lines that are told one by one; the others are only counted.
pub const MAX_BAD_LINES: usize = 100;

/// Messages that are put at once.
const STEP: usize = 256;

/// A line that is no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Which, counted from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: BadLineReason,
}

/// What is wrong with a line. It shows nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadLineReason {
    /// More bytes than a line has.
    #[error("longer than {MAX_IMPORT_LINE_LEN} bytes")]
    TooLong,
    /// Not a JSON object with a text `envelope`.
    #[error("not a JSON object with an \"envelope\"")]
    Json,
    /// The envelope is not in base64.
    #[error("the envelope is not in base64")]
    Base64,
    /// What is in base64 is no envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It is not what its author signed.
    #[error(transparent)]
    Signature(#[from] VerifyError),
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.reason)
    }
}

/// Reads messages from lines of JSON, as [`Store::export`] writes them.
///
/// Yields for each line that is not blank the message, or what is wrong with the line; and at last
/// the error of the reader, if it has one. Every signature is checked; `id` and the other keys are
/// not looked at, for the envelope says all that they say.
#[derive(Debug)]
pub struct ImportLines<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<R: BufRead> ImportLines<R> {
    /// Reads from `reader`. No more than one line is in memory.
    pub const fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
            number: 0,
            ended: false,
        }
    }

    /// Reads the next line, without its end. Whether there is one, and whether it fits.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        self.line.clear();
        let (mut any, mut fits) = (false, true);
        loop {
            let chunk = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                return Ok(any.then_some(fits));
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            fits &= self.line.len().saturating_add(part.len()) <= MAX_IMPORT_LINE_LEN;
            if fits {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end.saturating_add(1));
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(fits));
            }
        }
    }
}

impl<R: BufRead> Iterator for ImportLines<R> {
    type Item = io::Result<Result<VerifiedEnvelope, BadLine>>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let fits = match self.read_line() {
                Ok(Some(fits)) => fits,
                Ok(None) => break,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            };
            self.number = self.number.saturating_add(1);
            if fits && self.line.trim_ascii().is_empty() {
                continue;
            }
            let message = match fits {
                true => message_of(&self.line),
                false => Err(BadLineReason::TooLong),
            };
            let number = self.number;
            return Some(Ok(message.map_err(|reason| BadLine { number, reason })));
        }
        self.ended = true;
        None
    }
}

/// The one key that counts.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    envelope: std::borrow::Cow<'a, str>,
}

fn message_of(line: &[u8]) -> Result<VerifiedEnvelope, BadLineReason> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|_| BadLineReason::Json)?;
    // Looked at before anything is made of it.
    if line.envelope.len() > MAX_ENVELOPE_LEN.saturating_mul(4) / 3 + 4 {
        return Err(EnvelopeError::TooLong {
            len: line.envelope.len() / 4 * 3,
        }
        .into());
    }
    let bytes = STANDARD
        .decode(line.envelope.as_bytes())
        .map_err(|_| BadLineReason::Base64)?;
    Ok(Envelope::decode(Bytes::from(bytes))?.verify()?)
}

/// What became of the lines of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Messages that were not here, to be passed on.
    pub new: Vec<VerifiedEnvelope>,
    /// Messages that were here, those that the lines repeat among them.
    pub known: u64,
    /// Messages that a quota did not take.
    pub refused: u64,
    /// Lines that are no messages.
    pub bad: u64,
    /// The first [`MAX_BAD_LINES`] of those.
    pub bad_lines: Vec<BadLine>,
}

impl Imported {
    /// Takes note of a line that is no message.
    pub fn count_bad(&mut self, line: BadLine) {
        self.bad = self.bad.saturating_add(1);
        if self.bad_lines.len() < MAX_BAD_LINES {
            self.bad_lines.push(line);
        }
    }
}

impl Store {
    /// Takes in the messages of lines of JSON, as if they had come at `now`. Those of `me` are own.
    ///
    /// A bad line is counted and changes nothing else. This holds everybody else up until all lines
    /// are read; a node reads [`ImportLines`] itself and puts what they yield.
    ///
    /// # Errors
    /// [`StoreError::Stream`] when the reader fails, otherwise when the disk does. What was read
    /// before is kept, and can be imported again without harm.
    pub fn import(
        &mut self,
        reader: impl BufRead,
        me: NodeId,
        now: UnixMillis,
    ) -> Result<Imported, StoreError> {
        let mut imported = Imported::default();
        let mut step = Vec::new();
        for line in ImportLines::new(reader) {
            match line.map_err(|error| StoreError::stream("import", error))? {
                Err(bad) => imported.count_bad(bad),
                Ok(envelope) => step.push(Incoming {
                    own: envelope.author() == me,
                    envelope,
                    first_seen: now,
                    hops: 0,
                    from: None,
                }),
            }
            if step.len() >= STEP {
                self.import_step(&mut step, &mut imported)?;
            }
        }
        self.import_step(&mut step, &mut imported)?;
        Ok(imported)
    }

    fn import_step(
        &mut self,
        step: &mut Vec<Incoming>,
        imported: &mut Imported,
    ) -> Result<(), StoreError> {
        let put = self.put(step)?;
        for (incoming, outcome) in step.drain(..).zip(put.outcomes) {
            match outcome {
                Outcome::Stored => imported.new.push(incoming.envelope),
                Outcome::Known => imported.known += 1,
                Outcome::Refused(_) => imported.refused += 1,
            }
        }
        Ok(())
    }
}
