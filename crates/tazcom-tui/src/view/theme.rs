//! The colours. None of them says anything that is not said without.

use ratatui::style::{Color, Modifier, Style};
use tazcom_identity::NodeId;

use crate::model::Look;
use crate::settings::Theme;

/// How each thing looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Styles {
    /// What matters less: times, notes, borders. Never a grey: some terminals use it as the background.
    pub(super) dim: Style,
    /// What matters more.
    pub(super) strong: Style,
    /// Our own name.
    pub(super) own: Style,
    /// A line that names us, and its mark.
    pub(super) mention: Style,
    pub(super) mention_mark: Style,
    pub(super) warning: Style,
    /// An alert among the lines.
    pub(super) alert: Style,
    /// The alert on top of the screen.
    pub(super) alert_bar: Style,
    /// The lines above and below the conversation.
    pub(super) bar: Style,
    /// What is chosen.
    pub(super) current: Style,
    /// Something new, and something new for us.
    pub(super) unread: Style,
    pub(super) urgent: Style,
    /// Day lines, and the line before what is new.
    pub(super) day: Style,
    pub(super) marker: Style,
    /// A key that can be pressed.
    pub(super) key: Style,
    pub(super) fates: Fates,
    pub(super) verified: Style,
    names: &'static [Color],
}

/// How the fate of one's own words looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fates {
    /// On their way.
    pub(super) waiting: Style,
    pub(super) arrived: Style,
    pub(super) lost: Style,
}

/// Colours of names on a dark background: none is dark, and none is the red of warnings.
const BRIGHT: [Color; 9] = [
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::Green,
    Color::Yellow,
    Color::Magenta,
    Color::Cyan,
];

/// The same on a light one.
const DEEP: [Color; 5] = [
    Color::Blue,
    Color::Magenta,
    Color::Green,
    Color::Cyan,
    Color::Black,
];

impl Styles {
    /// The styles of a look.
    pub(super) const fn of(look: Look) -> Self {
        match look.settings.theme {
            _ if !look.colour => Self::MONO,
            Theme::Mono => Self::MONO,
            Theme::Dark => Self::DARK,
            Theme::Light => Self::LIGHT,
        }
    }

    /// How somebody's name looks: the same everywhere and for ever, and not for it to choose.
    pub(super) fn name(&self, id: NodeId) -> Style {
        // Ids are keys: any of their bytes is as good as random.
        let byte = id.as_bytes().first().copied().unwrap_or_default();
        let turn = usize::from(byte) % self.names.len().max(1);
        match self.names.get(turn) {
            Some(color) => Style::new().fg(*color),
            None => Style::new(),
        }
    }

    const MONO: Self = Self {
        dim: Style::new().add_modifier(Modifier::DIM),
        strong: Style::new().add_modifier(Modifier::BOLD),
        own: Style::new().add_modifier(Modifier::BOLD),
        mention: Style::new().add_modifier(Modifier::BOLD),
        mention_mark: Style::new()
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::REVERSED),
        warning: Style::new().add_modifier(Modifier::BOLD),
        alert: Style::new().add_modifier(Modifier::BOLD),
        alert_bar: Style::new()
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::REVERSED),
        bar: Style::new().add_modifier(Modifier::REVERSED),
        current: Style::new().add_modifier(Modifier::REVERSED),
        unread: Style::new(),
        urgent: Style::new().add_modifier(Modifier::BOLD),
        day: Style::new().add_modifier(Modifier::DIM),
        marker: Style::new().add_modifier(Modifier::BOLD),
        key: Style::new().add_modifier(Modifier::BOLD),
        fates: Fates {
            waiting: Style::new().add_modifier(Modifier::DIM),
            arrived: Style::new().add_modifier(Modifier::DIM),
            lost: Style::new().add_modifier(Modifier::BOLD),
        },
        verified: Style::new().add_modifier(Modifier::BOLD),
        names: &[],
    };

    const DARK: Self = Self {
        mention: Style::new()
            .fg(Color::LightYellow)
            .add_modifier(Modifier::BOLD),
        mention_mark: Style::new()
            .fg(Color::LightYellow)
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::REVERSED),
        warning: Style::new().fg(Color::LightYellow),
        alert: Style::new()
            .fg(Color::LightRed)
            .add_modifier(Modifier::BOLD),
        alert_bar: Style::new()
            .fg(Color::White)
            .bg(Color::Red)
            .add_modifier(Modifier::BOLD),
        bar: Style::new().fg(Color::White).bg(Color::Blue),
        unread: Style::new().fg(Color::LightCyan),
        urgent: Style::new()
            .fg(Color::LightYellow)
            .add_modifier(Modifier::BOLD),
        marker: Style::new()
            .fg(Color::LightRed)
            .add_modifier(Modifier::BOLD),
        key: Style::new().fg(Color::LightCyan),
        fates: Fates {
            arrived: Style::new().fg(Color::Green),
            lost: Style::new()
                .fg(Color::LightRed)
                .add_modifier(Modifier::BOLD),
            ..Self::MONO.fates
        },
        verified: Style::new()
            .fg(Color::LightGreen)
            .add_modifier(Modifier::BOLD),
        names: &BRIGHT,
        ..Self::MONO
    };

    const LIGHT: Self = Self {
        mention: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        mention_mark: Style::new()
            .fg(Color::Red)
            .add_modifier(Modifier::BOLD)
            .add_modifier(Modifier::REVERSED),
        warning: Style::new().fg(Color::Red),
        alert: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        bar: Style::new().fg(Color::Black).bg(Color::Gray),
        unread: Style::new().fg(Color::Blue),
        urgent: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        marker: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        key: Style::new().fg(Color::Blue),
        fates: Fates {
            lost: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            ..Self::DARK.fates
        },
        verified: Style::new().fg(Color::Green).add_modifier(Modifier::BOLD),
        names: &DEEP,
        ..Self::DARK
    };
}
