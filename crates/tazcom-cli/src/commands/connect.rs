//! `connect HOST:PORT`: a session with an address that is not found by itself.

use crate::args::{ConnectArgs, Global, Interfaces};
use crate::config_file::PeerAddress;
use crate::control::{Request, Told};
use crate::conversing::{self, GRACE, Host, Setting, Verb, WAIT_FOR};
use crate::exit_code::{Exit, Failure};
use crate::own_node::{Company, Wanted};
use crate::{lookup, output};

pub(crate) fn execute(args: ConnectArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let company = Company::Others {
        interfaces: Interfaces::default().or(setting.file.interface.clone()),
        peers: Vec::new(),
        wanted: Wanted::default(),
    };
    conversing::execute(&setting, company, args)
}

impl Verb for ConnectArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let addr = match self.addr {
            PeerAddress::Addr(addr) => addr,
            PeerAddress::Name { host, port } => {
                lookup::look_up(&host, port).await.map_err(|error| {
                    Failure::from(anyhow::anyhow!("{host} has no address ({error})"))
                })?
            }
        };
        let within = self.timeout.unwrap_or(WAIT_FOR);
        let request = Request::Connect {
            addr: addr.to_string(),
            timeout_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
        };
        host.ask(&request).await?;
        while let Some(answer) = host.next(within + GRACE).await? {
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            match &answer.told {
                Told::SessionUp { id, addr, .. } => {
                    output::show(&format!("connected to {} @ {addr}\n", id.short())).await?;
                }
                Told::Warning { message } => output::show(&format!("{message}\n")).await?,
                _ => {}
            }
        }
        if host.is_own() {
            let text = "no node runs here, so the session ends with this command; start one with \
                        `tazcom-cli run`";
            output::printer::tell(output::Line::warn(text).render(false));
        }
        Ok(Exit::Done)
    }
}
