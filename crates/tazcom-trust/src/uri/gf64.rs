//! Arithmetic of the field with 64 elements, one for each character of an id, and the code over it.
//!
//! The field is that of polynomials modulo `x^6 + x + 1`; `x` generates all 63 elements but zero. A
//! code word `c` has `sum c_i = 0` and `sum c_i x^i = 0`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Places before the two check characters.
const CHECK_AT: usize = super::NodeId::TEXT_LEN;

/// The element that a character stands for.
pub(super) fn value(character: u8) -> Option<u8> {
    let at = ALPHABET.iter().position(|listed| *listed == character)?;
    u8::try_from(at).ok()
}

/// The character that stands for an element.
pub(super) fn character(element: u8) -> char {
    ALPHABET
        .get(usize::from(element))
        .map_or('A', |character| char::from(*character))
}

/// The two elements that make `elements`, of which there are [`CHECK_AT`], a code word.
pub(super) fn check(elements: impl Iterator<Item = u8>) -> [u8; 2] {
    let (sum, weighted) = sums(elements);
    let (p, q) = (power(CHECK_AT), power(CHECK_AT + 1));
    // first + second = sum, first * p + second * q = weighted; plus is minus here.
    let second = times(weighted ^ times(sum, p), inverse(p ^ q));
    [sum ^ second, second]
}

/// Whether this is a code word; else where the wrong element is, if it is one.
pub(super) fn verify(word: &[u8]) -> Result<(), Option<usize>> {
    match sums(word.iter().copied()) {
        (0, 0) => Ok(()),
        // An error e at i makes e and e x^i of them.
        (sum, weighted) if sum != 0 && weighted != 0 => {
            let locator = times(weighted, inverse(sum));
            Err((0..word.len()).find(|at| power(*at) == locator))
        }
        _ => Err(None),
    }
}

fn sums(elements: impl Iterator<Item = u8>) -> (u8, u8) {
    let mut weight = 1;
    elements.fold((0, 0), |(sum, weighted), element| {
        let next = (sum ^ element, weighted ^ times(element, weight));
        weight = times(weight, 2);
        next
    })
}

fn times(a: u8, b: u8) -> u8 {
    (0..6).rev().fold(0, |product: u8, bit| {
        let doubled = match product & 0x20 {
            0 => product << 1,
            _ => (product << 1) ^ 0b100_0011,
        };
        match (b >> bit) & 1 {
            0 => doubled,
            _ => doubled ^ a,
        }
    })
}

/// `x` to the `exponent`.
fn power(exponent: usize) -> u8 {
    (0..exponent).fold(1, |power, _| times(power, 2))
}

/// One over `a`: `a` to the 62nd, for there are 63 elements but zero.
fn inverse(a: u8) -> u8 {
    (0..62).fold(1, |power, _| times(power, a))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_element_but_zero_has_an_inverse_and_is_a_power() {
        let powers: BTreeSet<u8> = (0..63).map(power).collect();
        assert_eq!(powers, (1..64).collect());
        for element in powers {
            assert_eq!(times(element, inverse(element)), 1);
        }
    }
}
