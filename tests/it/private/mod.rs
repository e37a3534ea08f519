//! What is said in private, who is who, and what is left of it on a disk.

mod direct;
mod full;
mod locked;
mod rooms;
mod trust;
mod who;

use std::time::Duration;

use tazcom_tests::{Event, Process, User, eventually};

/// Two round trips and three flushes, on a machine with other things to do.
const WITHIN: Duration = Duration::from_secs(20);

/// Waits until somebody has a private message, and tells what is shown of it.
pub(crate) fn reads(user: &User, talk: &str, text: &str) -> Event {
    eventually("the private message", WITHIN, || {
        let asked = user.does(["history", talk, "--json"]);
        // The one who says it may not be known yet.
        let events = (asked.code == Some(0)).then(|| asked.events())?;
        events
            .into_iter()
            .find(|event| event.name() == "private_past" && event.text("text") == text)
    })
}

/// Waits until a process has told of an event of this name that is so.
fn tells(process: &mut Process, name: &str, wanted: impl Fn(&Event) -> bool) -> Event {
    process.wait_for(name, WITHIN, |event| event.name() == name && wanted(event))
}
