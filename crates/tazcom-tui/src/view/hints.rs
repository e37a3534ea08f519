//! What stands where nothing was said yet.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::put;
use super::theme::Styles;
use super::wrap::wrap;
use crate::model::{Model, Past, Talk};
use crate::news::Standing;

/// Columns of the mark of what the program says.
const MARK: &str = "-- ";

/// Draws it: its end at the bottom.
pub(super) fn draw(model: &Model, talk: &Talk, area: Rect, buffer: &mut Buffer) {
    let style = Styles::of(model.look).dim;
    let room = usize::from(area.width)
        .saturating_sub(MARK.len() + 1)
        .max(1);
    let hints = hints(model, talk);
    let mut lines = Vec::new();
    for hint in &hints {
        for (row, text) in wrap(hint, room).into_iter().enumerate() {
            let mark = if row == 0 { MARK } else { "   " };
            lines.push(Line::styled(format!(" {mark}{text}"), style));
        }
    }
    let height = usize::from(area.height);
    let too_many = lines.len().saturating_sub(height);
    let empty = height.saturating_sub(lines.len());
    for (at, line) in lines.iter().skip(too_many).enumerate() {
        put(buffer, area, empty + at, line);
    }
}

fn hints(model: &Model, talk: &Talk) -> Vec<String> {
    if !model.ready {
        return vec!["starting".to_owned()];
    }
    match talk.about.standing {
        Standing::Invited => {
            return vec!["you are invited: /accept goes in, /decline does not".to_owned()];
        }
        Standing::Out => return vec!["you are not in it any more".to_owned()],
        Standing::In => {}
    }
    let mut hints = Vec::new();
    hints.push(match talk.past {
        Past::Asked => "looking up what was said here".to_owned(),
        _ => "nothing was said here yet".to_owned(),
    });
    if model.status.present.is_empty() && !model.ended {
        hints.push("nobody is here yet".to_owned());
        hints.extend(model.status.tried.iter().cloned());
        hints.push("F2 says what can be done about it".to_owned());
        hints.push("what you type now is kept, and goes out when somebody comes".to_owned());
    } else {
        hints.push("type something and press Enter; F1 explains the rest".to_owned());
    }
    hints
}
