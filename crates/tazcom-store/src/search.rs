//! What a person types, as an expression that finds it and does nothing else.

/// Bytes of what is searched for, at most.
pub const MAX_SEARCH_LEN: usize = 256;

/// Words of it that count. Each costs time, and nobody types more.
const MAX_WORDS: usize = 16;

/// The FTS5 expression for all these words as beginnings of words; none when there is no word in it.
///
/// Each is a quoted string, in which nothing but a quote means anything, and that is doubled. A zero
/// byte would end the expression before its quote does.
pub(crate) fn expression(search: &str) -> Option<String> {
    let words = search
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MAX_WORDS);
    let quoted = words.map(|word| format!("\"{}\"*", word.replace('"', "\"\"")));
    let expression = quoted.collect::<Vec<_>>().join(" ");
    (!expression.is_empty()).then_some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_quoted_beginnings() {
        for (typed, wanted) in [
            ("hello", Some("\"hello\"*")),
            ("  two words\n", Some("\"two\"* \"words\"*")),
            ("say \"hi\"", Some("\"say\"* \"\"\"hi\"\"\"*")),
            ("a\0b", Some("\"a\"* \"b\"*")),
            (
                "NEAR(a b) OR x*",
                Some("\"NEAR(a\"* \"b)\"* \"OR\"* \"x*\"*"),
            ),
            ("", None),
            (" \t", None),
            ("\"\" -- *", None),
        ] {
            assert_eq!(expression(typed).as_deref(), wanted, "{typed:?}");
        }
    }

    #[test]
    fn so_many_words_count_and_no_more() {
        let words = |count| vec!["w"; count].join(" ");
        let most = expression(&words(MAX_WORDS)).unwrap();
        assert_eq!(most.matches("\"w\"*").count(), MAX_WORDS);
        assert_eq!(expression(&words(MAX_WORDS + 1)), Some(most));
    }
}
