//! Lines of POC-02, bad ones, and what is neither a line nor a session.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use tazcom_tests::line::{Dial, exchange, hello, invented_id};
use tazcom_tests::session::Stranger;
use tazcom_tests::{Event, SOON, pause};

use super::{CLOSED_BY, Victim};

const LONGEST_LINE: usize = 1024;
#[test]
fn silence_is_closed() {
    let mut victim = Victim::new();
    let silent = Dial::new(&victim.host, victim.addr);
    victim.is_well();
    let outcome = silent.outcome();
    assert!(
        outcome.answer.is_empty() && outcome.lasted < CLOSED_BY,
        "{outcome:?}"
    );
    victim.warns_of("message_timeout");
    victim.is_well();
}

#[test]
fn a_byte_a_second_buys_no_time() {
    let mut victim = Victim::new();
    let mut slow = Dial::new(&victim.host, victim.addr);
    slow.send(b"{");
    while !slow.is_closed() {
        assert!(
            slow.age() < CLOSED_BY,
            "still open{}",
            victim.node.account()
        );
        victim.is_well();
        pause(Duration::from_secs(1));
        slow.send(b" ");
    }
    victim.warns_of("message_timeout");
    victim.is_well();
}

#[test]
fn a_hundred_silent_strangers_do_not_keep_an_honest_one_out() {
    let mut victim = Victim::new();
    let crowd: Vec<Dial> = (0..100)
        .map(|_| Dial::new(&victim.host, victim.addr))
        .collect();
    victim.is_well();
    for silent in crowd {
        let outcome = silent.outcome();
        assert!(outcome.answer.is_empty(), "{outcome:?}");
    }
    victim.is_well();
}

#[test]
fn a_line_without_end_is_too_large() {
    let mut victim = Victim::new();
    let endless = format!("{{{}", " ".repeat(LONGEST_LINE));
    victim.answers(endless.as_bytes(), "");
    victim.warns_of("message_too_large");
}

#[test]
fn a_line_of_exactly_the_limit_is_answered_and_one_byte_more_is_not() {
    let mut victim = Victim::new();
    victim.answers(&padded_hello(LONGEST_LINE), "ACK\n");
    victim.answers(&padded_hello(LONGEST_LINE + 1), "");
    let warning = victim.warns_of("message_too_large");
    assert!(
        warning.text("message").contains("1024"),
        "it names the limit: {warning}"
    );
}

/// A HELLO of `length` bytes, newline included.
fn padded_hello(length: usize) -> Vec<u8> {
    let id = invented_id(2);
    let bare = format!("{{\"type\":\"HELLO\",\"from\":\"{id}\",\"pad\":\"\"}}\n").len();
    let pad = "x".repeat(length - bare);
    let line = format!("{{\"type\":\"HELLO\",\"from\":\"{id}\",\"pad\":\"{pad}\"}}\n");
    assert_eq!(line.len(), length);
    line.into_bytes()
}

#[test]
fn spaces_another_order_and_unknown_keys_are_accepted() {
    let mut victim = Victim::new();
    let id = invented_id(3);
    for line in [
        format!("{{ \"type\" : \"HELLO\" , \"from\" : \"{id}\" }}\n"),
        format!("{{\"from\":\"{id}\",\"type\":\"HELLO\"}}\n"),
        format!("{{\"nick\":\"ana\",\"n\":[1,{{}}],\"from\":\"{id}\",\"type\":\"HELLO\"}}\n"),
        format!("{{\"type\":\"HELLO\",\"from\":\"{id}\"}}\r\n"),
    ] {
        victim.answers(line.as_bytes(), "ACK\n");
    }
}

#[test]
fn what_is_not_json_is_closed_without_a_byte() {
    let mut victim = Victim::new();
    let deep = format!("{{\"a\":{}\n", "[".repeat(1000));
    let cases: [&[u8]; 5] = [
        b"{\"type\":\"HELLO\",\"from\":\"\xff\xfe\"}\n",
        b"{HELLO}\n",
        b"{\n",
        b"{\"type\":\"HELLO\"\n",
        deep.as_bytes(),
    ];
    for case in cases {
        victim.answers(case, "");
    }
    victim.warns_of("malformed_message");
}

#[test]
fn an_id_that_is_none_is_closed_without_a_byte() {
    let mut victim = Victim::new();
    let bytes = [0xfb; 33];
    let ids = [
        format!("\"{}\"", URL_SAFE_NO_PAD.encode(&bytes[..31])),
        format!("\"{}\"", URL_SAFE_NO_PAD.encode(bytes)),
        format!("\"{}=\"", URL_SAFE_NO_PAD.encode(&bytes[..32])),
        format!("\"{}\"", STANDARD.encode(&bytes[..32])),
        format!("\"{}\"", STANDARD_NO_PAD.encode(&bytes[..32])),
        "\"\"".to_owned(),
        "17".to_owned(),
        "null".to_owned(),
    ];
    for id in ids {
        victim.answers(
            format!("{{\"type\":\"HELLO\",\"from\":{id}}}\n").as_bytes(),
            "",
        );
    }
    victim.warns_of("malformed_message");
}

#[test]
fn a_greeting_in_the_nodes_own_name_makes_no_peer() {
    let mut victim = Victim::new();
    let own = victim.node.id().to_owned();
    victim.answers(hello(&own).as_bytes(), "");
    let as_a_peer = |event: &Event| {
        event.is_about("peer_discovered", &own) || event.is_about("hello_received", &own)
    };
    assert_eq!(victim.node.count(as_a_peer), 0, "{}", victim.node.account());
}

#[test]
fn a_second_line_is_not_read() {
    let mut victim = Victim::new();
    let (first, second) = (invented_id(4), invented_id(5));
    let both = format!("{}{}", hello(&first), hello(&second));
    victim.answers(both.as_bytes(), "ACK\n");
    victim.node.is_greeted_by(&first);
    let told = victim
        .node
        .count(|event| event.is_about("hello_received", &second));
    assert_eq!(told, 0, "{}", victim.node.account());
}

#[test]
fn other_protocols_are_closed_without_a_byte() {
    let mut victim = Victim::new();
    let client_hello = [
        &[
            0x16, 0x03, 0x01, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x2b, 0x03, 0x03,
        ][..],
        &[0x5a; 32],
        &[0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00, 0x00, 0x00],
    ]
    .concat();
    let cases: [&[u8]; 6] = [
        &client_hello,
        b"GET / HTTP/1.1\r\nHost: tazcom.local\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0\0\0\0\0\0\0\0",
        b"\n",
        b"\xff\xfb\x01\xff\xfb\x03{\"type\":\"HELLO\"}\n",
    ];
    for case in cases {
        victim.answers(case, "");
    }
    victim.warns_of("malformed_message");
}

#[test]
fn a_line_in_the_name_of_a_peer_that_has_proven_itself_is_nobody() {
    let mut victim = Victim::new();
    let peer = Stranger::new(9);
    let mut talk = peer.call(&victim.host, victim.addr);
    talk.greet(SOON);
    victim.node.is_greeted_by(&peer.id());
    talk.leave();
    victim.node.says("session_down", &peer.id(), SOON);

    victim.node.mark();
    for _ in 0..3 {
        victim.answers(hello(&peer.id()).as_bytes(), "ACK\n");
    }
    let warning = victim.warns_of("pretence");
    assert_eq!(warning.text("id"), peer.id());
    assert_eq!(warning.value("count"), 3);
    let believed = |event: &Event| event.is_about("hello_received", &peer.id());
    assert_eq!(victim.node.count(believed), 0, "{}", victim.node.account());
    // It is as welcome as before.
    peer.call(&victim.host, victim.addr).greet(SOON);
    let greeting = victim.node.is_greeted_by(&peer.id());
    assert!(greeting.is_verified(), "{greeting}");
}

#[test]
fn an_unknown_type_is_answered_with_error() {
    let mut victim = Victim::new();
    let line = format!("{{\"type\":\"WAVE\",\"from\":\"{}\"}}\n", invented_id(6));
    victim.answers(line.as_bytes(), "ERROR\n");
}

#[test]
fn many_bad_messages_are_few_warnings() {
    let mut victim = Victim::new();
    // Many times what is told of one address in a while.
    for _ in 0..60 {
        exchange(&victim.host, victim.addr, b"{HELLO}\n");
    }
    victim.is_well();
    victim.warns_of("malformed_message");
    let warnings = victim
        .node
        .count(|event| event.is_warning("malformed_message"));
    assert!(
        warnings <= 20,
        "{warnings} warnings{}",
        victim.node.account()
    );
}

#[test]
fn a_reset_in_the_middle_of_a_line_is_lived_with() {
    let mut victim = Victim::new();
    for _ in 0..20 {
        let mut dial = Dial::new(&victim.host, victim.addr);
        dial.send(b"{\"type\":\"HEL");
        dial.reset();
    }
    victim.is_well();
}
