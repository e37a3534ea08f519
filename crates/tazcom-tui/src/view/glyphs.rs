//! The signs that are drawn, and what stands for them where there is only ASCII.

use ratatui::symbols::border;

use crate::model::Look;

/// One set of signs. Each is one column wide.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// Ends what was cut.
    pub(super) cut: &'static str,
    /// Between who said something and what, and between panes.
    pub(super) bar: &'static str,
    /// Of day lines.
    pub(super) rule: &'static str,
    /// Before a line that names us.
    pub(super) mention: &'static str,
    pub(super) queued: &'static str,
    pub(super) sent: &'static str,
    /// Has arrived.
    pub(super) reached: &'static str,
    pub(super) failed: &'static str,
    /// Made sure who it is.
    pub(super) verified: &'static str,
    /// Not shown any more.
    pub(super) blocked: &'static str,
    /// There is a session.
    pub(super) direct: &'static str,
    /// Heard over others.
    pub(super) via: &'static str,
    pub(super) away: &'static str,
    /// There is more above, below.
    pub(super) up: &'static str,
    pub(super) down: &'static str,
    /// For each character of what is not shown.
    pub(super) secret: &'static str,
    pub(super) border: border::Set<'static>,
}

static UNICODE: Glyphs = Glyphs {
    cut: "…",
    bar: "│",
    rule: "─",
    mention: "›",
    queued: "…",
    sent: "→",
    reached: "✓",
    failed: "✗",
    verified: "✓",
    blocked: "✗",
    direct: "●",
    via: "○",
    away: "·",
    up: "↑",
    down: "↓",
    secret: "•",
    border: border::PLAIN,
};

static ASCII: Glyphs = Glyphs {
    cut: ".",
    bar: "|",
    rule: "-",
    mention: ">",
    queued: ".",
    sent: ">",
    reached: "v",
    failed: "!",
    verified: "+",
    blocked: "x",
    direct: "*",
    via: "~",
    away: "-",
    up: "^",
    down: "v",
    secret: "*",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// Whether only ASCII is drawn. What people write is theirs, and left as it is.
pub(super) const fn is_ascii(look: Look) -> bool {
    look.settings.ascii || !look.unicode
}

/// The signs of a look.
pub(super) const fn glyphs(look: Look) -> &'static Glyphs {
    if is_ascii(look) { &ASCII } else { &UNICODE }
}
