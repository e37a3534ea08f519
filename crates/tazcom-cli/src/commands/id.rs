//! `id`: who the node of this data directory is.

use std::path::Path;

use tazcom_identity::{DataDir, DataDirError, KeyFileError, SecretKey, key_file};
use tazcom_node::trust::qr::{self, Background};
use tazcom_node::trust::uri::Uri;
use tazcom_node::trust::words::Words;

use crate::args::{Global, IdArgs};
use crate::control::Request;
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Record};
use crate::{config_file, data_dir, logging, secret, unlock};

pub(crate) fn execute(mut args: IdArgs, global: &Global) -> Result<Exit, Failure> {
    if args.revoke {
        let setting = Setting::of(global)?;
        let question = "Tell everybody that this id is not to be trusted any more? Nothing takes \
                        that back.";
        secret::is_meant(question, args.yes)?;
        let company = setting.others(std::mem::take(&mut args.node));
        return conversing::execute(&setting, company, Revoke);
    }
    let dir = data_dir(global)?;
    let config = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(config.log));

    if args.renew {
        let question = "Go on under a new id? The old key is destroyed, and private rooms have to be \
                        entered anew.";
        secret::is_meant(question, args.yes)?;
        // A node that runs there has the old key in its memory: it is to end first.
        let held = unlock::alone(&dir, "renew its id")?;
        let (old, vault) = unlock::unlock(&held)?;
        tazcom_node::renew(held.path(), &old, &vault)?;
    }
    let id = load_or_create(&dir)?.node_id();
    if global.json {
        let record = Record::Id {
            id,
            short: id.short().to_string(),
            words: Words::of(&id).to_string(),
            uri: Uri(id).to_string(),
        };
        output::print(&record.to_line()?)?;
    } else {
        output::print(&format!("{id}\n"))?;
        if args.words {
            output::print(&format!("{}\n{}\n", Words::of(&id), Uri(id)))?;
        }
        if args.qr {
            let background = match args.light {
                true => Background::Light,
                false => Background::Dark,
            };
            output::print(&qr::render(&id, background))?;
        }
    }
    Ok(Exit::Done)
}

/// Reading takes no lock: a node may be running on this very directory. Creating does.
fn load_or_create(dir: &Path) -> Result<SecretKey, Failure> {
    let path = dir.join(key_file::FILE_NAME);
    match key_file::load(&path) {
        Err(KeyFileError::NotFound { .. }) => {}
        // Its id is behind the same lock.
        Err(KeyFileError::Locked { .. }) => return Ok(unlock::open(dir)?.load_identity(dir)?),
        result => return Ok(result?),
    }
    match DataDir::open(dir) {
        Ok(held) => {
            let (key, _) = unlock::unlock(&held)?;
            config_file::write_template(dir);
            Ok(key)
        }
        // A node has just started there, and made the key meanwhile.
        Err(DataDirError::InUse { .. }) => Ok(key_file::load(&path)?),
        Err(error) => Err(error.into()),
    }
}

/// Tells everybody through the node that runs, or through one that is started for it.
#[derive(Debug)]
struct Revoke;

impl Verb for Revoke {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&Request::Revoke).await?;
        while let Some(answer) = host.next(DISK).await? {
            if setting.json {
                output::show(&answer.line).await?;
            }
        }
        if !setting.json {
            let text = "revoked: it is told to whoever comes within the week, as long as somebody \
                        who has it is there\n";
            output::show(text).await?;
        }
        Ok(Exit::Done)
    }
}
