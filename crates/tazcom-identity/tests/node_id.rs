//! A node id is text in exactly one way.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use proptest::prelude::*;
use tazcom_identity::{NodeId, ParseNodeIdError, SecretKey, ShortId};

/// The public key of RFC 8032 section 7.1, test 1.
const TEXT: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn parse(text: &str) -> Result<NodeId, ParseNodeIdError> {
    text.parse()
}

#[test]
fn the_id_is_the_public_key_in_base64url() {
    let seed = seed("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let id = SecretKey::from_seed(seed).node_id();
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(TEXT.len(), NodeId::TEXT_LEN);
    assert_eq!(parse(TEXT), Ok(id));
}

#[test]
fn the_short_id_is_the_first_eight_characters() {
    let id = parse(TEXT).unwrap();
    assert_eq!(id.short().as_str(), &TEXT[..ShortId::LEN]);
    assert_eq!(id.short().to_string(), "11qYAYKx");
    assert_eq!(format!("{id:?}"), "NodeId(11qYAYKx)");
}

#[test]
fn a_text_that_is_not_an_id_is_refused_with_its_reason() {
    use ParseNodeIdError::{Character, Length, NotCanonical};

    let with = |index: usize, c: char| {
        let mut chars: Vec<char> = TEXT.chars().collect();
        chars[index] = c;
        chars.into_iter().collect::<String>()
    };
    for (text, reason) in [
        (String::new(), Length { found: 0 }),
        (TEXT[..42].to_owned(), Length { found: 42 }),
        (format!("{TEXT}A"), Length { found: 44 }),
        (format!("{TEXT}="), Length { found: 44 }),
        (format!("{TEXT}\n"), Length { found: 44 }),
        (format!("{}=", &TEXT[..42]), Character { index: 42 }),
        (with(0, '='), Character { index: 0 }),
        (with(20, '+'), Character { index: 20 }),
        (with(20, '/'), Character { index: 20 }),
        (with(7, ' '), Character { index: 7 }),
        (with(7, '\0'), Character { index: 7 }),
        (with(42, 'ö'), Character { index: 42 }),
        (with(3, '\u{202e}'), Character { index: 3 }),
        // As many bytes as an id.
        (format!("ö{}", &TEXT[2..]), Character { index: 0 }),
        (with(42, 'p'), NotCanonical),
    ] {
        assert_eq!(parse(&text), Err(reason), "{text:?}");
    }
}

#[test]
fn only_one_of_the_four_spellings_of_the_last_character_is_an_id() {
    // The last character carries 4 bits of the key and 2 that must be zero.
    let spellings = "opqr".chars();
    let accepted: Vec<char> = spellings
        .filter(|last| parse(&format!("{}{last}", &TEXT[..42])).is_ok())
        .collect();
    assert_eq!(accepted, ['o']);
}

#[test]
fn serde_reads_and_writes_the_text() {
    let id = parse(TEXT).unwrap();
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, format!("\"{TEXT}\""));
    assert_eq!(serde_json::from_str::<NodeId>(&json).unwrap(), id);
    for bad in ["\"\"", "7", "null", "[1,2]"] {
        assert!(serde_json::from_str::<NodeId>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_field_width_is_honoured() {
    let id = parse(TEXT).unwrap();
    assert_eq!(format!("{:>10}|", id.short()), "  11qYAYKx|");
    assert_eq!(format!("{id:45}|"), format!("{TEXT}  |"));
}

proptest! {
    #[test]
    fn every_id_survives_its_text(bytes: [u8; 32]) {
        let id = NodeId::from_bytes(bytes);
        let text = id.to_string();
        prop_assert_eq!(text.len(), NodeId::TEXT_LEN);
        prop_assert!(text.starts_with(id.short().as_str()));
        prop_assert_eq!(parse(&text), Ok(id));
        prop_assert_eq!(id.as_bytes(), &bytes);
    }

    #[test]
    fn every_text_that_parses_is_the_text_of_what_it_parsed_to(text in "[A-Za-z0-9_-]{43}") {
        if let Ok(id) = parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        let _ = parse(&text);
    }

    #[test]
    fn no_text_of_the_right_length_makes_the_parser_panic(text in "\\PC{43}|.{43}") {
        let _ = parse(&text);
    }
}

fn seed(hex: &str) -> [u8; 32] {
    std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
}
