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
    /// It was degraded, and works again.
    Recovered(Interface),
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
    families: BTreeMap<Family, Health>,
    degraded: bool,
}

/// How one family of an interface fares.
#[derive(Debug, Default)]
struct Health {
    open: bool,
    /// Failures since it last worked from one look to the next.
    failures: u32,
    last_error: String,
}

impl Health {
    fn failed(&mut self, error: &io::Error) {
        self.open = false;
        self.failures = self.failures.saturating_add(1);
        self.last_error = explain(error);
    }
}

impl Used {
    fn open(&self) -> Vec<Family> {
        let open = self.families.iter().filter(|(_, health)| health.open);
        open.map(|(family, _)| *family).collect()
    }

    /// The complaint to make when a family has just failed too often.
    fn degrade(&mut self) -> Option<Change> {
        let mut families = self.families.iter();
        let (family, health) =
            families.find(|(_, health)| health.failures >= FAILURES_BEFORE_DEGRADED)?;
        if std::mem::replace(&mut self.degraded, true) {
            return None;
        }
        let name = &self.interface.name;
        let family = match family {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        };
        Some(Change::Degraded {
            interface: Some(name.clone()),
            reason: format!(
                "cannot use {family} multicast on {name}: {}",
                health.last_error
            ),
        })
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

    /// A socket failed and was closed; it is opened anew at the next look.
    pub(super) fn link_failed(&mut self, link: LinkId, error: &io::Error) -> Vec<Change> {
        let Some(used) = self.used.get_mut(&link.interface) else {
            return Vec::new();
        };
        if let Some(health) = used.families.get_mut(&link.family) {
            health.failed(error);
        }
        let up = Change::Up(used.interface.clone(), used.open());
        std::iter::once(up).chain(used.degrade()).collect()
    }

    fn drop_unwanted(
        &mut self,
        wanted: &[Interface],
        sockets: &mut Sockets,
        changes: &mut Vec<Change>,
    ) {
        let is_wanted = |index| wanted.iter().any(|interface| interface.index == index);
        self.used.retain(|index, used| {
            if is_wanted(*index) {
                return true;
            }
            for family in used.families.keys() {
                sockets.close(link_id(*index, *family));
            }
            changes.push(Change::Down(*index));
            false
        });
    }

    fn take_up(&mut self, interface: &Interface, sockets: &mut Sockets, changes: &mut Vec<Change>) {
        let index = interface.index;
        let known = self.used.get(&index).map(|used| &used.interface);
        if known != Some(interface) {
            // A socket remembers the address it sends from, so all are opened anew.
            if let Some(used) = self.used.remove(&index) {
                for family in used.families.keys() {
                    sockets.close(link_id(index, *family));
                }
            }
        }
        let used = self.used.entry(index).or_insert_with(|| Used {
            interface: interface.clone(),
            families: wanted_families(interface),
            degraded: false,
        });
        let mut opened = false;
        for (family, health) in &mut used.families {
            if health.open {
                // What has lived from one look to the next works: it sends when it is opened.
                health.failures = 0;
                continue;
            }
            match LinkSocket::open(interface, *family) {
                Ok(socket) => {
                    sockets.insert(link_id(index, *family), socket);
                    health.open = true;
                    opened = true;
                }
                Err(error) => health.failed(&error),
            }
        }
        if opened {
            changes.push(Change::Up(interface.clone(), used.open()));
        }
        changes.extend(used.degrade());
        let well = used.families.values().all(|health| health.failures == 0);
        if used.degraded && well {
            used.degraded = false;
            changes.push(Change::Recovered(interface.clone()));
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

fn wanted_families(interface: &Interface) -> BTreeMap<Family, Health> {
    let v4 = interface.ipv4().next().map(|_| Family::V4);
    let v6 = interface.ipv6().next().map(|_| Family::V6);
    let families = v4.into_iter().chain(v6);
    families.map(|family| (family, Health::default())).collect()
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

#[cfg(test)]
mod tests;
