//! Rows that are narrow enough, and nothing lost.

use proptest::prelude::*;

use super::{wrap, wrap_after};
use crate::view::measure::columns;

#[test]
fn rows_are_broken_at_blanks_and_long_words_where_the_row_ends() {
    let table: [(&str, usize, &[&str]); 8] = [
        ("", 5, &[""]),
        ("hello", 5, &["hello"]),
        ("hello there", 5, &["hello", "there"]),
        ("hello  there", 5, &["hello", "there"]),
        ("a bc def", 4, &["a bc", "def"]),
        (
            "see https://example.org/x",
            8,
            &["see", "https://", "example.", "org/x"],
        ),
        ("one\n\ntwo", 5, &["one", "", "two"]),
        ("  code", 8, &["  code"]),
    ];
    for (text, width, rows) in table {
        assert_eq!(wrap(text, width), rows, "{text:?}");
    }
}

#[test]
fn a_wide_sign_does_not_stand_half_in_a_row() {
    assert_eq!(wrap("日本語", 5), ["日本", "語"]);
    assert_eq!(wrap("a👩‍👩‍👧‍👧b", 2), ["a", "👩‍👩‍👧‍👧", "b"]);
}

#[test]
fn what_is_taken_of_the_first_row_may_stand_alone() {
    assert_eq!(wrap_after("waves to all", 8, 4), ["", "waves to", "all"]);
    assert_eq!(wrap_after("hi all", 8, 4), ["hi", "all"]);
}

#[test]
fn letters_that_are_joined_without_end_are_broken_too() {
    let text = "क्".repeat(60);
    for row in wrap(&text, 10) {
        assert!(columns(row) <= 10, "{row}");
    }
}

proptest! {
    #[test]
    fn no_row_is_wider_than_it_may_be_and_no_letter_is_lost(
        text in "([a-z ]|日|👍🏽|e\u{301}|\n|https://[a-z]{20}){0,60}",
        width in 2_usize..40,
        taken in 0_usize..20,
    ) {
        let taken = taken.min(width);
        let rows = wrap_after(&text, width, taken);
        for row in &rows {
            prop_assert!(columns(row) <= width, "{row:?}");
        }
        let letters = |text: &str| -> String { text.chars().filter(|c| !" \n".contains(*c)).collect() };
        prop_assert_eq!(letters(&rows.concat()), letters(&text));
    }
}
