//! Who is who.

use std::io::Write as _;
use std::process::Stdio;

use tazcom_proto::{Content, Draft, Scope};
use tazcom_tests::session::Stranger;
use tazcom_tests::{Author, Host, Node, Process, SOON, User, eventually};

use super::{WITHIN, reads, tells};
use crate::LOOPBACK;
use crate::talking::met;

/// Runs `verify` at one end, with an answer at hand.
fn compares(user: &User, with: &str, answer: &[u8]) -> Process {
    let mut command = user.verb(["verify", with, "--json", "--timeout", "20"]);
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(answer).unwrap();
    command.stdin(Stdio::from(reader));
    Process::spawn_with_input(format!("{} compares", user.name()), &mut command)
}

fn level(user: &User, who: &str) -> String {
    let asked = user.does(["whois", who, "--json"]).is(0);
    asked.event("whois").text("level").to_owned()
}

/// What both see, when each has been asked.
fn compared(ends: [(&User, &Node); 2], answers: [&[u8]; 2]) -> [Process; 2] {
    let [(anna, first), (bert, second)] = ends;
    let mut one = compares(anna, second.id(), answers[0]);
    let mut other = compares(bert, first.id(), answers[1]);
    let shown = tells(&mut one, "compare", |_| true);
    let seen = tells(&mut other, "compare", |_| true);
    assert_eq!(shown.value("emoji"), seen.value("emoji"));
    assert_eq!(shown.value("numbers"), seen.value("numbers"));
    assert_eq!(shown.value("emoji").as_array().unwrap().len(), 7);
    [one, other]
}

#[test]
fn two_who_see_the_same_emoji_have_verified_each_other_and_that_is_kept() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    assert_eq!(level(&anna, second.id()), "known");
    let ends = compared([(&anna, &first), (&bert, &second)], [b"yes\n", b"y\n"]);
    for mut end in ends {
        assert!(end.wait_for_exit(WITHIN).success(), "{}", end.account());
    }
    assert_eq!(level(&bert, first.id()), "verified");
    first.end(tazcom_tests::Signal::TERM, SOON);
    assert_eq!(level(&anna, second.id()), "verified");
}

#[test]
fn nobody_is_verified_when_one_of_them_sees_something_else() {
    let host = Host::loopback();
    let [(anna, first), (bert, second)] = met(&host, ["anna", "bert"]);
    let ends = compared([(&anna, &first), (&bert, &second)], [b"yes\n", b"no\n"]);
    for mut end in ends {
        let failed = tells(&mut end, "verification_failed", |_| true);
        assert_eq!(failed.text("reason"), "mismatch");
        assert_eq!(
            end.wait_for_exit(WITHIN).code(),
            Some(1),
            "{}",
            end.account()
        );
    }
    assert_eq!(level(&anna, second.id()), "known");
    assert_eq!(level(&bert, first.id()), "known");
}

#[test]
fn whoever_says_nothing_has_called_it_off_and_raised_no_alarm() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    let ends = compared([(&anna, &first), (&bert, &second)], [b"yes\n", b""]);
    let [mut one, mut other] = ends;
    assert_eq!(
        other.wait_for_exit(WITHIN).code(),
        Some(2),
        "{}",
        other.account()
    );
    assert_eq!(
        one.wait_for_exit(WITHIN).code(),
        Some(1),
        "{}",
        one.account()
    );
    let failed = tells(&mut first, "verification_failed", |_| true);
    assert_eq!(failed.text("reason"), "cancelled_there");
    assert_eq!(level(&anna, second.id()), "known");
}

#[test]
fn whoever_was_verified_is_so_no_longer_when_the_emoji_differ() {
    let host = Host::loopback();
    let [(anna, first), (bert, second)] = met(&host, ["anna", "bert"]);
    let code = bert.does(["id", "--json"]).is(0).event("id");
    let _ = anna
        .does(["verify", second.id(), "--code", code.text("uri")])
        .is(0);
    let ends = compared([(&anna, &first), (&bert, &second)], [b"no\n", b"yes\n"]);
    for mut end in ends {
        assert_eq!(
            end.wait_for_exit(WITHIN).code(),
            Some(1),
            "{}",
            end.account()
        );
    }
    assert_eq!(level(&anna, second.id()), "known");
}

#[test]
fn nobody_compares_with_or_writes_to_oneself() {
    let host = Host::loopback();
    let [(anna, first)] = met(&host, ["anna"]);
    for verb in [
        &["verify", first.id()][..],
        &["send", &format!("@{}", first.id()), "hello"],
    ] {
        let refused = anna.does(verb).is(1);
        assert!(refused.stderr.contains("is you"), "{}", refused.account());
    }
}

#[test]
fn words_and_codes_verify_whose_they_are_and_nobody_else() {
    let host = Host::loopback();
    let [(anna, first), (bert, second)] = met(&host, ["anna", "bert"]);
    let shown = |user: &User| {
        let id = user.does(["id", "--json"]).is(0).event("id");
        [id.text("words").to_owned(), id.text("uri").to_owned()]
    };
    let ([words, code], [_, other_code]) = (shown(&bert), shown(&anna));
    let read = anna
        .does(["verify", second.id(), "--words", &words, "--json"])
        .is(0);
    assert_eq!(read.event("whois").text("verified_by"), "words");
    let _ = anna.does(["verify", second.id(), "--undo"]).is(0);
    assert_eq!(level(&anna, second.id()), "known");
    let _ = anna.does(["verify", second.id(), "--code", &code]).is(0);
    assert_eq!(level(&anna, second.id()), "verified");
    let foreign = anna
        .does(["verify", second.id(), "--code", &other_code])
        .is(1);
    assert!(
        foreign.stderr.contains("not who you think"),
        "{}",
        foreign.account()
    );
    let mistyped = words.replacen(' ', " x", 1);
    let refused = bert
        .does(["verify", first.id(), "--words", &mistyped])
        .is(1);
    assert!(refused.stderr.contains("word 2"), "{}", refused.account());
    assert_eq!(level(&bert, first.id()), "known");
}

#[test]
fn a_name_that_fifty_bear_or_look_like_is_refused_and_the_candidates_are_named() {
    const BOBS: u64 = 50;
    let host = Host::loopback();
    let anna = User::on_loopback("anna", &host);
    let mut node = anna.runs();
    let mut stranger = Stranger::new(900).call(&host, node.at(LOOPBACK));
    stranger.links(SOON);
    let mut names: Vec<(u64, &str)> = (0..BOBS).map(|number| (number, "bob")).collect();
    // The first letter is Cyrillic.
    names.extend([
        (60, "\u{43e}lga"),
        (61, "olga"),
        (62, "system"),
        (63, "cleo"),
    ]);
    let mut ids = std::collections::BTreeMap::new();
    for (number, name) in &names {
        let mut author = Author::new(*number);
        let named = author.draft("");
        let content = Content::Profile {
            name: (*name).into(),
        };
        let draft = Draft {
            place: None,
            ..Draft::new(Scope::Mesh, content, named.hlc, named.created)
        };
        assert!(stranger.pushes(author.signs(draft).bytes()));
        ids.insert(*number, author.id());
    }
    for id in ids.values() {
        node.wait_for("its name", SOON, |event| event.is_about("name_changed", id));
    }
    let many = anna.does(["send", "@bob", "which one?", "--json"]).is(2);
    assert!(
        many.stderr.contains("50 people could be meant"),
        "{}",
        many.account()
    );
    for (twin, number) in [("olga", 61), ("\u{43e}lga", 60)] {
        let refused = anna.does(["send", &format!("@{twin}"), "you?"]).is(2);
        let tag = &ids[&number][..8];
        assert!(refused.stderr.contains(tag), "{}", refused.account());
        let whois = anna
            .does(["whois", &ids[&number], "--json"])
            .is(0)
            .event("whois");
        assert_eq!(whois.value("doubtful"), true, "{whois}");
    }
    let reserved = anna.does(["send", "@system", "you?"]).is(2);
    assert!(
        reserved.stderr.contains("somebody else"),
        "{}",
        reserved.account()
    );
    let _ = anna.does(["send", "@cleo", "you"]).is(0);
    let _ = anna
        .does(["send", &format!("@bob~{}", &ids[&7][..8]), "you"])
        .is(0);
    // Who is blocked is not meant by anybody.
    let _ = anna.does(["block", &ids[&60]]).is(0);
    let _ = anna.does(["send", "@olga", "you"]).is(0);
}

#[test]
fn whoever_is_blocked_is_neither_heard_nor_written_to_until_that_is_taken_back() {
    let host = Host::loopback();
    let [(anna, first), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let (to_bert, to_anna) = (format!("@{}", second.id()), format!("@{}", first.id()));
    let _ = bert.does(["send", &to_anna, "before", "--wait-ack"]).is(0);
    let _ = anna.does(["block", second.id()]).is(0);
    assert_eq!(level(&anna, second.id()), "blocked");
    let unheard = bert.does(["send", &to_anna, "while", "--wait-ack", "--timeout", "1"]);
    let _ = unheard.is(3);
    let refused = anna.does(["send", &to_bert, "hello"]).is(1);
    assert!(refused.stderr.contains("blocked"), "{}", refused.account());
    let out_loud = bert.says("#lobby", "out loud");
    second.wait_for("his own words", SOON, |event| event.text("id") == out_loud);
    let _ = anna.does(["unblock", second.id()]).is(0);
    let after = bert.does(["send", &to_anna, "after", "--wait-ack"]).is(0);
    assert!(after.text().contains("delivered"));
    let _ = reads(&anna, &to_bert, "after");
    let shown = anna.history(&to_bert);
    let texts: Vec<&str> = shown.iter().map(|event| event.text("text")).collect();
    assert!(!texts.contains(&"while"), "{texts:?}");
}

#[test]
fn who_has_lost_its_keys_is_told_of_and_not_verified_any_more() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let to_bert = format!("@{}", second.id());
    let _ = anna.does(["send", &to_bert, "hello", "--wait-ack"]).is(0);
    let code = bert.does(["id", "--json"]).is(0).event("id");
    let _ = anna
        .does(["verify", second.id(), "--code", code.text("uri")])
        .is(0);
    second.end(tazcom_tests::Signal::TERM, SOON);
    for lost in [
        "messages.db",
        "messages.db-wal",
        "messages.db-shm",
        "messages.lock",
        "vault.key",
    ] {
        let _ = std::fs::remove_file(bert.data_dir().join(lost));
    }
    first.mark();
    let second = bert.runs();
    tells(&mut first, "new_keys", |event| {
        event.value("who")["id"] == second.id()
    });
    // Somebody else may hold its key.
    assert_eq!(level(&anna, second.id()), "known");
    eventually("they can write again", WITHIN, || {
        let told = anna.does(["send", &to_bert, "again", "--wait-ack", "--timeout", "1"]);
        (told.code == Some(0)).then_some(())
    });
}

#[test]
fn whoever_goes_on_under_a_new_id_is_known_by_it_and_not_verified() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let old = second.id().to_owned();
    let code = bert.does(["id", "--json"]).is(0).event("id");
    let _ = anna
        .does(["verify", &old, "--code", code.text("uri")])
        .is(0);
    let running = bert.does(["id", "--renew", "--yes"]);
    assert_ne!(running.code, Some(0), "{}", running.account());
    second.end(tazcom_tests::Signal::TERM, SOON);
    let seed = std::fs::read(bert.data_dir().join("node.key")).unwrap();
    let renewed = bert.does(["id", "--renew", "--yes"]).is(0);
    let new = renewed.text().trim().to_owned();
    assert_ne!(new, old);
    assert!(!bert.keeps(&seed));
    let second = bert.runs();
    assert_eq!(second.id(), new);
    let told = tells(&mut first, "succeeded", |event| {
        event.value("next")["id"] == *new
    });
    assert_eq!(told.value("previous")["id"], *old);
    // A key that was stolen can sign a succession as well: only people verify people.
    assert_eq!(level(&anna, &new), "known");
    let whois = anna.does(["whois", &old, "--json"]).is(0).event("whois");
    assert_eq!(whois.text("successor"), new);
    let refused = anna.does(["send", &format!("@{old}"), "hello"]).is(1);
    assert!(refused.stderr.contains(&new), "{}", refused.account());
    let _ = anna
        .does(["send", &format!("@{new}"), "still you?", "--wait-ack"])
        .is(0);
}

#[test]
fn a_revoked_id_is_told_of_and_stays_revoked() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, second)] = met(&host, ["anna", "bert"]);
    let refused = bert.does(["id", "--revoke"]).is(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.account());
    let _ = bert.does(["id", "--revoke", "--yes"]).is(0);
    tells(&mut first, "revoked", |event| {
        event.value("who")["id"] == second.id()
    });
    first.end(tazcom_tests::Signal::TERM, SOON);
    let whois = anna
        .does(["whois", second.id(), "--json"])
        .is(0)
        .event("whois");
    assert_eq!(whois.value("revoked"), true);
    let refused = anna
        .does(["send", &format!("@{}", second.id()), "hello"])
        .is(1);
    assert!(
        refused.stderr.contains("not to be trusted"),
        "{}",
        refused.account()
    );
    // Whoever holds that key now is not whom it belongs to.
    let _first = anna.runs();
    let talk = format!("@{}", _first.id());
    let unheard = bert.does(["send", &talk, "psst", "--wait-ack", "--timeout", "1"]);
    let _ = unheard.is(3);
    assert_eq!(anna.history(&format!("@{}", second.id())), []);
}

#[test]
fn an_id_that_was_renewed_twice_before_its_node_ran_is_known_by_the_last() {
    let host = Host::loopback();
    let [(anna, mut first), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let old = second.id().to_owned();
    second.end(tazcom_tests::Signal::TERM, SOON);
    let renewed = || {
        let renewed = bert.does(["id", "--renew", "--yes"]).is(0);
        renewed.text().trim().to_owned()
    };
    let (between, last) = (renewed(), renewed());
    let _second = bert.runs();
    tells(&mut first, "succeeded", |event| {
        event.value("previous")["id"] == *old
    });
    let successor = |id: &str| {
        let whois = anna.does(["whois", id, "--json"]).is(0).event("whois");
        whois.value("successor").as_str().map(str::to_owned)
    };
    eventually("both steps are known", WITHIN, || {
        let steps = [successor(&old), successor(&between)];
        (steps == [Some(between.clone()), Some(last.clone())]).then_some(())
    });
}
