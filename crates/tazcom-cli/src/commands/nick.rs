//! `nick [NAME]`: what this node is called.

use crate::args::{Global, NickArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output;
use crate::own_node::Company;

pub(crate) fn execute(args: NickArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, args)
}

impl Verb for NickArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&Request::Nick { name: self.name }).await?;
        while let Some(answer) = host.next(DISK).await? {
            let Told::Nick { id, name } = &answer.told else {
                continue;
            };
            let name = name.as_deref().unwrap_or_default();
            match setting.json {
                true => output::show(&answer.line).await?,
                false => output::show(&format!("{name}~{}\n", id.short())).await?,
            }
        }
        Ok(Exit::Done)
    }
}
