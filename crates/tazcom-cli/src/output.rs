//! What the program shows: lines for people on standard error, JSON for programs on standard
//! output.
//!
//! Both are written without holding up the node: a reader that is slow holds up only what is
//! shown, and a reader that is gone is told apart from a real failure.

use std::io::{self, IsTerminal, Write};

use tazcom_node::Event;
use tokio::io::{AsyncWrite, AsyncWriteExt};

mod describe;
mod line;
mod record;
mod tried;

pub(crate) use line::Line;
pub(crate) use record::{Record, WarningRecord};

/// Where a running node shows what happens.
#[derive(Debug)]
pub(crate) struct Output<W = tokio::io::Stdout, E = tokio::io::Stderr> {
    /// Standard output, when JSON was asked for.
    json: Option<W>,
    people: E,
    colour: bool,
}

impl Output {
    /// The standard streams.
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json: json.then(tokio::io::stdout),
            people: tokio::io::stderr(),
            colour: wants_colour(&io::stderr()),
        }
    }
}

impl<W: AsyncWrite + Unpin, E: AsyncWrite + Unpin> Output<W, E> {
    /// Shows an event in both forms.
    pub(crate) async fn event(&mut self, event: &Event) -> io::Result<()> {
        for line in describe::lines(event) {
            self.line(&line).await;
        }
        match Record::of(event) {
            Some(record) => self.record(&record).await,
            None => Ok(()),
        }
    }

    /// A line for people. That nobody reads it is no reason to stop.
    pub(crate) async fn line(&mut self, line: &Line) {
        let text = line.render(self.colour);
        // Nothing useful can be done: this is where failures would be told.
        let _ = self.people.write_all(text.as_bytes()).await;
        let _ = self.people.flush().await;
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

/// Writes `text` to standard output and makes sure that it got there.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Colour is for terminals that can show it, and people who want it (<https://no-color.org>).
fn wants_colour(stream: &impl IsTerminal) -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
