//! `history [#room]`: what was said, as far as it is kept.

use crate::args::{Addressee, Global, HistoryArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Line, Signs};
use crate::own_node::Company;

pub(crate) fn execute(args: HistoryArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, args)
}

impl Verb for HistoryArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let is_private = self
            .target
            .as_ref()
            .is_some_and(|target| target.talk().is_some());
        let request = match self.target.as_ref().and_then(Addressee::talk) {
            Some(with) => {
                if self.since.is_some() || self.until.is_some() || self.search.is_some() {
                    return Err(Failure::usage(anyhow::anyhow!(
                        "--since, --until and --search look through rooms that are not private; \
                         what was said in private is sealed, and shown by --limit alone"
                    )));
                }
                Request::PrivateHistory {
                    with,
                    limit: self.limit,
                    before: None,
                }
            }
            None => Request::History {
                room: match self.target {
                    Some(Addressee::Room(room)) => Some(room.to_string()),
                    _ => None,
                },
                since: self.since.map(|at| at.0),
                until: self.until.map(|at| at.0),
                search: self.search,
                before: None,
                limit: self.limit,
            },
        };
        host.ask(&request).await?;
        let signs = Signs::here();
        while let Some(answer) = host.next(DISK).await? {
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            match &answer.told {
                Told::PrivatePast(message) => output::show(&message.to_dated_lines(signs)).await?,
                Told::Past(message) => output::show(&message.to_dated_lines(signs)).await?,
                Told::Page { more, damaged, .. } => {
                    if *more {
                        hint(match is_private {
                            true => "There is more before these; --limit shows it".to_owned(),
                            false => {
                                "There is more before these; --limit or --until shows it".to_owned()
                            }
                        });
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
