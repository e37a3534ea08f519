//! What the program shows: lines for people on standard error, JSON for programs on standard
//! output.
//!
//! Neither holds up the node. Lines for people are dropped, and counted, when nobody reads them;
//! JSON is complete, so there a reader that is slow holds up what is shown, and nothing else. A
//! reader that is gone is told apart from a real failure.

use std::io::{self, IsTerminal, Write};

use tazcom_discovery::Interface;
use tazcom_node::Event;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;

mod describe;
mod flood;
mod line;
pub(crate) mod printer;
mod record;
mod signs;
pub(crate) mod tried;

use flood::Flood;
pub(crate) use line::Line;
pub(crate) use record::{
    AroundRecord, ChatFacts, ChatRecord, CompareRecord, ConversationRecord, Listed, MISMATCH,
    MemberRecord, MessageRecord, NameWarningRecord, PeerRecord, Person, PresentRecord,
    PrivateFacts, PrivateMessageRecord, PrivateRecord, PrivateRoomRecord, ReachRecord, Record,
    RoomRecord, Standing, StatusRecord, WarningRecord, WhoisRecord, hex, level_word, room_text,
    talk_text, time,
};
pub(crate) use signs::Signs;

/// Where a running node shows what happens.
#[derive(Debug)]
pub(crate) struct Output<W = tokio::io::Stdout> {
    /// Standard output, when JSON was asked for.
    json: Option<W>,
    flood: Flood,
    colour: bool,
}

impl Output {
    /// The standard streams.
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json: json.then(tokio::io::stdout),
            flood: Flood::default(),
            colour: wants_colour(&io::stderr()),
        }
    }
}

impl<W: AsyncWrite + Unpin> Output<W> {
    /// Shows an event in both forms.
    pub(crate) async fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.flood.lets_through(event, Instant::now()) {
            for line in describe::lines(event) {
                self.line(&line);
            }
        }
        match Record::of(event) {
            Some(record) => self.record(&record).await,
            None => Ok(()),
        }
    }

    /// A line for people. That nobody reads it is no reason to stop, or to wait.
    pub(crate) fn line(&self, line: &Line) {
        printer::tell(line.render(self.colour));
    }

    /// Waits until something that people were not shown is due to be told; for ever when there is
    /// nothing. Cancel-safe.
    pub(crate) async fn is_due(&self) {
        match self.flood.due() {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Tells how much people were not shown.
    pub(crate) fn held_back(&mut self) {
        for line in self.flood.held_back(Instant::now()) {
            self.line(&line);
        }
    }

    /// The same at the end, when nothing more will come.
    pub(crate) fn rest(&mut self) {
        for line in self.flood.rest() {
            self.line(&line);
        }
    }

    /// A line for programs, if there is one that reads them.
    pub(crate) async fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let Some(stdout) = &mut self.json else {
            return Ok(());
        };
        stdout.write_all(record.to_line()?.as_bytes()).await?;
        stdout.flush().await
    }
}

/// What people are told of an event, without time and level.
pub(crate) fn texts(event: &Event) -> Vec<String> {
    describe::lines(event)
        .into_iter()
        .map(|line| line.text)
        .collect()
}

/// Cells in columns, two spaces apart, the first row being the headings.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    });
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Interfaces in a row, each with its addresses and kind.
pub(crate) fn list(interfaces: &[Interface]) -> String {
    match interfaces {
        [] => "none".to_owned(),
        interfaces => tried::join(interfaces),
    }
}

/// Writes `text` to standard output and makes sure that it got there.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// The same without holding up anything else: a signal can still end the program, whoever reads it.
pub(crate) async fn show(text: &str) -> io::Result<()> {
    let mut stdout = tokio::io::stdout();
    stdout.write_all(text.as_bytes()).await?;
    stdout.flush().await
}

/// Colour is for terminals that can show it, and people who want it (<https://no-color.org>).
fn wants_colour(stream: &impl IsTerminal) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
