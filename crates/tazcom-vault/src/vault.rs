//! The master key of a data directory.

mod error;
mod file;
mod identity;

use std::path::Path;
use std::{fmt, io};

pub use error::VaultError;
use zeroize::Zeroizing;

pub use self::file::FILE_NAME;
pub(crate) use self::file::{Header, Protection};
use crate::Passphrase;
use crate::cost::Cost;
use crate::sealer::{Nonces, Sealer};

/// Bytes of the master key.
pub(crate) const MASTER_LEN: usize = 32;

/// What there is of a vault in a data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing: [`Vault::open`] makes one.
    None,
    /// One that anybody can open who has the files.
    Open,
    /// One that needs its passphrase.
    Locked,
}

/// The master key of a data directory, from which all keys for what lies there are made.
///
/// It is kept in the file `vault.key`, mode 0600, sealed under a passphrase or under nothing. Without a
/// passphrase it **protects nothing against whoever takes the files**: the key lies beside what it
/// seals. It then only makes a passphrase possible later, without sealing everything anew.
///
/// Neither printed nor cloned; wiped from memory when dropped.
///
/// ```compile_fail
/// let vault = tazcom_vault::Vault::in_memory().unwrap();
/// let copy = vault.clone();
/// ```
pub struct Vault {
    master: Box<Zeroizing<[u8; MASTER_LEN]>>,
    nonces: Nonces,
    is_locked: bool,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

impl Vault {
    /// What there is in `dir`, without opening it.
    ///
    /// # Errors
    /// [`VaultError`] when there is a file that is none of a vault's.
    pub fn state(dir: &Path) -> Result<State, VaultError> {
        Ok(match file::read(dir)? {
            None => State::None,
            Some(header) => header.state(),
        })
    }

    /// Opens the vault in `dir`, which is there and held by the caller. Where there is none, makes one:
    /// under `passphrase` if one is given, else without.
    ///
    /// With a passphrase this takes a quarter of a second and 64 MiB for as long, or what
    /// [`change_passphrase_at`](crate::change_passphrase_at) said.
    ///
    /// # Errors
    /// [`VaultError`] says what is wrong and what to do. Nothing on the disk is changed then.
    pub fn open(dir: &Path, passphrase: Option<&Passphrase>) -> Result<Self, VaultError> {
        match file::read(dir)? {
            Some(header) => Self::unseal(dir, &header, passphrase),
            None => {
                identity::refuse_orphan(dir)?;
                Self::make(dir, passphrase, Cost::lan())
            }
        }
    }

    /// A vault for a node that keeps nothing: what it seals is lost with it.
    ///
    /// # Errors
    /// [`VaultError::Entropy`] when the system has no randomness to give.
    pub fn in_memory() -> Result<Self, VaultError> {
        let mut master = Box::new(Zeroizing::new([0; MASTER_LEN]));
        fill(master.as_mut_slice())?;
        Self::with_master(master, false)
    }

    /// Whether it needed its passphrase.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        self.is_locked
    }

    pub(crate) const fn set_locked(&mut self, is_locked: bool) {
        self.is_locked = is_locked;
    }

    /// Seals values of the kind `context`, a name that no other kind has.
    #[must_use]
    pub fn sealer(&self, context: &str) -> Sealer {
        Sealer::new(&self.master, context, self.nonces.fork())
    }

    pub(crate) fn make(
        dir: &Path,
        passphrase: Option<&Passphrase>,
        cost: Cost,
    ) -> Result<Self, VaultError> {
        let mut vault = Self::in_memory()?;
        let header = vault.seal(dir, passphrase, cost)?;
        vault.is_locked = passphrase.is_some();
        match file::create(dir, &header) {
            Err(VaultError::Write { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                // Somebody else was faster.
                let header = file::read(dir)?;
                let header = header.ok_or_else(|| VaultError::vanished(dir))?;
                Self::unseal(dir, &header, passphrase)
            }
            result => result.map(|()| vault),
        }
    }

    /// What is written to the disk: the master key, sealed.
    pub(crate) fn seal(
        &self,
        dir: &Path,
        passphrase: Option<&Passphrase>,
        cost: Cost,
    ) -> Result<Header, VaultError> {
        let mut header = Header::new(match passphrase {
            Some(_) => Protection::Argon2id(cost),
            None => Protection::None,
        });
        fill(&mut header.salt)?;
        fill(&mut header.nonce)?;
        let key = header.key(dir, passphrase)?;
        let sealer = Sealer::with_key(&key, self.nonces.fork());
        let mut sealed = Vec::with_capacity(MASTER_LEN);
        let tag = sealer.seal_into(
            &header.nonce,
            &header.authenticated(),
            self.master.as_slice(),
            &mut sealed,
        );
        sealed.extend_from_slice(&tag);
        header.sealed = sealed;
        Ok(header)
    }

    pub(crate) fn unseal(
        dir: &Path,
        header: &Header,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, VaultError> {
        let is_locked = header.state() == State::Locked;
        let key = header.key(dir, passphrase)?;
        let wrong = || VaultError::wrong(dir, is_locked);
        let (text, tag) = header.sealed.split_last_chunk().ok_or_else(wrong)?;
        let opened = Sealer::with_key(&key, Nonces::new(Zeroizing::new([0; 32])))
            .open_with(&header.nonce, &header.authenticated(), text, tag)
            .ok_or_else(wrong)?;
        let mut master = Box::new(Zeroizing::new([0; MASTER_LEN]));
        match opened.len() == MASTER_LEN {
            true => master.copy_from_slice(&opened),
            false => return Err(wrong()),
        }
        Self::with_master(master, is_locked)
    }

    fn with_master(
        master: Box<Zeroizing<[u8; MASTER_LEN]>>,
        is_locked: bool,
    ) -> Result<Self, VaultError> {
        let mut seed = Zeroizing::new([0; 32]);
        fill(seed.as_mut_slice())?;
        Ok(Self {
            master,
            nonces: Nonces::new(seed),
            is_locked,
        })
    }
}

pub(crate) fn write(dir: &Path, header: &Header) -> Result<(), VaultError> {
    file::replace(dir, header)
}

fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(VaultError::Entropy)
}
