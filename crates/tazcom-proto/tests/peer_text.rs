//! Text of a peer cannot command the terminal, forge a line or hide. Tests are named for attacks.

use proptest::prelude::*;
use tazcom_proto::{MAX_PEER_TEXT_LEN, PeerText};

fn shown(text: &str) -> String {
    PeerText::new(text).to_string()
}

#[test]
fn honest_text_of_every_script_stays_as_it_is() {
    for text in [
        "hello",
        "Grüße aus Köln",
        "日本語",
        "שלום",
        "हिन्दी",
        "👍 100 % <&>\"'",
    ] {
        assert_eq!(shown(text), text);
    }
}

#[test]
fn the_clipboard_cannot_be_written_with_osc_52() {
    assert_eq!(shown("\x1b]52;c;cm0=\x07"), r"\u{1b}]52;c;cm0=\u{7}");
}

#[test]
fn the_window_title_cannot_be_set_with_8_bit_controls() {
    assert_eq!(shown("\u{9d}0;owned\u{9c}"), r"\u{9d}0;owned\u{9c}");
    assert_eq!(shown("\u{9b}2J"), r"\u{9b}2J");
}

#[test]
fn a_carriage_return_cannot_overwrite_the_line() {
    assert_eq!(shown("evil\rgood"), r"evil\rgood");
}

#[test]
fn a_newline_of_any_kind_cannot_forge_a_second_line() {
    assert_eq!(
        shown("a\n[00:00:00] [INFO ] b\u{85}c\u{2028}d\u{2029}e\u{b}f\u{c}g"),
        r"a\n[00:00:00] [INFO ] b\u{85}c\u{2028}d\u{2029}e\u{b}f\u{c}g"
    );
}

#[test]
fn backspace_and_delete_cannot_rub_out_what_was_printed() {
    assert_eq!(shown("no\u{8}\u{7f}yes"), r"no\u{8}\u{7f}yes");
}

#[test]
fn bidirectional_overrides_cannot_turn_the_line_round() {
    for c in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
        assert_eq!(
            shown(&format!("a{c}b")),
            format!("a\\u{{{:x}}}b", u32::from(c))
        );
    }
    assert_eq!(shown("\u{200e}\u{200f}\u{61c}"), r"\u{200e}\u{200f}\u{61c}");
}

#[test]
fn zero_width_characters_cannot_make_two_names_look_like_one() {
    assert_eq!(shown("an\u{200b}a"), r"an\u{200b}a");
    assert_eq!(
        shown("\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{34f}\u{180e}"),
        r"\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{34f}\u{180e}"
    );
}

#[test]
fn blank_letters_cannot_pass_for_nothing() {
    assert_eq!(
        shown("\u{3164}\u{115f}\u{1160}\u{ffa0}"),
        r"\u{3164}\u{115f}\u{1160}\u{ffa0}"
    );
}

#[test]
fn tags_and_variation_selectors_cannot_smuggle_text() {
    assert_eq!(
        shown("a\u{e0001}\u{e0041}\u{e007f}\u{fe0f}\u{e0100}"),
        r"a\u{e0001}\u{e0041}\u{e007f}\u{fe0f}\u{e0100}"
    );
}

#[test]
fn an_escape_cannot_be_counterfeited() {
    assert_eq!(shown(r"\n"), r"\\n");
    assert_ne!(shown("\\n"), shown("\n"));
    assert_ne!(shown(r"\u{1b}"), shown("\u{1b}"));
}

#[test]
fn bytes_that_are_not_text_are_shown_as_bytes() {
    let text = PeerText::from_bytes(b"\x16\x03\x01ok\xff\xfe\xc3");
    assert_eq!(text.as_str(), r"\u{16}\u{3}\u{1}ok\xff\xfe\xc3");
}

#[test]
fn a_text_of_exactly_the_limit_is_whole_and_a_longer_one_is_cut() {
    let limit = "x".repeat(MAX_PEER_TEXT_LEN);
    assert_eq!(shown(&limit), limit);
    let cut = format!("{}...", "x".repeat(MAX_PEER_TEXT_LEN - 3));
    assert_eq!(shown(&format!("{limit}x")), cut);
    assert_eq!(shown(&"x".repeat(1 << 20)), cut);
}

#[test]
fn no_escape_is_cut_in_half() {
    let text = |limit| PeerText::with_limit("ab\u{202e}cdefgh".as_bytes(), limit).to_string();
    assert_eq!(text(16), r"ab\u{202e}cdefgh");
    assert_eq!(text(15), r"ab\u{202e}cd...");
    assert_eq!(text(13), r"ab\u{202e}...");
    assert_eq!(text(12), "ab...");
    assert_eq!(text(5), "ab...");
    assert_eq!(text(4), "a...");
    assert_eq!(text(2), "..");
    assert_eq!(text(0), "");
}

#[test]
fn debug_is_as_safe_as_display() {
    let text = PeerText::new("\x1b[2J");
    assert_eq!(format!("{text:?}"), r#"PeerText("\u{1b}[2J")"#);
}

proptest! {
    #[test]
    fn nothing_shown_is_a_control_or_longer_than_the_limit(bytes: Vec<u8>, limit in 0usize..200) {
        let text = PeerText::with_limit(&bytes, limit);
        prop_assert!(text.as_str().chars().count() <= limit);
        prop_assert!(!text.as_str().chars().any(char::is_control));
    }

    #[test]
    fn what_is_shown_is_safe_to_show_again(text in "\\PC{0,60}") {
        // Nothing but the backslashes is escaped a second time.
        let once = PeerText::with_limit(text.as_bytes(), 10_000);
        let twice = PeerText::with_limit(once.as_str().as_bytes(), 100_000);
        prop_assert_eq!(twice.as_str(), once.as_str().replace('\\', r"\\"));
    }

    #[test]
    fn two_texts_that_differ_are_shown_differently(a in "[a\\\\nu{}\n\u{1b}]{0,6}", b in "[a\\\\nu{}\n\u{1b}]{0,6}") {
        prop_assert_eq!(a == b, shown(&a) == shown(&b));
    }
}
