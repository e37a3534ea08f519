//! The kinds of values in the file, and plain words for values of another kind.

use std::fmt;
use std::marker::PhantomData;

use clap::ValueEnum;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use tazcom_discovery::InterfaceSelector;
use tazcom_node::MAX_NAME_LEN;

use crate::config_file::PeerAddress;

/// Reads the name or address of an interface.
pub(crate) fn selector(text: &str) -> Result<InterfaceSelector, String> {
    match text.trim() {
        "" => Err("an interface has a name or an address, such as wlan0 or 192.168.1.5".to_owned()),
        name => match name.parse() {
            Ok(selector) => Ok(selector),
            Err(never) => match never {},
        },
    }
}

/// Reads what a node calls itself.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if !(1..=MAX_NAME_LEN).contains(&name.len()) {
        return Err(format!(
            "a name has 1 to {MAX_NAME_LEN} bytes, this has {}",
            name.len()
        ));
    }
    if name.chars().any(char::is_control) {
        return Err("a name has no tabs, line ends or other control characters".to_owned());
    }
    Ok(name.to_owned())
}

pub(super) fn selectors<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<InterfaceSelector>, D::Error> {
    deserializer.deserialize_any(OneOrMany {
        expected: "the name or an address of an interface, or a list of them",
        read: selector,
    })
}

pub(super) fn peers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<PeerAddress>, D::Error> {
    deserializer.deserialize_any(OneOrMany {
        expected: "\"HOST:PORT\", or a list of them",
        read: |text: &str| {
            text.parse()
                .map_err(|error| format!("{text:?} is no peer: {error}"))
        },
    })
}

pub(super) fn some_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Name).map(Some)
}

pub(super) fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    deserializer.deserialize_any(Port).map(Some)
}

pub(super) fn choice<'de, D: Deserializer<'de>, T: ValueEnum>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(Choice(PhantomData)).map(Some)
}

/// A text, or a list of texts.
struct OneOrMany<F> {
    expected: &'static str,
    read: F,
}

impl<'de, T, F: Fn(&str) -> Result<T, String>> Visitor<'de> for OneOrMany<F> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![(self.read)(text).map_err(E::custom)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            values.push((self.read)(&text).map_err(A::Error::custom)?);
        }
        Ok(values)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, which is a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        name(text).map_err(E::custom)
    }
}

struct Port;

impl Visitor<'_> for Port {
    type Value = u16;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port, which is a number from 0 to 65535")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u16, E> {
        let unexpected = serde::de::Unexpected::Signed(number);
        u16::try_from(number).map_err(|_| E::invalid_value(unexpected, &self))
    }
}

/// One of a few words, the same as for the flag.
struct Choice<T>(PhantomData<T>);

impl<T: ValueEnum> Visitor<'_> for Choice<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = T::value_variants().iter();
        let words: Vec<String> = words
            .filter_map(|word| Some(format!("{:?}", word.to_possible_value()?.get_name())))
            .collect();
        write!(f, "one of {}", words.join(", "))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_str(text, false)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
