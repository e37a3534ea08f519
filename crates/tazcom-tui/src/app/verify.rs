//! Comparing emoji with somebody.
//!
//! What decides whether somebody counts as verified is answered by a word and Enter, and only while
//! nothing else is typed: no key that was meant for a message answers it.

use tazcom_chat::DisplayName;
use tazcom_identity::NodeId;

use super::App;
use super::asked::Purpose;
use crate::ask::Ask;
use crate::model::Overlay;
use crate::news::{Comparison, NotVerified, Note, Presence, Present, Weight};
use crate::place::Place;

/// Signs that are compared; there are seven.
const MAX_SIGNS: usize = 16;

/// People with whom the user did not want to compare: they are noted, and not asked about again.
const MAX_DECLINED: usize = 256;

impl Overlay {
    const fn verify(with: DisplayName, offered: bool) -> Self {
        Self::Verify {
            with,
            comparison: None,
            offered,
            said_same: false,
            typed: String::new(),
        }
    }
}

impl App {
    /// Begins to compare, or takes up what the other has offered.
    ///
    /// # Errors
    /// Why not, in words for people.
    pub(super) fn begin_verify(&mut self, place: &Place, with: &DisplayName) -> Result<(), String> {
        let id = with.id();
        if self.asked.compares(id) {
            return Err(format!("emoji are being compared with {with} already"));
        }
        let present = self.model.status.present.iter();
        let is_here =
            |present: &Present| present.who.id() == id && present.presence == Presence::Direct;
        if !present.into_iter().any(is_here) {
            return Err(format!(
                "there is no connection to {with} now; both have to be on the same network to compare"
            ));
        }
        self.ask(
            place.clone(),
            Purpose::Compare(with.clone()),
            Ask::Compare(id),
        )?;
        self.waiting.remove(id);
        self.others.declined.remove(&id);
        let asked = format!("-- {with} is asked to compare emoji with you; waiting");
        self.print(&asked);
        // Without a screen nothing is to be seen of it before there is something to answer.
        if self.plain.is_none() && !self.lay(Overlay::verify(with.clone(), false)) {
            self.tell(place, asked.trim_start_matches("-- "));
        }
        Ok(())
    }

    /// Somebody wants to compare.
    pub(super) fn comparison_asked(&mut self, by: DisplayName) {
        let id = by.id();
        let shown = self.model.overlay.as_ref();
        let known = self.asked.compares(id) || shown.is_some_and(|overlay| overlay.compares(id));
        if known || self.waiting.find(id).is_some() {
            return;
        }
        let text = format!("{by} wants to compare emoji with you; /verify {by} begins");
        self.note(None, Weight::Warning, text);
        if self.plain.is_none() && !self.others.declined.contains(&id) {
            self.waiting.add(Overlay::verify(by, true));
        }
    }

    /// This is to be compared.
    pub(super) fn compare(&mut self, mut comparison: Comparison) {
        comparison.emoji.truncate(MAX_SIGNS);
        for (sign, name) in &mut comparison.emoji {
            *sign = super::tell::line(sign);
            *name = super::tell::line(name);
        }
        let id = comparison.with.id();
        let shown = self.model.overlay.as_mut();
        let shown = shown.filter(|overlay| overlay.compares(id));
        let is_shown = shown.is_some();
        if let Some(Overlay::Verify {
            comparison: its,
            offered,
            said_same,
            typed,
            ..
        }) = shown.or_else(|| self.waiting.find(id))
        {
            *its = Some(comparison.clone());
            *offered = false;
            *said_same = false;
            typed.clear();
            if is_shown {
                self.print_comparison(&comparison);
            }
            return;
        }
        self.waiting.add(Overlay::Verify {
            with: comparison.with.clone(),
            comparison: Some(comparison),
            offered: false,
            said_same: false,
            typed: String::new(),
        });
    }

    /// Comparing has ended.
    pub(super) fn compared(&mut self, with: NodeId, result: Result<(), NotVerified>) {
        let name = self.name_of_compared(with);
        let asked = self.asked.forget_compare(with);
        let agreed = self.close_verify(with) || asked.is_some();
        let place = asked.unwrap_or_else(|| self.here());
        match result {
            Ok(()) => {
                let text = format!("{name} is verified: it is who you think");
                self.note_in(&[place], Weight::Quiet, &text);
            }
            Err(NotVerified { why, mismatch }) => {
                let text = format!("comparing with {name} has ended: {why}");
                if mismatch {
                    self.note_once(Note {
                        place: Some(place),
                        text,
                        weight: Weight::Alert,
                        key: None,
                    });
                } else if agreed {
                    self.note_in(&[place], Weight::Warning, &text);
                }
            }
        }
    }

    fn name_of_compared(&mut self, with: NodeId) -> String {
        let shown = self
            .model
            .overlay
            .as_ref()
            .filter(|overlay| overlay.compares(with));
        if let Some(Overlay::Verify { with, .. }) = shown {
            return with.to_string();
        }
        let known = self.model.person(with).cloned();
        known
            .unwrap_or_else(|| DisplayName::told(with, None, true))
            .to_string()
    }

    /// Takes away what compares emoji with somebody; whether the user had agreed to compare.
    pub(super) fn close_verify(&mut self, with: NodeId) -> bool {
        let waiting = self.waiting.remove(with);
        let shown = self.model.overlay.take_if(|open| open.compares(with));
        let mut closed = waiting.into_iter().chain(shown);
        let agreed = |overlay: Overlay| matches!(overlay, Overlay::Verify { offered: false, .. });
        closed.any(agreed)
    }

    /// Answers the comparison that is shown.
    pub(super) fn answer_verify(&mut self, yes: bool) {
        let Some(Overlay::Verify {
            with,
            offered,
            typed,
            ..
        }) = &mut self.model.overlay
        else {
            return;
        };
        typed.clear();
        let (with, offered) = (with.clone(), *offered);
        if offered && !yes {
            self.call_off();
            return;
        }
        let here = self.here();
        let asked = if offered {
            self.model.overlay = None;
            self.begin_verify(&here, &with)
        } else {
            let ask = Ask::Confirm {
                who: with.id(),
                same: yes,
            };
            self.ask(here, Purpose::Quiet, ask)
        };
        if let Err(why) = asked {
            self.complain(&why);
        } else if !yes {
            self.close_verify(with.id());
        } else if let Some(Overlay::Verify {
            comparison: Some(_),
            said_same,
            ..
        }) = &mut self.model.overlay
        {
            *said_same = true;
        }
    }

    /// Calls off the comparison that is shown.
    pub(super) fn call_off(&mut self) {
        let Some(Overlay::Verify { with, .. }) = self.model.overlay.take() else {
            return;
        };
        let id = with.id();
        if self.others.declined.len() < MAX_DECLINED {
            self.others.declined.insert(id);
        }
        let place = self.asked.forget_compare(id).unwrap_or_else(|| self.here());
        self.waiting.remove(id);
        match self.ask(place.clone(), Purpose::Quiet, Ask::Cancel(id)) {
            Ok(()) => self.tell(&place, &format!("comparing with {with} is called off")),
            Err(why) => self.complain(&why),
        }
    }
}
