//! `rooms`: which there are.

use crate::args::Global;
use crate::control::{Request, Told};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output;
use crate::own_node::Company;

pub(crate) fn execute(global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, Rooms)
}

struct Rooms;

impl Verb for Rooms {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&Request::Rooms).await?;
        let mut rows = vec![["ROOM", "JOINED", "MESSAGES", "LAST", "TOPIC"].map(str::to_owned)];
        while let Some(answer) = host.next(DISK).await? {
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            if let Told::Room(room) = answer.told {
                rows.push(room.row());
            }
        }
        if !setting.json {
            output::show(&output::table(&rows)).await?;
        }
        Ok(Exit::Done)
    }
}
