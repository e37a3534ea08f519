//! What the pictures are drawn on: bytes for the terminal on standard output.
//!
//! As crossterm has it but for the size, which is that of standard output and not of the terminal that
//! controls the process: that may be another, and asking for it opens a file for each picture.

use std::io;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::pen::Sheet;

#[derive(Debug)]
pub(super) struct Paper(CrosstermBackend<Sheet>);

impl Paper {
    pub(super) const fn new(sheet: Sheet) -> Self {
        Self(CrosstermBackend::new(sheet))
    }
}

/// Columns and rows of the terminal on standard output.
pub(super) fn size() -> io::Result<(u16, u16)> {
    let (columns, rows) = asked()?;
    // A terminal that does not know says nothing: one of the size of most is tried.
    let or = |given: u16, usual| if given == 0 { usual } else { given };
    Ok((or(columns, 80), or(rows, 24)))
}

#[cfg(unix)]
fn asked() -> io::Result<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    Ok((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
fn asked() -> io::Result<(u16, u16)> {
    crossterm::terminal::size()
}

impl Backend for Paper {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    /// Nobody asks: the terminal would have to answer, among the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        let (columns, rows) = size()?;
        Ok(Size::new(columns, rows))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
