//! Models that are drawn, and what is seen of them.

mod cost;
mod gutter;
mod lines;
mod looks;
mod panes;
mod placing;
mod scenes;
mod sizes;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tazcom_chat::{DisplayName, DisplayText};
use tazcom_proto::UnixMillis;
use tazcom_testkit::fixed_id;

use self::scenes::Scene;
use super::screen;
use crate::model::Model;
use crate::news::{Order, Said, SaidId};
use crate::place::Place;

/// 2026-11-25 14:02 UTC.
const NOON: UnixMillis = UnixMillis(1_795_615_320_000);

/// The screen of a model, at its size.
fn drawn(model: &Model) -> Buffer {
    let (width, height) = model.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    screen(model, *buffer.area(), &mut buffer);
    buffer
}

/// Its rows as text.
fn text(buffer: &Buffer) -> Vec<String> {
    let area = *buffer.area();
    let row = |y| -> String {
        let cells = (area.left()..area.right()).filter_map(|x| buffer.cell((x, y)));
        cells.map(ratatui::buffer::Cell::symbol).collect()
    };
    (area.top()..area.bottom()).map(row).collect()
}

fn called(n: u32, name: &str) -> DisplayName {
    DisplayName::told(fixed_id(n), Some(name), false)
}

fn said(n: u64, author: DisplayName, words: &str) -> Said {
    Said {
        id: SaidId(format!("{n}").into()),
        place: lobby(),
        author,
        text: DisplayText::new(words),
        action: false,
        at: UnixMillis(NOON.0 + n * 1000),
        order: Order(NOON.0 + n * 1000, 0),
        own: false,
        mentions_us: false,
        fate: None,
        key_from: None,
    }
}

fn lobby() -> Place {
    Place::Room("#lobby".parse().unwrap())
}
