//! Laws of the editor.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{Editor, MAX_EDITOR};

#[derive(Clone, Debug)]
enum Edit {
    Insert(String),
    Do(u8),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    // Signs that join with what stands beside them are what a cursor may come between.
    let joining = "[a \n\t\u{301}\u{200d}\u{fe0f}👩👧🇩🇪👍🏽क्षि한]{0,6}";
    prop_oneof![
        joining.prop_map(Edit::Insert),
        ".{0,8}".prop_map(Edit::Insert),
        any::<u8>().prop_map(Edit::Do),
        any::<u8>().prop_map(Edit::Do),
    ]
}

fn edit(editor: &mut Editor, edit: Edit) {
    match edit {
        Edit::Insert(text) => drop(editor.insert(&text)),
        Edit::Do(n) => match n % 15 {
            0 => editor.backspace(),
            1 => editor.delete_forward(),
            2 => editor.delete_word(),
            3 => editor.delete_to_line_start(),
            4 => editor.delete_to_line_end(),
            5 => editor.left(),
            6 => editor.right(),
            7 => editor.word_left(),
            8 => editor.word_right(),
            9 => editor.go_to_line_start(),
            10 => editor.go_to_line_end(),
            11 => drop(editor.up()),
            12 => drop(editor.down()),
            13 => editor.replace(0, editor.cursor, "x\u{301}"),
            _ => editor.left(),
        },
    }
}

proptest! {
    #[test]
    fn the_cursor_is_always_between_two_graphemes(edits in prop::collection::vec(any_edit(), 0..60)) {
        let mut editor = Editor::default();
        for one in edits {
            edit(&mut editor, one);
            let text = &editor.text;
            let between = text.grapheme_indices(true).any(|(at, _)| at == editor.cursor);
            prop_assert!(between || editor.cursor == text.len(), "{:?}", editor);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        }
    }

    #[test]
    fn what_is_inserted_is_deleted_sign_by_sign(text in "[a-z👩\u{301}é한]{1,12}") {
        let mut editor = Editor::default();
        prop_assert!(editor.insert(&text));
        let count = text.graphemes(true).count();
        for _ in 0..count {
            prop_assert!(!editor.is_empty());
            editor.backspace();
        }
        prop_assert!(editor.is_empty());
    }
}

#[test]
fn it_holds_so_much_and_not_a_byte_more() {
    let mut editor = Editor::default();
    assert!(editor.insert(&"x".repeat(MAX_EDITOR)));
    assert!(!editor.insert("x"));
    assert_eq!(editor.text.len(), MAX_EDITOR);
    editor.backspace();
    assert!(!editor.insert("é"), "a letter is taken whole or not");
    assert_eq!(editor.text.len(), MAX_EDITOR - 1);
    editor.replace(0, 0, &"y".repeat(MAX_EDITOR));
    assert_eq!(editor.text.len(), MAX_EDITOR);
}

#[test]
fn up_and_down_keep_the_column_where_there_is_one() {
    let mut editor = Editor::with("one\n👩‍👩‍👧‍👧é\nthree");
    editor.left();
    editor.left();
    assert!(editor.up());
    assert_eq!(
        editor.before().graphemes(true).count(),
        6,
        "at the end of the shorter line"
    );
    assert!(editor.up());
    assert_eq!(editor.before(), "on");
    assert!(!editor.up());
    assert!(editor.down() && editor.down() && !editor.down());
}

#[test]
fn what_was_kept_is_filtered_as_what_is_typed() {
    let editor = Editor::with("a\u{1b}[2J\u{7}\tb\r\nc\u{9b}d");
    assert_eq!(editor.text, "a[2J\tb\ncd");
    assert_eq!(editor.cursor, editor.text.len());
    let long = Editor::with(&"x".repeat(MAX_EDITOR + 1));
    assert_eq!(long.text.len(), MAX_EDITOR);
}
