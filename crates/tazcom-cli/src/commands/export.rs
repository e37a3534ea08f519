//! `export [#room]` and `import FILE`: what is kept belongs to the user.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::args::{ExportArgs, Global, ImportArgs, Interfaces};
use crate::control::{Request, Told};
use crate::conversing::{self, FOR_EVER, Host, Setting, Verb};
use crate::exit_code::{Exit, Failure};
use crate::output::{self, Line};
use crate::own_node::{Company, Wanted};

/// The longest import: more than any store holds.
const MAX_IMPORT: u64 = 4 << 30;

pub(crate) fn execute(args: ExportArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    conversing::execute(&setting, Company::Nobody, args)
}

pub(crate) fn execute_import(args: ImportArgs, global: &Global) -> Result<Exit, Failure> {
    let setting = Setting::of(global)?;
    let company = Company::Others {
        interfaces: Interfaces::default().or(setting.file.interface.clone()),
        peers: Vec::new(),
        wanted: Wanted::default(),
    };
    conversing::execute(&setting, company, args)
}

impl Verb for ExportArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        // The node writes to a file, so that whoever reads slowly holds up nobody.
        let passing = self.output.is_none().then(|| Passing::in_dir(&setting.dir));
        let path = match (&self.output, &passing) {
            (Some(output), _) => std::path::absolute(output)?,
            (None, Some(passing)) => std::path::absolute(&passing.0)?,
            (None, None) => return Ok(Exit::Done),
        };
        let room = self.room.map(|room| room.to_string());
        host.ask(&Request::Export { room, path }).await?;
        let mut written = None;
        while let Some(answer) = host.next(FOR_EVER).await? {
            if let Told::Exported { messages } = answer.told {
                written = Some((messages, answer.line));
            }
        }
        if let Some(passing) = &passing {
            let path = passing.0.clone();
            let copied = tokio::task::spawn_blocking(move || copy_out(&path)).await;
            copied.map_err(io::Error::other)??;
        } else if let Some((messages, line)) = written {
            match setting.json {
                true => output::show(&line).await?,
                false => output::show(&format!("{messages} messages written\n")).await?,
            }
        }
        Ok(Exit::Done)
    }
}

impl Verb for ImportArgs {
    async fn converse(self, setting: &Setting, host: &mut Host) -> Result<Exit, Failure> {
        let from_stdin = self.file == Path::new("-");
        let passing = from_stdin.then(|| Passing::in_dir(&setting.dir));
        let path = match &passing {
            Some(passing) => {
                let path = passing.0.clone();
                let copied = tokio::task::spawn_blocking(move || copy_in(&path)).await;
                copied.map_err(io::Error::other)??;
                std::path::absolute(&passing.0)?
            }
            None => std::path::absolute(&self.file)?,
        };
        host.ask(&Request::Import { path }).await?;
        let mut exit = Exit::Done;
        while let Some(answer) = host.next(FOR_EVER).await? {
            let Told::Imported {
                new,
                known,
                refused,
                bad,
                bad_lines,
            } = &answer.told
            else {
                continue;
            };
            if *bad > 0 {
                exit = Exit::Failed;
            }
            if setting.json {
                output::show(&answer.line).await?;
                continue;
            }
            for line in bad_lines {
                output::printer::tell(Line::warn(line.as_str()).render(false));
            }
            let text = format!(
                "{new} new messages, {known} known, {refused} not kept (too old, or over a quota), \
                 {bad} bad lines\n"
            );
            output::show(&text).await?;
        }
        Ok(exit)
    }
}

/// A file in the data directory through which something passes; removed with this.
struct Passing(PathBuf);

impl Passing {
    fn in_dir(dir: &Path) -> Self {
        Self(dir.join(format!(".passing-{}", std::process::id())))
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // It may not have come to be.
        let _ = fs::remove_file(&self.0);
    }
}

fn copy_out(path: &Path) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    io::copy(&mut File::open(path)?, &mut stdout)?;
    stdout.flush()
}

fn copy_in(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let mut stdin = io::Read::take(io::stdin().lock(), MAX_IMPORT);
    io::copy(&mut stdin, &mut file).map(drop)
}
