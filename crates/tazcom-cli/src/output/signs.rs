//! The signs before a name that say how far somebody is trusted.

use crate::locale;

/// Which signs are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    Unicode,
    Ascii,
    /// It is shown elsewhere.
    None,
}

impl Signs {
    /// Those that are seen here.
    pub(crate) fn here() -> Self {
        match locale::has_unicode(locale::here().as_deref()) {
            true => Self::Unicode,
            false => Self::Ascii,
        }
    }

    /// What stands before the name of somebody who is trusted so. No name begins like that, or is that: it
    /// has a letter or a digit in it, and no blank.
    pub(super) fn before(self, trust: Option<&str>) -> &'static str {
        match (trust, self) {
            (Some("verified"), Self::Unicode) => "✓ ",
            (Some("verified"), Self::Ascii) => "+ ",
            (Some("blocked"), Self::Unicode) => "✗ ",
            (Some("blocked"), Self::Ascii) => "! ",
            _ => "",
        }
    }
}
