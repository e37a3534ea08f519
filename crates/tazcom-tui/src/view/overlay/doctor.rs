//! Is it working, and if not, why.

use ratatui::style::Style;
use ratatui::text::Line;

use super::Content;
use crate::model::Model;
use crate::news::Presence;
use crate::view::measure::blank;
use crate::view::status;
use crate::view::theme::Styles;
use crate::view::wrap::wrap;

/// What can be done by who sees nobody, the most frequent cause first.
const ADVICE: [&str; 5] = [
    "Are the others in the same network, in the same Wi-Fi? Each must run tazcom-cli, too.",
    "Guest networks often keep devices apart (client isolation): take another Wi-Fi, a cable, or the hotspot \
     of a phone.",
    "A firewall must let in UDP port 5353, with which we find each other, and the TCP port of the address \
     above.",
    "With several networks or a VPN: start it with --interface and the name of the one that you share.",
    "If finding is blocked, greet an address by hand: /connect host:port, with the address that F2 shows the \
     other.",
];

/// What is written.
struct Page {
    lines: Vec<Line<'static>>,
    styles: Styles,
    width: usize,
}

/// All of it.
pub(super) fn content(model: &Model, width: usize) -> Content {
    let mut page = Page {
        lines: Vec::new(),
        styles: Styles::of(model.look),
        width,
    };
    let status = &model.status;
    let is_alone = status.present.is_empty();
    if model.ended {
        page.item(
            "the node has ended: nothing is sent or received any more; /quit, and begin anew",
        );
    }
    page.heading("Who is here");
    page.item(&status::peers(model));
    for present in &status.present {
        let how = match &present.presence {
            Presence::Direct => "direct".to_owned(),
            Presence::Via(Some(over)) => format!("over {over}"),
            Presence::Via(None) => "over others".to_owned(),
        };
        page.item(&format!("{}: {how}", present.who));
    }
    page.heading("Network");
    page.all(
        "interface: ",
        &status.interfaces,
        "no interface: is the network up?",
    );
    page.all(
        "our address: ",
        &status.listens,
        "no address: nobody can call us",
    );
    if model.queued > 0 {
        page.heading("Waiting");
        page.item(&format!(
            "{} of your lines, for somebody to come",
            model.queued
        ));
    }
    if is_alone {
        page.heading("What was tried");
        page.all("", &status.tried, "nothing yet");
        page.heading("What to do");
        for advice in ADVICE {
            page.item(advice);
        }
    }
    Content::new("Doctor: is it working?", page.lines)
}

impl Page {
    fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        self.lines
            .push(Line::styled(text.to_owned(), self.styles.strong));
    }

    fn item(&mut self, text: &str) {
        const MARK: &str = "- ";
        let room = self.width.saturating_sub(MARK.len()).max(1);
        for (row, text) in wrap(text, room).into_iter().enumerate() {
            let mark = if row == 0 {
                MARK.to_owned()
            } else {
                blank(MARK.len())
            };
            let line = Line::styled(format!("{mark}{text}"), Style::new());
            self.lines.push(line);
        }
    }

    fn all(&mut self, what: &str, texts: &[String], none: &str) {
        for text in texts {
            self.item(&format!("{what}{text}"));
        }
        if texts.is_empty() {
            self.item(none);
        }
    }
}
