//! `room …`: private rooms.

use crate::args::{Global, RoomCommand};
use crate::control::{Request, RoomAct, Told, Unshown};
use crate::conversing::{self, DISK, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::own_node::Company;
use crate::{output, secret};

pub(crate) fn execute(command: RoomCommand, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let ask = Ask(request(command)?);
    conversing::execute(&setting, Company::Nobody, ask)
}

fn request(command: RoomCommand) -> Result<Request, Failure> {
    let (room, act) = match command {
        RoomCommand::List => return Ok(Request::PrivateRooms),
        RoomCommand::Create { name, topic } => (name, RoomAct::Create { topic }),
        RoomCommand::Join {
            room,
            passphrase: true,
        } => {
            let passphrase = secret::ask("Passphrase of the room: ")?;
            let passphrase = Unshown(passphrase.as_str().to_owned());
            (room, RoomAct::Enter { passphrase })
        }
        RoomCommand::Join { room, .. } => (room, RoomAct::Accept),
        RoomCommand::Invite { room, peer } => (room, RoomAct::Invite { peer }),
        RoomCommand::Remove { room, peer } => (room, RoomAct::Remove { peer }),
        RoomCommand::Promote { room, peer } => (room, RoomAct::Promote { peer }),
        RoomCommand::ShareHistory { room, peer } => (room, RoomAct::ShareHistory { peer }),
        RoomCommand::Rename { room, name, topic } => (room, RoomAct::Rename { name, topic }),
        RoomCommand::Leave { room } => (room, RoomAct::Leave),
    };
    Ok(Request::PrivateRoom { room, act })
}

#[derive(Debug)]
struct Ask(Request);

impl Verb for Ask {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        host.ask(&self.0).await?;
        while let Some(answer) = host.next(DISK).await? {
            match &answer.told {
                _ if setting.json => output::show(&answer.line).await?,
                Told::PrivateRoom(room) => output::show(&room.to_lines()).await?,
                _ => {}
            }
        }
        Ok(Exit::Done)
    }
}
