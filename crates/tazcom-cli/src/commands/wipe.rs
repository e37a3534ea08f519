//! `wipe`: destroys what is kept, keys first.

use tazcom_node::vault;

use crate::args::{Global, WipeArgs};
use crate::exit_code::{Exit, Failure};
use crate::{data_dir, logging, output, secret};

pub(crate) fn execute(args: &WipeArgs, global: &Global) -> Result<Exit, Failure> {
    let dir = data_dir(global)?;
    // Its file may be what is wrong.
    logging::init(global.log);
    let question = format!(
        "Destroy the key, all names and all messages in {}? Nothing brings them back.",
        dir.display()
    );
    secret::is_meant(&question, args.yes)?;
    let wiped = vault::wipe(&dir)?;
    if wiped.removed.is_empty() {
        return Err(Failure::from(anyhow::anyhow!(
            "there is nothing of this program in {}; is it another --data-dir?",
            dir.display()
        )));
    }
    let mut text = format!(
        "destroyed: {} files in {}\n",
        wiped.removed.len(),
        dir.display()
    );
    for left in &wiped.left {
        // Names that are not ours, so nobody knows what is in them.
        let left = format!("{:?}", left.to_string_lossy());
        text.push_str(&format!("left, as it is not of this program: {left}\n"));
    }
    output::print(&text)?;
    Ok(Exit::Done)
}
