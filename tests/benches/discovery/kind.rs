//! The implementations that are compared, and how each is started.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::{Host, Lan};

use crate::mdns_sd_peer;
use crate::watched::{LOADED, Watched};

const PYTHON_PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/poc02_peer.py");

/// Where a node runs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) host: Host,
    pub(crate) address: Ipv4Addr,
}

impl Place {
    /// The loopback interface and no other.
    pub(crate) fn loopback() -> Self {
        Self {
            host: Host::loopback(),
            address: Ipv4Addr::LOCALHOST,
        }
    }

    /// A new machine on `lan`.
    pub(crate) fn on(lan: &Lan, last: u8) -> Self {
        let host = lan.host(last);
        // simple-mdns joins the group only where a route leads.
        host.ip("route add default dev lan0");
        Self {
            host,
            address: lan.address(last),
        }
    }
}

/// An implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Native,
    SimpleMdns,
    MdnsSd,
    Zeroconf,
}

impl Kind {
    /// Those that can run here.
    pub(crate) fn available() -> Vec<Self> {
        let mut kinds = vec![Self::Native, Self::SimpleMdns, Self::MdnsSd];
        if lane::open(&[Lane::Python]) {
            kinds.push(Self::Zeroconf);
        }
        kinds
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::SimpleMdns => "simple-mdns",
            Self::MdnsSd => "mdns-sd",
            Self::Zeroconf => "python-zeroconf",
        }
    }

    /// What it calls a peer that appeared.
    pub(crate) const fn found(self) -> &'static str {
        match self {
            Self::Native | Self::SimpleMdns => "peer_discovered",
            Self::MdnsSd | Self::Zeroconf => "found",
        }
    }

    /// What it calls a peer that is gone.
    pub(crate) const fn removed(self) -> &'static str {
        match self {
            Self::Native | Self::SimpleMdns => "peer_removed",
            Self::MdnsSd | Self::Zeroconf => "removed",
        }
    }

    /// Whether it ends in good order when its standard input does; the others on a signal.
    pub(crate) const fn ends_with_its_input(self) -> bool {
        matches!(self, Self::MdnsSd)
    }

    /// Starts one, and does not wait for it.
    pub(crate) fn start(self, place: &Place) -> Watched {
        Watched::spawn(self, &place.host, self.command(place.address))
    }

    fn command(self, address: Ipv4Addr) -> Command {
        match self {
            Self::Native => node(address, "native"),
            Self::SimpleMdns => node(address, "simple-mdns"),
            Self::MdnsSd => mdns_sd_peer::command(address),
            Self::Zeroconf => python(address),
        }
    }
}

fn node(address: Ipv4Addr, backend: &str) -> Command {
    let mut command = Command::new(tazcom_cli());
    command.args(["run", "--json", "--ephemeral", "--discovery", backend]);
    if address.is_loopback() {
        command.args(["--interface", "lo"]);
    }
    command
}

/// The interpreter takes ten times as long to start as anything that is measured here, so the
/// peer's time begins when everything is imported.
fn python(address: Ipv4Addr) -> Command {
    let load = format!(
        "import runpy, sys, zeroconf.asyncio, nacl.signing\n\
         print('{{\"event\": \"{LOADED}\"}}', flush=True)\n\
         sys.argv = sys.argv[1:]\n\
         runpy.run_path(sys.argv[0], run_name='__main__')"
    );
    let mut command = Command::new(interpreter());
    command.args(["-u", "-c", &load, PYTHON_PEER]);
    command.args(["--address", &address.to_string()]);
    command
}

/// The environment that `cargo xtask` or the tests have made.
pub(crate) fn interpreter() -> PathBuf {
    if let Some(path) = std::env::var_os("TAZCOM_PYTHON") {
        return PathBuf::from(path);
    }
    let made = ["python", "python-venv"].map(|name| target().join(name).join("bin/python"));
    let found = made.iter().find(|path| path.exists());
    found.expect("the Python lane is open").clone()
}

/// What `TAZCOM_CLI` says, else a release build made now.
fn tazcom_cli() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(path) = std::env::var_os("TAZCOM_CLI") {
            return PathBuf::from(path);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--release", "--package", "tazcom-cli"]);
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let status = build.status().expect("cargo runs");
        assert!(status.success(), "{build:?} failed: {status}");
        target().join("release/tazcom-cli")
    })
}

fn target() -> PathBuf {
    let executable = std::env::current_exe().expect("the system tells our own path");
    let above = executable.ancestors().nth(3);
    above.expect("a bench is in target/release/deps").to_owned()
}
