//! What a node writes becomes news, and nothing that strangers write becomes more than that.

use tazcom_tui::Presence;

use super::*;

fn id(seed: u8) -> NodeId {
    NodeId::from_bytes([seed; 32])
}

/// What becomes of records, as a node writes them.
fn news(records: &[serde_json::Value]) -> Vec<News> {
    reported(&mut Reporter::default(), records)
}

fn reported(reporter: &mut Reporter, records: &[serde_json::Value]) -> Vec<News> {
    let mut news = Vec::new();
    for record in records {
        let attended = Attended::read(&record.to_string()).expect("it is a record");
        reporter.take(Instant::now(), attended, &mut news);
    }
    news
}

fn record(event: &str, mut fields: serde_json::Value) -> serde_json::Value {
    fields["event"] = event.into();
    fields["at"] = "2026-11-25T14:00:00.000Z".into();
    fields
}

fn ana() -> serde_json::Value {
    serde_json::json!({"id": id(1), "name": "ana"})
}

fn message(text: &str) -> serde_json::Value {
    record(
        "message",
        serde_json::json!({
            "id": "m1", "room": "#lobby", "author": id(1), "name": "ana", "text": text,
            "action": false, "created": "2026-11-25T14:00:00.000Z",
            "first_seen": "2026-11-25T14:00:01.000Z", "order": [7, 2], "own": false, "hops": 1,
            "mentions_us": true, "position": "end",
        }),
    )
}

fn notes(news: &[News]) -> Vec<(Weight, &str)> {
    news.iter()
        .filter_map(|news| match news {
            News::Note(note) => Some((note.weight, note.text.as_str())),
            _ => None,
        })
        .collect()
}

#[test]
fn what_is_said_comes_whole_and_safe() {
    let news = news(&[message("hi\u{1b}[2J\nyou")]);
    let [News::Said(said)] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(said.text.as_str(), "hi\\u{1b}[2J\nyou");
    assert_eq!(said.place.to_string(), "#lobby");
    assert_eq!((said.order.0, said.order.1), (7, 2));
    assert!(said.mentions_us && !said.own);
    assert_eq!(said.author.to_string(), format!("ana~{}", id(1).short()));
}

#[test]
fn nobody_can_have_said_something_after_it_was_here() {
    let mut late = message("from tomorrow");
    late["created"] = "2026-11-26T14:00:00.000Z".into();
    let news = news(&[late]);
    let [News::Said(said)] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(said.at, millis("2026-11-25T14:00:01.000Z"));
}

#[test]
fn a_name_is_cleaned_whatever_the_node_says() {
    let mut bad = message("x");
    bad["name"] = "an a~\u{202e}\u{7}".into();
    let news = news(&[bad]);
    let [News::Said(said)] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(said.author.to_string(), format!("an_a-~{}", id(1).short()));
}

#[test]
fn own_private_words_come_with_their_fate() {
    let place = format!("@{}", id(2));
    let words = record(
        "private_message",
        serde_json::json!({
            "id": "00ff", "talk": place, "author": id(1), "name": null, "text": "psst",
            "action": true, "created": "2026-11-25T14:00:00.000Z", "order": [1, 0],
            "fate": "waiting", "key_from": ana(),
        }),
    );
    let fate = record(
        "fate",
        serde_json::json!({"talk": place, "id": "00ff", "fate": "delivered"}),
    );
    let news = news(&[words, fate]);
    let [News::Said(said), News::Fate { id: which, fate }] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(said.fate, Some(Fate::Queued));
    assert!(said.own && said.action);
    assert_eq!(said.place, Place::Person(id(2)));
    assert!(said.key_from.is_some());
    assert_eq!((which, fate), (&said.id, &Fate::Delivered));
}

#[test]
fn who_comes_and_goes_is_told_once_all_there_was_is() {
    let status = |present: &[u8]| {
        let present: Vec<_> = present
            .iter()
            .map(|seed| {
                serde_json::json!({
                    "id": id(*seed), "name": format!("peer{seed}"), "direct": *seed == 1,
                    "via": null, "trust": "verified",
                })
            })
            .collect();
        record(
            "status",
            serde_json::json!({
                "interfaces": ["lo"], "listens": [], "present": present, "tried": [],
            }),
        )
    };
    let ready = || record("ready", serde_json::json!({}));
    let mut reporter = Reporter::default();
    let first = reported(&mut reporter, &[status(&[1]), ready()]);
    assert_eq!(notes(&first), [(Weight::Quiet, "peer1 is here")]);
    let News::Status(told) = &first[0] else {
        panic!("{first:?}");
    };
    assert_eq!(told.present[0].presence, Presence::Direct);
    assert_eq!(told.present[0].trust, Trust::Verified);
    assert_eq!(first[1], News::Ready);
    let second = reported(&mut reporter, &[status(&[2, 3]), ready()]);
    assert_eq!(
        notes(&second),
        [
            (Weight::Quiet, "peer2, peer3 are here now"),
            (Weight::Quiet, "peer1 is gone")
        ]
    );
    assert!(!second.contains(&News::Ready), "told once");
    let crowd = reported(&mut reporter, &[status(&[10, 11, 12, 13, 14])]);
    assert!(notes(&crowd).contains(&(Weight::Quiet, "5 are here now")));
}

#[test]
fn what_endangers_who_is_who_is_an_alert_and_the_rest_is_none() {
    let who = || serde_json::json!({"who": ana(), "message": "ana has new keys"});
    let renamed = |kinds: &[&str]| {
        let kinds = kinds.iter().map(|kind| serde_json::json!({"kind": kind}));
        let kinds: Vec<serde_json::Value> = kinds.collect();
        record(
            "name_changed",
            serde_json::json!({
                "id": id(1), "old": "ana", "name": "bob", "name_warnings": kinds,
                "warnings": kinds.iter().map(|_| "it looks like anything").collect::<Vec<_>>(),
                "message": "ana is called bob now",
            }),
        )
    };
    let warning = |kind: &str| {
        record(
            "warning",
            serde_json::json!({"kind": kind, "message": "words"}),
        )
    };
    let suspicious = serde_json::json!({"who": ana(), "what": "a forgery", "message": "m"});
    let succeeded = serde_json::json!({
        "previous": ana(), "next": ana(), "level": "new", "message": "m",
    });
    let forked = serde_json::json!({"room": "#lobby", "author": ana(), "message": "m"});
    for (told, weight) in [
        (record("new_keys", who()), Weight::Alert),
        (record("revoked", who()), Weight::Alert),
        (record("suspicious", suspicious), Weight::Alert),
        (record("succeeded", succeeded), Weight::Alert),
        (record("forked", forked), Weight::Alert),
        (renamed(&["looks_like"]), Weight::Alert),
        (renamed(&["cleaned", "looks_like_ours"]), Weight::Alert),
        (renamed(&["reserved"]), Weight::Alert),
        (renamed(&["from_the_future"]), Weight::Alert),
        (renamed(&["cleaned", "unreadable"]), Weight::Quiet),
        (renamed(&[]), Weight::Quiet),
        (warning("identity_conflict"), Weight::Alert),
        (warning("two_hosts"), Weight::Alert),
        (warning("connection_limit"), Weight::Warning),
    ] {
        let news = news(std::slice::from_ref(&told));
        let notes = notes(&news);
        assert_eq!(notes.len(), 1, "{told}");
        assert_eq!(notes[0].0, weight, "{told}");
    }
}

#[test]
fn the_first_name_of_somebody_is_told_and_with_its_tag_if_anything_is_odd_about_it() {
    let named = |old: Option<&str>, warnings: &[&str]| {
        let record = record(
            "name_changed",
            serde_json::json!({
                "id": id(1), "old": old, "name": "bob", "warnings": warnings, "message": "m",
            }),
        );
        let mut told = news(&[record]).into_iter();
        told.find_map(|news| match news {
            News::Named(who) => Some(who.short()),
            _ => None,
        })
    };
    assert_eq!(named(None, &[]).as_deref(), Some("bob"));
    let tagged = format!("bob~{}", id(1).short());
    assert_eq!(named(None, &["it looks like anything"]), Some(tagged));
    assert_eq!(named(Some("ana"), &[]), None);
}

#[test]
fn an_alert_has_a_key_that_says_of_whom_it_is_and_in_which_respect() {
    let who = || serde_json::json!({"who": ana(), "what": "a forgery", "message": "m"});
    let about = |kind: &str, who: serde_json::Value| {
        record(
            "warning",
            serde_json::json!({"kind": kind, "message": "m", "id": who}),
        )
    };
    let ana_id = id(1);
    let named = record(
        "name_changed",
        serde_json::json!({
            "id": ana_id, "old": null, "name": "zoe", "message": "m",
            "warnings": ["the name looks like that of zoe~1"],
            "name_warnings": [{"kind": "looks_like", "other": {"id": id(2), "name": "zoe"}}],
        }),
    );
    let succeeded = serde_json::json!({
        "previous": ana(), "next": {"id": id(2), "name": "ana"}, "level": "new", "message": "m",
    });
    let forked = serde_json::json!({"room": "#lobby", "author": ana(), "message": "m"});
    for (told, wanted) in [
        (named, format!("name:{ana_id}")),
        (
            about("identity_conflict", serde_json::Value::Null),
            "identity_conflict".to_owned(),
        ),
        (
            about("two_hosts", serde_json::json!(ana_id)),
            format!("two_hosts:{ana_id}"),
        ),
        (
            about("pretence", serde_json::json!(ana_id)),
            format!("pretence:{ana_id}"),
        ),
        (record("new_keys", who()), format!("keys:{ana_id}")),
        (record("suspicious", who()), format!("suspicious:{ana_id}")),
        (record("revoked", who()), format!("revoked:{ana_id}")),
        (
            record("succeeded", succeeded),
            format!("succeeded:{ana_id}"),
        ),
        (record("forked", forked), format!("fork:{ana_id}")),
    ] {
        let news = news(std::slice::from_ref(&told));
        let notes = news.iter().filter_map(|news| match news {
            News::Note(note) => Some((note.key.as_deref(), note.weight)),
            _ => None,
        });
        let notes: Vec<_> = notes.collect();
        assert_eq!(notes, [(Some(wanted.as_str()), Weight::Alert)], "{news:?}");
    }
}

#[test]
fn declining_an_invitation_does_not_begin_where_one_is() {
    let invited = serde_json::json!({
        "room": "00".repeat(16), "name": "crew", "by": ana(), "message": "m",
    });
    let news = news(&[record("invited", invited)]);
    let notes = notes(&news);
    assert!(notes[0].1.ends_with("/decline does not"), "{notes:?}");
}

#[test]
fn a_topic_of_a_room_one_is_in_is_told_there_and_by_whom() {
    let room = |name: &str| {
        record(
            "conversation",
            serde_json::json!({
                "place": name, "name": null, "topic": null, "standing": "in",
                "passphrase": false, "members": [],
            }),
        )
    };
    let seen = |name: &str, topic: Option<&str>| {
        record(
            "room_seen",
            serde_json::json!({"room": name, "topic": topic, "by": ana(), "message": "There is"}),
        )
    };
    let news = news(&[
        room("#west"),
        seen("#west", None),
        seen("#west", Some("!! forged")),
        seen("#east", Some("tea")),
    ]);
    let [News::Conversation(_), News::Note(told), News::Note(other)] = news.as_slice() else {
        panic!("{news:?}");
    };
    let place = told.place.as_ref().map(ToString::to_string);
    assert_eq!(place.as_deref(), Some("#west"));
    let name = format!("ana~{}", id(1).short());
    assert_eq!(told.text, format!("{name} has set another topic"));
    assert_eq!(
        (other.place.as_ref(), other.text.as_str()),
        (None, "There is")
    );
}

#[test]
fn who_cannot_be_reached_is_told_once_and_only_of_addresses_given_by_hand() {
    let failed = |kind: &str, message: &str, who: Option<NodeId>, port: usize| {
        let addr = format!("192.168.1.1:{port}");
        record(
            "warning",
            serde_json::json!({"kind": kind, "message": message, "id": who, "addr": addr}),
        )
    };
    let all = [
        failed("connection_refused", "ana refuses", Some(id(1)), 1),
        failed("connection_timeout", "ana is silent", Some(id(1)), 1),
        failed("connection_failed", "ana fails", Some(id(1)), 1),
        failed("connection_failed", "one fails", None, 1),
        failed("connection_failed", "one fails in other words", None, 1),
        failed("connection_refused", "one refuses", None, 1),
        failed("connection_refused", "the same words", None, 2),
        failed("connection_refused", "the same words", None, 3),
    ];
    assert_eq!(
        notes(&news(&all)),
        [
            (Weight::Quiet, "one fails"),
            (Weight::Quiet, "one refuses"),
            (Weight::Quiet, "the same words"),
            (Weight::Quiet, "the same words"),
        ]
    );
    let many: Vec<_> = (0..=MAX_UNREACHED)
        .map(|port| failed("connection_refused", "m", None, port))
        .collect();
    assert_eq!(notes(&news(&many)).len(), MAX_UNREACHED);
    assert_eq!(notes(&news(many.get(1..).unwrap())).len(), MAX_UNREACHED);
}

#[test]
fn what_has_too_long_a_name_is_no_news() {
    let long = "x".repeat(4096);
    let mut said = message("hi");
    said["id"] = long.as_str().into();
    let reach = serde_json::json!({"id": long, "reached": 1, "of": 1, "missing": []});
    let gap = serde_json::json!({
        "room": "#lobby", "author": ana(), "missing": 1, "before": long,
    });
    let fate = serde_json::json!({"talk": "#lobby", "id": long, "fate": "sent"});
    let gone = serde_json::json!({"place": format!("#{long}")});
    let all = [
        said,
        record("reach", reach),
        record("gap", gap),
        record("fate", fate),
        record("gone", gone),
    ];
    assert_eq!(news(&all), []);
}

#[test]
fn as_many_conversations_are_remembered_as_are_shown() {
    let mut reporter = Reporter::default();
    let rooms: Vec<_> = (0..=MAX_CONVERSATIONS)
        .map(|number| {
            record(
                "conversation",
                serde_json::json!({
                    "place": format!("#room-{number}"), "name": null, "topic": null,
                    "standing": "in", "passphrase": false, "members": [],
                }),
            )
        })
        .collect();
    assert_eq!(reported(&mut reporter, &rooms).len(), rooms.len());
    reporter.begin();
    let gone = reported(&mut reporter, &[record("ready", serde_json::json!({}))]);
    let gone = gone.iter().filter(|news| matches!(news, News::Gone(_)));
    assert_eq!(gone.count(), MAX_CONVERSATIONS);
}

#[test]
fn what_strangers_write_is_in_no_note() {
    const FORGED: &str = "!! WARNING: zoe is verified";
    let room = "00".repeat(16);
    let records = [
        record(
            "invited",
            serde_json::json!({"room": room, "name": FORGED, "by": ana(), "message": FORGED}),
        ),
        record(
            "private_room_changed",
            serde_json::json!({
                "room": room, "name": FORGED, "change": "added", "who": ana(), "by": ana(),
                "message": FORGED,
            }),
        ),
        record(
            "warning",
            serde_json::json!({"kind": "unknown_message_type", "message": FORGED}),
        ),
        record(
            "warning",
            serde_json::json!({"kind": "malformed_message", "message": FORGED}),
        ),
    ];
    let news = news(&records);
    let notes = notes(&news);
    assert_eq!(notes.len(), records.len());
    assert!(
        notes.iter().all(|(_, text)| !text.contains("WARNING")),
        "{notes:?}"
    );
    let News::Conversation(invited) = &news[0] else {
        panic!("{news:?}");
    };
    assert_eq!(invited.place.to_string(), format!("+{room}"));
    assert_eq!(invited.standing, Standing::Invited);
}

#[test]
fn a_warning_that_comes_again_and_again_is_told_a_few_times() {
    let refused = record(
        "warning",
        serde_json::json!({"kind": "connection_limit", "message": "m"}),
    );
    let many = vec![refused; 100];
    let told = news(&many);
    assert_eq!(notes(&told).len(), usize::try_from(WARNINGS).unwrap());
    let kinds: Vec<_> = (0..=MAX_KINDS)
        .map(|kind| {
            let kind = format!("kind {kind}");
            record("warning", serde_json::json!({"kind": kind, "message": "m"}))
        })
        .collect();
    assert_eq!(notes(&news(&kinds)).len(), MAX_KINDS);
}

#[test]
fn an_invitation_and_what_was_missed_are_told_as_what_they_are() {
    let conversation = record(
        "conversation",
        serde_json::json!({
            "place": format!("+{}", "ab".repeat(16)), "name": "crew\nof two", "topic": null,
            "standing": "invited", "passphrase": false,
            "members": [{"id": id(1), "name": "ana", "admin": true}],
        }),
    );
    let missed = record(
        "warning",
        serde_json::json!({"kind": "events_missed", "message": "m", "count": 12}),
    );
    let news = news(&[conversation, missed]);
    let [News::Conversation(invited), News::Missed(12)] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(invited.standing, Standing::Invited);
    assert_eq!(
        invited.name.as_ref().map(|name| name.as_str()),
        Some("crew of two")
    );
    assert!(invited.members[0].admin);
}

#[test]
fn comparing_ends_when_somebody_is_verified_by_it_or_it_fails() {
    let trust = |how: &str| {
        record(
            "trust",
            serde_json::json!({"who": ana(), "level": "verified", "how": how}),
        )
    };
    let failed = record(
        "verification_failed",
        serde_json::json!({"with": ana(), "reason": "cancelled", "why": "it was called off"}),
    );
    let differ = record(
        "verification_failed",
        serde_json::json!({"with": ana(), "reason": "mismatch", "why": "m"}),
    );
    let news = news(&[trust("words"), trust("emoji"), failed, differ]);
    let changed = News::Trust {
        who: id(1),
        trust: Trust::Verified,
    };
    let compared = |result: Result<(), (&str, bool)>| News::Compared {
        with: id(1),
        result: result.map_err(|(why, mismatch)| NotVerified {
            why: why.to_owned(),
            mismatch,
        }),
    };
    assert_eq!(
        news,
        [
            changed.clone(),
            changed,
            compared(Ok(())),
            compared(Err(("it was called off", false))),
            compared(Err(("m", true)))
        ]
    );
}

#[test]
fn what_a_node_of_before_tells_in_words_alone_is_taken_for_the_worst() {
    let named = |warnings: &[&str]| {
        let record = record(
            "name_changed",
            serde_json::json!({
                "id": id(1), "old": "ana", "name": "bob", "warnings": warnings, "message": "m",
            }),
        );
        notes(&news(&[record]))[0].0
    };
    assert_eq!(named(&["words"]), Weight::Alert);
    assert_eq!(named(&[]), Weight::Quiet);
    let failed = record(
        "verification_failed",
        serde_json::json!({"with": ana(), "why": "words"}),
    );
    let worst = NotVerified {
        why: "words".to_owned(),
        mismatch: true,
    };
    let compared = News::Compared {
        with: id(1),
        result: Err(worst),
    };
    assert_eq!(news(&[failed]), [compared]);
}

#[test]
fn what_the_user_has_done_itself_is_no_news() {
    let me = record("me", serde_json::json!({"id": id(1), "name": "ana"}));
    let lobby = record(
        "conversation",
        serde_json::json!({
            "place": "#lobby", "name": null, "topic": null, "standing": "in",
            "passphrase": false, "members": [],
        }),
    );
    let seen = |room: &str| {
        record(
            "room_seen",
            serde_json::json!({"room": room, "topic": null, "by": ana(), "message": "a room"}),
        )
    };
    let renamed = |seed: u8| {
        record(
            "name_changed",
            serde_json::json!({
                "id": id(seed), "old": "ana", "name": "anna", "warnings": [], "message": "renamed",
            }),
        )
    };
    let news = news(&[
        me,
        lobby,
        seen("#lobby"),
        seen("#west"),
        renamed(1),
        renamed(2),
    ]);
    assert_eq!(
        notes(&news),
        [(Weight::Quiet, "a room"), (Weight::Quiet, "renamed")]
    );
}
