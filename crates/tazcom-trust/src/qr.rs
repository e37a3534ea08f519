//! A code for cameras, drawn in a terminal.
//!
//! Two modules in a character, by half blocks: a link to an id takes 37 columns and 19 lines, with the
//! quiet zone of four modules that readers need (ISO/IEC 18004).

use qrcode::{Color, EcLevel, QrCode};
use tazcom_identity::NodeId;

use crate::uri::Uri;

/// Modules around the code.
const QUIET: usize = 4;

/// What the terminal shows where nothing is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Light characters on dark ground.
    #[default]
    Dark,
    /// Dark characters on light ground.
    Light,
}

/// The link to `id` as a code, in lines that each end in a newline.
#[must_use]
pub fn render(id: &NodeId, background: Background) -> String {
    // The lowest level of correction makes the largest modules; a screen has no dirt to correct.
    let code = QrCode::with_error_correction_level(Uri(*id).to_string(), EcLevel::L);
    debug_assert!(code.is_ok(), "every link is short enough");
    code.map(|code| draw(&code, background)).unwrap_or_default()
}

fn draw(code: &QrCode, background: Background) -> String {
    let width = code.width();
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors.get(y * width + x) == Some(&Color::Dark),
            _ => false,
        }
    };
    // Ink is what the terminal's characters are drawn in.
    let is_ink = |x, y| is_dark(x, y) == (background == Background::Light);
    let side = width + 2 * QUIET;
    // Each half block has three bytes.
    let mut text = String::with_capacity(side.div_ceil(2) * (3 * side + 1));
    for y in (0..side).step_by(2) {
        for x in 0..side {
            // Below the last line there is nothing: the ground itself.
            let below = y + 1 < side && is_ink(x, y + 1);
            text.push(match (is_ink(x, y), below) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push('\n');
    }
    text
}
