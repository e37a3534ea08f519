//! Somebody who talks: a data directory on a machine, and the verbs of the program.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::SOON;
use crate::binary::tazcom_cli;
use crate::event::Event;
use crate::host::Host;
use crate::node::{Node, NodeCommand, cli_at};
use crate::process::Process;

/// The most messages that `history` shows at once.
const WHOLE_PAGE: &str = "1000";

/// A data directory on a machine. Its node may run or not.
#[derive(Debug)]
pub struct User {
    name: String,
    host: Host,
    interface: Option<&'static str>,
    home: TempDir,
}

impl User {
    /// Somebody new on `host`; `name` is what failures call them, and what they call themselves
    /// only when they are told to.
    ///
    /// # Panics
    ///
    /// When the system has no directory for temporary files.
    #[must_use]
    pub fn new(name: &str, host: &Host) -> Self {
        let home = TempDir::with_prefix("tazcom-user-")
            .expect("the system has a directory for temporary files");
        Self {
            name: name.to_owned(),
            host: host.clone(),
            interface: None,
            home,
        }
    }

    /// Somebody who uses the loopback interface of `host` and nothing else.
    #[must_use]
    pub fn on_loopback(name: &str, host: &Host) -> Self {
        Self {
            interface: Some("lo"),
            ..Self::new(name, host)
        }
    }

    /// What failures call them.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their data directory. It comes to be when the program needs it.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// How their node is run, to be added to.
    #[must_use]
    pub fn command(&self) -> NodeCommand {
        let command = NodeCommand::new(&self.name).data_dir(self.data_dir());
        match self.interface {
            Some(interface) => command.interface(interface),
            None => command,
        }
    }

    /// Starts their node.
    #[must_use]
    pub fn runs(&self) -> Node {
        self.command().spawn(&self.host)
    }

    /// Runs a verb to its end.
    pub fn does(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        self.does_with(arguments, &[])
    }

    /// Runs a verb to its end, with these variables set.
    pub fn does_in(&self, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Outcome {
        let mut command = self.verb(arguments);
        command.envs(variables.iter().copied());
        finish(command, &[])
    }

    /// Runs a verb to its end, which can read `stdin`.
    pub fn does_with(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        stdin: &[u8],
    ) -> Outcome {
        finish(self.verb(arguments), stdin)
    }

    /// Says something, which must be kept, and tells its id.
    pub fn says(&self, room: &str, text: &str) -> String {
        let outcome = self.does(["send", room, text, "--json"]);
        let outcome = outcome.is(0);
        outcome.event("queued").text("id").to_owned()
    }

    /// Says something in private, to `@somebody` or in a `+room`, which must be kept, and tells its id.
    pub fn tells(&self, to: &str, text: &str) -> String {
        let outcome = self.does(["send", to, text, "--json"]);
        let outcome = outcome.is(0);
        outcome.event("queued").text("id").to_owned()
    }

    /// Puts a file into the data directory's neighbourhood, and names it.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    #[must_use]
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).expect("our own directory is writable");
        path
    }

    /// Begins to listen, to these rooms or to all, and misses nothing from then on.
    #[must_use]
    pub fn listens(&self, arguments: &[&str]) -> Process {
        let arguments = ["listen", "--json"].iter().chain(arguments);
        let mut command = self.verb(arguments);
        let mut process = Process::spawn(format!("{}'s ear", self.name), &mut command);
        process.wait_for("listening", SOON, |event| event.name() == "listening");
        process
    }

    /// The newest 1,000 messages of a room, the oldest first.
    #[must_use]
    pub fn history(&self, room: &str) -> Vec<Event> {
        let asked = self.does(["history", room, "--json", "--limit", WHOLE_PAGE]);
        let mut events = asked.is(0).events();
        events.retain(|event| ["past", "private_past"].contains(&event.name()));
        events
    }

    /// The files in the data directory and in the home directory.
    ///
    /// # Panics
    ///
    /// When a directory cannot be read.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.home.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(&directory).expect("it can be read") {
                let path = entry.expect("it can be read").path();
                match path.is_dir() {
                    true => directories.push(path),
                    false => found.push(path),
                }
            }
        }
        found
    }

    /// Whether these bytes stand in any file of the data directory, or in the name of one.
    ///
    /// # Panics
    ///
    /// When the directory cannot be read.
    #[must_use]
    pub fn keeps(&self, canary: &[u8]) -> bool {
        let directory = match std::fs::read_dir(self.data_dir()) {
            Ok(directory) => directory,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return false,
            Err(error) => panic!("{}: {error}", self.data_dir().display()),
        };
        directory
            .map(|entry| entry.expect("it can be read"))
            .any(|entry| {
                let name = entry.file_name();
                let bytes = std::fs::read(entry.path()).unwrap_or_default();
                let holds =
                    |bytes: &[u8]| bytes.windows(canary.len()).any(|window| window == canary);
                holds(name.as_encoded_bytes()) || holds(&bytes)
            })
    }

    /// A verb, to be run.
    pub fn verb(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = cli_at(&self.host, self.home.path());
        command
            .args(arguments)
            .env("TAZCOM_DATA_DIR", self.data_dir());
        if let Some(interface) = self.interface {
            command.env("TAZCOM_INTERFACE", interface);
        }
        command
    }

    /// A verb, to be run where the mounts are as `script` makes them. It is given the data directory
    /// as `$0`, and nobody else sees what it does.
    pub fn verb_after(&self, script: &str, arguments: &[&str]) -> Command {
        let mut command = self.host.command("unshare");
        let script = format!("{script} && exec \"$@\"");
        command
            .args(["--mount", "--propagation", "private", "sh", "-c", &script])
            .arg(self.data_dir())
            .arg(tazcom_cli())
            .args(arguments)
            .env("HOME", self.home.path())
            .env("TAZCOM_DATA_DIR", self.data_dir());
        if let Some(interface) = self.interface {
            command.env("TAZCOM_INTERFACE", interface);
        }
        command
    }
}

/// Runs to its end what can read `stdin`.
///
/// # Panics
///
/// When it does not start.
fn finish(mut command: Command, stdin: &[u8]) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let mut pipe = child.stdin.take().expect("stdin was asked for");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may have ended without reading all of it.
            let _ = pipe.write_all(stdin);
        });
        child.wait_with_output()
    });
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Outcome {
        what: format!("{command:?}"),
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// How a verb ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    what: String,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Outcome {
    /// Asserts how it ended.
    ///
    /// # Panics
    ///
    /// When it ended in another way.
    #[must_use]
    #[track_caller]
    pub fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.account());
        self
    }

    /// What it wrote to standard output, as text.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.account()))
    }

    /// The lines of its standard output, each of which must be JSON.
    ///
    /// # Panics
    ///
    /// When one is not.
    #[must_use]
    #[track_caller]
    pub fn events(&self) -> Vec<Event> {
        let events: Vec<Event> = self.text().lines().map(Event::from_line).collect();
        let foreign = events.iter().find(|event| event.name() == "not_json");
        assert!(foreign.is_none(), "{foreign:?}: {}", self.account());
        events
    }

    /// The first event of this name.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    #[track_caller]
    pub fn event(&self, name: &str) -> Event {
        let event = self.events().into_iter().find(|event| event.name() == name);
        event.unwrap_or_else(|| panic!("no {name}: {}", self.account()))
    }

    /// Everything, for a failure message.
    #[must_use]
    pub fn account(&self) -> String {
        format!(
            "{} ended with {:?}\n  stdout: {}\n  stderr: {}",
            self.what,
            self.code,
            self.stdout.escape_ascii(),
            self.stderr
        )
    }
}

/// The ids of messages, in their order.
#[must_use]
pub fn ids(messages: &[Event]) -> Vec<&str> {
    messages.iter().map(|event| event.text("id")).collect()
}
