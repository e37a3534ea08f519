//! Whether more than ASCII is seen: the locale says in which encoding letters come.

/// The first that is set of `LC_ALL`, `LC_CTYPE` and `LANG`, in the order of locale(7).
pub(crate) fn here() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set)
}

/// Whether letters come in UTF-8.
pub(crate) fn has_unicode(locale: Option<&str>) -> bool {
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_says_whether_there_is_more_than_ascii() {
        for (locale, expected) in [
            (Some("de_AT.UTF-8"), true),
            (Some("C.utf8"), true),
            (Some("C"), false),
            (Some("de_AT@euro"), false),
            (None, false),
        ] {
            assert_eq!(has_unicode(locale), expected, "{locale:?}");
        }
    }
}
