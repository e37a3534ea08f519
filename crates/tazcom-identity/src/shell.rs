//! Paths as a person can paste them into a shell.

use std::fmt;
use std::path::Path;

/// Shows `path` as one shell word, quoted only where it needs to be.
pub(crate) struct Word<'a>(pub(crate) &'a Path);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        // A leading dash would be read as an option.
        if text.starts_with('-') {
            f.write_str("-- ")?;
        }
        let plain = |c: char| c.is_alphanumeric() || "/._-+:,@%=~".contains(c);
        if !text.is_empty() && !text.starts_with('~') && text.chars().all(plain) {
            return f.write_str(&text);
        }
        write!(f, "'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(path: &str) -> String {
        Word(Path::new(path)).to_string()
    }

    #[test]
    fn an_ordinary_path_is_left_alone() {
        assert_eq!(word("/srv/ana/.local/node.key"), "/srv/ana/.local/node.key");
    }

    #[test]
    fn a_path_a_shell_would_split_or_expand_is_quoted() {
        assert_eq!(word("/srv/an a/node.key"), "'/srv/an a/node.key'");
        assert_eq!(word("/tmp/$(id)/it's"), r"'/tmp/$(id)/it'\''s'");
        assert_eq!(word("~/node.key"), "'~/node.key'");
    }

    #[test]
    fn a_path_that_looks_like_an_option_is_kept_from_being_one() {
        assert_eq!(word("-rf/node.key"), "-- -rf/node.key");
    }
}
