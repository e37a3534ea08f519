//! The mouse, for those who want it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};

use super::App;
use super::asked::Then;
use super::scroll::To;
use crate::model::Overlay;
use crate::view::layout::{self, Hit};

/// Rows that the wheel goes at once.
const WHEEL: usize = 3;

impl App {
    pub(super) fn mouse(&mut self, event: MouseEvent) {
        let reads = matches!(
            self.model.overlay,
            Some(Overlay::Help { .. } | Overlay::Doctor { .. } | Overlay::Text { .. })
        );
        match event.kind {
            MouseEventKind::ScrollUp if reads => self.wheel_overlay(KeyCode::Up),
            MouseEventKind::ScrollDown if reads => self.wheel_overlay(KeyCode::Down),
            MouseEventKind::ScrollUp => self.scroll(To::Up(WHEEL)),
            MouseEventKind::ScrollDown => self.scroll(To::Down(WHEEL)),
            MouseEventKind::Down(MouseButton::Left) => self.click(event.column, event.row),
            _ => {}
        }
    }

    fn wheel_overlay(&mut self, to: KeyCode) {
        for _ in 0..WHEEL {
            self.overlay_key(KeyEvent::from(to));
        }
    }

    /// What is laid over the conversation is answered by keys alone.
    fn click(&mut self, column: u16, row: u16) {
        if self.model.overlay.is_some() {
            return;
        }
        match layout::hit(&self.model, column, row) {
            Some(Hit::Talk(index)) => self.go_to(index),
            Some(Hit::Person(index)) => self.click_person(index),
            Some(Hit::Alert) => self.acknowledge(),
            Some(Hit::Timeline | Hit::Input) | None => {}
        }
    }

    fn click_person(&mut self, index: usize) {
        let here = self.here();
        let clicked = crate::view::people::at(&self.model, index);
        let who = clicked.and_then(|id| self.model.person(id)).cloned();
        if let Some(who) = who
            && let Err(why) = self.with(&here, &who, Then::Talk { text: None })
        {
            self.complain(&why);
        }
    }
}
