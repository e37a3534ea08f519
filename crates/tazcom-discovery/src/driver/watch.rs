//! Keeps the sockets in step with the interfaces, whatever those do.

use std::collections::BTreeMap;
use std::io;

use super::link_id;
use super::select::Sockets;
use super::socket::LinkSocket;
use crate::Config;
use crate::engine::{Family, LinkId};
use crate::interface::{Interface, InterfaceFilter, InterfaceIndex, InterfaceKind};

/// What the engine or the user is to be told.
#[derive(Debug)]
pub(super) enum Change {
    Up(Interface, Vec<Family>),
    Down(InterfaceIndex),
    Degraded {
        interface: Option<String>,
        reason: String,
    },
}

/// Failures in a row after which a person hears of it. The first are common: an IPv6 address
/// cannot send until it has been checked for duplicates, about a second after it appears.
const FAILURES_BEFORE_DEGRADED: u32 = 3;

/// The interfaces in use, and how they fare.
#[derive(Debug)]
pub(super) struct Watch {
    config: Config,
    used: BTreeMap<InterfaceIndex, Used>,
    /// The last complaint about there being nothing to use, so that it is made once.
    complained: Option<String>,
}

#[derive(Debug)]
struct Used {
    interface: Interface,
    families: Vec<Family>,
    failures: u32,
    last_error: Option<String>,
    degraded: bool,
}

impl Used {
    fn complaint(&self) -> String {
        let error = self.last_error.as_deref().unwrap_or("no reason given");
        format!("cannot use multicast on {}: {error}", self.interface.name)
    }
}

impl Watch {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            used: BTreeMap::new(),
            complained: None,
        }
    }

    pub(super) fn in_use(&self) -> Vec<Interface> {
        let working = self.used.values().filter(|used| !used.families.is_empty());
        working.map(|used| used.interface.clone()).collect()
    }

    /// What is not working at the moment: the interface, and why.
    pub(super) fn degraded(&self) -> Vec<(Option<String>, String)> {
        let nothing = self.complained.iter().map(|reason| (None, reason.clone()));
        let broken = self.used.values().filter(|used| used.degraded);
        let broken = broken.map(|used| (Some(used.interface.name.clone()), used.complaint()));
        nothing.chain(broken).collect()
    }

    /// Compares what there is with what is in use: closes and opens sockets accordingly.
    pub(super) fn look(
        &mut self,
        sockets: &mut Sockets,
        found: io::Result<Vec<Interface>>,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let reason = format!("the network interfaces cannot be listed: {error}");
                self.complain(reason, &mut changes);
                return changes;
            }
        };
        let wanted = self.config.interfaces.select(&found);
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|interface| with_used_families(interface, self.config.ipv6))
            .collect();
        self.drop_unwanted(&wanted, sockets, &mut changes);
        for interface in &wanted {
            self.take_up(interface, sockets, &mut changes);
        }
        if wanted.is_empty() {
            let reason = nothing_to_use(&self.config.interfaces, &found);
            self.complain(reason, &mut changes);
        } else {
            self.complained = None;
        }
        changes
    }

    /// A socket failed and was closed.
    pub(super) fn link_failed(&mut self, link: LinkId, error: &io::Error) -> Vec<Change> {
        let Some(used) = self.used.get_mut(&link.interface) else {
            return Vec::new();
        };
        used.families.retain(|family| *family != link.family);
        used.failures += u32::from(used.families.is_empty());
        used.last_error = Some(explain(error));
        vec![Change::Up(used.interface.clone(), used.families.clone())]
    }

    fn drop_unwanted(
        &mut self,
        wanted: &[Interface],
        sockets: &mut Sockets,
        changes: &mut Vec<Change>,
    ) {
        let is_wanted = |index| wanted.iter().any(|interface| interface.index == index);
        self.used.retain(|index, _| {
            if is_wanted(*index) {
                return true;
            }
            for family in [Family::V4, Family::V6] {
                sockets.close(link_id(*index, family));
            }
            changes.push(Change::Down(*index));
            false
        });
    }

    fn take_up(&mut self, interface: &Interface, sockets: &mut Sockets, changes: &mut Vec<Change>) {
        let index = interface.index;
        let used = self.used.entry(index).or_insert_with(|| Used {
            interface: interface.clone(),
            families: Vec::new(),
            failures: 0,
            last_error: None,
            degraded: false,
        });
        if used.interface != *interface {
            // A socket remembers the address it sends from, so all are opened anew.
            for family in used.families.drain(..) {
                sockets.close(link_id(index, family));
            }
            used.interface = interface.clone();
            used.failures = 0;
        }
        let mut wanted = Vec::new();
        if interface.ipv4().next().is_some() {
            wanted.push(Family::V4);
        }
        if interface.ipv6().next().is_some() {
            wanted.push(Family::V6);
        }
        let mut opened = false;
        for family in &wanted {
            let link = link_id(index, *family);
            if used.families.contains(family) && sockets.contains(link) {
                continue;
            }
            match LinkSocket::open(interface, *family) {
                Ok(socket) => {
                    sockets.insert(link, socket);
                    used.families.retain(|known| known != family);
                    used.families.push(*family);
                    opened = true;
                }
                Err(error) => used.last_error = Some(explain(&error)),
            }
        }
        used.failures += u32::from(used.families.is_empty());
        if used.failures >= FAILURES_BEFORE_DEGRADED && !used.degraded {
            used.degraded = true;
            changes.push(Change::Degraded {
                interface: Some(interface.name.clone()),
                reason: used.complaint(),
            });
        }
        if opened {
            changes.push(Change::Up(interface.clone(), used.families.clone()));
        } else if !used.families.is_empty() {
            // A socket that has lived from one look to the next works.
            used.failures = 0;
            used.degraded = false;
        }
    }

    fn complain(&mut self, reason: String, changes: &mut Vec<Change>) {
        if self.complained.as_ref() != Some(&reason) {
            self.complained = Some(reason.clone());
            changes.push(Change::Degraded {
                interface: None,
                reason,
            });
        }
    }
}

/// Leaves out the addresses of a family that is not to be used, so that they are not announced
/// either. IPv6 on loopback brings nothing that IPv4 does not, and its multicast often has no
/// route there.
fn with_used_families(mut interface: Interface, ipv6: bool) -> Interface {
    let loopback = interface.kind == InterfaceKind::Loopback;
    let has_v4 = interface.ipv4().next().is_some();
    if !ipv6 || (loopback && has_v4) {
        interface.addrs.retain(|addr| addr.ip.is_ipv4());
    }
    interface
}

fn explain(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AddrInUse {
        "another program holds UDP port 5353 for itself alone; stop it, or let it share the port"
            .to_owned()
    } else {
        error.to_string()
    }
}

fn nothing_to_use(filter: &InterfaceFilter, found: &[Interface]) -> String {
    let there: Vec<&str> = found
        .iter()
        .map(|interface| interface.name.as_str())
        .collect();
    let there = if there.is_empty() {
        "there is none that is up and has an address".to_owned()
    } else {
        format!("there are {}", there.join(", "))
    };
    match filter {
        InterfaceFilter::Auto => {
            format!("no network interface to use ({there}); waiting for one to come up")
        }
        InterfaceFilter::Only(selectors) => {
            let wished: Vec<String> = selectors.iter().map(ToString::to_string).collect();
            let wished = wished.join(", ");
            format!("no interface matches {wished} ({there}); waiting for it to come up")
        }
    }
}
