//! Words, links and codes: what was written is read, and what was mistyped is found.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tazcom_identity::NodeId;
use tazcom_testkit::fixed_id;
use tazcom_trust::qr::{self, Background};
use tazcom_trust::uri::{self, Uri, UriError};
use tazcom_trust::words::{MAX_TYPED_LEN, WORDS, Words, WordsError};

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn ids() -> impl Strategy<Value = NodeId> {
    any::<[u8; 32]>().prop_map(NodeId::from_bytes)
}

#[test]
fn the_link_of_an_id_stays_what_it_is() {
    let link = Uri(NodeId::from_bytes([0; 32])).to_string();
    assert_eq!(link, format!("tazcom:{}", "A".repeat(45)));
    let link = Uri(fixed_id(1)).to_string();
    assert_eq!(link, "tazcom:5Bh_8zf2F4J80jdhdikT29dBFCEC8kjO4lh74ZmPZQUbB");
}

#[test]
fn the_words_of_an_id_stay_what_they_are() {
    assert_eq!(
        Words::of(&fixed_id(1)).to_string(),
        "dry bread blade police inherit useful market crowd february palace industry device"
    );
}

proptest! {
    #[test]
    fn a_link_is_read_as_it_was_written(id in ids()) {
        prop_assert_eq!(Uri(id).to_string().parse(), Ok(Uri(id)));
    }

    #[test]
    fn every_two_wrong_characters_are_found(id in ids(), a in 0..45_usize, b in 0..45_usize, x in 1..64_usize, y in 1..64_usize) {
        prop_assume!(a != b);
        let mut wrong = Uri(id).to_string().into_bytes();
        for (at, by) in [(a, x), (b, y)] {
            let at = at + uri::SCHEME.len();
            let value = ALPHABET.iter().position(|c| *c == wrong[at]).unwrap();
            wrong[at] = ALPHABET[value ^ by];
        }
        let wrong = String::from_utf8(wrong).unwrap();
        let found = matches!(wrong.parse::<Uri>(), Err(UriError::Check { .. }));
        prop_assert!(found, "{wrong}");
    }

    #[test]
    fn no_text_makes_a_link_panic(text in ".{0,80}") {
        let _ = text.parse::<Uri>();
        let _ = format!("tazcom:{text}").parse::<Uri>();
    }

    #[test]
    fn words_that_were_read_aloud_are_the_same(id in ids(), upper in any::<bool>()) {
        let words = Words::of(&id);
        let mut heard = words.to_string().replace(' ', "  \n");
        if upper {
            heard = heard.to_uppercase();
        }
        prop_assert_eq!(words.compare(&heard), Ok(()));
        let begun: Vec<&str> = words.iter().map(|word| &word[..word.len().min(4)]).collect();
        prop_assert_eq!(words.compare(&begun.join(" ")), Ok(()));
    }

    #[test]
    fn words_of_somebody_else_are_never_the_same(a in ids(), b in ids()) {
        prop_assume!(a != b);
        let other = Words::of(&b).to_string();
        let different = matches!(Words::of(&a).compare(&other), Err(WordsError::Another { .. }));
        prop_assert!(different);
    }

    #[test]
    fn no_text_makes_words_panic(text in ".{0,200}") {
        prop_assert!(Words::of(&fixed_id(1)).compare(&text).is_err());
    }
}

proptest! {
    // Each of these does thousands of tries, or looks at a picture.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_wrong_character_is_found(id in ids()) {
        let link = Uri(id).to_string();
        for at in uri::SCHEME.len()..link.len() {
            for other in ALPHABET {
                let mut wrong = link.clone().into_bytes();
                if wrong[at] == *other {
                    continue;
                }
                wrong[at] = *other;
                let wrong = String::from_utf8(wrong).unwrap();
                let near = Some(at - uri::SCHEME.len() + 1);
                prop_assert_eq!(wrong.parse::<Uri>(), Err(UriError::Check { near }));
            }
        }
    }

    #[test]
    fn every_two_that_are_swapped_are_found(id in ids()) {
        let link = Uri(id).to_string().into_bytes();
        for first in uri::SCHEME.len()..link.len() {
            for second in first + 1..link.len() {
                let mut wrong = link.clone();
                wrong.swap(first, second);
                if wrong != link {
                    let wrong = String::from_utf8(wrong).unwrap();
                    let found = matches!(wrong.parse::<Uri>(), Err(UriError::Check { .. }));
                    prop_assert!(found, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn a_code_is_read_by_another_program(id in ids(), light in any::<bool>()) {
        let background = if light { Background::Light } else { Background::Dark };
        prop_assert_eq!(scan(&qr::render(&id, background), background), Uri(id).to_string());
    }
}

#[test]
fn a_link_may_have_spaces_and_capitals_before_the_id() {
    let link = Uri(fixed_id(1)).to_string();
    let (head, tail) = link.split_at(20);
    let typed = format!(" TAZCOM:{} {tail}\n", &head[7..]);
    assert_eq!(typed.parse(), Ok(Uri(fixed_id(1))));
}

#[test]
fn what_is_no_link_is_told_what_it_is_instead() {
    let id = fixed_id(1);
    let link = Uri(id).to_string();
    let said = |text: &str| text.parse::<Uri>().unwrap_err();
    assert_eq!(said(&format!("tazcom:{id}")), UriError::Unchecked);
    assert_eq!(said(&id.to_string()), UriError::Scheme);
    assert_eq!(said("https://example.org"), UriError::Scheme);
    assert_eq!(
        said(&link[..link.len() - 1]),
        UriError::Length { found: 44 }
    );
    assert_eq!(said(&format!("{link}A")), UriError::Length { found: 46 });
    let strange = format!("{}ö", &link[..link.len() - 1]);
    assert_eq!(said(&strange), UriError::Character { position: 45 });
    let padded = |len: usize| format!("{link}{}", " ".repeat(len - link.len()));
    assert_eq!(padded(uri::MAX_LEN).parse(), Ok(Uri(id)));
    let len = uri::MAX_LEN + 1;
    assert_eq!(said(&padded(len)), UriError::TooLong { len });
}

#[test]
fn a_typo_in_a_word_is_named() {
    let words = Words::of(&fixed_id(1));
    let mut typed: Vec<String> = words.iter().map(str::to_owned).collect();
    typed[4] = "abandonn".to_owned();
    let error = words.compare(&typed.join(" ")).unwrap_err();
    let said = "word 5 is not on the list, did you mean abandon?";
    assert_eq!(error.to_string(), said);
    typed[4] = "qqqqqqqqqq".to_owned();
    let error = words.compare(&typed.join(" ")).unwrap_err();
    assert_eq!(error.to_string(), "word 5 is not on the list");
}

#[test]
fn a_word_too_few_or_too_many_is_counted() {
    let words = Words::of(&fixed_id(1));
    let text = words.to_string();
    let (_, fewer) = text.split_once(' ').unwrap();
    assert_eq!(
        words.compare(fewer),
        Err(WordsError::Count { found: WORDS - 1 })
    );
    let more = format!("{text} zoo");
    assert_eq!(
        words.compare(&more),
        Err(WordsError::Count { found: WORDS + 1 })
    );
}

#[test]
fn words_are_looked_at_up_to_a_limit() {
    let words = Words::of(&fixed_id(1));
    let text = words.to_string();
    let padded = |len: usize| format!("{text}{}", " ".repeat(len - text.len()));
    assert_eq!(words.compare(&padded(MAX_TYPED_LEN)), Ok(()));
    let len = MAX_TYPED_LEN + 1;
    assert_eq!(
        words.compare(&padded(len)),
        Err(WordsError::TooLong { len })
    );
}

#[test]
fn no_two_of_many_ids_have_the_same_words() {
    let all: BTreeSet<String> = (0..2000)
        .map(|n| Words::of(&fixed_id(n)).to_string())
        .collect();
    assert_eq!(all.len(), 2000);
}

#[test]
fn a_code_fits_an_ordinary_terminal() {
    let code = qr::render(&fixed_id(1), Background::Dark);
    let lines: Vec<&str> = code.lines().collect();
    assert_eq!(lines.len(), 19);
    assert!(lines.iter().all(|line| line.chars().count() == 37));
}

/// Reads a code as a camera would see it in a terminal of that ground.
fn scan(code: &str, background: Background) -> String {
    const SCALE: usize = 4;
    let dark_ground = background == Background::Dark;
    let lines: Vec<Vec<char>> = code.lines().map(|line| line.chars().collect()).collect();
    // Two modules of ground around it, as the terminal around it is.
    let (width, height) = (lines[0].len() + 4, 2 * lines.len() + 4);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, |x, y| {
            let (x, y) = ((x / SCALE).wrapping_sub(2), (y / SCALE).wrapping_sub(2));
            let ink = match lines.get(y / 2).and_then(|line| line.get(x)) {
                Some('█') => true,
                Some('▀') => y % 2 == 0,
                Some('▄') => y % 2 == 1,
                _ => false,
            };
            if ink == dark_ground { 255 } else { 0 }
        });
    let grids = image.detect_grids();
    let (_, text) = grids
        .first()
        .expect("a code is found")
        .decode()
        .expect("it is read");
    text
}
