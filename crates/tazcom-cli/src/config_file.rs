//! `config.toml` in the data directory: what it may say, and the template that explains it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tazcom_discovery::InterfaceSelector;
use tazcom_node::Backend;

mod peer_address;
mod value;

pub(crate) use peer_address::PeerAddress;
pub(crate) use value::{name, selector};

/// Name of the file.
const FILE_NAME: &str = "config.toml";

/// The longest file that is read, in bytes. The template has about 1,200.
const MAX_FILE_LEN: u64 = 64 * 1024;

/// Written on the first run. Every key of [`ConfigFile`] is in it, commented out.
const TEMPLATE: &str = include_str!("config_file/template.toml");

/// What the file says. A key that is not here is an error, so that a typing mistake is noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ConfigFile {
    #[serde(deserialize_with = "value::selectors")]
    pub(crate) interface: Vec<InterfaceSelector>,
    #[serde(deserialize_with = "value::port")]
    pub(crate) port: Option<u16>,
    #[serde(deserialize_with = "value::peers")]
    pub(crate) peer: Vec<PeerAddress>,
    #[serde(deserialize_with = "value::some_name")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "value::choice")]
    pub(crate) discovery: Option<DiscoveryChoice>,
    #[serde(deserialize_with = "value::choice")]
    pub(crate) log: Option<LogLevel>,
}

/// How to find others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DiscoveryChoice {
    /// Multicast DNS with the engine of this program
    Native,
    /// Multicast DNS with the simple-mdns crate and its limits
    SimpleMdns,
    /// Not at all: only peers given with --peer are greeted
    None,
}

impl From<DiscoveryChoice> for Backend {
    fn from(choice: DiscoveryChoice) -> Self {
        match choice {
            DiscoveryChoice::Native => Self::Native,
            DiscoveryChoice::SimpleMdns => Self::SimpleMdns,
            DiscoveryChoice::None => Self::None,
        }
    }
}

/// How much of its inner workings the program tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// Why the file was not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{}:{line}: {message}", path.display())]
    Invalid {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{} is over {MAX_FILE_LEN} bytes; is it the right file?", path.display())]
    TooLong { path: PathBuf },
    #[error("{} is not a regular file; move it away, a new one is written then", path.display())]
    NotAFile { path: PathBuf },
    #[error("cannot read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Reads the file in `data_dir`. One that is not there says nothing.
pub(crate) fn load(data_dir: &Path) -> Result<ConfigFile, ConfigError> {
    let path = data_dir.join(FILE_NAME);
    let bytes = match read_bounded(&path) {
        Ok(Contents::Bytes(bytes)) => bytes,
        Ok(Contents::TooLong) => return Err(ConfigError::TooLong { path }),
        Ok(Contents::NotAFile) => return Err(ConfigError::NotAFile { path }),
        // A data directory that is a file is complained about where it is opened.
        Err(error) if is_missing(&error) => return Ok(ConfigFile::default()),
        Err(source) => return Err(ConfigError::Io { path, source }),
    };
    parse(&bytes).map_err(|(line, message)| ConfigError::Invalid {
        path,
        line,
        message,
    })
}

/// Puts the template where no file is. One that is there is never touched. That it cannot be
/// written is no reason not to run.
pub(crate) fn write_template(data_dir: &Path) {
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(data_dir.join(FILE_NAME));
    let written = match created {
        Ok(mut file) => file.write_all(TEMPLATE.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::warn!("the template of {FILE_NAME} could not be written: {error}");
    }
}

/// What is at a path that can be opened.
enum Contents {
    Bytes(Vec<u8>),
    TooLong,
    /// A pipe, a directory, a device.
    NotAFile,
}

/// Reads no more than the limit, and only what has an end.
fn read_bounded(path: &Path) -> io::Result<Contents> {
    let file = open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Contents::NotAFile);
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_LEN + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_LEN {
        return Ok(Contents::TooLong);
    }
    Ok(Contents::Bytes(bytes))
}

/// A pipe is not waited for: who would write to it?
#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The settings in a file, or the line that is wrong, counted from 1, and how.
fn parse(bytes: &[u8]) -> Result<ConfigFile, (usize, String)> {
    let line_at = |end: usize| {
        let before = bytes.get(..end).unwrap_or(bytes);
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    };
    let text = str::from_utf8(bytes).map_err(|error| {
        let what = "this is not UTF-8 text; save the file as UTF-8";
        (line_at(error.valid_up_to()), what.to_owned())
    })?;
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        (line_at(start), error.message().replace('\n', " "))
    })
}

#[cfg(test)]
mod tests;
