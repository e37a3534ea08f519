//! A machine: a network namespace, or the real machine's loopback where none can be made.

use std::ffi::OsStr;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::Arc;

use crate::lane;
use crate::namespace::{Namespace, run};

/// Where processes run and sockets live. A clone is the same machine; it is gone with the last of
/// them, and everything that runs on it holds one.
#[derive(Clone, Debug)]
pub struct Host {
    namespace: Option<Arc<Namespace>>,
}

impl Host {
    /// A machine with `lo` and nothing else. IPv6 is off, so that a peer has one address and a
    /// test can name it.
    ///
    /// # Panics
    ///
    /// Without [`lane::Lane::Namespaces`].
    #[must_use]
    pub fn new() -> Self {
        let host = Self::with_ipv6();
        host.enter(|| {
            for scope in ["all", "default"] {
                let switch = format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6");
                // A kernel without IPv6 has no such file and needs none.
                let _ = fs::write(switch, "1");
            }
        });
        host
    }

    /// A machine with `lo` and nothing else, that speaks IPv6 as well.
    ///
    /// # Panics
    ///
    /// Without [`lane::Lane::Namespaces`].
    #[must_use]
    pub fn with_ipv6() -> Self {
        let namespace = Namespace::new();
        namespace.ip("link set lo up");
        Self {
            namespace: Some(Arc::new(namespace)),
        }
    }

    /// A machine of which only the loopback interface may be used: one of its own where the tests
    /// may make one, else the real one, where nodes of other tests are heard as well.
    #[must_use]
    pub fn loopback() -> Self {
        if lane::namespaces_missing().is_none() {
            Self::new()
        } else {
            Self { namespace: None }
        }
    }

    /// Whether nobody but this test is on this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.namespace.is_some()
    }

    /// A command that will run on this machine, with the pid that `spawn` tells.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match &self.namespace {
            Some(namespace) => namespace.command(program),
            None => Command::new(program),
        }
    }

    /// Runs `inside` on this machine: its sockets, and its threads' sockets, stay there.
    pub fn enter<T: Send>(&self, inside: impl FnOnce() -> T + Send) -> T {
        match &self.namespace {
            Some(namespace) => namespace.enter(inside),
            None => inside(),
        }
    }

    /// Runs `ip` with these arguments on this machine's own interfaces.
    ///
    /// # Panics
    ///
    /// When it fails, and on the real machine, whose interfaces are not ours to change.
    pub fn ip(&self, arguments: &str) {
        self.namespace().ip(arguments);
    }

    /// Runs `ip` like [`Host::ip`]; false when the kernel will not.
    #[must_use]
    pub fn try_ip(&self, arguments: &str) -> bool {
        self.namespace().try_ip(arguments).is_ok()
    }

    /// Pulls the cable of `nic`. Its address stays configured, its routes go.
    pub fn nic_down(&self, nic: &str) {
        self.ip(&format!("link set {nic} down"));
    }

    /// Plugs the cable of `nic` in again.
    pub fn nic_up(&self, nic: &str) {
        self.ip(&format!("link set {nic} up"));
    }

    /// Gives `nic` another address in the same /24, as a new DHCP lease would.
    pub fn change_address(&self, nic: &str, old: Ipv4Addr, new: Ipv4Addr) {
        self.ip(&format!("address del {old}/24 dev {nic}"));
        self.ip(&format!("address add {new}/24 dev {nic}"));
    }

    /// How many packets `nic` has sent.
    ///
    /// # Panics
    ///
    /// When there is no such interface.
    #[must_use]
    pub fn packets_sent(&self, nic: &str) -> u64 {
        // Per namespace, unlike /sys/class/net, which shows the namespace it was mounted in.
        let table = self.enter(|| fs::read_to_string("/proc/thread-self/net/dev"));
        let table = table.expect("/proc is mounted");
        let (_, figures) = table
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim() == nic)
            .unwrap_or_else(|| panic!("no interface {nic} in\n{table}"));
        let sent = figures.split_whitespace().nth(9);
        sent.and_then(|text| text.parse().ok())
            .expect("/proc/net/dev has 16 figures a line")
    }

    /// Whether this machine passes on IPv4 packets that are not for itself.
    ///
    /// # Panics
    ///
    /// When the system does not tell.
    #[must_use]
    pub fn forwards(&self) -> bool {
        let setting = self.enter(|| fs::read_to_string("/proc/sys/net/ipv4/ip_forward"));
        setting.expect("/proc is mounted").trim() != "0"
    }

    pub(crate) fn namespace(&self) -> &Namespace {
        self.namespace
            .as_ref()
            .expect("this test asked for a machine of its own")
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str]) {
        run(self.command(program).args(arguments));
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}
