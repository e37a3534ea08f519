//! What is said arrives, and the sender is told so.

use std::time::Duration;

use tazcom_tests::{Event, Host, SOON, Signal, User};

use super::{LOBBY, met, tell};

const MESSAGES: usize = 20;

#[test]
fn what_one_says_arrives_in_order_and_the_sender_is_told_at_how_many() {
    let host = Host::loopback();
    if !host.is_private() {
        // Others would be counted as well.
        return;
    }
    let [(anna, _anna), (bert, _bert), (cleo, _cleo)] = met(&host, ["anna", "bert", "cleo"]);
    let mut ears = [bert.listens(&[]), cleo.listens(&[LOBBY])];

    let mut said = Vec::new();
    for number in 0..MESSAGES {
        let text = format!("hello {number}");
        let outcome = anna.does(["send", LOBBY, &text, "--wait-ack", "--json"]);
        let outcome = outcome.is(0);
        let (queued, delivered) = (outcome.event("queued"), outcome.event("delivered"));
        assert_eq!(queued.text("id"), delivered.text("id"));
        assert_eq!(delivered.value("reached"), 2, "{delivered}");
        assert_eq!(delivered.value("of"), 2, "{delivered}");
        said.push(queued.text("id").to_owned());
    }

    let mut took = Vec::new();
    for ear in &mut ears {
        let last = said.last().unwrap();
        ear.wait_for("the last message", SOON, |event| event.text("id") == last);
        let heard: Vec<&Event> = ear.events().iter().filter(is_message).collect();
        let ids: Vec<&str> = heard.iter().map(|event| event.text("id")).collect();
        assert_eq!(ids, said, "each of them once, in the order of saying");
        took.extend(heard.iter().map(|event| age(event)));
    }
    took.sort_unstable();
    tell(&format!(
        "from saying to showing: median {:?}, slowest {:?}",
        took[took.len() / 2],
        took[took.len() - 1]
    ));
}

#[test]
fn what_nobody_hears_is_kept_and_the_exit_code_says_so() {
    let host = Host::loopback();
    if !host.is_private() {
        return;
    }
    let anna = User::on_loopback("anna", &host);
    let _node = anna.runs();
    let alone = ["send", LOBBY, "is anybody there?", "--json"];
    let unasked = anna.does(alone).is(0);
    assert_eq!(unasked.events().len(), 1, "{}", unasked.account());
    let waits = ["--wait-ack", "--timeout", "1"];
    let asked = anna.does(alone.iter().chain(&waits)).is(3);
    assert_eq!(
        asked.event("undelivered").text("id"),
        asked.event("queued").text("id")
    );
    assert_eq!(anna.history(LOBBY).len(), 2, "both are kept");
}

#[test]
fn what_cannot_be_said_is_not_said() {
    let anna = User::on_loopback("anna", &Host::loopback());
    let _node = anna.runs();
    let too_long = "x".repeat(4_097);
    let not_text = b"\xff\xfe".as_slice();
    for (room, text, stdin, code) in [
        (LOBBY, too_long.as_str(), &b""[..], 2),
        (LOBBY, "-", too_long.as_bytes(), 2),
        (LOBBY, "-", not_text, 2),
        ("#no room", "hello", b"", 2),
        ("lobby room", "hello", b"", 2),
        // What was meant for one person is not said to everybody for want of a sign.
        ("bert", "hello", b"", 2),
        ("@", "hello", b"", 2),
        ("@bert", too_long.as_str(), b"", 2),
        ("@bert", "hello", b"", 1),
        ("+crew", "hello", b"", 1),
        (LOBBY, "", b"", 1),
    ] {
        let outcome = anna.does_with(["send", room, text], stdin).is(code);
        assert!(outcome.stdout.is_empty(), "{}", outcome.account());
        assert!(outcome.stderr.contains("error:"), "{}", outcome.account());
    }
    assert_eq!(anna.history(LOBBY), [], "nothing was said");
}

#[test]
fn the_longest_text_comes_from_standard_input_and_arrives_whole() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut node)] = met(&host, ["anna", "bert"]);
    let text = format!("two lines\nof which one is long{}", "ü".repeat(2_033));
    assert_eq!(text.len(), 4_096);
    let piped = format!("{text}\n");
    let sent = anna.does_with(["send", LOBBY, "-", "--json"], piped.as_bytes());
    let sent = sent.is(0);
    let id = sent.event("queued").text("id").to_owned();
    let heard = node.wait_for("the message", SOON, |event| {
        event.name() == "message" && event.text("id") == id
    });
    assert_eq!(heard.text("text"), text);
    let kept = bert.history(LOBBY);
    assert_eq!(kept[0].text("text"), text);
}

#[test]
fn a_name_is_seen_by_others_and_kept() {
    let host = Host::loopback();
    let [(anna, mut node), (bert, mut other)] = met(&host, ["anna", "bert"]);
    let id = node.id().to_owned();
    let nameless = anna.says(LOBBY, "who am I?");
    other.wait_for("the message", SOON, |event| event.text("id") == nameless);
    let told = anna.does(["nick", "Anna", "--json"]).is(0);
    assert_eq!(told.event("nick").text("name"), "Anna");
    other.wait_for("the name", SOON, |event| {
        event.is_about("name_changed", &id) && event.text("name") == "Anna"
    });
    let named = anna.says(LOBBY, "now you know");
    let heard = other.wait_for("the message", SOON, |event| event.text("id") == named);
    assert_eq!(heard.text("name"), "Anna", "{heard}");
    assert_eq!(bert.history(LOBBY)[0].text("name"), "Anna", "for all of it");

    node.end(tazcom_tests::Signal::TERM, SOON);
    let again = anna.does(["nick", "--json"]).is(0);
    assert_eq!(again.event("nick").text("name"), "Anna", "without a node");
}

#[test]
fn a_room_of_ones_own_is_listed_where_it_was_joined() {
    let host = Host::loopback();
    let [(anna, _anna), (bert, mut node)] = met(&host, ["anna", "bert"]);
    let mut ear = bert.listens(&["#stage", "--once"]);
    anna.says(LOBBY, "not for that ear");
    let id = anna.says("#stage", "testing");
    ear.wait_for("the message", SOON, |event| event.text("id") == id);
    assert_eq!(
        ear.count(|event| event.name() == "message"),
        1,
        "only #stage"
    );
    assert!(ear.wait_for_exit(SOON).success(), "once is once");
    node.wait_for("what was said in both", SOON, |event| {
        event.text("id") == id
    });
    for user in [&anna, &bert] {
        let told = user.does(["rooms", "--json"]).is(0);
        let rooms = told.events();
        let stage = rooms.iter().find(|room| room.text("room") == "#stage");
        let stage = stage.unwrap_or_else(|| panic!("{}", told.account()));
        assert_eq!(stage.value("joined"), true, "{stage}");
        assert_eq!(stage.value("messages"), 1, "{stage}");
        let shown = user.does(["rooms"]).is(0);
        assert!(shown.text().contains("#stage"), "{}", shown.account());
    }
}

#[test]
fn listening_once_to_nobody_times_out() {
    let anna = User::on_loopback("anna", &Host::loopback());
    let _node = anna.runs();
    let heard = anna.does(["listen", "#nobody", "--once", "--timeout", "1"]);
    let _ = heard.is(4);
    // Without --once, to listen so long was all that was asked for.
    let _ = anna.does(["listen", "#nobody", "--timeout", "1"]).is(0);
}

fn is_message(event: &&Event) -> bool {
    event.name() == "message"
}

/// From when a message was made until it was shown, by the clock of the one machine.
fn age(message: &Event) -> Duration {
    let made = time_of_day(message.text("created"));
    let shown = time_of_day(message.text("at"));
    // Midnight may lie between.
    let day = Duration::from_secs(24 * 60 * 60);
    shown
        .checked_sub(made)
        .unwrap_or_else(|| shown + day - made)
}

/// The time of an RFC 3339 time stamp in UTC.
fn time_of_day(stamp: &str) -> Duration {
    let time = stamp.split_once('T').unwrap().1.trim_end_matches('Z');
    let seconds = time
        .split(':')
        .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
    Duration::from_secs_f64(seconds)
}

#[test]
fn the_history_knows_how_many_have_our_own_words() {
    let host = Host::loopback();
    let [(anna, mut node), (_, other)] = met(&host, ["anna", "bert"]);
    let said = anna.does(["send", LOBBY, "did it arrive?", "--wait-ack"]);
    let _ = said.is(0);
    // Whoever might say it once more is gone.
    drop(other);
    node.end(Signal::TERM, SOON);
    let past = anna.does(["history", LOBBY]).is(0);
    assert!(past.text().ends_with("did it arrive?  (1 of 1 have it)\n"));
    let alone = anna.does(["send", LOBBY, "anybody?", "--timeout", "0.1"]);
    let _ = alone.is(0);
    let past = anna.does(["history", LOBBY]).is(0);
    assert!(
        past.text()
            .ends_with("anybody?  (nobody has said that it has come)\n"),
        "{}",
        past.account()
    );
}
