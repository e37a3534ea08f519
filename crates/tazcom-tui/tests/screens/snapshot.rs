//! Screens as text that can be read and compared.
//!
//! A screen is its rows without the blanks at their ends; then, for each look, what is not plain:
//! `rows: from..to foreground/background/modifiers, ..`, rows and columns counted from 0.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

use crate::chat::{Chat, Look};

/// Sizes at which every screen is drawn: a usual terminal, a phone, a large screen.
const SIZES: [(u16, u16); 3] = [(80, 24), (40, 20), (200, 60)];

/// Set to write the files anew instead of comparing.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

/// Compares the screens of a scene with the file of this name.
pub(crate) fn compare(name: &str, scene: impl Fn(&mut Chat)) {
    let mut drawn = String::new();
    for size in SIZES {
        let of = |look| {
            let mut chat = Chat::begin(size, look);
            scene(&mut chat);
            chat.drawn()
        };
        let mono = of(Look::Mono);
        let colour = of(Look::Colour);
        // One text for both looks: no colour says what is not said without.
        assert_eq!(rows(&mono), rows(&colour), "colours change the text");
        let (width, height) = size;
        let _ = writeln!(drawn, "=== {width}x{height}");
        for row in rows(&mono) {
            let _ = writeln!(drawn, "{}", row.trim_end());
        }
        let _ = writeln!(
            drawn,
            "--- mono\n{}--- colour\n{}",
            styles(&mono),
            styles(&colour)
        );
    }
    let drawn = drawn.trim_end().to_owned() + "\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(format!("{name}.txt"));
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, drawn).expect("the snapshots can be written");
        return;
    }
    let kept = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{name}: no snapshot ({error}); {UPDATE}=1 writes it"));
    // Git may have been told to end lines in another way.
    let kept = kept.replace("\r\n", "\n");
    assert!(
        kept == drawn,
        "{name} is drawn otherwise:\n{}",
        difference(&kept, &drawn)
    );
}

/// The rows as text. What a wide sign covers is not in it.
fn rows(buffer: &Buffer) -> Vec<String> {
    let area = *buffer.area();
    let row = |y| {
        let mut row = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = cell(buffer, x, y).symbol();
            row.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        row
    };
    (area.top()..area.bottom()).map(row).collect()
}

fn cell(buffer: &Buffer, x: u16, y: u16) -> &Cell {
    buffer.cell((x, y)).expect("a cell of the screen")
}

/// What is not plain, in runs. Rows that look the same are told once.
fn styles(buffer: &Buffer) -> String {
    let area = *buffer.area();
    let mut text = String::new();
    let mut first = area.top();
    for y in area.top()..area.bottom() {
        let runs = runs(buffer, y);
        if y + 1 < area.bottom() && self::runs(buffer, y + 1) == runs {
            continue;
        }
        if !runs.is_empty() {
            let _ = writeln!(text, "{first}..{}: {}", y + 1, runs.join(", "));
        }
        first = y + 1;
    }
    text
}

fn runs(buffer: &Buffer, y: u16) -> Vec<String> {
    let area = *buffer.area();
    let mut runs = Vec::new();
    let mut start = area.left();
    for x in area.left()..area.right() {
        let style = style(cell(buffer, x, y));
        let ends = x + 1 == area.right() || self::style(cell(buffer, x + 1, y)) != style;
        if ends {
            runs.extend(style.map(|style| format!("{start}..{} {style}", x + 1)));
            start = x + 1;
        }
    }
    runs
}

fn style(cell: &Cell) -> Option<String> {
    if (cell.fg, cell.bg, cell.modifier) == (Color::Reset, Color::Reset, Modifier::empty()) {
        return None;
    }
    let colour = |colour: Color| match colour {
        Color::Reset => "-".to_owned(),
        colour => colour.to_string(),
    };
    let modifiers: Vec<String> = cell
        .modifier
        .iter_names()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    Some(format!(
        "{}/{}/{}",
        colour(cell.fg),
        colour(cell.bg),
        modifiers.join("+")
    ))
}

/// The lines that differ.
fn difference(kept: &str, drawn: &str) -> String {
    let mut text = String::new();
    let (mut kept, mut drawn) = (kept.lines(), drawn.lines());
    let mut number = 0;
    loop {
        let (was, is) = (kept.next(), drawn.next());
        number += 1;
        if was.is_none() && is.is_none() {
            return text;
        }
        if was != is {
            let _ = writeln!(text, "{number}: - {}", was.unwrap_or_default());
            let _ = writeln!(text, "{number}: + {}", is.unwrap_or_default());
        }
    }
}
