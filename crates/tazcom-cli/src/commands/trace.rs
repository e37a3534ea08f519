//! `trace PEER`: the way to a peer.

use crate::args::{Global, TraceArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, GRACE, Host, Setting, Verb, WAIT_FOR};
use crate::exit_code::{Exit, Failure};
use crate::output;

pub(crate) fn execute(mut args: TraceArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let company = setting.others(std::mem::take(&mut args.node));
    conversing::execute(&setting, company, args)
}

impl Verb for TraceArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let within = self.timeout.unwrap_or(WAIT_FOR);
        let request = Request::Trace {
            peer: self.peer,
            timeout_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
        };
        host.ask(&request).await?;
        let mut exit = Exit::Failed;
        while let Some(answer) = host.next(within + GRACE).await? {
            let Told::Path { reached, path, ms } = &answer.told else {
                continue;
            };
            if *reached {
                exit = Exit::Done;
            }
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            let mut text = String::new();
            for (hop, person) in path.iter().enumerate() {
                text.push_str(&format!("{hop}  {person}\n"));
            }
            match reached {
                true => {
                    let hops = path.len().saturating_sub(1);
                    let unit = if hops == 1 { "hop" } else { "hops" };
                    text.push_str(&format!("{hops} {unit}, {ms:.1} ms\n"));
                }
                false => text.push_str("nobody there knew the way on\n"),
            }
            output::show(&text).await?;
        }
        Ok(exit)
    }
}
