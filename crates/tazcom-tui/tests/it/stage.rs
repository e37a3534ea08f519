//! A chat under test, the node it talks with, and its screen.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tazcom_chat::{DisplayName, DisplayText};
use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::inner::SealedRoomId;
use tazcom_proto::{RoomName, UnixMillis};
use tazcom_testkit::Clock;
use tazcom_tui::{
    Answer, App, Ask, Config, Conversation, Input, Kept, News, Now, Order, Output, Place, Presence,
    Present, Said, SaidId, Standing, Status, Trust, draw,
};

/// Wall time when virtual time begins: 14:00 in UTC.
pub(crate) const START: u64 = 1_800_021_600_000;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn id(n: u8) -> NodeId {
    SecretKey::from_seed([n; 32]).node_id()
}

/// Somebody whose name is not in doubt.
pub(crate) fn who(n: u8, name: &str) -> DisplayName {
    DisplayName::told(id(n), Some(name), false)
}

pub(crate) fn ana() -> DisplayName {
    who(1, "ana")
}

pub(crate) fn bob() -> DisplayName {
    who(2, "bob")
}

pub(crate) fn me() -> DisplayName {
    who(9, "mia")
}

pub(crate) fn room(name: &str) -> Place {
    Place::Room(name.parse::<RoomName>().unwrap())
}

pub(crate) fn lobby() -> Place {
    room("lobby")
}

pub(crate) fn crew() -> Place {
    Place::Private(SealedRoomId([7; 16]))
}

pub(crate) fn conversation(place: Place) -> Conversation {
    let name = matches!(place, Place::Private(_)).then(|| DisplayText::new("crew"));
    Conversation {
        place,
        name,
        topic: None,
        standing: Standing::In,
        members: Vec::new(),
        passphrase: false,
    }
}

pub(crate) fn present(who: DisplayName) -> Present {
    Present {
        who,
        presence: Presence::Direct,
        trust: Trust::Known,
    }
}

/// Something that somebody says, so many seconds after the beginning.
pub(crate) fn said(place: Place, author: DisplayName, order: u64, text: &str) -> Said {
    Said {
        id: SaidId(format!("{order}-{}", author.id().short().as_str()).into()),
        place,
        own: author.id() == me().id(),
        author,
        text: DisplayText::new(text),
        action: false,
        at: UnixMillis(START + order * 1000),
        order: Order(START + order * 1000, 0),
        mentions_us: false,
        fate: None,
        key_from: None,
    }
}

/// The chat, what it has put out, and when it is.
pub(crate) struct Stage {
    pub(crate) app: App,
    clock: Clock,
    pub(crate) at: Duration,
    pub(crate) asked: VecDeque<(u64, Ask)>,
    pub(crate) printed: String,
    pub(crate) kept: Vec<Kept>,
    pub(crate) others: Vec<Output>,
    pub(crate) wait: Option<Instant>,
    pub(crate) ended: bool,
    size: Option<(u16, u16)>,
}

pub(crate) fn config() -> Config {
    Config {
        kept: Kept::default(),
        begin: None,
        size: Some((80, 24)),
        colour: false,
        unicode: false,
        zone: TimeZone::UTC,
        attached: false,
    }
}

/// Where there is no screen.
pub(crate) fn plain() -> Config {
    Config {
        size: None,
        ..config()
    }
}

impl Stage {
    pub(crate) fn new(config: Config) -> Self {
        let clock = Clock::start();
        let now = Now {
            instant: clock.at(Duration::ZERO),
            wall: UnixMillis(START),
        };
        let size = config.size;
        let mut stage = Self {
            app: App::new(config, now),
            clock,
            at: Duration::ZERO,
            asked: VecDeque::new(),
            printed: String::new(),
            kept: Vec::new(),
            others: Vec::new(),
            wait: None,
            ended: false,
            size,
        };
        stage.drain();
        stage
    }

    /// In the lobby with ana and bob; nothing was said yet.
    pub(crate) fn with(config: Config) -> Self {
        let mut stage = Self::new(config);
        stage.news(News::Me(me()));
        stage.news(News::Conversation(conversation(lobby())));
        stage.there([ana(), bob()]);
        stage.news(News::Ready);
        stage.no_history();
        stage
    }

    pub(crate) fn lobby() -> Self {
        Self::with(config())
    }

    pub(crate) fn there(&mut self, who: impl IntoIterator<Item = DisplayName>) {
        self.news(News::Status(Status {
            interfaces: vec!["wlan0".to_owned()],
            present: who.into_iter().map(present).collect(),
            ..Status::default()
        }));
    }

    pub(crate) fn handle(&mut self, input: Input) {
        let now = Now {
            instant: self.clock.at(self.at),
            wall: UnixMillis(START).after(self.at),
        };
        self.app.handle(now, input);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.app.poll_output() {
                Output::Ask { reference, ask } => self.asked.push_back((reference, ask)),
                Output::Print(text) => self.printed.push_str(&text),
                Output::Keep(kept) => self.kept.push(*kept),
                Output::Quit => self.ended = true,
                Output::Wait(until) => {
                    self.wait = until;
                    return;
                }
                other => self.others.push(other),
            }
        }
    }

    pub(crate) fn news(&mut self, news: News) {
        self.handle(Input::News(Box::new(news)));
    }

    pub(crate) fn say(&mut self, said: Said) {
        self.news(News::Said(said));
    }

    /// Lets time go by, and does what is due meanwhile.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.at + time;
        while let Some(due) = self.wait.filter(|due| *due <= self.clock.at(end)) {
            let at = due.saturating_duration_since(self.clock.at(Duration::ZERO));
            self.at = at.max(self.at);
            self.handle(Input::Timeout);
        }
        self.at = end;
    }

    pub(crate) fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.handle(Input::Key(KeyEvent::new(code, modifiers)));
    }

    pub(crate) fn key(&mut self, code: KeyCode) {
        self.press(code, KeyModifiers::NONE);
    }

    pub(crate) fn ctrl(&mut self, c: char) {
        self.press(KeyCode::Char(c), KeyModifiers::CONTROL);
    }

    pub(crate) fn alt(&mut self, c: char) {
        self.press(KeyCode::Char(c), KeyModifiers::ALT);
    }

    pub(crate) fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c));
        }
    }

    pub(crate) fn enter(&mut self, text: &str) {
        self.write(text);
        self.key(KeyCode::Enter);
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.handle(Input::Line(text.to_owned()));
    }

    /// The oldest question that is not answered.
    pub(crate) fn next_ask(&mut self) -> (u64, Ask) {
        self.asked.pop_front().expect("nothing was asked")
    }

    pub(crate) fn answer(&mut self, reference: u64, answer: Answer) {
        let answer = Box::new(answer);
        self.handle(Input::Answer { reference, answer });
    }

    /// Answers the oldest question, and says what it was.
    pub(crate) fn reply(&mut self, answer: Answer) -> Ask {
        let (reference, ask) = self.next_ask();
        self.answer(reference, answer);
        ask
    }

    /// Says that nothing was said before, wherever it is asked for.
    pub(crate) fn no_history(&mut self) {
        self.history(&[]);
    }

    /// Says that this was said before, where it is asked for.
    pub(crate) fn history(&mut self, said: &[Said]) {
        let is_history = |(_, ask): &(u64, Ask)| matches!(ask, Ask::History { .. });
        while let Some(at) = self.asked.iter().position(is_history) {
            let Some((reference, Ask::History { of, .. })) = self.asked.remove(at) else {
                return;
            };
            let lines = said.iter().filter(|said| said.place == of);
            let lines = lines.cloned().collect();
            self.answer(reference, Answer::History { lines, more: false });
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.at(self.at)
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        let (width, height) = self.size.expect("there is no screen");
        self.screen_of(width, height)
    }

    /// What is on a screen of this size.
    pub(crate) fn screen_of(&self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(&self.app, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content().chunks(usize::from(width));
        let rows = rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect());
        let rows: Vec<String> = rows.map(|row: String| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }

    /// Whether this is to be seen.
    pub(crate) fn sees(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// What was printed since this was last asked.
    pub(crate) fn take_printed(&mut self) -> String {
        std::mem::take(&mut self.printed)
    }
}
