//! The application: a pure state machine.

mod alerts;
mod answers;
mod asked;
mod begin;
mod call;
mod command;
mod complete;
mod early;
mod gaps;
mod going;
mod history;
mod keep;
mod keys;
mod lines;
mod news;
mod overlays;
mod people;
mod plain;
mod pointer;
mod rooms;
mod scroll;
mod settings;
mod suspend;
mod talks;
mod tell;
mod typing;
mod verify;
mod waiting;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Instant;

use tazcom_identity::NodeId;

use self::alerts::Noted;
use self::asked::{Asked, Purpose};
use self::begin::Begin;
use self::call::Caller;
use self::early::Early;
use self::going::Going;
use self::keep::Keeper;
use self::plain::Plain;
use self::typing::Typing;
use self::waiting::Waiting;
use self::words::Words;
use crate::ask::{Answer, Ask};
use crate::io::{Input, Now, Output};
use crate::model::{Editor, Folds, Look, Model};
use crate::news::Status;
use crate::place::Place;
use crate::settings::Config;

/// The chat, without its terminal and without its node.
///
/// One mutation, then drain: [`handle`](Self::handle), then [`poll_output`](Self::poll_output) until it
/// waits. Deadlines are state: when the instant waited for comes, hand in [`Input::Timeout`].
pub struct App {
    pub(crate) model: Model,
    now: Now,
    outputs: VecDeque<Output>,
    /// Whether anything is shown otherwise than when this was last asked.
    changed: bool,
    begin: Begin,
    asked: Asked,
    past: Behind,
    /// Where each conversation is among those of the model.
    places: BTreeMap<Place, usize>,
    early: Early,
    going: Going,
    words: Words,
    typing: Typing,
    /// What is to be laid over the conversation when nothing else is.
    waiting: Waiting,
    user: User,
    others: Others,
    caller: Caller,
    keeper: Keeper,
    /// What there is instead of a screen.
    plain: Option<Plain>,
}

/// What was said and is not here yet.
#[derive(Default)]
struct Behind {
    /// Conversations whose history is to be asked for.
    backlog: VecDeque<Place>,
    /// When it is told that something was missed.
    missed: Option<Instant>,
}

/// What the user is doing.
#[derive(Default)]
struct User {
    /// Whether the terminal is wanted back: what is typed is for another program.
    suspended: bool,
    /// Whether it is the user who does what is being done.
    acting: bool,
    /// When the user last wanted to quit and was asked.
    wanted_out: Option<Instant>,
}

/// What is known of others, and was told of them.
#[derive(Default)]
struct Others {
    /// People with whom the user did not want to compare emoji.
    declined: BTreeSet<NodeId>,
    blocked: BTreeSet<NodeId>,
    noted: Noted,
    /// Whether it was said that there are more conversations than can be shown.
    told_too_many: bool,
}

/// Says nothing of what is said and typed: a log is not the place for it.
impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("ready", &self.is_ready())
            .field("talks", &self.model.talks.len())
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Begins.
    #[must_use]
    pub fn new(config: Config, now: Now) -> Self {
        let settings = config.kept.settings;
        let plain = config.size.is_none().then(Plain::default);
        let model = Model {
            me: None,
            ready: false,
            ended: false,
            attached: config.attached,
            status: Status::default(),
            queued: 0,
            now: now.wall,
            zone: config.zone,
            size: config.size.unwrap_or((80, 24)),
            look: Look {
                settings,
                colour: config.colour,
                unicode: config.unicode,
            },
            talks: Vec::new(),
            current: 0,
            folds: Folds::default(),
            alerts: VecDeque::new(),
            overlay: None,
            editor: Editor::default(),
            palette: None,
            complaint: None,
        };
        let mut app = Self {
            model,
            now,
            outputs: VecDeque::new(),
            changed: true,
            begin: Begin::Waiting(config.begin),
            asked: Asked::default(),
            past: Behind::default(),
            places: BTreeMap::new(),
            early: Early::default(),
            going: Going::default(),
            words: Words::default(),
            typing: Typing::default(),
            waiting: Waiting::default(),
            user: User::default(),
            others: Others::default(),
            caller: Caller::default(),
            keeper: Keeper::new(config.kept),
            plain,
        };
        app.add_lobby();
        if settings.mouse && app.plain.is_none() {
            app.outputs.push_back(Output::Mouse(true));
        }
        app
    }

    /// Takes what happens.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.now = now;
        self.model.now = now.wall;
        self.changed |= !matches!(input, Input::Timeout);
        self.user.acting = matches!(input, Input::Key(_) | Input::Line(_) | Input::Mouse(_));
        match input {
            Input::Key(_) | Input::Paste(_) | Input::Mouse(_) if self.user.suspended => {}
            Input::Key(key) => self.key(key),
            Input::Paste(text) => self.paste(&text),
            Input::Mouse(event) => self.mouse(event),
            Input::Resize(columns, rows) => self.model.size = (columns, rows),
            Input::Focus(focused) => self.caller.focus(focused),
            Input::Line(line) => self.line(line),
            Input::News(news) => self.news(*news),
            Input::Answer { reference, answer } => self.answer(reference, *answer),
            Input::Suspend => self.suspend(),
            Input::Resumed { stopped } => self.resumed(stopped),
            Input::Timeout => {}
        }
        self.user.acting = false;
        self.due();
        self.say_held();
        self.ask_backlog();
        self.lay_waiting();
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Output {
        let wait = || {
            let deadlines = [
                self.asked.deadline(),
                self.keeper.deadline(),
                self.plain.as_ref().and_then(Plain::deadline),
                self.past.missed,
            ];
            Output::Wait(deadlines.into_iter().flatten().min())
        };
        match self.outputs.pop_front() {
            Some(output) => output,
            None => wait(),
        }
    }

    /// Whether anything is shown otherwise than when this was last asked.
    pub fn needs_drawing(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether all that there was at the beginning has been told, and it is known where the chat begins.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.model.ready && self.begin.is_over()
    }

    /// What was typed in this run and is not over: lines that wait, what was asked and not answered, and own
    /// words that nobody has confirmed to have.
    #[must_use]
    pub fn pending(&self) -> usize {
        let typed = self.plain.as_ref().map_or(0, Plain::waiting);
        typed + self.asked.by_user() + self.words.unconfirmed()
    }

    /// Whether another line may be handed in, where there is no screen: it is known where one is, and not
    /// too much of what was typed is still on its way to the disk. Lines that are handed in nevertheless
    /// wait, or are refused and said to be.
    #[must_use]
    pub fn takes_lines(&self) -> bool {
        self.begin.is_over() && !self.is_going() && self.asked.says() < plain::MAX_SAYS
    }

    /// Whether anything that was typed was refused, or it could not begin where it was told to.
    #[must_use]
    pub const fn has_refused(&self) -> bool {
        self.words.has_refused()
    }

    /// Does what is due.
    fn due(&mut self) {
        while let Some(open) = self.asked.take_due(self.now.instant) {
            self.finish(
                open,
                Answer::Refused("the node has not answered".to_owned()),
            );
        }
        if self.keeper.is_due(self.now.instant) {
            self.keep();
        }
        self.tell_missed();
        self.print_due();
    }

    /// Asks the node. What comes back goes to the place.
    ///
    /// # Errors
    /// Why it cannot be asked, in words for people.
    fn ask(&mut self, place: Place, purpose: Purpose, ask: Ask) -> Result<(), String> {
        if self.model.ended {
            return Err(command::ENDED.to_owned());
        }
        if self.asked.is_full() {
            return Err("too much was asked at once; wait for an answer".to_owned());
        }
        let reference = self.asked.add(self.now.instant, place, purpose);
        self.outputs.push_back(Output::Ask { reference, ask });
        Ok(())
    }

    /// Ends, with everything kept.
    fn quit(&mut self) {
        self.give_held_back();
        self.keeper.touch(self.now.instant);
        self.keep();
        self.outputs.push_back(Output::Quit);
    }

    /// The open conversation.
    fn here(&self) -> Place {
        let current = self.model.talks.get(self.model.current);
        current.map_or_else(talks::lobby, |talk| talk.place().clone())
    }
}
