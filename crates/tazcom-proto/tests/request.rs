//! What is a greeting, what is not, and that nothing a peer writes does harm.

use proptest::prelude::*;
use tazcom_identity::{NodeId, ParseNodeIdError};
use tazcom_proto::{
    Hello, MAX_LINE_LEN, MAX_PEER_TEXT_LEN, PeerText, Reply, Request, RequestError,
};

const ID: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn parse(line: &str) -> Result<NodeId, RequestError> {
    Request::parse(line.as_bytes()).map(|Request::Hello(hello)| hello.from)
}

fn error(line: &str) -> RequestError {
    match parse(line) {
        Err(error) => error,
        Ok(id) => panic!("{line} is from {id}"),
    }
}

/// `template` with `ID` in the place of `$`.
fn with_id(template: &str) -> String {
    template.replace('$', ID)
}

#[test]
fn every_way_to_write_the_same_object_is_accepted() {
    for line in [
        r#"{"type":"HELLO","from":"$"}"#,
        r#"{"from":"$","type":"HELLO"}"#,
        "\t { \"type\" :\t\"HELLO\" , \"from\" : \"$\" } ",
        "{\"type\":\"HELLO\",\"from\":\"$\"}\r",
        r#"{"version":2,"type":"HELLO","nick":"ana","from":"$","extra":[1,{"type":"BYE"}]}"#,
        r#"{"x":1,"x":2,"type":"HELLO","from":"$"}"#,
        r#"{"":null,"type":"HELLO","from":"$","FROM":"x"}"#,
        r#"{"\u0074ype":"HELL\u004f","from":"\u0031$"}"#,
        r#"{"type":"HELLO","from":"$","n":1e999,"deep":[[[[]]]]}"#,
    ] {
        let line = with_id(line).replace(r"\u003111", r"\u00311");
        assert_eq!(
            parse(&line).map(|id| id.to_string()),
            Ok(ID.into()),
            "{line}"
        );
    }
}

#[test]
fn what_is_not_a_request_is_told_apart() {
    use RequestError::*;

    for (line, expected) in [
        ("", NotJson { column: 0 }),
        ("hello", NotJson { column: 1 }),
        ("GET / HTTP/1.1\r", NotJson { column: 1 }),
        ("TAZCOM/2", NotJson { column: 1 }),
        ("{", NotJson { column: 1 }),
        (r#"{"type":"HELLO","from":"$""#, NotJson { column: 68 }),
        (r#"{"type":"HELLO","from":"$"} x"#, NotJson { column: 71 }),
        (r#"{"type":"HELLO","from":"$",}"#, NotJson { column: 70 }),
        (r#"{'type':'HELLO'}"#, NotJson { column: 2 }),
        ("\u{feff}{}", NotJson { column: 1 }),
        ("{\"type\":\"HE\u{1}LLO\"}", NotJson { column: 12 }),
        (r#"{"type":"\ud800"}"#, NotJson { column: 16 }),
        // At fault twice: that it is no JSON comes first.
        (r#"{"type":7,"from" oops"#, NotJson { column: 18 }),
        (r#"{"type":"A","type":"B" oops"#, NotJson { column: 24 }),
        ("[] oops", NotJson { column: 4 }),
        ("[]", NotAnObject),
        ("null", NotAnObject),
        ("17", NotAnObject),
        (r#""HELLO""#, NotAnObject),
        (r#"["HELLO","$"]"#, NotAnObject),
        ("{}", Missing { key: "type" }),
        (r#"{"from":"$"}"#, Missing { key: "type" }),
        (r#"{"type":"HELLO"}"#, Missing { key: "from" }),
        (r#"{"type":"HELLO","From":"$"}"#, Missing { key: "from" }),
        (
            r#"{"type":"HELLO","from":"$","from":"$"}"#,
            Repeated { key: "from" },
        ),
        (
            r#"{"type":"BYE","type":"HELLO","from":"$"}"#,
            Repeated { key: "type" },
        ),
        (r#"{"type":null,"from":"$"}"#, NotAString { key: "type" }),
        (
            r#"{"type":{"a":["b"]},"from":"$"}"#,
            NotAString { key: "type" },
        ),
        (r#"{"type":"HELLO","from":7}"#, NotAString { key: "from" }),
        (
            r#"{"type":"HELLO","from":["$"]}"#,
            NotAString { key: "from" },
        ),
        (r#"{"type":"BYE"}"#, UnknownType(PeerText::new("BYE"))),
        (
            r#"{"type":"hello","from":"$"}"#,
            UnknownType(PeerText::new("hello")),
        ),
        (r#"{"type":"","from":"$"}"#, UnknownType(PeerText::new(""))),
        (
            r#"{"type":"HELLO\u0000","from":"$"}"#,
            UnknownType(PeerText::new("HELLO\0")),
        ),
        // The type decides what the other keys mean.
        (
            r#"{"type":"BYE","from":"nobody"}"#,
            UnknownType(PeerText::new("BYE")),
        ),
        (r#"{"type":"X","from":1}"#, UnknownType(PeerText::new("X"))),
        (
            r#"{"from":{"a":1e999},"type":"X"}"#,
            UnknownType(PeerText::new("X")),
        ),
        (
            r#"{"from":"$","from":"$","type":"X"}"#,
            UnknownType(PeerText::new("X")),
        ),
        (r#"{"from":1}"#, Missing { key: "type" }),
        (r#"{"from":1,"type":2}"#, NotAString { key: "type" }),
        (r#"{"from":1,"type":"HELLO"}"#, NotAString { key: "from" }),
        (
            r#"{"type":"HELLO","from":""}"#,
            BadId(ParseNodeIdError::Length { found: 0 }),
        ),
        (
            r#"{"type":"HELLO","from":"$="}"#,
            BadId(ParseNodeIdError::Length { found: 44 }),
        ),
    ] {
        let line = with_id(line);
        assert_eq!(error(&line), expected, "{line:?}");
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_wherever_the_bad_byte_is() {
    let line = with_id(r#"{"skipped":"?","type":"HELLO","from":"$"}"#);
    let at = line.find('?').unwrap_or_default();
    let mut bytes = line.into_bytes();
    bytes[at] = 0xff;
    let expected = RequestError::NotUtf8 { valid_up_to: at };
    assert_eq!(Request::parse(&bytes), Err(expected));
}

#[test]
fn a_tls_client_hello_is_refused() {
    let bytes = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03];
    let expected = RequestError::NotUtf8 { valid_up_to: 8 };
    assert_eq!(Request::parse(&bytes), Err(expected));
}

#[test]
fn a_thousand_open_brackets_are_not_json_and_cost_no_stack() {
    for open in ["[", "{\"a\":"] {
        let nested = open.repeat(1000);
        assert!(matches!(error(&nested), RequestError::NotJson { .. }));
        let within = with_id(&format!(r#"{{"type":"HELLO","from":"$","x":{nested}"#));
        assert!(matches!(error(&within), RequestError::NotJson { .. }));
    }
    // Far more than fits in a line.
    let nested = "[".repeat(1_000_000);
    assert!(matches!(error(&nested), RequestError::NotJson { .. }));
}

#[test]
fn deep_nesting_that_is_closed_is_skipped_like_any_unknown_value() {
    let nested = format!("{}{}", "[".repeat(450), "]".repeat(450));
    let line = with_id(&format!(r#"{{"x":{nested},"type":"HELLO","from":"$"}}"#));
    assert!(line.len() < MAX_LINE_LEN);
    assert!(parse(&line).is_ok());
    assert_eq!(error(&nested), RequestError::NotAnObject);
}

#[test]
fn an_unknown_type_is_shown_escaped_and_cut() {
    let text = error(r#"{"type":"\u001b]52;c;aGk=\u0007\nFAKE \u202eLINE"}"#).to_string();
    assert_eq!(
        text,
        r#"unknown type "\u{1b}]52;c;aGk=\u{7}\nFAKE \u{202e}LINE""#
    );
    let long = error(&format!(r#"{{"type":"{}"}}"#, "A".repeat(900))).to_string();
    assert!(long.ends_with("AAA...\""), "{long}");
    assert_eq!(long.len(), MAX_PEER_TEXT_LEN + r#"unknown type """#.len());
}

#[test]
fn a_reply_is_one_of_two_words() {
    for (line, expected) in [
        ("ACK", Some(Reply::Ack)),
        ("ACK\r", Some(Reply::Ack)),
        ("ERROR", Some(Reply::Error)),
        ("ERROR\r", Some(Reply::Error)),
        ("", None),
        ("ack", None),
        ("ACK ", None),
        (" ACK", None),
        ("ACK\r\r", None),
        ("ACKACK", None),
        ("HTTP/1.1 400 Bad Request", None),
    ] {
        assert_eq!(Reply::parse(line.as_bytes()).ok(), expected, "{line:?}");
    }
    let error = Reply::parse(b"\x1b[2J\xff").map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err(r#"answered "\u{1b}[2J\xff" instead of ACK"#.into())
    );
}

/// Any JSON value, as text with spaces here and there.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        "[ -!#-\\[\\]-~]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| format!("[ {} ]", values.join(" , "))),
            inner.prop_map(|value| format!("{{ \"k\" :{value}}}")),
        ]
    })
}

proptest! {
    #[test]
    fn every_hello_survives_the_wire(bytes: [u8; 32]) {
        let hello = Hello { from: NodeId::from_bytes(bytes) };
        let encoded = hello.encode();
        prop_assert!(encoded.len() <= MAX_LINE_LEN);
        let line = encoded.strip_suffix(b"\n");
        prop_assert_eq!(line.map(Request::parse), Some(Ok(Request::Hello(hello))));
    }

    #[test]
    fn spaces_order_and_unknown_keys_do_not_matter(
        bytes: [u8; 32],
        unknown in proptest::collection::vec(("x[a-z]{0,6}", value()), 0..6),
        spaces in "[ \t\r]{0,3}",
        order: prop::sample::Index,
        swapped: bool,
    ) {
        let from = NodeId::from_bytes(bytes);
        let mut known = [("type".to_owned(), "\"HELLO\"".to_owned()), ("from".to_owned(), format!("\"{from}\""))];
        if swapped {
            known.reverse();
        }
        let mut members = unknown;
        for member in known {
            let at = order.index(members.len() + 1);
            members.insert(at, member);
        }
        let members: Vec<String> = members
            .iter()
            .map(|(key, value)| format!("\"{key}\"{spaces}:{spaces}{value}{spaces}"))
            .collect();
        let line = format!("{spaces}{{{}}}{spaces}", members.join(&format!(",{spaces}")));
        prop_assert_eq!(parse(&line), Ok(from), "{}", line);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>) {
        let _ = Request::parse(&bytes);
        let _ = Reply::parse(&bytes);
    }

    #[test]
    fn every_error_is_one_short_printable_line(line in "\\PC*|[{}\":a-z,\\\\\u{0}-\u{ff}]*|\\{\"type\":\".*\"\\}") {
        if let Err(error) = Request::parse(line.as_bytes()) {
            let text = error.to_string();
            prop_assert!(text.chars().count() < MAX_PEER_TEXT_LEN + 80, "{}", text);
            prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
        }
    }
}
