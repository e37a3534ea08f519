//! `history [#room]`: what was said, as far as it is kept.

use crate::args::{Global, HistoryArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Line};
use crate::own_node::Company;

pub(crate) fn execute(args: HistoryArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, args)
}

impl Verb for HistoryArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let request = Request::History {
            room: self.room.map(|room| room.to_string()),
            since: self.since.map(|at| at.0),
            until: self.until.map(|at| at.0),
            search: self.search,
            limit: self.limit,
        };
        host.ask(&request).await?;
        while let Some(answer) = host.next(DISK).await? {
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            match &answer.told {
                Told::Past(message) => output::show(&message.to_dated_lines()).await?,
                Told::Page { more, damaged } => {
                    if *more {
                        hint("There is more before these; --limit or --until shows it".to_owned());
                    }
                    if *damaged > 0 {
                        hint(format!(
                            "{damaged} messages are damaged on disk and not shown"
                        ));
                    }
                }
                _ => {}
            }
        }
        Ok(Exit::Done)
    }
}

fn hint(text: String) {
    output::printer::tell(Line::warn(text).render(false));
}
