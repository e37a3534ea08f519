//! Reads a request out of JSON in one pass, without copying and without a tree.
//!
//! Strings are looked at where they lie in the line and the id is decoded on the spot. What went
//! wrong is worked out only once something has.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::de::StrRead;
use tazcom_identity::{NodeId, ParseNodeIdError};

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
        Ok(_) => fault.unwrap_or(RequestError::NotAnObject),
    }
}

/// What was found of the keys that count.
#[derive(Default)]
struct Fields {
    kind: Option<Kind>,
    from: Option<Result<NodeId, ParseNodeIdError>>,
    /// Why the visit was broken off.
    fault: Option<RequestError>,
}

enum Kind {
    Hello,
    Unknown(PeerText),
}

impl Fields {
    fn into_request(self) -> Result<Request, RequestError> {
        match self.kind {
            None => Err(RequestError::Missing { key: TYPE }),
            Some(Kind::Unknown(name)) => Err(RequestError::UnknownType(name)),
            Some(Kind::Hello) => {
                let from = self.from.ok_or(RequestError::Missing { key: FROM })??;
                Ok(Request::Hello(Hello { from }))
            }
        }
    }

    #[cold]
    fn break_off<E: serde::de::Error>(&mut self, fault: RequestError) -> E {
        let error = E::custom(&fault);
        self.fault = Some(fault);
        error
    }
}

impl<'de> Visitor<'de> for &mut Fields {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Text(Key::named))? {
            let (key, repeated) = match key {
                Key::Type => (TYPE, self.kind.is_some()),
                Key::From => (FROM, self.from.is_some()),
                Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if repeated {
                return Err(self.break_off(RequestError::Repeated { key }));
            }
            let found = if key == TYPE {
                map.next_value_seed(Text(Kind::named))
                    .map(|kind| self.kind = Some(kind))
            } else {
                map.next_value_seed(Text(str::parse))
                    .map(|from| self.from = Some(from))
            };
            // Should the JSON itself be at fault, that is found out and takes precedence.
            found.inspect_err(|_| self.fault = Some(RequestError::NotAString { key }))?;
        }
        Ok(())
    }
}

enum Key {
    Type,
    From,
    Unknown,
}

impl Key {
    fn named(name: &str) -> Self {
        match name {
            TYPE => Self::Type,
            FROM => Self::From,
            _ => Self::Unknown,
        }
    }
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "HELLO" => Self::Hello,
            other => Self::Unknown(PeerText::new(other)),
        }
    }
}

/// Makes a value of a string as it lies in the line.
struct Text<F>(F);

impl<'de, F: FnOnce(&str) -> T, T> DeserializeSeed<'de> for Text<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnOnce(&str) -> T, T> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}
