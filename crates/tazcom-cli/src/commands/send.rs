//! `send #room TEXT`, `send @person TEXT`: says something.

use std::io::Read;

use crate::args::{Addressee, Global, SendArgs};
use crate::control::{Request, Told};
use crate::conversing::{self, GRACE, Host, Setting, Verb, WAIT_FOR};
use crate::exit_code::{Exit, Failure};
use crate::output;

/// Bytes that are read from standard input: the longest text, and one more to know that it is more.
const MAX_READ: u64 = tazcom_node::MAX_TEXT_LEN as u64 + 1;

pub(crate) fn execute(mut args: SendArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    if args.text == "-" {
        args.text = read_text()?;
    }
    let most = tazcom_node::MAX_TEXT_LEN;
    if args.text.len() > most {
        return Err(Failure::usage(anyhow::anyhow!(
            "a message has at most {most} bytes; send it in several, or as a file"
        )));
    }
    if args.wait_ack && matches!(args.target, Addressee::Private(_)) {
        return Err(Failure::usage(anyhow::anyhow!(
            "--wait-ack: nobody says in a private room what has come; leave it out"
        )));
    }
    let company = setting.others(std::mem::take(&mut args.node));
    conversing::execute(&setting, company, args)
}

/// What is typed or piped in, without the newline it ends with.
fn read_text() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_READ + 1)
        .read_to_end(&mut bytes)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::usage(anyhow::anyhow!("what comes in is not UTF-8 text")))
}

impl Verb for SendArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        // A node that is started for this has yet to find somebody to tell.
        let waits = self.wait_ack || host.is_own();
        let within = self.timeout.unwrap_or(WAIT_FOR);
        let wait_ms = waits.then(|| u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
        let is_private = matches!(self.target, Addressee::Person(_));
        let (text, action) = (self.text, self.action);
        let request = match self.target {
            Addressee::Room(room) => Request::Send {
                room: room.to_string(),
                text,
                action,
                wait_ms,
            },
            Addressee::Person(to) => Request::Tell {
                to,
                text,
                action,
                wait_ms,
            },
            Addressee::Private(room) => Request::SayPrivately {
                room,
                text,
                action,
                wait_ms,
            },
        };
        host.ask(&request).await?;
        let mut exit = Exit::Done;
        while let Some(answer) = host.next(within + GRACE).await? {
            let text = match &answer.told {
                Told::Queued { id, waiting: true } => {
                    format!("queued {id:.8}; it waits until something is heard of them\n")
                }
                Told::Queued { id, .. } => format!("queued {id:.8}\n"),
                Told::Delivered {
                    id, reached, of, ..
                } => format!("delivered {id:.8} to {reached} of {of}\n"),
                Told::Undelivered {} => {
                    if self.wait_ack {
                        exit = Exit::Queued;
                    }
                    match is_private {
                        true => "they have not opened it yet; it is kept for them for a week\n",
                        false => {
                            "nobody has it yet; it is kept for whoever comes within the week\n"
                        }
                    }
                    .to_owned()
                }
                _ => continue,
            };
            match setting.json {
                true => output::show(&answer.line).await?,
                false => output::show(&text).await?,
            }
        }
        Ok(exit)
    }
}
