//! `listen [#room…]`: follows what is said.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::args::{Addressee, Global, ListenArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, FOR_EVER, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::hook::{Hook, trouble};
use crate::output::{self, Line, Signs};

pub(crate) fn execute(mut args: ListenArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let company = setting.others(std::mem::take(&mut args.node));
    let listen = Listen {
        request: Request::Listen {
            rooms: args.targets.iter().filter_map(room).collect(),
            talks: args.targets.iter().filter_map(Addressee::talk).collect(),
        },
        once: args.once,
        on_message: args.on_message,
        time: args.timeout,
    };
    conversing::execute(&setting, company, listen)
}

fn room(target: &Addressee) -> Option<String> {
    match target {
        Addressee::Room(room) => Some(room.to_string()),
        _ => None,
    }
}

#[derive(Debug)]
struct Listen {
    request: Request,
    once: bool,
    on_message: Option<PathBuf>,
    time: Option<Duration>,
}

impl Verb for Listen {
    /// That is how it ends.
    const INTERRUPTED: Exit = Exit::Done;

    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&self.request).await?;
        let signs = Signs::here();
        let mut hook = self.on_message.map(Hook::new);
        let deadline = Instant::now() + self.time.unwrap_or(FOR_EVER);
        loop {
            let answer = tokio::select! {
                answer = timeout_at(deadline, host.next(FOR_EVER)) => answer,
                trouble = trouble(&mut hook) => {
                    output::printer::tell(Line::warn(trouble).render(false));
                    continue;
                }
            };
            let answer = match answer {
                Ok(answer) => answer?,
                // It was asked for no longer.
                Err(_) if self.once => return Ok(Exit::TimedOut),
                Err(_) => None,
            };
            let Some(answer) = answer else {
                break;
            };
            if setting.json {
                output::show(&answer.line).await?;
            }
            match &answer.told {
                Told::Message(_) | Told::PrivateMessage(_) => {
                    let lines = match &answer.told {
                        Told::PrivateMessage(message) => message.to_lines(signs),
                        Told::Message(message) => message.to_lines(signs),
                        _ => String::new(),
                    };
                    if !setting.json {
                        output::show(&lines).await?;
                    }
                    if let Some(hook) = &mut hook {
                        hook.tell(answer.line);
                    }
                    if self.once {
                        break;
                    }
                }
                _ if setting.json => {}
                _ => {
                    if let Some(note) = answer.message() {
                        output::printer::tell(Line::info(note).render(false));
                    }
                }
            }
        }
        if let Some(hook) = hook {
            hook.finish().await;
        }
        Ok(Exit::Done)
    }
}
