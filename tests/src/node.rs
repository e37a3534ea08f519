//! A node: a real `tazcom-cli run --json` process.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::SOON;
use crate::binary::tazcom_cli;
use crate::event::Event;
use crate::host::Host;
use crate::process::Process;

/// Most memory a node may ever hold, whatever is done to it.
pub const MEMORY_LIMIT_KIB: u64 = 64 * 1024;

/// The bytes of a node id.
///
/// # Panics
///
/// When `id` is none.
#[must_use]
pub fn raw_id(id: &str) -> [u8; 32] {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or_else(|| panic!("no node id: {id}"))
}

/// How to run a node: `--ephemeral` unless told otherwise.
#[derive(Debug)]
pub struct NodeCommand {
    name: String,
    data_dir: Option<PathBuf>,
    arguments: Vec<String>,
}

impl NodeCommand {
    /// A node that failures call `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_dir: None,
            arguments: Vec::new(),
        }
    }

    /// `--data-dir` instead of `--ephemeral`.
    #[must_use]
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// `--ephemeral`, which it is unless told otherwise.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.data_dir = None;
        self
    }

    /// `--interface`.
    #[must_use]
    pub fn interface(self, selector: &str) -> Self {
        self.with("--interface", selector)
    }

    /// `--port`.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.with("--port", &port.to_string())
    }

    /// `--peer`.
    #[must_use]
    pub fn peer(self, addr: SocketAddr) -> Self {
        self.with("--peer", &addr.to_string())
    }

    /// `--discovery`.
    #[must_use]
    pub fn discovery(self, backend: &str) -> Self {
        self.with("--discovery", backend)
    }

    /// `--name`.
    #[must_use]
    pub fn calls_itself(self, name: &str) -> Self {
        self.with("--name", name)
    }

    /// `--log`.
    #[must_use]
    pub fn log(self, level: &str) -> Self {
        self.with("--log", level)
    }

    /// `--set-aside-damaged`.
    #[must_use]
    pub fn sets_aside_damaged(mut self) -> Self {
        self.arguments.push("--set-aside-damaged".to_owned());
        self
    }

    fn with(mut self, flag: &str, value: &str) -> Self {
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
        self
    }

    /// Starts the node on `host` and waits until it says `started`.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[must_use]
    pub fn spawn(self, host: &Host) -> Node {
        let (mut process, home) = self.start(host);
        let started = process.wait_for("started", SOON, |event| event.name() == "started");
        Node {
            process,
            started,
            _home: home,
            _host: host.clone(),
        }
    }

    /// Starts the node and expects it to end by itself, with what it said until then.
    ///
    /// # Panics
    ///
    /// When it goes on, or is ended by a signal.
    #[must_use]
    pub fn refused(self, host: &Host) -> Refusal {
        let (mut process, _home) = self.start(host);
        let status = process.wait_for_exit(SOON);
        let code = status.code();
        let code =
            code.unwrap_or_else(|| panic!("ended by a signal: {status}{}", process.account()));
        Refusal {
            code,
            log: process.log(),
        }
    }

    fn start(self, host: &Host) -> (Process, TempDir) {
        let home = TempDir::with_prefix("tazcom-home-")
            .expect("the system has a directory for temporary files");
        let mut command = cli_at(host, home.path());
        command.args(["run", "--json"]).args(&self.arguments);
        match &self.data_dir {
            Some(path) => command.arg("--data-dir").arg(path),
            None => command.arg("--ephemeral"),
        };
        (Process::spawn(self.name, &mut command), home)
    }
}

/// How a node that would not start ended.
#[derive(Debug)]
pub struct Refusal {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to stderr.
    pub log: String,
}

/// The program, in an environment where nothing of the machine's user is found.
pub(crate) fn cli_at(host: &Host, home: &Path) -> Command {
    let mut command = host.command(tazcom_cli());
    for (key, _) in std::env::vars_os() {
        if key.as_encoded_bytes().starts_with(b"TAZCOM_") {
            command.env_remove(key);
        }
    }
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home)
        .env("XDG_CONFIG_HOME", home);
    command.env_remove("RUST_LOG");
    command
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    process: Process,
    started: Event,
    _home: TempDir,
    _host: Host,
}

impl Node {
    /// Runs another verb of the program on `host` to its end.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn cli(
        host: &Host,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> std::process::Output {
        let home = TempDir::with_prefix("tazcom-home-")
            .expect("the system has a directory for temporary files");
        let mut command = cli_at(host, home.path());
        command
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// The `started` event.
    #[must_use]
    pub fn started(&self) -> &Event {
        &self.started
    }

    /// Its node id: 43 characters.
    #[must_use]
    pub fn id(&self) -> &str {
        self.started.text("id")
    }

    /// Its short id: 8 characters.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.id()[..8]
    }

    /// Its TCP port.
    ///
    /// # Panics
    ///
    /// When it told none.
    #[must_use]
    pub fn port(&self) -> u16 {
        let listen = self.started.texts("listen");
        let first = listen
            .first()
            .and_then(|text| text.parse::<SocketAddr>().ok());
        first
            .unwrap_or_else(|| panic!("no address in {}", self.started))
            .port()
    }

    /// Where it is reached under `ip`.
    #[must_use]
    pub fn at(&self, ip: impl Into<IpAddr>) -> SocketAddr {
        SocketAddr::new(ip.into(), self.port())
    }

    /// Waits until it has found `peer`.
    pub fn discovers(&mut self, peer: &str) -> Event {
        self.says("peer_discovered", peer, SOON)
    }

    /// Waits until its HELLO to `peer` was acknowledged.
    pub fn is_acknowledged_by(&mut self, peer: &str) -> Event {
        self.says("ack_received", peer, SOON)
    }

    /// Waits until `peer` has said HELLO to it.
    pub fn is_greeted_by(&mut self, peer: &str) -> Event {
        self.says("hello_received", peer, SOON)
    }

    /// Waits until it has lost `peer`.
    pub fn loses(&mut self, peer: &str, within: Duration) -> Event {
        self.says("peer_removed", peer, within)
    }

    /// Waits until it says `event` about `peer`.
    pub fn says(&mut self, event: &str, peer: &str, within: Duration) -> Event {
        self.wait_for(&format!("{event} about {peer}"), within, |said| {
            said.is_about(event, peer)
        })
    }

    /// Waits for a warning of `kind`.
    pub fn warns(&mut self, kind: &str, within: Duration) -> Event {
        self.wait_for(&format!("a warning of kind {kind}"), within, |said| {
            said.is_warning(kind)
        })
    }

    /// Waits until it has a session with `peer` in which both have greeted and acknowledged.
    ///
    /// # Panics
    ///
    /// When a greeting or an acknowledgement came outside of a session.
    pub fn is_in_session_with(&mut self, peer: &str) {
        self.says("session_up", peer, SOON);
        let heard = [self.is_acknowledged_by(peer), self.is_greeted_by(peer)];
        for event in heard {
            assert!(event.is_verified(), "{event}{}", self.account());
        }
    }

    /// Waits until both have found each other, and have greeted and acknowledged in a session.
    pub fn meets(&mut self, other: &mut Self) {
        let (a, b) = (self.id().to_owned(), other.id().to_owned());
        for (node, peer) in [(&mut *self, &b), (&mut *other, &a)] {
            node.discovers(peer);
            node.is_in_session_with(peer);
        }
    }

    /// Whether this node is the one of the two that opens the session.
    #[must_use]
    pub fn dials(&self, other: &Self) -> bool {
        // The alphabet of base64url is not in the order of what it stands for.
        raw_id(self.id()) < raw_id(other.id())
    }

    /// Asserts that it has used less than [`MEMORY_LIMIT_KIB`] at any time.
    ///
    /// # Panics
    ///
    /// When it has used more, or has ended.
    pub fn assert_small(&self) {
        let peak = self.usage().peak_resident_kib;
        assert!(peak < MEMORY_LIMIT_KIB, "{peak} KiB{}", self.account());
    }
}

impl Deref for Node {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Node {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
