//! A network: a bridge in a namespace of its own, with a cable to every host.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::host::Host;

/// The network 10.77.`number`.0/24. Two of one number never meet: each has its own switch.
#[derive(Debug)]
pub struct Lan {
    switch: Host,
    number: u8,
    cables: AtomicU32,
}

impl Lan {
    /// A network with nobody on it.
    ///
    /// # Panics
    ///
    /// Without [`crate::lane::Lane::Namespaces`].
    #[must_use]
    pub fn new(number: u8) -> Self {
        let switch = Host::new();
        // Snooping without a querier forgets who listens to what after some minutes.
        switch.ip("link add name br0 type bridge mcast_snooping 0");
        switch.ip("link set br0 up");
        Self {
            switch,
            number,
            cables: AtomicU32::new(0),
        }
    }

    /// The address that ends in `last`.
    #[must_use]
    pub fn address(&self, last: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, self.number, last)
    }

    /// A new machine on this network, on its interface `lan0`, with the address that ends in `last`.
    #[must_use]
    pub fn host(&self, last: u8) -> Host {
        let host = Host::new();
        self.plug(&host, "lan0", last);
        host
    }

    /// Adds the interface `nic` to `host`, plugs it in here, and gives it an address.
    pub fn plug(&self, host: &Host, nic: &str, last: u8) {
        self.plug_unaddressed(host, nic);
        host.ip(&format!("address add {}/24 dev {nic}", self.address(last)));
    }

    /// Adds the interface `nic` to `host` and plugs it in here, without an IPv4 address.
    pub fn plug_unaddressed(&self, host: &Host, nic: &str) {
        let port = format!("port{}", self.cables.fetch_add(1, Ordering::Relaxed));
        let far_end = host.namespace().name();
        // The far end is born in the host's namespace: it is at no time on the real machine.
        self.switch.ip(&format!(
            "link add {port} type veth peer name {nic} netns {far_end}"
        ));
        self.switch.ip(&format!("link set {port} master br0"));
        self.switch.ip(&format!("link set {port} up"));
        host.ip(&format!("link set {nic} up"));
    }

    /// Joins this network to another one of the same number by a cable between their switches.
    #[must_use]
    pub fn join(&self, other: &Self) -> Trunk {
        let port = format!("trunk{}", self.cables.fetch_add(1, Ordering::Relaxed));
        let far_port = format!("trunk{}", other.cables.fetch_add(1, Ordering::Relaxed));
        let far_end = other.switch.namespace().name();
        self.switch.ip(&format!(
            "link add {port} type veth peer name {far_port} netns {far_end}"
        ));
        for (switch, port) in [(&self.switch, &port), (&other.switch, &far_port)] {
            switch.ip(&format!("link set {port} master br0"));
            switch.ip(&format!("link set {port} up"));
        }
        Trunk {
            switch: self.switch.clone(),
            port,
        }
    }

    /// What many access points do to their guests: nobody hears anybody.
    ///
    /// # Panics
    ///
    /// Without [`crate::lane::Lane::Nftables`].
    pub fn isolate_clients(&self) {
        self.switch
            .run("nft", &["add", "table", "bridge", "isolation"]);
        self.switch.run(
            "nft",
            &["add chain bridge isolation forward { type filter hook forward priority 0; policy drop; }"],
        );
    }

    /// Ends [`Lan::isolate_clients`].
    pub fn join_clients(&self) {
        self.switch
            .run("nft", &["delete", "table", "bridge", "isolation"]);
    }
}

/// A cable between two switches.
#[derive(Debug)]
pub struct Trunk {
    switch: Host,
    port: String,
}

impl Trunk {
    /// Cuts it. No machine sees its own cable go.
    pub fn cut(&self) {
        self.switch.nic_down(&self.port);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.switch.nic_up(&self.port);
    }
}
