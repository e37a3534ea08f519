//! Text of strangers on a terminal. The judge is a terminal's own parser.

use proptest::prelude::*;
use rand_core::Rng;
use tazcom_chat::{DisplayText, MAX_DISPLAY_CHARS, MAX_DISPLAY_LINES, Name};
use tazcom_testkit::Seed;

/// What makes a terminal do something, hide something or turn something round.
const ATOMS: [&str; 44] = [
    "\u{1b}",
    "\u{1b}[2J",
    "\u{1b}[31m",
    "\u{1b}[?1049h",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}]0;t\u{1b}\\",
    "\u{1b}P1$r\u{1b}\\",
    "\u{1b}_a\u{1b}\\",
    "\u{1b}^p\u{1b}\\",
    "\u{1b}c",
    "\u{9b}31m",
    "\u{9d}0;t\u{9c}",
    "\u{90}",
    "\u{85}",
    "\u{0}",
    "\u{7}",
    "\u{8}",
    "\u{b}",
    "\u{c}",
    "\u{e}",
    "\u{f}",
    "\u{7f}",
    "\r",
    "\n",
    "\r\n",
    "\t",
    "\u{202e}",
    "\u{2066}",
    "\u{200e}",
    "\u{61c}",
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{fe0f}",
    "\u{e0041}",
    "\u{2028}",
    "\u{300}",
    "\u{115f}",
    "❤",
    "👩",
    "ش",
];

/// Harmless pieces between them.
const LETTERS: [&str; 8] = ["a", "[", "0;1m", "\\", "ß", "山", " ", "प"];

/// What a terminal would do with a text beside printing it and going to the next line.
#[derive(Default)]
struct Obeyed(Vec<&'static str>);

impl vte::Perform for Obeyed {
    fn execute(&mut self, byte: u8) {
        if byte != b'\n' {
            self.0.push("execute");
        }
    }
    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.0.push("hook");
    }
    fn put(&mut self, _: u8) {
        self.0.push("put");
    }
    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.0.push("osc");
    }
    fn csi_dispatch(&mut self, _: &vte::Params, _: &[u8], _: bool, _: char) {
        self.0.push("csi");
    }
    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.0.push("esc");
    }
}

fn obeyed(text: &str) -> Vec<&'static str> {
    let mut obeyed = Obeyed::default();
    let mut parser = vte::Parser::new();
    parser.advance(&mut obeyed, text.as_bytes());
    // A sequence that was only begun would end here.
    parser.advance(&mut obeyed, b"m\x07\n");
    let expected_bell = obeyed.0.pop();
    assert_eq!(expected_bell, Some("execute"), "the parser is at rest");
    obeyed.0
}

#[test]
fn the_judge_sees_what_a_terminal_obeys() {
    for atom in ["\u{1b}[2J", "\u{7}", "\u{1b}c", "\u{1b}]0;t\u{7}"] {
        assert!(!obeyed(atom).is_empty(), "{}", atom.escape_debug());
    }
}

/// Row 60.
#[test]
fn a_million_hostile_texts_are_inert() {
    let seed = Seed::from_env_or(0x60);
    let mut rng = seed.rng(0);
    let mut hostile = String::new();
    for _ in 0..1_000_000 {
        hostile.clear();
        for _ in 0..1 + rng.next_u32() % 12 {
            let n = usize::try_from(rng.next_u32()).unwrap();
            match n % 8 {
                0 => hostile.push_str(LETTERS[n / 8 % LETTERS.len()]),
                1 => hostile.push(char::from_u32(rng.next_u32() % 0x11_0000).unwrap_or('x')),
                _ => hostile.push_str(ATOMS[n / 8 % ATOMS.len()]),
            }
        }
        let shown = DisplayText::new(&hostile);
        let text = shown.as_str();
        assert!(
            obeyed(text).is_empty(),
            "{seed}: {}",
            hostile.escape_unicode()
        );
        assert_eq!(
            DisplayText::new(text),
            shown,
            "{seed}: {}",
            hostile.escape_unicode()
        );
        if let Some(name) = Name::clean(&hostile) {
            assert!(!name.as_str().contains(char::is_control), "{seed}");
            assert_eq!(Name::clean(name.as_str()).as_ref(), Some(&name), "{seed}");
        }
    }
}

#[test]
fn every_atom_alone_and_after_each_other_is_inert() {
    for one in ATOMS {
        for other in ATOMS {
            for glue in ["", "a"] {
                let shown = DisplayText::new(&format!("{one}{glue}{other}"));
                assert!(obeyed(shown.as_str()).is_empty());
                assert!(!shown.as_str().contains('\r'));
            }
        }
    }
}

#[test]
fn what_is_written_stays_readable() {
    for (written, shown) in [
        ("hello", "hello"),
        ("two\nlines", "two\nlines"),
        ("two\r\nlines\r\n", "two\nlines"),
        ("over\rwritten", "over\nwritten"),
        ("a\tb", "a    b"),
        (r"C:\new", r"C:\new"),
        ("\u{1b}[2J", r"\u{1b}[2J"),
        ("txt.\u{202e}gpj", r"txt.\u{202e}gpj"),
        ("a\u{200b}b", r"a\u{200b}b"),
        // Joined pictures, with styles and skin tones.
        ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
        ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
        ("👩🏽\u{200d}🚀", "👩🏽\u{200d}🚀"),
        // Joiners with nothing to join.
        ("👩\u{200d}", r"👩\u{200d}"),
        ("a\u{200d}b", r"a\u{200d}b"),
        ("👩\u{200d}\u{200d}👩", r"👩\u{200d}\u{200d}👩"),
        ("a\u{fe0f}", r"a\u{fe0f}"),
        // Words of Persian and Hindi that have another meaning without.
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("क्\u{200d}ष", "क्\u{200d}ष"),
        ("می\u{200c} ", r"می\u{200c} "),
    ] {
        assert_eq!(DisplayText::new(written).as_str(), shown);
    }
}

#[test]
fn a_letter_has_eight_marks_and_not_nine() {
    let marked = |marks| format!("a{}", "\u{301}".repeat(marks));
    assert_eq!(DisplayText::new(&marked(8)).as_str(), marked(8));
    let nine = DisplayText::new(&marked(9));
    assert_eq!(nine.as_str(), format!(r"{}\u{{301}}", marked(8)));
}

#[test]
fn a_text_has_256_lines_and_the_next_breaks_are_blanks() {
    for lines in [MAX_DISPLAY_LINES, MAX_DISPLAY_LINES + 1] {
        let text = vec!["x"; lines].join("\n");
        let shown = DisplayText::new(&text);
        assert_eq!(shown.lines().count(), MAX_DISPLAY_LINES);
        assert_eq!(shown.as_str().matches('x').count(), lines);
    }
    assert_eq!(DisplayText::line("a\nb\r\nc", 80).as_str(), "a b c");
}

#[test]
fn what_is_too_long_ends_in_dots_and_no_piece_is_cut() {
    assert_eq!(DisplayText::line("abcde", 5).as_str(), "abcde");
    assert_eq!(DisplayText::line("abcdef", 5).as_str(), "ab...");
    assert_eq!(DisplayText::line("\u{1b}\u{1b}", 9).as_str(), r"\u{1b}...");
    assert_eq!(DisplayText::line("\u{1b}\u{1b}", 8).as_str(), "...");
    let longest = "\u{0}".repeat(4096);
    let shown = DisplayText::new(&longest);
    assert!(shown.as_str().ends_with(r"\u{0}..."));
    let chars = shown.as_str().chars().count();
    assert!((MAX_DISPLAY_CHARS - 5..=MAX_DISPLAY_CHARS).contains(&chars));
}

proptest! {
    #[test]
    fn escaping_is_bounded_idempotent_and_inert(text in ".{0,40}", limit in 0..60usize) {
        let shown = DisplayText::line(&text, limit);
        prop_assert!(shown.as_str().chars().count() <= limit);
        prop_assert!(obeyed(shown.as_str()).is_empty());
        prop_assert_eq!(DisplayText::line(shown.as_str(), limit), shown);
    }

    #[test]
    fn a_name_is_bounded_and_cleaning_it_again_changes_nothing(claimed in ".{0,60}") {
        if let Some(name) = Name::clean(&claimed) {
            prop_assert!(name.as_str().chars().count() <= tazcom_chat::MAX_NAME_CHARS);
            prop_assert_eq!(Name::clean(name.as_str()), Some(name));
        }
    }
}
