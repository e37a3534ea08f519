//! The application with the node it talks with: what both shows have in common.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tazcom_node::UnixMillis;
use tazcom_tui::{Answer, App, Config, Conversation, Input, News, Note, Now, Output, Weight};

use super::asker::Asker;
use super::attend::{Following, follow};
use super::door::Door;

/// News that are taken between two looks at the keyboard: a few milliseconds' worth.
const AT_ONCE: usize = 256;

/// The application, and its node.
#[derive(Debug)]
pub(super) struct Driver {
    app: App,
    asker: Asker,
    following: Following,
    /// What is to be told when the chat begins, once all there was is.
    opening: Vec<String>,
    /// Whether the node has ended.
    is_over: bool,
    deadline: Option<Instant>,
}

/// What is wanted of whoever shows it.
#[derive(Debug)]
pub(super) enum Wanted {
    Bell,
    Notify(String),
    Mouse(bool),
    Repaint,
    Suspend,
    Print(String),
    Quit,
}

impl Driver {
    pub(super) fn new(config: Config, door: Door, opening: Vec<String>) -> Self {
        let kept = config.kept.clone();
        Self {
            app: App::new(config, now()),
            asker: Asker::new(door.clone(), kept),
            following: follow(door),
            opening,
            is_over: false,
            deadline: None,
        }
    }

    pub(super) const fn app(&self) -> &App {
        &self.app
    }

    pub(super) const fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }

    /// Whether the node has ended.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Hands something in.
    pub(super) fn take(&mut self, input: Input) {
        self.app.handle(now(), input);
    }

    /// Does what the application wants, up to what is for whoever shows it. None when there is nothing
    /// more for now.
    pub(super) fn next(&mut self) -> Option<Wanted> {
        loop {
            return Some(match self.app.poll_output() {
                Output::Ask { reference, ask } => {
                    if let Some((reference, answer)) = self.asker.ask(reference, ask) {
                        let answer = Box::new(answer);
                        self.take(Input::Answer { reference, answer });
                    }
                    continue;
                }
                Output::Keep(kept) => {
                    self.asker.keep(kept);
                    continue;
                }
                Output::Bell => Wanted::Bell,
                Output::Notify(text) => Wanted::Notify(text),
                Output::Mouse(on) => Wanted::Mouse(on),
                Output::Repaint => Wanted::Repaint,
                Output::Suspend => Wanted::Suspend,
                Output::Print(text) => Wanted::Print(text),
                Output::Quit => Wanted::Quit,
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return None;
                }
                _ => continue,
            });
        }
    }

    /// Waits until something has happened, and hands it in. Cancel-safe.
    pub(super) async fn happens(&mut self) {
        let deadline = self.deadline;
        tokio::select! {
            biased;
            answered = self.asker.next() => self.answered(answered),
            () = until(deadline) => self.take(Input::Timeout),
            news = self.following.news.recv(), if !self.is_over => match news {
                Some(news) => self.tell(news),
                // It has panicked, which has been noted where panics are.
                None => self.tell(News::Ended),
            },
        }
    }

    fn answered(&mut self, (reference, answer, room): (u64, Answer, Option<Conversation>)) {
        if let Some(room) = room {
            self.take(Input::News(Box::new(News::Conversation(room))));
        }
        let answer = Box::new(answer);
        self.take(Input::Answer { reference, answer });
    }

    /// Waits until what was said and is to be kept is with the node. Cancel-safe.
    pub(super) async fn catch_up(&mut self) {
        while let Some(answered) = self.asker.next_unsettled().await {
            self.answered(answered);
        }
    }

    /// Hands in what was told, and what else was by now.
    fn tell(&mut self, first: News) {
        let mut next = Some(first);
        let mut count = 0;
        while let Some(news) = next {
            let is_ready = news == News::Ready;
            self.is_over |= news == News::Ended;
            self.take(Input::News(Box::new(news)));
            if is_ready {
                self.open();
            }
            count += 1;
            next = match count < AT_ONCE {
                true => self.following.news.try_recv().ok(),
                false => None,
            };
        }
    }

    fn open(&mut self) {
        for text in std::mem::take(&mut self.opening) {
            self.take(Input::News(Box::new(News::Note(Note {
                place: None,
                text,
                weight: Weight::Quiet,
                key: None,
            }))));
        }
    }

    /// Ends in order whatever has ended it: what is to be kept is, and what was said is with the node.
    pub(super) async fn settle(&mut self) {
        self.take(Input::Line("/quit".to_owned()));
        // Nobody is there any more to be shown anything.
        while self.next().is_some() {}
        self.asker.keep_again();
        while self.asker.next_unsettled().await.is_some() {}
    }
}

/// When it is.
pub(super) fn now() -> Now {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
    Now {
        instant: Instant::now(),
        wall: UnixMillis(millis),
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
