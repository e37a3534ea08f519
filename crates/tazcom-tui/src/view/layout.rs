//! Where what is.

use ratatui::layout::Rect;

use super::{alert, current, input, palette, people, rooms};
use crate::model::Model;

/// Below this nothing can be shown in which anybody could find anything: columns and rows.
const LEAST: (u16, u16) = (20, 6);

/// Columns from which a pane stands beside the timeline instead of in its place.
const BESIDE: u16 = 60;

/// Columns from which all three stand beside each other without being asked for.
const ALL: u16 = 100;

/// Columns that a timeline has at least beside a pane.
const TIMELINE: u16 = 24;

/// Rows from which the last one shows keys.
const WITH_KEYS: u16 = 12;

/// Where what is. What is not shown has no area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Panes {
    /// What cannot be missed, on top of all.
    pub(crate) alert: Option<Rect>,
    pub(crate) rooms: Option<Rect>,
    /// The line that says where one is.
    pub(crate) title: Rect,
    pub(crate) timeline: Rect,
    pub(crate) people: Option<Rect>,
    pub(crate) palette: Option<Rect>,
    pub(crate) input: Rect,
    pub(crate) status: Rect,
    /// The keys that do something now.
    pub(crate) keys: Option<Rect>,
}

/// Divides the screen.
pub(crate) fn panes(model: &Model) -> Panes {
    let (width, height) = model.size;
    divide(model, Rect::new(0, 0, width, height)).unwrap_or_default()
}

/// Divides an area; none when it is too small.
pub(super) fn divide(model: &Model, area: Rect) -> Option<Panes> {
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return None;
    }
    let keys = u16::from(area.height >= WITH_KEYS);
    // Title, status and keys; and a row each for the timeline and for what is typed.
    let fixed = 2 + keys;
    let alert = rows(alert::height(model, area.width), area.height - fixed - 2);
    let free = area.height - fixed - alert;
    let input = rows(input::height(model, area.width), (free / 2).max(1)).max(1);
    let palette = rows(palette::height(model, area.width), free - input - 1);
    let timeline = free - input - palette;

    let mut from_top = FromTop(area);
    let mut panes = Panes {
        alert: from_top.take(alert),
        title: from_top.take(1).unwrap_or_default(),
        ..Panes::default()
    };
    let middle = from_top.take(timeline).unwrap_or_default();
    panes.palette = from_top.take(palette);
    panes.input = from_top.take(input).unwrap_or_default();
    panes.status = from_top.take(1).unwrap_or_default();
    panes.keys = from_top.take(keys);
    beside(model, middle, &mut panes);
    Some(panes)
}

fn rows(wanted: usize, limit: u16) -> u16 {
    u16::try_from(wanted).unwrap_or(u16::MAX).min(limit)
}

/// Divides what is in the middle: conversations, what is said, people.
fn beside(model: &Model, middle: Rect, panes: &mut Panes) {
    let width = middle.width;
    if width < BESIDE {
        if model.folds.people == Some(true) {
            panes.people = Some(middle);
        } else if model.folds.rooms == Some(true) {
            panes.rooms = Some(middle);
        } else {
            panes.timeline = middle;
        }
        return;
    }
    let (rooms, people) = if width >= ALL {
        ((width / 5 - 2).clamp(18, 24), (width / 5).clamp(20, 26))
    } else {
        (16, 20)
    };
    let shows_people = model.folds.people.unwrap_or(width >= ALL);
    // A column between is the border. Who asks for the people gets them, and the timeline its least.
    let fits = width >= rooms + 1 + TIMELINE + 1 + people;
    let shows_rooms = model.folds.rooms.unwrap_or(true) && (fits || !shows_people);
    let mut left = middle;
    if shows_rooms {
        panes.rooms = Some(Rect {
            width: rooms,
            ..middle
        });
        left.x += rooms + 1;
        left.width -= rooms + 1;
    }
    if shows_people {
        left.width -= people + 1;
        panes.people = Some(Rect {
            x: left.x + left.width + 1,
            width: people,
            ..middle
        });
    }
    panes.timeline = left;
}

/// Takes rows from the top of an area.
struct FromTop(Rect);

impl FromTop {
    fn take(&mut self, rows: u16) -> Option<Rect> {
        let rows = rows.min(self.0.height);
        let taken = Rect {
            height: rows,
            ..self.0
        };
        self.0.y += rows;
        self.0.height -= rows;
        (rows > 0).then_some(taken)
    }
}

/// What is at a place of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    /// The conversation with this index.
    Talk(usize),
    /// The person with this index in the people pane.
    Person(usize),
    Timeline,
    Input,
    Alert,
}

/// What is at this column and row.
pub(crate) fn hit(model: &Model, column: u16, row: u16) -> Option<Hit> {
    let panes = panes(model);
    let is_in = |area: Rect| area.contains((column, row).into());
    let is_on = |area: Option<Rect>| area.filter(|area| is_in(*area));
    if is_on(panes.alert).is_some() {
        return Some(Hit::Alert);
    }
    if let Some(area) = is_on(panes.rooms) {
        return rooms::at(model, area, row).map(Hit::Talk);
    }
    if let Some(area) = is_on(panes.people) {
        return people::at_row(model, current(model)?, area, row).map(Hit::Person);
    }
    if is_in(panes.timeline) {
        return Some(Hit::Timeline);
    }
    is_in(panes.input).then_some(Hit::Input)
}
