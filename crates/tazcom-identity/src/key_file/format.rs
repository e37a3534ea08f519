//! The bytes of a key file, apart from the disk.

use std::borrow::Cow;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

use super::timestamp::Utc;
use crate::SecretKey;
use crate::secret_key::SEED_LEN;

/// Characters of the seed in standard base64 with padding.
const SEED_TEXT_LEN: usize = SEED_LEN.div_ceil(3) * 4;

/// Why bytes are not a key file. Worded to follow the name of the file; says nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFormatError {
    /// Nothing in it, as after a full disk.
    #[error("is empty")]
    Empty,
    /// More than [`MAX_FILE_LEN`](crate::key_file::MAX_FILE_LEN) bytes.
    #[error(
        "is longer than {} bytes, so it is not a TAZCOM key",
        super::MAX_FILE_LEN
    )]
    TooLong,
    /// It begins as a key file and stops.
    #[error("is cut off")]
    Truncated,
    /// An OpenSSH private key.
    #[error("is an OpenSSH key, not a TAZCOM key")]
    OpenSsh,
    /// Another PEM file: a TLS key, a certificate.
    #[error("is a PEM file, not a TAZCOM key")]
    Pem,
    /// Not text.
    #[error("is a binary file, not a TAZCOM key")]
    Binary,
    /// Text, but not a JSON object.
    #[error("is not a JSON object")]
    NotJson,
    /// The key in it is sealed under a passphrase.
    #[error("is locked: it needs the passphrase")]
    Locked,
    /// It has a sealed key that is not one: not standard base64, empty or too long.
    #[error("has a \"locked_signing_key\" that is damaged")]
    BadLocked,
    /// JSON without the key this program looks for.
    #[error("has no \"signing_key\"")]
    NoSigningKey,
    /// JSON that has the key twice, so that nobody can say which counts.
    #[error("has \"signing_key\" twice")]
    TwoSigningKeys,
    /// The value is not a string of standard base64 with padding.
    #[error("has a \"signing_key\" that is not standard base64")]
    NotBase64,
    /// The value is base64 of something else.
    #[error("has a \"signing_key\" of the wrong length ({SEED_LEN} bytes are a key)")]
    WrongLength,
}

/// Reads the contents of a key file. Pure: the disk is [`load`](crate::key_file::load)'s part.
///
/// # Errors
///
/// [`KeyFormatError`] says what the bytes are instead.
pub fn parse(contents: &[u8]) -> Result<SecretKey, KeyFormatError> {
    match parse_stored(contents)? {
        Stored::Plain(key) => Ok(key),
        Stored::Locked(_) => Err(KeyFormatError::Locked),
    }
}

/// What a key file holds.
#[derive(Debug)]
pub enum Stored {
    /// The key itself.
    Plain(SecretKey),
    /// What somebody sealed, 1 to [`MAX_SEALED_LEN`](super::MAX_SEALED_LEN) bytes.
    Locked(Vec<u8>),
}

/// Reads the contents of a key file, sealed or not.
///
/// # Errors
///
/// [`KeyFormatError`] says what the bytes are instead.
pub fn parse_stored(contents: &[u8]) -> Result<Stored, KeyFormatError> {
    if contents.len() > super::MAX_FILE_LEN {
        return Err(KeyFormatError::TooLong);
    }
    if contents.trim_ascii().is_empty() {
        return Err(KeyFormatError::Empty);
    }
    let text = str::from_utf8(contents).map_err(|_| KeyFormatError::Binary)?;
    if let Some(error) = foreign(text) {
        return Err(error);
    }
    match serde_json::from_str::<Object<'_>>(text) {
        Ok(object) => object.signing_key.decode().map(Stored::Plain),
        Err(error) => match serde_json::from_str::<LockedObject<'_>>(text) {
            Ok(object) => decode_locked(&object.locked_signing_key).map(Stored::Locked),
            Err(_) => Err(explain(text, &error)),
        },
    }
}

fn decode_locked(text: &str) -> Result<Vec<u8>, KeyFormatError> {
    match STANDARD.decode(text) {
        Ok(sealed) if (1..=super::MAX_SEALED_LEN).contains(&sealed.len()) => Ok(sealed),
        _ => Err(KeyFormatError::BadLocked),
    }
}

/// The contents of a file with a sealed key.
pub(super) fn render_locked(sealed: &[u8], created: SystemTime) -> Zeroizing<Vec<u8>> {
    let (sealed, created) = (STANDARD.encode(sealed), Utc(created));
    let text = format!("{{\"locked_signing_key\": \"{sealed}\", \"created\": \"{created}\"}}\n");
    Zeroizing::new(text.into_bytes())
}

/// The contents of a new file for `key`.
pub(super) fn render(key: &SecretKey, created: SystemTime) -> Zeroizing<Vec<u8>> {
    let mut encoded = Zeroizing::new([0; SEED_TEXT_LEN]);
    let written = STANDARD.encode_slice(key.seed(), encoded.as_mut_slice());
    debug_assert!(written.is_ok(), "the buffer has the encoded length");

    let (before, after) = (br#"{"signing_key": ""#, br#"", "created": ""#);
    let created = Utc(created).to_string();
    let end = b"\"}\n";
    // The exact room: a vector that grows leaves copies of the key behind.
    let len = before.len() + encoded.len() + after.len() + created.len() + end.len();
    let mut contents = Zeroizing::new(Vec::with_capacity(len));
    for part in [
        before.as_slice(),
        encoded.as_slice(),
        after,
        created.as_bytes(),
        end,
    ] {
        contents.extend_from_slice(part);
    }
    contents
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    signing_key: Base64<'a>,
}

#[derive(Deserialize)]
struct LockedObject<'a> {
    #[serde(borrow)]
    locked_signing_key: Cow<'a, str>,
}

/// Borrowed from the file's buffer unless a writer escaped a `/`.
#[derive(Deserialize)]
struct Base64<'a>(#[serde(borrow)] Cow<'a, str>);

impl Base64<'_> {
    fn decode(&self) -> Result<SecretKey, KeyFormatError> {
        // Room for more than a seed, so that a longer one is told from bad base64.
        let mut bytes = Zeroizing::new([0; 3 * SEED_LEN]);
        let len = match STANDARD.decode_slice(self.0.as_bytes(), bytes.as_mut_slice()) {
            Ok(len) => len,
            Err(base64::DecodeSliceError::OutputSliceTooSmall) => {
                return Err(KeyFormatError::WrongLength);
            }
            Err(base64::DecodeSliceError::DecodeError(_)) => return Err(KeyFormatError::NotBase64),
        };
        let seed = bytes
            .get(..len)
            .and_then(|seed| <&[u8; SEED_LEN]>::try_from(seed).ok())
            .ok_or(KeyFormatError::WrongLength)?;
        Ok(SecretKey::from_seed(*seed))
    }
}

impl Drop for Base64<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            text.zeroize();
        }
    }
}

fn foreign(text: &str) -> Option<KeyFormatError> {
    let text = text.trim_start();
    if text.starts_with("-----BEGIN OPENSSH") {
        return Some(KeyFormatError::OpenSsh);
    }
    text.starts_with("-----BEGIN")
        .then_some(KeyFormatError::Pem)
}

/// Says what a text that is not a key file is. Its own error would quote the file.
#[cold]
fn explain(text: &str, error: &serde_json::Error) -> KeyFormatError {
    if error.is_eof() {
        return KeyFormatError::Truncated;
    }
    match serde_json::from_str::<Keys>(text) {
        Ok(Keys { signing_keys: 0 }) => KeyFormatError::NoSigningKey,
        Ok(Keys { signing_keys: 1 }) => KeyFormatError::NotBase64,
        Ok(Keys { .. }) => KeyFormatError::TwoSigningKeys,
        Err(error) if error.is_eof() => KeyFormatError::Truncated,
        Err(_) => KeyFormatError::NotJson,
    }
}

/// How often the one key that counts is there.
struct Keys {
    signing_keys: usize,
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CountKeys)
    }
}

struct CountKeys;

impl<'de> serde::de::Visitor<'de> for CountKeys {
    type Value = Keys;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut signing_keys = 0;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            map.next_value::<serde::de::IgnoredAny>()?;
            signing_keys += usize::from(key == "signing_key");
        }
        Ok(Keys { signing_keys })
    }
}
