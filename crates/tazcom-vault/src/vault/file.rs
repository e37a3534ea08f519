//! The file `vault.key`.
//!
//! ```json
//! {"version": 1, "kdf": {"name": "argon2id", "m": 65536, "t": 3, "p": 1},
//!  "salt": "<base64>", "nonce": "<base64>", "sealed": "<base64>"}
//! ```
//!
//! All of it but `sealed` is authenticated together with what is sealed.

use std::io::{Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tazcom_identity::private_file::{self, Draft, Refusal};
use zeroize::Zeroizing;

use super::{MASTER_LEN, State, VaultError};
use crate::Passphrase;
use crate::cost::{Cost, CostError};
use crate::sealer::{NONCE_LEN, TAG_LEN};

/// Name of the file in a data directory.
pub const FILE_NAME: &str = "vault.key";

/// Bytes that are read of it. Ours has about 260.
const MAX_FILE_LEN: usize = 4096;

const VERSION: u32 = 1;
const SALT_LEN: usize = 16;
const DOMAIN: &[u8] = b"tazcom/v2/vault\0";
/// What the key is made of where there is no passphrase: it hides nothing.
const UNPROTECTED_DOMAIN: &str = "tazcom/v2/vault-unprotected";

/// What the file says.
pub(crate) struct Header {
    pub(crate) protection: Protection,
    pub(crate) salt: [u8; SALT_LEN],
    pub(crate) nonce: [u8; NONCE_LEN],
    pub(crate) sealed: Vec<u8>,
}

/// What it is sealed under.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    Argon2id(Cost),
}

impl Header {
    pub(super) const fn new(protection: Protection) -> Self {
        Self {
            protection,
            salt: [0; SALT_LEN],
            nonce: [0; NONCE_LEN],
            sealed: Vec::new(),
        }
    }

    pub(super) const fn state(&self) -> State {
        match self.protection {
            Protection::None => State::Open,
            Protection::Argon2id(_) => State::Locked,
        }
    }

    /// The key that the master key is sealed with.
    pub(super) fn key(
        &self,
        dir: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let path = VaultError::path(dir);
        match (self.protection, passphrase) {
            (Protection::None, None) => {
                let key = blake3::derive_key(UNPROTECTED_DOMAIN, &self.salt);
                Ok(Zeroizing::new(key))
            }
            (Protection::None, Some(_)) => Err(VaultError::NotLocked { path }),
            (Protection::Argon2id(_), None) => Err(VaultError::Locked { path }),
            (Protection::Argon2id(cost), Some(passphrase)) => cost
                .derive(passphrase, &self.salt)
                .map_err(|error| match error {
                    CostError::OutOfRange => VaultError::TooCostly { path },
                    CostError::NoMemory => VaultError::NoMemory { path },
                }),
        }
    }

    /// What stands around the sealed key, in one form.
    pub(super) fn authenticated(&self) -> Vec<u8> {
        let (kdf, cost) = match self.protection {
            Protection::None => (0, Cost::sim()),
            Protection::Argon2id(cost) => (1, cost),
        };
        let mut out = DOMAIN.to_vec();
        for number in [VERSION, kdf, cost.memory_kib, cost.passes, cost.lanes] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.nonce);
        out
    }
}

/// Reads the file in `dir`; none when there is none.
pub(super) fn read(dir: &Path) -> Result<Option<Header>, VaultError> {
    let path = VaultError::path(dir);
    let file = match private_file::open(&path) {
        Ok(file) => file,
        Err(Refusal::NotFound) => return Ok(None),
        Err(source) => return Err(VaultError::File { path, source }),
    };
    let mut contents = Vec::with_capacity(MAX_FILE_LEN + 1);
    let limit = u64::try_from(MAX_FILE_LEN + 1).unwrap_or(u64::MAX);
    if let Err(source) = file.take(limit).read_to_end(&mut contents) {
        let source = Refusal::Io {
            attempt: "read",
            source,
        };
        return Err(VaultError::File { path, source });
    }
    parse(dir, &contents).map(Some)
}

/// Writes the file, if none is there.
pub(super) fn create(dir: &Path, header: &Header) -> Result<(), VaultError> {
    let path = VaultError::path(dir);
    draft(&path, header)
        .and_then(|draft| draft.publish(&path))
        .map_err(|source| VaultError::Write { path, source })
}

/// Writes the file in the place of the one that is there.
pub(super) fn replace(dir: &Path, header: &Header) -> Result<(), VaultError> {
    let path = VaultError::path(dir);
    draft(&path, header)
        .and_then(|draft| draft.replace(&path))
        .map_err(|source| VaultError::Write { path, source })
}

fn draft(path: &Path, header: &Header) -> std::io::Result<Draft> {
    let mut draft = Draft::beside(path)?;
    draft.file().write_all(render(header).as_bytes())?;
    Ok(draft)
}

fn parse(dir: &Path, contents: &[u8]) -> Result<Header, VaultError> {
    let damaged = |what| VaultError::damaged(dir, what);
    if contents.len() > MAX_FILE_LEN {
        return Err(damaged("it is too long"));
    }
    let not_ours = |_| damaged("it is not what this program writes");
    let Version { version } = serde_json::from_slice(contents).map_err(not_ours)?;
    if version != VERSION {
        let path = VaultError::path(dir);
        return Err(VaultError::Later { path });
    }
    let written: Written = serde_json::from_slice(contents).map_err(not_ours)?;
    let protection = match written.kdf {
        Kdf::None {} => Protection::None,
        Kdf::Argon2id { m, t, p } => Protection::Argon2id(Cost {
            memory_kib: m,
            passes: t,
            lanes: p,
        }),
    };
    let sealed = STANDARD.decode(&written.sealed).ok();
    Ok(Header {
        protection,
        salt: bytes(&written.salt).ok_or_else(|| damaged("its salt is no salt"))?,
        nonce: bytes(&written.nonce).ok_or_else(|| damaged("its nonce is no nonce"))?,
        sealed: sealed
            .filter(|sealed| sealed.len() == MASTER_LEN + TAG_LEN)
            .ok_or_else(|| damaged("its key is cut off"))?,
    })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn render(header: &Header) -> String {
    let written = Written {
        version: VERSION,
        kdf: match header.protection {
            Protection::None => Kdf::None {},
            Protection::Argon2id(cost) => Kdf::Argon2id {
                m: cost.memory_kib,
                t: cost.passes,
                p: cost.lanes,
            },
        },
        salt: STANDARD.encode(header.salt),
        nonce: STANDARD.encode(header.nonce),
        sealed: STANDARD.encode(&header.sealed),
    };
    let mut text = serde_json::to_string(&written).unwrap_or_default();
    debug_assert!(!text.is_empty(), "numbers and strings are always written");
    text.push('\n');
    text
}

/// What is the same in all versions.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    kdf: Kdf,
    salt: String,
    nonce: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
enum Kdf {
    None {},
    Argon2id { m: u32, t: u32, p: u32 },
}
