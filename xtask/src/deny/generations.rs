//! One generation of each cryptography crate in a lock file.
//!
//! Two of them are two sets of bugs to follow, keys that do not fit each other, and a fix that
//! reaches only one. The lock file counts, not what one build takes from it: so every feature,
//! every platform, what builds need and what tests need are all in. Tests are meant to be: one that
//! computes with another generation than the product says nothing about the product.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What makes, holds, wipes or draws secrets, and what that is built of.
const CRATES: [&str; 32] = [
    "aead",
    "aes",
    "aes-gcm",
    "blake2",
    "blake3",
    "block-buffer",
    "chacha20",
    "chacha20poly1305",
    "cipher",
    "crypto-common",
    "ctutils",
    "curve25519-dalek",
    "digest",
    "ed25519",
    "ed25519-dalek",
    "fiat-crypto",
    "getrandom",
    "hkdf",
    "hmac",
    "inout",
    "poly1305",
    "rand_chacha",
    "rand_core",
    "ring",
    "sha2",
    "signature",
    "snow",
    "subtle",
    "universal-hash",
    "x25519-dalek",
    "zeroize",
    "zeroize_derive",
];

/// A lock file, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    /// None for what is of the workspace, or lies beside it.
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// A crate that is locked in more than one version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Crowd {
    name: &'static str,
    /// Each version, with the shortest way by which a package of ours comes to it, itself first.
    brought: BTreeMap<String, Vec<String>>,
}

impl Lock {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let lock: Self = toml::from_str(text).context("no lock file of cargo's")?;
        anyhow::ensure!(!lock.package.is_empty(), "it locks nothing");
        Ok(lock)
    }

    /// Every cryptography crate of which there is more than one generation.
    pub(super) fn crowds(&self) -> Vec<Crowd> {
        let crowds = CRATES.into_iter().filter_map(|name| {
            let locked = || self.package.iter().filter(move |found| found.name == name);
            (locked().count() > 1).then(|| Crowd {
                name,
                brought: locked()
                    .map(|package| (package.version.clone(), self.way_to(package)))
                    .collect(),
            })
        });
        crowds.collect()
    }

    /// From a package over those that depend on it to the nearest of ours.
    fn way_to(&self, package: &Package) -> Vec<String> {
        let mut ways = VecDeque::from([vec![package]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            let Some(last) = way.last() else { continue };
            if last.source.is_none() {
                return way.into_iter().map(ToString::to_string).collect();
            }
            for dependent in self.package.iter().filter(|other| other.names(last)) {
                if seen.insert((&dependent.name, &dependent.version)) {
                    ways.push_back([&way[..], &[dependent]].concat());
                }
            }
        }
        vec![package.to_string(), "nobody of ours".to_owned()]
    }
}

impl Package {
    /// Whether `other` is among our dependencies: by its name alone where that is enough to tell,
    /// else with its version and then, perhaps, its source.
    fn names(&self, other: &Self) -> bool {
        self.dependencies.iter().any(|dependency| {
            let mut words = dependency.split(' ');
            words.next() == Some(&other.name)
                && words.next().is_none_or(|version| version == other.version)
        })
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Some(_) => write!(f, "{} {}", self.name, self.version),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is there {} times:", self.name, self.brought.len())?;
        for way in self.brought.values() {
            write!(f, "\n    {}", way.join(" <- "))?;
        }
        Ok(())
    }
}
