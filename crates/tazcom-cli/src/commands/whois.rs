//! `whois [PEER]`: who somebody is, and what is known of that.

use crate::args::{Global, WhoisArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output;
use crate::own_node::Company;

pub(crate) fn execute(args: WhoisArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, args)
}

impl Verb for WhoisArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&Request::Whois { peer: self.peer }).await?;
        show_people(setting, host).await
    }
}

/// Shows the people that the node answers.
pub(crate) async fn show_people(setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
    while let Some(answer) = host.next(DISK).await? {
        match &answer.told {
            _ if setting.json => output::show(&answer.line).await?,
            Told::Whois(person) => output::show(&person.to_lines()).await?,
            _ => {}
        }
    }
    Ok(Exit::Done)
}
