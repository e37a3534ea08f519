//! The names programs rely on.

use std::time::Duration;

use serde_json::{Value, json};
use tazcom_discovery::LostReason;
use tazcom_node::chat::NameWarning;
use tazcom_node::trust::Failure;
use tazcom_node::{ChatEvent, DisplayName, PrivateEvent, Warning};

use super::*;
use crate::output::Signs;

fn id() -> NodeId {
    NodeId::from_bytes([1; 32])
}

fn addr() -> SocketAddr {
    "192.168.1.5:4711".parse().unwrap()
}

/// The fields of a record without its time, which is checked.
fn fields(record: &Record<'_>) -> Value {
    let line = record.to_line().unwrap();
    assert!(line.ends_with("}\n"));
    assert_eq!(line.matches('\n').count(), 1);
    let mut value: Value = serde_json::from_str(&line).unwrap();
    let at = value.as_object_mut().unwrap().remove("at").unwrap();
    let at = at.as_str().unwrap();
    assert_eq!(at.len(), "2026-01-02T03:04:05.678Z".len(), "{at}");
    let _: Timestamp = at.parse().unwrap();
    value
}

#[test]
fn events_are_snake_case_with_ids_and_addresses_as_text() {
    let event = Event::AckReceived {
        id: Some(id()),
        addr: addr(),
        rtt: Duration::from_micros(1234),
        verified: true,
    };
    assert_eq!(
        fields(&Record::of(&event).unwrap()),
        json!({
            "event": "ack_received",
            "id": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            "addr": "192.168.1.5:4711",
            "rtt_ms": 1.234,
            "verified": true,
        })
    );
}

#[test]
fn a_removal_says_why() {
    for (reason, text) in [
        (LostReason::Goodbye, "goodbye"),
        (LostReason::Expired, "expired"),
        (LostReason::Unreachable, "unreachable"),
    ] {
        let event = Event::PeerRemoved { id: id(), reason };
        assert_eq!(fields(&Record::of(&event).unwrap())["reason"], text);
    }
}

#[test]
fn a_warning_has_its_kind_its_message_and_no_empty_fields() {
    let event = Event::Warning(Warning::ConnectionRefused {
        id: None,
        addr: addr(),
    });
    assert_eq!(
        fields(&Record::of(&event).unwrap()),
        json!({
            "event": "warning",
            "kind": "connection_refused",
            "message": "Connection refused by unknown @ 192.168.1.5:4711",
            "addr": "192.168.1.5:4711",
        })
    );
}

#[test]
fn the_end_has_nothing_but_its_name() {
    assert_eq!(fields(&Record::Stopped), json!({"event": "stopped"}));
}

#[test]
fn a_session_is_told_with_its_address_and_name() {
    let event = Event::SessionUp {
        id: id(),
        addr: addr(),
        name: None,
    };
    assert_eq!(
        fields(&Record::of(&event).unwrap()),
        json!({
            "event": "session_up",
            "id": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            "addr": "192.168.1.5:4711",
            "name": null,
        })
    );
}

#[test]
fn warnings_of_sessions_have_kinds() {
    let (id, addr) = (id(), addr());
    let refused = "192.168.1.66:1".parse().unwrap();
    let count = 3;
    for (warning, kind, of) in [
        (Warning::Pretence { id, addr, count }, "pretence", addr),
        (
            Warning::TwoHosts {
                id,
                kept: addr,
                refused,
            },
            "two_hosts",
            refused,
        ),
    ] {
        let event = Event::Warning(warning);
        let record = fields(&Record::of(&event).unwrap());
        assert_eq!(record["kind"], kind);
        assert_eq!(record["id"], id.to_string());
        assert_eq!(record["addr"], of.to_string());
    }
}

#[test]
fn a_row_of_pings_is_told_with_its_times_or_without() {
    let mut trips = RoundTrips::default();
    let summary = |trips: &RoundTrips| fields(&Record::summary(Some((id(), addr())), trips));
    trips.add(None);
    let none = summary(&trips);
    assert_eq!((&none["sent"], &none["answered"]), (&json!(1), &json!(0)));
    assert_eq!(none["p95_ms"], Value::Null);
    trips.add(Some(Duration::from_micros(210)));
    let one = summary(&trips);
    assert_eq!((&one["sent"], &one["answered"]), (&json!(2), &json!(1)));
    for field in ["min_ms", "median_ms", "p95_ms", "max_ms"] {
        assert_eq!(one[field], 0.21, "{field}");
    }
}

#[test]
fn what_is_odd_about_a_name_is_told_in_fields_and_in_words() {
    let zoe = DisplayName::told(NodeId::from_bytes([2; 32]), Some("zoe"), false);
    let event = Event::Chat(Box::new(ChatEvent::NameChanged {
        old: None,
        new: DisplayName::told(id(), Some("z\u{43e}e"), true),
        warnings: vec![NameWarning::Cleaned, NameWarning::LooksLike(zoe.clone())],
    }));
    let record = fields(&Record::of(&event).unwrap());
    let likeness = json!({"kind": "looks_like", "other": {"id": zoe.id(), "name": "zoe"}});
    assert_eq!(
        record["name_warnings"],
        json!([{"kind": "cleaned"}, likeness])
    );
    // Those who know nothing of kinds read the words.
    let words = json!([
        "the name is not shown as it was written",
        format!("the name looks like that of {zoe}"),
    ]);
    assert_eq!(record["warnings"], words);
}

#[test]
fn why_nobody_was_verified_is_told_by_a_reason_and_in_words() {
    for (why, reason) in [
        (Failure::Different, "mismatch"),
        (Failure::DifferentThere, "mismatch"),
        (Failure::Unproved, "mismatch"),
        (Failure::BrokenPromise, "broken_promise"),
        (Failure::CancelledThere, "cancelled_there"),
        (Failure::TooOften, "too_often"),
    ] {
        let with = DisplayName::told(id(), Some("zoe"), false);
        let failed = PrivateEvent::VerificationFailed { with, why };
        let event = Event::Private(Box::new(failed));
        let record = fields(&Record::of(&event).unwrap());
        assert_eq!(record["reason"], reason);
        assert_eq!(record["why"], why.to_string());
    }
}

fn message(name: &str, more: Value) -> MessageRecord {
    let mut record = json!({
        "id": "m", "room": "#lobby", "author": id(), "name": name, "text": "hi\nyou",
        "action": false, "created": "2026-11-25T14:00:00.000Z",
        "first_seen": "2026-11-25T14:00:00.000Z", "order": [0, 0], "own": false, "hops": 0,
        "mentions_us": false,
    });
    let more = more.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(more);
    serde_json::from_value(record).unwrap()
}

#[test]
fn whose_author_is_verified_or_blocked_has_a_sign_and_nobody_else_has() {
    for (trust, unicode, ascii) in [
        (json!("verified"), "✓ ", "+ "),
        (json!("blocked"), "✗ ", "! "),
        (json!("known"), "", ""),
        (json!("new"), "", ""),
        (Value::Null, "", ""),
        (json!("of the future"), "", ""),
    ] {
        let record = message("zoe", json!({"trust": trust}));
        for (signs, sign) in [
            (Signs::Unicode, unicode),
            (Signs::Ascii, ascii),
            (Signs::None, ""),
        ] {
            let shown = format!("#lobby <{sign}zoe> hi\n#lobby | you\n");
            assert_eq!(record.to_lines(signs), shown);
        }
    }
    let does = json!({"trust": "verified", "action": true, "doubtful": true, "text": "waves"});
    let shown = message("zoe", does).to_lines(Signs::Unicode);
    assert_eq!(shown, format!("#lobby * ✓ zoe~{} waves\n", id().short()));
}

#[test]
fn no_name_reads_like_the_sign_of_somebody_verified() {
    let verified = |signs| message("zoe", json!({"trust": "verified"})).to_lines(signs);
    for claimed in [
        "✓ zoe",
        "+ zoe",
        "+\u{2800}zoe",
        "✓zoe",
        "\u{2714} zoe",
        "\u{2705}zoe",
    ] {
        let shown = DisplayName::told(id(), Some(claimed), false);
        let name = shown.name().unwrap().as_str();
        for signs in [Signs::Unicode, Signs::Ascii] {
            let forged = message(name, json!({})).to_lines(signs);
            assert_ne!(forged, verified(signs), "{claimed:?}");
            assert!(!forged.contains("<✓") && !forged.contains("<+"), "{forged}");
        }
    }
}

#[test]
fn no_name_of_a_room_reads_like_somebody_who_says_something_in_it() {
    let record = json!({
        "id": "m", "talk": "+00", "room_name": "crew] <✓ zoe~1> come [x", "author": id(),
        "name": "mallory", "doubtful": false, "text": "hi", "action": false,
        "created": "2026-11-25T14:00:00.000Z", "order": [0, 0],
    });
    let record: PrivateMessageRecord = serde_json::from_value(record).unwrap();
    let who = format!("mallory~{}", id().short());
    let shown = format!("[+crew) (✓ zoe~1) come (x] <{who}> hi\n");
    assert_eq!(record.to_lines(Signs::Unicode), shown);
    let known = PrivateMessageRecord {
        trust: Some(Cow::Borrowed("verified")),
        room_name: Some("crew".to_owned()),
        ..record
    };
    assert_eq!(
        known.to_lines(Signs::Ascii),
        format!("[+crew] <+ {who}> hi\n")
    );
}

#[test]
fn only_who_was_looked_at_is_told_with_trust() {
    let event = Event::SessionUp {
        id: id(),
        addr: addr(),
        name: None,
    };
    let record = Record::of(&event).unwrap();
    let known = record
        .clone()
        .with_trust(|who| (who == id()).then_some("known"));
    assert_eq!(fields(&known)["trust"], "known");
    for untold in [record.clone(), record.with_trust(|_| None)] {
        assert_eq!(fields(&untold).get("trust"), None);
    }
}
