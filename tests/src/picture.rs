//! What a terminal shows, as a picture: a cell is a cell, in the colours that most terminals have.

use std::fmt::Write as _;

use vt100::Color;

/// The size of a cell and of what is written in it, in pixels.
const CELL: (usize, usize) = (9, 19);
const FONT: usize = 15;
/// From the top of a cell to the line on which letters stand.
const BASELINE: usize = 14;
/// Around all of it.
const MARGIN: usize = 12;

const FOREGROUND: &str = "#d5d8df";
const BACKGROUND: &str = "#16181d";

/// The first sixteen colours.
const COLOURS: [&str; 16] = [
    "#2a2e37", "#e0606a", "#8dc06f", "#e0b45e", "#6ba4e8", "#c184d8", "#5cb8c4", "#c3c8d1",
    "#6b7280", "#f0808a", "#a9d98b", "#f0cb80", "#8fbcf2", "#d6a3e8", "#82d3dd", "#f2f4f7",
];

/// Cells in a row that look alike.
struct Run {
    column: usize,
    columns: usize,
    text: String,
    look: Look,
}

#[derive(Clone, PartialEq, Eq)]
struct Look {
    foreground: String,
    background: String,
    is_bold: bool,
    is_italic: bool,
    is_underlined: bool,
}

/// A screen as an SVG.
pub(crate) fn svg(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (usize::from(rows.get()), usize::from(columns.get()));
    let width = columns * CELL.0 + 2 * MARGIN;
    let height = rows * CELL.1 + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"{FONT}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows {
        for run in runs(screen, row, columns) {
            draw(&mut out, row, &run);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn runs(screen: &vt100::Screen, row: usize, columns: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let at = |place: usize| u16::try_from(place).expect("a screen is small");
        let Some(cell) = screen.cell(at(row), at(column)) else {
            continue;
        };
        if cell.is_wide_continuation() {
            continue;
        }
        let look = Look::of(cell);
        let text = match cell.contents() {
            "" => " ",
            text => text,
        };
        let columns = if cell.is_wide() { 2 } else { 1 };
        match runs.last_mut() {
            // What is wide stands for itself: fonts do not agree how wide it is.
            Some(run)
                if run.look == look && columns == 1 && run.columns == run.text.chars().count() =>
            {
                run.text.push_str(text);
                run.columns += 1;
            }
            _ => runs.push(Run {
                column,
                columns,
                text: text.to_owned(),
                look,
            }),
        }
    }
    runs
}

fn draw(out: &mut String, row: usize, run: &Run) {
    let (x, y) = (MARGIN + run.column * CELL.0, MARGIN + row * CELL.1);
    let width = run.columns * CELL.0;
    if run.look.background != BACKGROUND {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1, run.look.background
        );
    }
    if run.text.trim().is_empty() {
        return;
    }
    let mut how = String::new();
    if run.look.is_bold {
        how.push_str(" font-weight=\"bold\"");
    }
    if run.look.is_italic {
        how.push_str(" font-style=\"italic\"");
    }
    if run.look.is_underlined {
        how.push_str(" text-decoration=\"underline\"");
    }
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" fill=\"{}\" textLength=\"{width}\" xml:space=\"preserve\"{how}>{}</text>",
        y + BASELINE,
        run.look.foreground,
        escaped(&run.text)
    );
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let mut foreground = colour(cell.fgcolor(), FOREGROUND);
        let mut background = colour(cell.bgcolor(), BACKGROUND);
        if cell.inverse() {
            std::mem::swap(&mut foreground, &mut background);
        }
        if cell.dim() && !cell.inverse() {
            COLOURS[8].clone_into(&mut foreground);
        }
        Self {
            foreground,
            background,
            is_bold: cell.bold(),
            is_italic: cell.italic(),
            is_underlined: cell.underline(),
        }
    }
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Idx(index @ 0..16) => COLOURS[usize::from(index)].to_owned(),
        // A cube of six steps a side, then grey.
        Color::Idx(index @ 16..232) => {
            let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let index = index - 16;
            let (r, g, b) = (step(index / 36), step(index / 6 % 6), step(index % 6));
            format!("#{r:02x}{g:02x}{b:02x}")
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    fn drawn(written: &str) -> String {
        let cells = |count| NonZeroU16::new(count).expect("not none");
        let mut parser = vt100::Parser::new(cells(2), cells(20), 0);
        parser.process(written.as_bytes());
        svg(parser.screen())
    }

    #[test]
    fn what_is_written_is_drawn_and_nothing_of_it_is_markup() {
        let svg = drawn("a <b> & c");
        assert!(svg.contains(">a &lt;b&gt; &amp; c"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn colours_and_weights_are_those_of_the_cells() {
        let svg = drawn("\u{1b}[1;31mred\u{1b}[0m \u{1b}[7mon\u{1b}[0m");
        assert!(svg.contains("fill=\"#e0606a\"") && svg.contains("font-weight=\"bold\">red<"));
        assert!(svg.contains(&format!("fill=\"{FOREGROUND}\"/>")), "{svg}");
    }

    #[test]
    fn what_is_wide_has_two_cells() {
        let svg = drawn("x\u{1f600}y");
        assert!(svg.contains("textLength=\"18\""), "{svg}");
    }
}
