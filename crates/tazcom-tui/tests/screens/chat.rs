//! The chat with a clock, a user and a node that are played.

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tazcom_proto::UnixMillis;
use tazcom_testkit::Clock;
use tazcom_tui::{
    Answer, App, Ask, Config, Input, Kept, KeyCode, KeyEvent, KeyModifiers, News, Now, Output,
    Said, draw,
};

use crate::people;

/// 2026-11-25 14:02 UTC, a Wednesday.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_795_615_320_000);

/// With colours or without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look {
    Mono,
    Colour,
}

/// The chat, and what surrounds it.
pub(crate) struct Chat {
    app: App,
    clock: Clock,
    since: Duration,
    size: (u16, u16),
    /// What it has asked for and was not answered.
    asked: Vec<(u64, Ask)>,
    /// What is known of the past, which is handed over when it is asked for.
    past: Vec<Said>,
}

impl Chat {
    /// Begins, with nothing told.
    pub(crate) fn begin(size: (u16, u16), look: Look) -> Self {
        let clock = Clock::start();
        let config = Config {
            kept: Kept::default(),
            begin: None,
            size: Some(size),
            colour: matches!(look, Look::Colour),
            unicode: true,
            zone: TimeZone::UTC,
            attached: false,
        };
        let now = Now {
            instant: clock.at(Duration::ZERO),
            wall: BEGIN,
        };
        let mut chat = Self {
            app: App::new(config, now),
            clock,
            since: Duration::ZERO,
            size,
            asked: Vec::new(),
            past: Vec::new(),
        };
        chat.drain();
        chat
    }

    /// What is known of the past.
    pub(crate) fn past(&mut self, lines: Vec<Said>) -> &mut Self {
        self.past = lines;
        self
    }

    /// It is us, and the lobby is all that there is.
    pub(crate) fn ready(&mut self) -> &mut Self {
        self.news(News::Me(people::me()))
            .news(News::Conversation(people::lobby()))
            .news(News::Ready)
    }

    /// What is said comes when it is said.
    pub(crate) fn news(&mut self, news: News) -> &mut Self {
        if let News::Said(said) = &news {
            self.since = self.since.max(said.at.since(BEGIN));
        }
        self.input(Input::News(Box::new(news)))
    }

    /// Types a text and presses Enter.
    pub(crate) fn enter(&mut self, text: &str) -> &mut Self {
        self.typed(text).key(KeyCode::Enter)
    }

    pub(crate) fn typed(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.key(KeyCode::Char(c));
        }
        self
    }

    pub(crate) fn key(&mut self, code: KeyCode) -> &mut Self {
        self.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub(crate) fn control(&mut self, c: char) -> &mut Self {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        self.input(Input::Key(key))
    }

    pub(crate) fn alt(&mut self, c: char) -> &mut Self {
        let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT);
        self.input(Input::Key(key))
    }

    /// The terminal has another size now.
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = (width, height);
        self.input(Input::Resize(width, height))
    }

    /// Answers what was asked last.
    pub(crate) fn answer(&mut self, answer: Answer) -> &mut Self {
        let (reference, _) = self.asked.pop().expect("something was asked");
        let answer = Box::new(answer);
        self.input(Input::Answer { reference, answer })
    }

    pub(crate) fn input(&mut self, input: Input) -> &mut Self {
        self.app.handle(self.now(), input);
        self.drain();
        self
    }

    fn now(&self) -> Now {
        Now {
            instant: self.clock.at(self.since),
            wall: BEGIN.after(self.since),
        }
    }

    /// The node knows of the past what it was given, and no more.
    fn drain(&mut self) {
        loop {
            let (reference, ask) = match self.app.poll_output() {
                Output::Wait(_) => return,
                Output::Ask { reference, ask } => (reference, ask),
                _ => continue,
            };
            let Ask::History { of, before, .. } = &ask else {
                self.asked.push((reference, ask));
                continue;
            };
            let known = self.past.iter().filter(|said| said.place == *of);
            let lines = if before.is_none() {
                known.cloned().collect()
            } else {
                Vec::new()
            };
            let answer = Box::new(Answer::History { lines, more: false });
            self.app
                .handle(self.now(), Input::Answer { reference, answer });
        }
    }

    /// The screen.
    pub(crate) fn drawn(&mut self) -> Buffer {
        let (width, height) = self.size;
        let mut terminal =
            Terminal::new(TestBackend::new(width, height)).expect("a made-up terminal");
        terminal
            .draw(|frame| draw(&self.app, frame))
            .expect("a made-up terminal");
        terminal.backend().buffer().clone()
    }
}
