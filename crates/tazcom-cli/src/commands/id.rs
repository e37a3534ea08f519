//! `id`: who the node of this data directory is.

use std::path::Path;

use tazcom_identity::{DataDir, DataDirError, KeyFileError, SecretKey, key_file};

use crate::args::Global;
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Record};
use crate::{config_file, data_dir, logging};

pub(crate) fn execute(global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    let config = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(config.log));

    let id = load_or_create(&dir)?.node_id();
    if global.json {
        let record = Record::Id {
            id,
            short: id.short().to_string(),
        };
        output::print(&record.to_line()?)?;
    } else {
        output::print(&format!("{id}\n"))?;
    }
    Ok(Exit::Done)
}

/// Reading takes no lock: a node may be running on this very directory. Creating does.
fn load_or_create(dir: &Path) -> Result<SecretKey, Failure> {
    let path = dir.join(key_file::FILE_NAME);
    match key_file::load(&path) {
        Err(KeyFileError::NotFound { .. }) => {}
        result => return Ok(result?),
    }
    match DataDir::open(dir) {
        Ok(held) => {
            let key = held.load_or_create_key()?;
            config_file::write_template(dir);
            Ok(key)
        }
        // A node has just started there, and made the key meanwhile.
        Err(DataDirError::InUse { .. }) => Ok(key_file::load(&path)?),
        Err(error) => Err(error.into()),
    }
}
