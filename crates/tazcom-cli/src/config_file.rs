//! `config.toml` in the data directory: what it may say, and the template that explains it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tazcom_discovery::InterfaceSelector;
use tazcom_node::Backend;

mod peer_address;

pub(crate) use peer_address::PeerAddress;

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
    #[serde(deserialize_with = "selectors")]
    pub(crate) interface: Vec<InterfaceSelector>,
    pub(crate) port: Option<u16>,
    pub(crate) peer: Vec<PeerAddress>,
    pub(crate) discovery: Option<DiscoveryChoice>,
    pub(crate) log: Option<LogLevel>,
}

/// How to find others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
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
    #[error("cannot read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Reads the file in `data_dir`. One that is not there says nothing.
pub(crate) fn load(data_dir: &Path) -> Result<ConfigFile, ConfigError> {
    let path = data_dir.join(FILE_NAME);
    let text = match read_bounded(&path) {
        Ok(Some(text)) => text,
        Ok(None) => return Err(ConfigError::TooLong { path }),
        // A data directory that is a file is complained about where it is opened.
        Err(error) if is_missing(&error) => return Ok(ConfigFile::default()),
        Err(source) => return Err(ConfigError::Io { path, source }),
    };
    parse(&text).map_err(|(line, message)| ConfigError::Invalid {
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

/// The file's text; `None` when it is too long.
fn read_bounded(path: &Path) -> io::Result<Option<String>> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_FILE_LEN + 1)
        .read_to_string(&mut text)?;
    Ok((text.len() as u64 <= MAX_FILE_LEN).then_some(text))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The settings in `text`, or the line that is wrong, counted from 1, and how.
fn parse(text: &str) -> Result<ConfigFile, (usize, String)> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        (line, error.message().replace('\n', " "))
    })
}

fn selectors<'de, D>(deserializer: D) -> Result<Vec<InterfaceSelector>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let names = Vec::<String>::deserialize(deserializer)?;
    let selectors = names.iter().map(|name| match name.parse() {
        Ok(selector) => selector,
        Err(never) => match never {},
    });
    Ok(selectors.collect())
}

#[cfg(test)]
mod tests;
