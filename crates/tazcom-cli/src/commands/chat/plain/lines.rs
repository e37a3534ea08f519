//! Lines of standard input, none longer than anybody types.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The longest line, in bytes without its newline. A message has 4,096; what is longer may be a command
/// or a mistake, and is told apart from one.
pub(super) const MAX_LINE_LEN: usize = 64 * 1024;

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Line(String),
    /// A line that is too long. It was passed over.
    TooLong,
    /// A line that is no text.
    NotText,
    /// There is no more.
    End,
}

#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    /// What has come of the next line.
    line: Vec<u8>,
    /// Whether that is too long already, and the rest of it is passed over.
    is_too_long: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            line: Vec::new(),
            is_too_long: false,
        }
    }

    /// The next line. Cancel-safe.
    pub(super) async fn next(&mut self) -> io::Result<Typed> {
        loop {
            let buffer = self.reader.fill_buf().await?;
            let is_end = buffer.is_empty();
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(buffer.len(), |end| end + 1);
            if !self.is_too_long {
                self.line
                    .extend_from_slice(buffer.get(..taken).unwrap_or_default());
            }
            self.reader.consume(taken);
            if self.line.len() > MAX_LINE_LEN + 1 {
                self.is_too_long = true;
                self.line.clear();
            }
            if end.is_some() || is_end && (self.is_too_long || !self.line.is_empty()) {
                return Ok(self.whole());
            }
            if is_end {
                return Ok(Typed::End);
            }
        }
    }

    fn whole(&mut self) -> Typed {
        let mut line = std::mem::take(&mut self.line);
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        if std::mem::take(&mut self.is_too_long) || line.len() > MAX_LINE_LEN {
            return Typed::TooLong;
        }
        String::from_utf8(line).map_or(Typed::NotText, Typed::Line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Vec<Typed> {
        let mut lines = Lines::new(bytes);
        let mut all = Vec::new();
        loop {
            match lines.next().await.expect("a slice does not fail") {
                Typed::End => return all,
                typed => all.push(typed),
            }
        }
    }

    fn line(text: &str) -> Typed {
        Typed::Line(text.to_owned())
    }

    #[tokio::test]
    async fn a_line_is_what_stands_before_a_newline_or_the_end() {
        assert_eq!(
            all(b"one\r\n\ntwo").await,
            [line("one"), line(""), line("two")]
        );
        assert_eq!(all(b"").await, []);
    }

    #[tokio::test]
    async fn what_is_no_text_is_told_and_the_next_line_is_read() {
        assert_eq!(all(b"\xff\xfe\nhi\n").await, [Typed::NotText, line("hi")]);
    }

    #[tokio::test]
    async fn a_line_may_be_as_long_as_the_limit_and_not_longer() {
        let longest = "x".repeat(MAX_LINE_LEN);
        for (text, first) in [
            (longest.clone(), line(&longest)),
            (format!("{longest}x"), Typed::TooLong),
            (longest.repeat(5), Typed::TooLong),
        ] {
            for end in ["\nhi", "\nhi\n"] {
                let typed = all(format!("{text}{end}").as_bytes()).await;
                assert_eq!(typed, [first.clone(), line("hi")]);
            }
            assert_eq!(all(text.as_bytes()).await, [first]);
        }
    }
}
