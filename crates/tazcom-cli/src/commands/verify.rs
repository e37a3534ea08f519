//! `verify PEER`: makes sure who somebody is.

use std::time::Duration;

use crate::args::{Global, VerifyArgs};
use crate::commands::whois::show_people;
use crate::control::{self, Proof, Request, Told};
use crate::conversing::{self, GRACE, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Line};
use crate::secret;

/// How long the other may take: somebody has to walk over.
const FOR_THE_OTHER: Duration = Duration::from_secs(120);

pub(crate) fn execute(mut args: VerifyArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let company = setting.others(std::mem::take(&mut args.node));
    conversing::execute(&setting, company, args)
}

impl Verb for VerifyArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let proof = match (self.words, self.code) {
            (Some(words), _) => Some(Proof::Words(words)),
            (_, Some(code)) => Some(Proof::Code(code)),
            _ => self.undo.then_some(Proof::None),
        };
        if let Some(by) = proof {
            let peer = self.peer;
            host.ask(&Request::Verify { peer, by }).await?;
            return show_people(setting, host).await;
        }
        let within = self.timeout.unwrap_or(FOR_THE_OTHER);
        let compare = Request::Compare {
            peer: self.peer,
            timeout_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
        };
        host.ask(&compare).await?;
        tell("Waiting for the other, who has to run `tazcom-cli verify` as well");
        let mut exit = Exit::Failed;
        while let Some(answer) = host.next(within + GRACE).await? {
            if setting.json {
                output::show(&answer.line).await?;
            }
            match &answer.told {
                Told::Compare(compare) => {
                    if !setting.json {
                        tell("Ask them, by voice or face to face: do you see the same?");
                        output::show(&compare.to_lines()).await?;
                    }
                    let answer = secret::yes_or_no("The same, in this order?").await?;
                    let Some(same) = answer else {
                        // Leaving calls it off.
                        return Err(Failure::usage(anyhow::anyhow!(
                            "nobody said whether they are the same; it was called off"
                        )));
                    };
                    let peer = compare.with.id.to_string();
                    confirm(setting, peer, same).await?;
                }
                Told::Trust { who, level } if level == "verified" => {
                    if !setting.json {
                        output::show(&format!("{who} is verified\n")).await?;
                    }
                    exit = Exit::Done;
                }
                Told::VerificationFailed { why } => tell(&format!("Not verified: {why}")),
                _ => {}
            }
        }
        Ok(exit)
    }
}

/// Over a connection of its own: the first one waits for what comes of it.
async fn confirm(setting: &Setting, peer: String, same: bool) -> Result<(), Failure> {
    let connection = control::connect(&setting.dir).await;
    let Some(mut connection) = connection.map_err(control::AskError::into_failure)? else {
        return Err(anyhow::anyhow!("the node that was asked has ended").into());
    };
    let confirm = Request::Confirm { peer, same };
    let asked = connection.ask(&confirm).await;
    asked.map_err(control::AskError::into_failure)?;
    while connection
        .next(GRACE)
        .await
        .map_err(control::AskError::into_failure)?
        .is_some()
    {}
    Ok(())
}

fn tell(text: &str) {
    output::printer::tell(Line::info(text.to_owned()).render(false));
}
