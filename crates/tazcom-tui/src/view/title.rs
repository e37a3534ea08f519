//! Where one is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::glyphs::glyphs;
use super::measure::{columns, cut, name};
use super::put;
use super::theme::Styles;
use super::who::{self, listed, present_of};
use crate::model::{Model, Talk};
use crate::news::{Presence, Standing, Trust};
use crate::place::Place;

/// Draws the line. What the program knows comes first, and what somebody wrote last: so nobody's topic
/// can be taken for a fact.
pub(super) fn draw(model: &Model, talk: &Talk, area: Rect, buffer: &mut Buffer) {
    let glyphs = glyphs(model.look);
    let styles = Styles::of(model.look);
    let width = usize::from(area.width);
    // Nor the name of a room: what separates facts is not in it.
    let title = who::title(model, talk, width / 2, glyphs.cut).replace(" | ", " / ");
    let mut text = format!(" {title}");
    for fact in facts(model, talk) {
        text.push_str(" | ");
        text.push_str(&fact);
    }
    if let Some(topic) = &talk.about.topic
        && columns(&text) < width
    {
        text.push_str(" | topic: ");
        text.push_str(topic.as_str());
    }
    buffer.set_style(area, styles.bar);
    let text = cut(&text, width, glyphs.cut);
    put(buffer, area, 0, &Line::styled(text, styles.bar));
}

/// What is to be known about it.
fn facts(model: &Model, talk: &Talk) -> Vec<String> {
    let mut facts = Vec::new();
    match &talk.about.place {
        Place::Room(_) if model.status.present.is_empty() => {
            facts.push("nobody else here".to_owned())
        }
        Place::Room(_) => facts.push(format!("{} here", here(model, talk))),
        Place::Person(id) => person(model, *id, &mut facts),
        Place::Private(_) => {
            let sealed = if talk.about.passphrase {
                "passphrase"
            } else {
                "members only"
            };
            facts.push(sealed.to_owned());
            let members = talk.about.members.len();
            facts.push(format!("{members} in it, {} here", here(model, talk)));
        }
    }
    match talk.about.standing {
        Standing::In => {}
        Standing::Invited => facts.push("you are invited: /accept".to_owned()),
        Standing::Out => facts.push("you are not in it any more".to_owned()),
    }
    if talk.muted {
        facts.push("muted".to_owned());
    }
    facts
}

fn here(model: &Model, talk: &Talk) -> usize {
    super::people::count_here(&listed(model, talk))
}

fn person(model: &Model, id: tazcom_identity::NodeId, facts: &mut Vec<String>) {
    let glyphs = glyphs(model.look);
    let present = present_of(model, id);
    match who::trust(model, present, id) {
        Trust::Verified => facts.push(format!("{} verified", glyphs.verified)),
        // What else is known of who is away nobody has told.
        _ if present.is_none() => facts.push("not verified".to_owned()),
        Trust::Known => facts.push("not verified".to_owned()),
        Trust::New => facts.push("not verified, new".to_owned()),
        Trust::Blocked => facts.push(format!("{} ignored", glyphs.blocked)),
    }
    /// Columns for whom it is heard over.
    const OVER: usize = 14;
    facts.push(match present.map(|present| &present.presence) {
        Some(Presence::Direct) => "direct".to_owned(),
        Some(Presence::Via(Some(over))) => format!("via {}", name(over, OVER, glyphs.cut)),
        Some(Presence::Via(None)) => "via others".to_owned(),
        None => "not here".to_owned(),
    });
}
