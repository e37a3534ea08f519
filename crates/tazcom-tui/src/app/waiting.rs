//! What is laid over the conversation, and what waits until it may be.
//!
//! A key or a line of the user lays something over at once. What comes of an answer or of news waits
//! until nothing else is open and nothing is typed: no key that was meant for something else, a
//! passphrase above all, is ever taken by what appears under the fingers.

use std::collections::VecDeque;

use tazcom_identity::NodeId;

use super::App;
use crate::model::{Choice, Overlay};

/// What waits to be laid over. Of those who want to compare emoji more are noted alone.
const MAX_WAITING: usize = 8;

/// What is to be laid over the conversation when that may be.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    queue: VecDeque<Overlay>,
}

impl Waiting {
    /// Waits behind what waits already; whether there is room for it. What strangers want gives way to
    /// what the user has asked for.
    pub(super) fn add(&mut self, overlay: Overlay) -> bool {
        if self.queue.len() >= MAX_WAITING {
            let last = self.queue.iter().rposition(Overlay::is_offer);
            let Some(last) = last.filter(|_| !overlay.is_offer()) else {
                return false;
            };
            self.queue.remove(last);
        }
        self.queue.push_back(overlay);
        true
    }

    /// Comes back before all the rest.
    fn give_back(&mut self, overlay: Overlay) {
        if self.add(overlay) {
            self.queue.rotate_right(1);
        }
    }

    /// What compares emoji with somebody.
    pub(super) fn find(&mut self, who: NodeId) -> Option<&mut Overlay> {
        let mut queue = self.queue.iter_mut();
        queue.find(|overlay| overlay.compares(who))
    }

    /// Takes that away.
    pub(super) fn remove(&mut self, who: NodeId) -> Option<Overlay> {
        let at = self.queue.iter().position(|overlay| overlay.compares(who));
        at.and_then(|at| self.queue.remove(at))
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    /// The next that may be laid over: what the user has asked for comes before what others want.
    fn next(&mut self, may: impl Fn(&Overlay) -> bool) -> Option<Overlay> {
        let own = |overlay: &Overlay| !overlay.is_offer() && may(overlay);
        let at = self.queue.iter().position(own);
        let at = at.or_else(|| self.queue.iter().position(&may));
        at.and_then(|at| self.queue.remove(at))
    }
}

impl Overlay {
    /// Whether emoji are compared with this one in it.
    pub(super) fn compares(&self, who: NodeId) -> bool {
        matches!(self, Self::Verify { with, .. } if with.id() == who)
    }

    /// Whether it is somebody else who wants it.
    const fn is_offer(&self) -> bool {
        matches!(self, Self::Verify { offered: true, .. })
    }

    /// Whether the user is to answer it, now or later.
    const fn comes_back(&self) -> bool {
        match self {
            Self::Verify { .. } => true,
            Self::Confirm { choice, .. } => !matches!(choice, Choice::Quit),
            _ => false,
        }
    }
}

impl App {
    /// Lays something over the conversation, now or when that may be; whether it could. What is to be
    /// answered and was there comes back after it.
    pub(super) fn lay(&mut self, overlay: Overlay) -> bool {
        let is_open = self.model.overlay.is_some();
        let compares = matches!(overlay, Overlay::Verify { .. });
        if !self.user.acting || (is_open && compares) {
            return self.waiting.add(overlay);
        }
        if let Some(old) = self.model.overlay.take().filter(Overlay::comes_back) {
            self.waiting.give_back(old);
        }
        self.open(overlay);
        true
    }

    /// Lays over the conversation what has waited for that.
    pub(super) fn lay_waiting(&mut self) {
        let next = match (&self.model.overlay, self.plain.is_some()) {
            (None, false) if self.model.editor.is_empty() => self.waiting.next(|_| true),
            // Where there is no screen, only what is to be answered now stands in the way of others.
            (None, true) => self.waiting.next(|overlay| !overlay.answers().is_empty()),
            (Some(open), true) if open.answers().is_empty() => {
                self.waiting.next(|overlay| !overlay.answers().is_empty())
            }
            _ => None,
        };
        if let Some(overlay) = next {
            if let Some(old) = self.model.overlay.take().filter(Overlay::comes_back) {
                self.waiting.add(old);
            }
            self.open(overlay);
        }
    }

    fn open(&mut self, overlay: Overlay) {
        self.model.palette = None;
        self.changed = true;
        match &overlay {
            Overlay::Confirm { question, .. } => {
                self.print(&format!("-- {question} /yes or /no answers"));
            }
            Overlay::Verify {
                comparison: Some(comparison),
                said_same: false,
                ..
            } => self.print_comparison(comparison),
            _ => {}
        }
        self.model.overlay = Some(overlay);
    }

    /// Asks the user about something that cannot be undone.
    ///
    /// # Errors
    /// Too much is asked already, in words for people.
    pub(super) fn confirm(&mut self, question: String, choice: Choice) -> Result<(), String> {
        let overlay = Overlay::Confirm {
            question,
            choice,
            typed: String::new(),
        };
        let asked = self.lay(overlay);
        asked
            .then_some(())
            .ok_or_else(|| "answer first what you are asked already".to_owned())
    }

    /// Whether anything is typed that Enter would send or answer with.
    pub(super) fn is_typing(&self) -> bool {
        let typed = match &self.model.overlay {
            Some(Overlay::Verify { typed, .. } | Overlay::Confirm { typed, .. }) => typed,
            _ => "",
        };
        !self.model.editor.is_empty() || !typed.is_empty()
    }
}
