//! Private rooms.

use tazcom_tests::{Host, SOON};

use super::{WITHIN, reads, tells};
use crate::talking::met;

#[test]
fn whoever_is_let_in_reads_from_then_on_and_whoever_is_removed_reads_no_more() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut second), (cleo, mut third)] =
        met(&host, ["anna", "bert", "cleo"]);
    let _ = anna
        .does(["room", "create", "crew", "--topic", "who brings what"])
        .is(0);
    for (user, node) in [(&bert, &mut second), (&cleo, &mut third)] {
        let _ = anna.does(["room", "invite", "crew", node.id()]).is(0);
        let invited = tells(node, "invited", |_| true);
        assert_eq!(invited.text("name"), "crew");
        let _ = user.does(["room", "join", "crew"]).is(0);
    }
    anna.tells("+crew", "for both");
    let _ = reads(&bert, "+crew", "for both");
    let _ = reads(&cleo, "+crew", "for both");
    bert.tells("+crew", "and back");
    let shown = reads(&cleo, "+crew", "and back");
    assert_eq!(shown.text("author"), second.id());
    assert_eq!(shown.text("room_name"), "crew");

    let _ = anna.does(["room", "remove", "crew", third.id()]).is(0);
    for node in [&mut second, &mut third] {
        tells(node, "private_room_changed", |event| {
            event.text("change") == "removed"
        });
    }
    anna.tells("+crew", "without her");
    let _ = reads(&bert, "+crew", "without her");
    // Something that comes later has come; so has, sealed, what was said before.
    let _ = anna
        .does(["send", &format!("@{}", third.id()), "goodbye", "--wait-ack"])
        .is(0);
    let history = cleo.does(["history", "+crew", "--json"]);
    assert!(!String::from_utf8_lossy(&history.stdout).contains("without her"));
    let refused = cleo.does(["send", "+crew", "let me in"]);
    assert_ne!(refused.code, Some(0), "{}", refused.account());
    let waits = anna.does(["send", "+crew", "hello?", "--wait-ack"]).is(2);
    assert!(waits.stderr.contains("--wait-ack"), "{}", waits.account());
    let list = anna
        .does(["room", "list", "--json"])
        .is(0)
        .event("private_room");
    let members = list.value("members").as_array().unwrap();
    assert_eq!(members.len(), 2, "{list}");
}

#[test]
fn a_late_member_reads_nothing_from_before_unless_it_is_given_the_keys() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let _ = anna.does(["room", "create", "old"]).is(0);
    anna.tells("+old", "before");
    let _ = anna.does(["room", "invite", "old", second.id()]).is(0);
    tells(&mut second, "invited", |_| true);
    let _ = bert.does(["room", "join", "old"]).is(0);
    anna.tells("+old", "after");
    let _ = reads(&bert, "+old", "after");
    let texts = |user: &tazcom_tests::User| -> Vec<String> {
        let history = user.history("+old");
        history
            .iter()
            .map(|event| event.text("text").to_owned())
            .collect()
    };
    assert_eq!(texts(&bert), ["after"]);
    let _ = anna
        .does(["room", "share-history", "old", second.id()])
        .is(0);
    let shared = reads(&bert, "+old", "before");
    assert_eq!(shared.text("author"), _anna.id());
    assert_eq!(texts(&bert), ["before", "after"]);
}

#[test]
fn a_room_with_a_passphrase_is_one_room_for_whoever_knows_it_and_says_what_that_means() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, _bert), (cleo, _cleo)] = met(&host, ["anna", "bert", "cleo"]);
    let right = b"violet anchor seven ladders gramophone\n".as_slice();
    let enters = |user: &tazcom_tests::User, passphrase: &[u8]| {
        user.does_with(["room", "join", "club", "--passphrase"], passphrase)
    };
    let weak = enters(&anna, b"hello\n").is(2);
    assert!(
        weak.stderr.contains("unrelated words"),
        "{}",
        weak.account()
    );
    for user in [&anna, &bert] {
        let entered = enters(user, right).is(0);
        assert!(
            entered.text().contains("nobody can be removed"),
            "{}",
            entered.account()
        );
    }
    let _ = enters(&cleo, b"violet anchor eight ladders gramophone\n").is(0);
    anna.tells("+club", "the word");
    let _ = reads(&bert, "+club", "the word");
    let _ = anna
        .does([
            "send",
            &format!("@{}", _cleo.id()),
            "by the way",
            "--wait-ack",
        ])
        .is(0);
    assert_eq!(cleo.history("+club").len(), 0);
}

#[test]
fn an_invitation_waits_for_whoever_is_not_there_yet() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut second)] = met(&host, ["anna", "bert"]);
    let _ = anna
        .does(["send", &format!("@{}", second.id()), "hello", "--wait-ack"])
        .is(0);
    second.end(tazcom_tests::Signal::TERM, SOON);
    let _ = anna.does(["room", "create", "crew"]).is(0);
    let _ = anna.does(["room", "invite", "crew", second.id()]).is(0);
    let mut second = bert.runs();
    second.wait_for("the invitation", WITHIN, |event| event.name() == "invited");
    let listed = bert
        .does(["room", "list", "--json"])
        .is(0)
        .event("private_room");
    assert_eq!(listed.text("state"), "invited");
}
