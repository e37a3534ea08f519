//! Whether a text names us.

use tazcom_identity::NodeId;

use crate::name::Name;

/// Whether our name, or the short form of our id, stands in it as a word of its own.
pub(crate) fn mentions(text: &str, name: Option<&Name>, id: &NodeId) -> bool {
    has_word(text, id.short().as_str())
        || name.is_some_and(|name| has_word(&text.to_lowercase(), &name.as_str().to_lowercase()))
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + found.len()..);
        let after = after.and_then(|tail| tail.chars().next());
        !before.is_some_and(is_inside) && !after.is_some_and(is_inside)
    })
}

/// Whether a word goes on with it.
fn is_inside(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
