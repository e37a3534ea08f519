//! Where rows end, and where the cursor is.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Laid, lay};
use crate::view::measure::columns;

#[test]
fn the_cursor_is_where_the_next_letter_will_be() {
    type Row<'a> = (&'a str, usize, &'a [&'a str], (usize, usize));
    let table: [Row<'_>; 8] = [
        ("", 0, &[""], (0, 0)),
        ("abc", 3, &["abc"], (0, 3)),
        ("abc", 1, &["abc"], (0, 1)),
        ("abcd", 4, &["abcd", ""], (1, 0)),
        ("abcdef", 4, &["abcd", "ef"], (1, 0)),
        ("ab\ncd", 2, &["ab", "cd"], (0, 2)),
        ("ab\ncd", 3, &["ab", "cd"], (1, 0)),
        ("ab\n", 3, &["ab", ""], (1, 0)),
    ];
    for (text, cursor, rows, (row, column)) in table {
        let laid = Laid {
            rows: rows.to_vec(),
            row,
            column,
        };
        assert_eq!(lay(text, cursor, 4), laid, "{text:?} at {cursor}");
    }
}

proptest! {
    #[test]
    fn the_cursor_is_always_in_a_row(
        text in "([a-z ]|日|👍🏽|e\u{301}|\n){0,40}",
        at in any::<proptest::sample::Index>(),
        width in 2_usize..20,
    ) {
        let bounds: Vec<usize> = text
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let laid = lay(&text, *at.get(&bounds), width);
        prop_assert!(laid.row < laid.rows.len());
        prop_assert!(laid.column < width);
        for row in &laid.rows {
            prop_assert!(columns(row) <= width);
        }
    }
}
