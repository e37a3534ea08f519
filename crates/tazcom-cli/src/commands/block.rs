//! `block PEER`, `unblock PEER`: shows nothing more of somebody, or again.

use crate::args::{Global, PersonArgs};
use crate::commands::whois::show_people;
use crate::control::Request;
use crate::conversing::{self, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::own_node::Company;

pub(crate) fn execute(args: PersonArgs, undo: bool, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let block = Block {
        peer: args.peer,
        undo,
    };
    conversing::execute(&setting, Company::Nobody, block)
}

#[derive(Debug)]
struct Block {
    peer: String,
    undo: bool,
}

impl Verb for Block {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let Self { peer, undo } = self;
        host.ask(&Request::Block { peer, undo }).await?;
        show_people(setting, host).await
    }
}
