//! How much a passphrase is worth, at the least.
//!
//! A cautious count of our own instead of a library of word lists and keyboards: it knows no names and
//! no dates, but it takes every run of letters for a word somebody has in a list, and pays nothing for
//! repetition and for counting. It errs towards refusing.

use std::collections::BTreeSet;

/// Bits that a passphrase has to be worth. At a quarter of a second a guess, 2^50 take a thousand
/// processors nine thousand years; with hardware made for it still years.
pub const MIN_STRENGTH_BITS: u32 = 50;

/// Tenths of a bit.
const TENTHS: u32 = 10;
/// A word of a list of 2,048.
const WORD: u32 = 110;
/// A letter on its own, out of 26.
const LETTER: u32 = 47;
/// Each letter past the tenth of a run: long words are rarer, not much.
const LONG_LETTER: u32 = 15;
/// Letters up to which a run is one word.
const WORD_LETTERS: u32 = 10;
/// A digit.
const DIGIT: u32 = 33;
/// Digits of a run: four are a year or a PIN, and more are often two of them.
const MOST_DIGITS: u32 = 200;
/// Any other character: few are in use.
const MARK: u32 = 40;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Mark,
    Space,
}

/// What a passphrase is worth, in bits, at the least.
#[must_use]
pub fn strength_bits(passphrase: &str) -> u32 {
    let mut runs: Vec<(Class, Vec<char>)> = Vec::new();
    for c in passphrase.chars().flat_map(char::to_lowercase) {
        let class = match c {
            _ if c.is_numeric() => Class::Digit,
            _ if c.is_alphabetic() => Class::Letter,
            _ if c.is_whitespace() || matches!(c, '-' | '_' | '.') => Class::Space,
            _ => Class::Mark,
        };
        match runs.last_mut() {
            Some((last, run)) if *last == class => run.push(c),
            _ => runs.push((class, vec![c])),
        }
    }
    let mut seen = BTreeSet::new();
    let tenths = runs.into_iter().map(|(class, run)| {
        let fresh = seen.insert(run.clone());
        match fresh {
            true => run_worth(class, &run),
            // Said again: that it is, is one bit.
            false => match class {
                Class::Space => 0,
                _ => TENTHS,
            },
        }
    });
    tenths.fold(0_u32, u32::saturating_add) / TENTHS
}

fn run_worth(class: Class, run: &[char]) -> u32 {
    let steps = run.windows(2);
    // `aaaa`, `1234` and `cba` are worth their first character.
    let plain = steps.filter(|pair| match pair {
        [one, next] => u32::from(*one).abs_diff(u32::from(*next)) <= 1,
        _ => false,
    });
    let len = run.len().saturating_sub(plain.count());
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    match class {
        Class::Space => 0,
        Class::Digit => len.saturating_mul(DIGIT).min(MOST_DIGITS),
        Class::Mark => len.saturating_mul(MARK),
        Class::Letter => {
            let long = len.saturating_sub(WORD_LETTERS).saturating_mul(LONG_LETTER);
            len.saturating_mul(LETTER).min(WORD).saturating_add(long)
        }
    }
}
