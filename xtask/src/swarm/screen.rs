//! What a person sees while a swarm runs: a table that is redrawn, or a line at each change where
//! nobody looks at a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::board::{Board, Number, Progress};

/// Rows of the table; the nodes with most to do come first.
const ROWS: usize = 16;

/// A terminal is redrawn at most this often.
const FRAME: Duration = Duration::from_millis(100);

/// A line is written at most this often.
const LINE: Duration = Duration::from_secs(1);

/// When nothing changes for this long, the same line is written again: a sign of life.
const LULL: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(super) struct Screen {
    place: Place,
    /// What the swarm is at; nothing before it has begun.
    phase: Option<Phase>,
    began: Instant,
    shown_at: Option<Instant>,
    last_line: String,
    written_at: Instant,
    drawn_rows: usize,
}

/// What a swarm is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Meeting,
    /// Some were killed, and the others have yet to notice.
    Mourning,
    Leaving,
}

impl Phase {
    const fn word(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Mourning => "noticing who is gone",
            Self::Leaving => "leaving",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Standard output is a terminal.
    Terminal,
    /// Standard output is a file or a pipe.
    Lines,
    /// Standard output is for the report alone.
    StandardError,
}

impl Screen {
    pub(super) fn new(report_on_stdout: bool) -> Self {
        let place = if report_on_stdout {
            Place::StandardError
        } else if std::io::stdout().is_terminal() {
            Place::Terminal
        } else {
            Place::Lines
        };
        Self {
            place,
            phase: None,
            began: Instant::now(),
            shown_at: None,
            last_line: String::new(),
            written_at: Instant::now(),
            drawn_rows: 0,
        }
    }

    /// From now on the swarm is at something else; what is shown so far stays.
    pub(super) fn enter(&mut self, phase: Phase, board: &Board) {
        self.finish(board);
        self.phase = Some(phase);
        self.shown_at = None;
    }

    /// Shows the last state, for good.
    pub(super) fn finish(&mut self, board: &Board) {
        if self.phase.is_some() {
            self.shown_at = None;
            self.show(board);
        }
        self.drawn_rows = 0;
    }

    /// Says something beside the table.
    pub(super) fn say(&mut self, text: &str) {
        self.drawn_rows = 0;
        self.print(&format!("{text}\n"));
    }

    /// Shows the board, if it is time to.
    pub(super) fn show(&mut self, board: &Board) {
        let Some(phase) = self.phase else {
            return;
        };
        let pause = if self.place == Place::Terminal {
            FRAME
        } else {
            LINE
        };
        if self.shown_at.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        self.shown_at = Some(Instant::now());
        let line = summary(phase, board);
        if self.place == Place::Terminal {
            let text = self.frame(&line, board);
            self.print(&text);
        } else if line != self.last_line || self.written_at.elapsed() >= LULL {
            let seconds = self.began.elapsed().as_secs_f64();
            self.print(&format!("[{seconds:6.1} s] {line}\n"));
            self.last_line = line;
            self.written_at = Instant::now();
        }
    }

    /// The table, drawn over the one before it.
    fn frame(&mut self, line: &str, board: &Board) -> String {
        let mut rows = vec![format!(
            "{:>4}  {:<8}  {:>5}  {:>7}  {:>5}",
            "node", "id", "found", "greeted", "acked"
        )];
        let mut order: Vec<Number> = (0..board.len()).collect();
        order.sort_by_key(|node| board.progress(*node).acknowledged);
        let shown = &mut order[..board.len().min(ROWS)];
        shown.sort_unstable();
        for node in shown {
            rows.push(row(*node, board));
        }
        if board.len() > ROWS {
            rows.push(format!(
                "      ... and {} further along",
                board.len() - ROWS
            ));
        }
        rows.push(format!(
            "{:.1} s  {line}",
            self.began.elapsed().as_secs_f64()
        ));
        let mut text = String::new();
        if self.drawn_rows > 0 {
            // Up to the first row of the table before.
            text.push_str(&format!("\x1b[{}A", self.drawn_rows));
        }
        for row in &rows {
            // Each line is cleared to its end, since the one before it may have been longer.
            text.push_str(&format!("{row}\x1b[K\n"));
        }
        self.drawn_rows = rows.len();
        text
    }

    fn print(&self, text: &str) {
        // Whoever closed the other end does not want to see it.
        let _ = match self.place {
            Place::StandardError => std::io::stderr().write_all(text.as_bytes()),
            Place::Terminal | Place::Lines => {
                let mut stdout = std::io::stdout().lock();
                stdout
                    .write_all(text.as_bytes())
                    .and_then(|()| stdout.flush())
            }
        };
    }
}

fn row(node: Number, board: &Board) -> String {
    let voice = board.voice(node);
    let id: String = voice
        .id
        .as_deref()
        .unwrap_or("starting")
        .chars()
        .take(8)
        .collect();
    let progress = board.progress(node);
    let state = match (voice.stopped, voice.silent) {
        (true, _) => "  left",
        (false, true) => "  gone",
        (false, false) => "",
    };
    let (found, greeted) = (progress.discovered, progress.greeted);
    let acked = progress.acknowledged;
    format!(
        "{:>4}  {id:<8}  {found:>5}  {greeted:>7}  {acked:>5}{state}",
        node + 1
    )
}

fn summary(phase: Phase, board: &Board) -> String {
    let nodes = board.len();
    let running = (0..nodes).filter(|node| !board.voice(*node).silent).count();
    let word = phase.word();
    if phase == Phase::Leaving {
        return format!("{word}: {running}/{nodes} nodes run");
    }
    let pairs = nodes * (nodes - 1);
    let mut sum = Progress::default();
    for node in 0..nodes {
        let progress = board.progress(node);
        sum.discovered += progress.discovered;
        sum.greeted += progress.greeted;
        sum.acknowledged += progress.acknowledged;
    }
    format!(
        "{word}: {running}/{nodes} nodes run, pairs found {}/{pairs}, greeted {}/{pairs}, \
         acknowledged {}/{pairs}",
        sum.discovered, sum.greeted, sum.acknowledged
    )
}
