//! What a frame costs that shows a conversation of 100,000 messages, and what a message costs that comes
//! in.
//!
//! Frames are drawn as on a terminal, up to the bytes that would be written to it. Their floor is a
//! frame of as many columns and rows that is filled with text by ratatui alone.

#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(clippy::disallowed_methods, reason = "time is what is measured")]

use std::hint::black_box;
use std::io::{Sink, sink};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::widgets::{Paragraph, Wrap};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::SecretKey;
use tazcom_proto::{RoomName, UnixMillis};
use tazcom_tui::{
    App, Config, Conversation, Input, Kept, KeyCode, KeyEvent, KeyModifiers, News, Now, Order,
    Output, Place, Said, SaidId, Standing, Status, draw,
};

/// Columns and rows: a large window.
const SIZE: (u16, u16) = (200, 60);

/// Messages in the conversation.
const MESSAGES: u64 = 100_000;

/// Frames that are drawn, each after a key.
const FRAMES: usize = 200;

/// The most that a frame may take, in milliseconds.
const FRAME_CEILING_MS: f64 = 5.0;

/// The most that one message more may take, in microseconds: 10,000 a second leave most of a core.
const MESSAGE_CEILING_US: f64 = 20.0;

/// A frame of bare text takes at least this part of one of ours. Ours has three panes and borders,
/// and says who and when; so much more it may cost, and not with the number of messages.
const BARE_FLOOR: f64 = 0.3;

const THEN: u64 = 1_795_000_000_000;

struct Bench {
    app: App,
    people: [DisplayName; 3],
    begun: Instant,
    terminal: Terminal<CrosstermBackend<Sink>>,
}

impl Bench {
    fn now(&self) -> Now {
        Now {
            instant: Instant::now(),
            wall: UnixMillis(THEN + self.begun.elapsed().as_secs()),
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.now();
        self.app.handle(now, input);
        while !matches!(self.app.poll_output(), Output::Wait(_)) {}
    }

    fn news(&mut self, news: News) {
        self.take(Input::News(Box::new(news)));
    }

    fn key(&mut self, code: KeyCode) {
        self.take(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    /// Frames after keys: the middle one of them.
    fn frames(&mut self, codes: &[KeyCode]) -> Duration {
        let mut took = Vec::new();
        for code in codes.iter().cycle().take(FRAMES) {
            let begun = Instant::now();
            self.key(*code);
            let app = &self.app;
            let drawn = self.terminal.draw(|frame| draw(app, frame));
            drawn.expect("a sink takes everything");
            took.push(begun.elapsed());
        }
        middle(took)
    }

    fn bare(&mut self) -> Duration {
        let text = "what somebody said about the soup at the west gate. ".repeat(250);
        let mut took = Vec::new();
        for round in 0..FRAMES {
            let text = format!("{round} {text}");
            let begun = Instant::now();
            let paint = |frame: &mut Frame<'_>| {
                let paragraph = Paragraph::new(text.as_str()).wrap(Wrap { trim: false });
                frame.render_widget(paragraph, frame.area());
            };
            self.terminal.draw(paint).expect("a sink takes everything");
            took.push(begun.elapsed());
        }
        middle(took)
    }
}

fn main() -> ExitCode {
    let mut bench = begin();
    let begun = Instant::now();
    for number in 0..MESSAGES {
        let said = said(&bench.people, number);
        bench.news(News::Said(said));
    }
    let each = begun.elapsed().as_secs_f64() / MESSAGES as f64 * 1e6;
    let end = ms(bench.frames(&[KeyCode::Char('a')]));
    // Back in time, and again to the end, a page a frame.
    let pages = ms(bench.frames(&[KeyCode::PageUp, KeyCode::PageUp, KeyCode::PageDown]));
    let bare = ms(black_box(bench.bare()));
    let of_bare = bare / end.max(pages);

    println!("measure chat-frame {end:.3} ms ceiling {FRAME_CEILING_MS} ({MESSAGES} messages)");
    println!("measure chat-page {pages:.3} ms ceiling {FRAME_CEILING_MS} (paging through them)");
    println!("ratio chat-frame-of-bare {of_bare:.3} floor {BARE_FLOOR} (bare text {bare:.3} ms)");
    println!("measure chat-message {each:.2} us ceiling {MESSAGE_CEILING_US} (each)");
    let good = end <= FRAME_CEILING_MS
        && pages <= FRAME_CEILING_MS
        && of_bare >= BARE_FLOOR
        && each <= MESSAGE_CEILING_US;
    match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn begin() -> Bench {
    let config = Config {
        kept: Kept::default(),
        begin: None,
        size: Some(SIZE),
        colour: true,
        unicode: true,
        zone: TimeZone::UTC,
        attached: false,
    };
    let begun = Instant::now();
    let now = Now {
        instant: begun,
        wall: UnixMillis(THEN),
    };
    let area = ratatui::layout::Rect::new(0, 0, SIZE.0, SIZE.1);
    let options = TerminalOptions {
        viewport: Viewport::Fixed(area),
    };
    let backend = CrosstermBackend::new(sink());
    let terminal = Terminal::with_options(backend, options).expect("a size is given");
    let mut bench = Bench {
        app: App::new(config, now),
        people: [person(2, "ana"), person(3, "zoe"), person(4, "maximiliane")],
        begun,
        terminal,
    };
    bench.news(News::Me(person(1, "bob")));
    bench.news(News::Conversation(Conversation {
        place: Place::Room(RoomName::lobby()),
        name: None,
        topic: None,
        standing: Standing::In,
        members: Vec::new(),
        passphrase: false,
    }));
    bench.news(News::Status(Status::default()));
    bench.news(News::Ready);
    bench
}

fn person(seed: u8, name: &str) -> DisplayName {
    DisplayName::told(
        SecretKey::from_seed([seed; 32]).node_id(),
        Some(name),
        false,
    )
}

fn said(people: &[DisplayName; 3], number: u64) -> Said {
    let words = 4 + (number % 40) as usize;
    let text = format!("{number} {}", "soup at the gate ".repeat(words));
    Said {
        id: SaidId(format!("{number:064x}").into()),
        place: Place::Room(RoomName::lobby()),
        author: people[(number % 3) as usize].clone(),
        text: DisplayText::new(&text),
        action: false,
        at: UnixMillis(THEN + number * 1000),
        order: Order(THEN + number * 1000, 0),
        own: false,
        mentions_us: number.is_multiple_of(50),
        fate: None,
        key_from: None,
    }
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
