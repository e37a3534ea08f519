//! `passphrase set`, `passphrase remove`: with what the data directory is locked.

use tazcom_node::vault::{self, Passphrase, State, Vault};

use crate::args::{Global, PassphraseArgs, PassphraseDo};
use crate::exit_code::{Exit, Failure};
use crate::{config_file, data_dir, logging, output, secret, unlock};

pub(crate) fn execute(args: &PassphraseArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    let file = config_file::load(&dir).map_err(Failure::usage)?;
    logging::init(global.log.or(file.log));
    // A node that runs there has the keys in its memory: it is to end first.
    let held = unlock::alone(&dir, "change the passphrase")?;
    unlock::finish_wipe(held.path())?;
    let old = match Vault::state(held.path())? {
        State::Locked => Some(secret::passphrase()?),
        State::None => {
            // There is something to lock afterwards.
            unlock::unlock(&held)?;
            None
        }
        _ => None,
    };
    let new = match args.what {
        PassphraseDo::Remove => None,
        PassphraseDo::Set => {
            let typed = secret::ask_twice("New passphrase: ")?;
            let typed = typed.as_str().to_owned();
            Some(Passphrase::new(typed).map_err(Failure::usage)?)
        }
    };
    if old.is_none() && new.is_none() {
        output::print("there is no passphrase\n")?;
        return Ok(Exit::Done);
    }
    vault::change_passphrase(held.path(), old.as_ref(), new.as_ref())?;
    output::print(match new {
        Some(_) => {
            "locked: keys, and what was said in private, need the passphrase from now on; what was \
             said in open rooms, names and times can be read without it. Nothing brings a forgotten \
             passphrase back\n"
        }
        None => "unlocked: whoever gets the files can read all of it\n",
    })?;
    Ok(Exit::Done)
}
