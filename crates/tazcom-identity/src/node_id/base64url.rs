//! Base64url (RFC 4648 section 5) of ids: fixed lengths, no padding, one spelling.
//!
//! Written out because the length is known and an id is decoded in every greeting and every
//! announcement: without branches and tables the compiler turns it into vector instructions. Tested
//! against the `base64` crate, which reads the key files.

use super::NodeId;

/// Characters worked on at once, which are [`BYTES_A_BLOCK`] bytes.
const CHARACTERS_A_BLOCK: usize = 8;
const BYTES_A_BLOCK: usize = 6;

/// Blocks that hold an id, the last one filled up with zeros.
const BLOCKS: usize = NodeId::LEN.div_ceil(BYTES_A_BLOCK);
const PADDED_LEN: usize = BLOCKS * BYTES_A_BLOCK;
const PADDED_TEXT_LEN: usize = BLOCKS * CHARACTERS_A_BLOCK;

/// The value of what is no character. Its high bits are in no value, so they survive being ORed.
const INVALID: u8 = 0xff;

/// Why a text of the right length is not an id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A byte outside the alphabet.
    Character,
    /// The bits after the last byte are not zero.
    TrailingBits,
}

/// The text of an id. Zero bits fill it up to whole blocks.
pub(super) fn encode(id: &[u8; NodeId::LEN]) -> [u8; PADDED_TEXT_LEN] {
    let mut padded = [0; PADDED_LEN];
    padded[..NodeId::LEN].copy_from_slice(id);

    let mut text = [0; PADDED_TEXT_LEN];
    let blocks = padded.as_chunks::<BYTES_A_BLOCK>().0;
    for (bytes, values) in blocks.iter().zip(text.as_chunks_mut().0) {
        *values = spread(*bytes);
    }
    for value in &mut text {
        *value = character(*value);
    }
    text
}

/// The id a text stands for.
#[inline]
pub(super) fn decode(text: &[u8; NodeId::TEXT_LEN]) -> Result<[u8; NodeId::LEN], Fault> {
    // The two overlap by five characters: whole vectors, no padding.
    let (values, seen) = values(text.first_chunk::<32>());
    let (last, seen_last) = self::values(text.last_chunk::<16>());
    if seen | seen_last >= 64 {
        return Err(Fault::Character);
    }

    let (v0, v1) = (gather(&values[0..]), gather(&values[8..]));
    let (v2, v3) = (gather(&values[16..]), gather(&values[24..]));
    let [.., a, b, c] = last;
    let (v4, v5) = (gather(&last[5..]), gather(&[a, b, c, 0, 0, 0, 0, 0]));
    if v5 & 0xffff_ffff != 0 {
        return Err(Fault::TrailingBits);
    }
    let words = [
        v0 << 16 | v1 >> 32,
        v1 << 32 | v2 >> 16,
        v2 << 48 | v3,
        v4 << 16 | v5 >> 32,
    ];
    let mut id = [0; NodeId::LEN];
    for (bytes, word) in id.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
    Ok(id)
}

/// Six bytes as eight values of six bits.
const fn spread([a, b, c, d, e, f]: [u8; BYTES_A_BLOCK]) -> [u8; CHARACTERS_A_BLOCK] {
    let bits = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let bits = (bits & 0x0000_ffff_ff00_0000) << 8 | bits & 0x0000_0000_00ff_ffff;
    let bits = (bits & 0x00ff_f000_00ff_f000) << 4 | bits & 0x0000_0fff_0000_0fff;
    let bits = (bits & 0x0fc0_0fc0_0fc0_0fc0) << 2 | bits & 0x003f_003f_003f_003f;
    bits.to_be_bytes()
}

/// The other way round, as a number: neighbours are joined three times.
#[inline]
fn gather(values: &[u8]) -> u64 {
    // Every caller has eight to give.
    let bits = u64::from_be_bytes(*values.first_chunk().unwrap_or(&[0; 8]));
    let bits = (bits & 0x3f00_3f00_3f00_3f00) >> 2 | bits & 0x003f_003f_003f_003f;
    let bits = (bits & 0x0fff_0000_0fff_0000) >> 4 | bits & 0x0000_0fff_0000_0fff;
    (bits & 0x00ff_ffff_0000_0000) >> 8 | bits & 0x0000_0000_00ff_ffff
}

/// The character for a value below 64.
const fn character(value: u8) -> u8 {
    // Sums that are not taken may wrap around.
    let character = value.wrapping_add(b'A');
    let character = if value < 26 {
        character
    } else {
        value.wrapping_add(b'a' - 26)
    };
    let character = if value < 52 {
        character
    } else {
        value.wrapping_sub(4)
    };
    let character = if value < 62 { character } else { b'-' };
    if value < 63 { character } else { b'_' }
}

/// The values of all characters, and their OR: one look instead of one at each.
#[inline]
fn values<const N: usize>(text: Option<&[u8; N]>) -> ([u8; N], u8) {
    let mut values = *text.unwrap_or(&[0; N]);
    let mut seen = 0;
    for character in &mut values {
        *character = value(*character);
        seen |= *character;
    }
    (values, seen)
}

/// The value of a character, or [`INVALID`].
#[inline]
const fn value(character: u8) -> u8 {
    let upper = character.wrapping_sub(b'A');
    let lower = character.wrapping_sub(b'a');
    let digit = character.wrapping_sub(b'0');
    let value = if upper < 26 { upper } else { INVALID };
    let value = if lower < 26 { lower + 26 } else { value };
    let value = if digit < 10 { digit + 52 } else { value };
    let value = if character == b'-' { 62 } else { value };
    if character == b'_' { 63 } else { value }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_are_written_as_the_base64_crate_writes_them(bytes: [u8; 32]) {
            let text = encode(&bytes);
            let (text, padding) = text.split_at(NodeId::TEXT_LEN);
            let expected = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(text, expected.as_bytes());
            prop_assert_eq!(padding, [b'A'; PADDED_TEXT_LEN - NodeId::TEXT_LEN]);
        }

        #[test]
        fn texts_are_read_as_the_base64_crate_reads_them(text in "[A-Za-z0-9_-]{42}[A-Za-z0-9_=. -]") {
            let ours = decode(text.as_bytes().try_into().unwrap()).ok();
            let theirs = URL_SAFE_NO_PAD.decode(&text).ok();
            prop_assert_eq!(ours.map(Vec::from), theirs);
        }
    }

    #[test]
    fn every_value_has_its_character() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (value, expected) in (0u8..).zip(alphabet) {
            assert_eq!(character(value), *expected);
            assert_eq!(super::value(*expected), value);
        }
    }

    #[test]
    fn every_byte_outside_the_alphabet_is_noticed_everywhere() {
        let outside: Vec<u8> = (0..=255)
            .filter(|byte: &u8| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte))
            .collect();
        assert_eq!(outside.len(), 256 - 64);
        for at in 0..NodeId::TEXT_LEN {
            for &byte in &outside {
                let mut text = [b'A'; NodeId::TEXT_LEN];
                text[at] = byte;
                assert_eq!(decode(&text), Err(Fault::Character), "{byte:#x} at {at}");
            }
        }
    }
}
