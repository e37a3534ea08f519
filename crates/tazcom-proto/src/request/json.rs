//! Reads a request out of JSON in one pass, without copying and without a tree.
//!
//! Strings are looked at where they lie in the line. What went wrong is worked out only once
//! something has.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::de::StrRead;

use super::{Hello, Request, RequestError};
use crate::PeerText;

const TYPE: &str = "type";
const FROM: &str = "from";

pub(super) fn parse(line: &[u8]) -> Result<Request, RequestError> {
    // Before JSON, which would let anything pass in the strings it skips.
    let text = str::from_utf8(line).map_err(|error| RequestError::NotUtf8 {
        valid_up_to: error.valid_up_to(),
    })?;
    let mut fields = Fields::default();
    let mut deserializer = serde_json::Deserializer::new(StrRead::new(text));
    deserializer
        .deserialize_map(&mut fields)
        .and_then(|()| deserializer.end())
        .map_err(|error| explain(text, &error, fields.fault.take()))?;
    fields.into_request()
}

/// A line that is not JSON is called that, even if something else was noticed before.
#[cold]
fn explain(text: &str, error: &serde_json::Error, fault: Option<RequestError>) -> RequestError {
    let column = |error: &serde_json::Error| RequestError::NotJson {
        // A newline cannot be in a line, but can be in what a caller passes for one.
        column: error.column(),
    };
    if !error.is_data() {
        return column(error);
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => column(&error),
        Ok(_) => match fault {
            None => RequestError::NotAnObject,
            Some(fault) => fault_of_type(text).unwrap_or(fault),
        },
    }
}

/// What is wrong with the type alone, `None` when it is HELLO: only then are the other keys ours to
/// judge. Another type may give them another meaning.
fn fault_of_type(text: &str) -> Option<RequestError> {
    let mut fields = Fields {
        only_type: true,
        ..Fields::default()
    };
    let visited = serde_json::Deserializer::new(StrRead::new(text)).deserialize_map(&mut fields);
    match visited {
        Err(_) => fields.fault,
        Ok(()) => fields.kind().err(),
    }
}

/// What was found of the keys that count.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<Cow<'a, str>>,
    from: Option<Cow<'a, str>>,
    /// Why the visit was broken off.
    fault: Option<RequestError>,
    /// Whether the type is all that is looked at.
    only_type: bool,
}

impl Fields<'_> {
    /// HELLO, or not.
    fn kind(&self) -> Result<(), RequestError> {
        match self.kind.as_deref() {
            Some("HELLO") => Ok(()),
            Some(other) => Err(RequestError::UnknownType(PeerText::new(other))),
            None => Err(RequestError::Missing { key: TYPE }),
        }
    }

    fn into_request(self) -> Result<Request, RequestError> {
        self.kind()?;
        let from = self.from.ok_or(RequestError::Missing { key: FROM })?;
        Ok(Request::Hello(Hello {
            from: from.parse()?,
        }))
    }
}

impl<'de> Visitor<'de> for &mut Fields<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            let (key, field) = match key {
                Key::Type => (TYPE, &mut self.kind),
                Key::From if !self.only_type => (FROM, &mut self.from),
                Key::From | Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if field.is_some() {
                self.fault = Some(RequestError::Repeated { key });
                return Err(A::Error::custom("repeated key"));
            }
            match map.next_value() {
                Ok(Text(text)) => *field = Some(text),
                Err(error) => {
                    // If the JSON itself is at fault, that is found out and takes precedence.
                    self.fault = Some(RequestError::NotAString { key });
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

enum Key {
    Type,
    From,
    Unknown,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            TYPE => Key::Type,
            FROM => Key::From,
            _ => Key::Unknown,
        })
    }
}

/// A string as it lies in the line; copied only if the peer escaped something in it.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
