//! One network namespace with a name of its own, gone when it is dropped.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

const DIRECTORY: &str = "/run/netns";

/// A network namespace called `tz<pid>x<n>`: by the pid a later run can tell that it is stale.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    pub(crate) fn new() -> Self {
        Self::try_new().expect("the test checked that namespaces can be made")
    }

    pub(crate) fn try_new() -> Result<Self, String> {
        static SWEEP: Once = Once::new();
        static COUNTER: AtomicU32 = AtomicU32::new(0);

        SWEEP.call_once(remove_stale);
        let serial = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tz{}x{serial}", std::process::id());
        try_run(Command::new("ip").args(["netns", "add", &name]))?;
        Ok(Self { name })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A command that will run inside. The process keeps the pid that `spawn` tells.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Runs `ip` on this namespace's interfaces.
    pub(crate) fn ip(&self, arguments: &str) {
        if let Err(problem) = self.try_ip(arguments) {
            panic!("{problem}");
        }
    }

    pub(crate) fn try_ip(&self, arguments: &str) -> Result<(), String> {
        try_run(
            Command::new("ip")
                .args(["-n", &self.name])
                .args(arguments.split_whitespace()),
        )
    }

    /// Runs `inside` on a thread of its own that lives in the namespace: every socket it makes,
    /// and every thread it starts, belongs to the namespace from then on.
    pub(crate) fn enter<T: Send>(&self, inside: impl FnOnce() -> T + Send) -> T {
        let door = File::open(Path::new(DIRECTORY).join(&self.name)).expect("our namespace exists");
        let result = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    move_into_link_name_space(door.as_fd(), Some(LinkNameSpaceType::Network))
                        .expect("root may enter its namespace");
                    inside()
                })
                .join()
        });
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// Runs a command that must succeed.
pub(crate) fn run(command: &mut Command) {
    if let Err(problem) = try_run(command) {
        panic!("{problem}");
    }
}

fn try_run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", complaint.trim()))
}

/// What a test killed outright left behind: its namespaces, and the processes inside them.
fn remove_stale() {
    let Ok(entries) = fs::read_dir(DIRECTORY) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(owner) = owner(&name) else { continue };
        if test_kill_process(owner).is_err() {
            remove(&name);
        }
    }
}

fn owner(name: &str) -> Option<Pid> {
    let (pid, serial) = name.strip_prefix("tz")?.split_once('x')?;
    serial.parse::<u32>().ok()?;
    Pid::from_raw(pid.parse().ok()?)
}

fn remove(name: &str) {
    let inside = Command::new("ip").args(["netns", "pids", name]).output();
    for pid in inside
        .iter()
        .flat_map(|output| std::str::from_utf8(&output.stdout))
        .flat_map(str::split_whitespace)
        .filter_map(|pid| pid.parse().ok().and_then(Pid::from_raw))
        .filter(|pid| pid.as_raw_nonzero().get().unsigned_abs() != std::process::id())
    {
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = Command::new("ip").args(["netns", "del", name]).output();
}
