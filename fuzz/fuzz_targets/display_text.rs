//! A stranger's text and name before a terminal, and a line that a person types.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_chat::{
    Command, DisplayText, MAX_DISPLAY_CHARS, MAX_DISPLAY_LINES, MAX_NAME_CHARS, Name, parse,
};

/// Characters in the longest error: a peer's text and the sentence round it.
const MAX_ERROR_LEN: usize = 300;

// The first byte gives a limit, the rest is the text.
fuzz_target!(|input: &[u8]| {
    let Some((&limit, bytes)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(bytes);
    shown(&text, usize::from(limit));
    if let Some(name) = Name::clean(&text) {
        assert!(name.as_str().chars().count() <= MAX_NAME_CHARS);
        inert(name.as_str());
        assert!(!name.as_str().contains(char::is_whitespace));
        assert_eq!(Name::clean(name.as_str()).as_ref(), Some(&name));
        let _flagged = name.is_reserved();
    }
    typed(&text);
});

fn shown(text: &str, limit: usize) {
    let whole = DisplayText::new(text);
    assert!(whole.as_str().chars().count() <= MAX_DISPLAY_CHARS);
    assert!(whole.lines().count() <= MAX_DISPLAY_LINES);
    inert(whole.as_str());
    assert_eq!(DisplayText::new(whole.as_str()), whole);

    let line = DisplayText::line(text, limit);
    assert!(line.as_str().chars().count() <= limit);
    assert_eq!(line.lines().count(), 1);
    inert(line.as_str());
    assert_eq!(DisplayText::line(line.as_str(), limit), line);
}

fn typed(text: &str) {
    match parse(text) {
        Ok(Command::Say { text: said }) => assert!(text.ends_with(&said)),
        Ok(_) => assert!(text.starts_with('/')),
        Err(error) => {
            let error = error.to_string();
            assert!(error.chars().count() <= MAX_ERROR_LEN);
            inert(&error);
        }
    }
}

/// A terminal prints it, goes to the next line, and does nothing else.
fn inert(text: &str) {
    vte::Parser::new().advance(&mut Terminal, text.as_bytes());
}

struct Terminal;

impl vte::Perform for Terminal {
    fn execute(&mut self, byte: u8) {
        assert_eq!(byte, b'\n');
    }
    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        panic!("a device control string");
    }
    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        panic!("an operating system command");
    }
    fn csi_dispatch(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        panic!("a control sequence");
    }
    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        panic!("an escape");
    }
}
