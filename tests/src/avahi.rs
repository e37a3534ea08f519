//! A host's own avahi, with a message bus of its own, invisible to the rest of the machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::SOON;
use crate::host::Host;
use crate::process::Process;
use crate::settle::{eventually, pause};

/// A running avahi-daemon on one interface of one host.
#[derive(Debug)]
pub struct Avahi {
    daemon: Process,
    bus: Process,
    bus_address: String,
    _directory: TempDir,
    host: Host,
}

impl Avahi {
    /// Starts avahi on the interface `nic` of `host`, which calls itself `host_name.local`.
    ///
    /// # Panics
    ///
    /// Without [`crate::lane::Lane::Avahi`], or when it does not come up.
    #[must_use]
    pub fn start(host: &Host, nic: &str, host_name: &str) -> Self {
        let directory = TempDir::with_prefix("tazcom-avahi-")
            .expect("the system has a directory for temporary files");
        let socket = directory.path().join("bus");
        let bus_address = format!("unix:path={}", socket.display());
        let bus_config = write(&directory, "bus.conf", &bus_config(&bus_address));
        let daemon_config = write(&directory, "avahi.conf", &daemon_config(nic, host_name));

        let mut bus = host.command("dbus-daemon");
        bus.arg("--nofork").arg("--config-file").arg(bus_config);
        let bus = Process::spawn("dbus-daemon", &mut bus);
        eventually("the message bus listens", SOON, || {
            socket.exists().then_some(())
        });

        // avahi insists on /run/avahi-daemon: it is given a /run that nobody else sees.
        let script = "mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon \
            && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --file \"$1\"";
        let mut daemon = host.command("unshare");
        daemon.args([
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            script,
            "sh",
        ]);
        daemon
            .arg(daemon_config)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &bus_address);
        let daemon = Process::spawn("avahi-daemon", &mut daemon);

        let avahi = Self {
            daemon,
            bus,
            bus_address,
            _directory: directory,
            host: host.clone(),
        };
        let deadline = Instant::now() + SOON;
        while !avahi.answers() {
            pause(Duration::from_millis(50));
            let account = || format!("{}{}", avahi.daemon.account(), avahi.bus.account());
            assert!(
                Instant::now() < deadline,
                "avahi does not come up{}",
                account()
            );
        }
        avahi
    }

    /// What `avahi-browse -r -t -p _tazcom._tcp` resolves now: one line a service.
    ///
    /// # Panics
    ///
    /// When it does not run.
    #[must_use]
    pub fn browse(&self) -> Vec<String> {
        let mut command = self.command("avahi-browse");
        let output = command
            .args(["--resolve", "--terminate", "--parsable", "_tazcom._tcp"])
            .output()
            .expect("avahi-browse runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines()
            .filter(|line| line.starts_with('='))
            .map(str::to_owned)
            .collect()
    }

    /// Waits until `avahi-browse` resolves a service whose line holds `text`.
    ///
    /// # Panics
    ///
    /// When it does not `within` the time given.
    pub fn resolves(&self, text: &str, within: Duration) -> String {
        eventually(&format!("avahi-browse resolves {text}"), within, || {
            self.browse().into_iter().find(|line| line.contains(text))
        })
    }

    /// Waits until `avahi-browse` no longer lists a service whose line holds `text`.
    ///
    /// # Panics
    ///
    /// When it still does after the time given.
    pub fn forgets(&self, text: &str, within: Duration) {
        eventually(&format!("avahi-browse drops {text}"), within, || {
            (!self.browse().iter().any(|line| line.contains(text))).then_some(())
        });
    }

    /// Publishes a `_tazcom._tcp` service with `avahi-publish` until the process is dropped.
    #[must_use]
    pub fn publish(&self, instance: &str, port: u16, txt: &[String]) -> Process {
        let mut command = self.command("avahi-publish");
        command
            .args(["--service", instance, "_tazcom._tcp", &port.to_string()])
            .args(txt);
        Process::spawn("avahi-publish", &mut command)
    }

    fn answers(&self) -> bool {
        let mut command = self.command("avahi-browse");
        let output = command.args(["--all", "--terminate"]).output();
        output.expect("avahi-browse runs").status.success()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.host.command(program);
        command
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus_address)
            .env("LC_ALL", "C.UTF-8");
        command
    }
}

fn write(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).expect("our own directory is writable");
    path
}

fn bus_config(address: &str) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n\
         \x20\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig>\n\
         \x20 <type>system</type>\n\
         \x20 <listen>{address}</listen>\n\
         \x20 <auth>EXTERNAL</auth>\n\
         \x20 <policy context=\"default\">\n\
         \x20   <allow user=\"*\"/>\n\
         \x20   <allow own=\"*\"/>\n\
         \x20   <allow send_destination=\"*\"/>\n\
         \x20   <allow receive_sender=\"*\"/>\n\
         \x20 </policy>\n\
         </busconfig>\n"
    )
}

fn daemon_config(nic: &str, host_name: &str) -> String {
    format!(
        "[server]\n\
         host-name={host_name}\n\
         use-ipv4=yes\n\
         use-ipv6=no\n\
         allow-interfaces={nic}\n\
         enable-dbus=yes\n\
         [wide-area]\n\
         enable-wide-area=no\n\
         [publish]\n\
         publish-hinfo=no\n\
         publish-workstation=no\n"
    )
}
