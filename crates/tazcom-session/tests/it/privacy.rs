//! What can be printed of a session holds no secret and nothing that was said.

use std::time::Duration;

use bytes::Bytes;
use tazcom_session::{Command, PayloadKind, StaticKey, Welcome};
use tazcom_testkit::{Clock, Seed};

use crate::pair::{ANA, BEN, Setup};

const CONTENT: &str = "canary-in-the-content";
const NAME: &str = "canary-in-the-name";

/// Every way in which some bytes may be printed.
fn spellings(bytes: &[u8]) -> [String; 3] {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{bytes:?}");
    let list = list.trim_matches(['[', ']']).to_owned();
    [hex, list, String::from_utf8_lossy(bytes).into_owned()]
}

#[test]
fn nothing_printed_holds_a_secret_a_name_or_content() {
    let setup = Setup {
        welcome: Welcome::new(NAME, Default::default()).unwrap(),
        ..Setup::default()
    };
    let mut pair = setup.pair();
    let mut printed = format!("{pair:?}");
    pair.run();
    printed += &format!("{pair:?}");
    let send = Command::Send(PayloadKind::Direct, Bytes::from_static(CONTENT.as_bytes()));
    printed += &format!("{send:?}");
    pair.command(ANA, send).unwrap();
    pair.run();
    let events = pair.take_events(BEN);
    printed += &format!("{events:?} {pair:?}");
    let binding = pair.session(ANA).channel_binding();
    printed += &format!("{binding:?}");

    let mut secrets = spellings(CONTENT.as_bytes()).to_vec();
    secrets.extend(spellings(NAME.as_bytes()));
    secrets.extend(spellings(binding.as_bytes()));
    // The seeds of both identities, and their first half, which a formatter may cut.
    for node in [ANA, BEN] {
        secrets.extend(spellings(&[u8::try_from(node + 1).unwrap(); 16]));
    }
    for secret in secrets {
        assert!(!printed.contains(&secret), "{secret:?} in {printed}");
    }
}

#[test]
fn a_static_key_prints_as_two_dots_and_is_stale_after_a_day() {
    let clock = Clock::start();
    let key = StaticKey::draw(clock.at(Duration::ZERO), &mut Seed(3).rng(0));
    assert_eq!(format!("{key:?}"), "StaticKey(..)");
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(!key.is_stale(clock.at(day - Duration::from_nanos(1))));
    assert!(key.is_stale(clock.at(day)));
}
