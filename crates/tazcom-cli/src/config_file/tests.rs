//! The template, the keys, and the place of a mistake.

use super::*;

#[test]
fn the_template_as_written_says_nothing() {
    assert_eq!(parse(TEMPLATE.as_bytes()), Ok(ConfigFile::default()));
}

#[test]
fn every_line_of_the_template_can_be_uncommented() {
    let uncommented: String = TEMPLATE
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| format!("{}\n", line.trim_start_matches('#')))
        .collect();
    let config = parse(uncommented.as_bytes()).unwrap();
    assert_eq!(config.interface.len(), 2);
    assert_eq!(config.port, Some(0));
    assert_eq!(config.peer.len(), 3);
    assert_eq!(config.name.as_deref(), Some("Ana's laptop"));
    assert_eq!(config.discovery, Some(DiscoveryChoice::Native));
    assert_eq!(config.log, Some(LogLevel::Warn));
}

#[test]
fn mistakes_are_placed_on_their_line() {
    for (text, line, about) in [
        ("port = 1\nprot = 2\n", 2, "prot"),
        ("\n\nport = 65536\n", 3, "65536"),
        ("port = \"x\"\n", 1, "a number from 0 to 65535"),
        ("port = -1\n", 1, "a number from 0 to 65535"),
        ("port = 1.5\n", 1, "a number from 0 to 65535"),
        (
            "interface = 7\n",
            1,
            "the name or an address of an interface",
        ),
        ("interface = \"\"\n", 1, "a name or an address"),
        ("interface = [\"lo\", \" \"]\n", 1, "a name or an address"),
        ("peer = 4711\n", 1, "HOST:PORT"),
        ("name = 7\n", 1, "a name, which is a text"),
        ("name = \"\"\n", 1, "1 to 32 bytes, this has 0"),
        (
            "discovery = 5\n",
            1,
            "one of \"native\", \"simple-mdns\", \"none\"",
        ),
        ("log = true\n", 1, "\"trace\""),
        ("discovery = \"mdns\"\n", 1, "mdns"),
        ("port = 1\npeer = [\n  \"a:1\",\n  \"b\",\n]\n", 2, "\"b\""),
        ("port = 1\nport = 2\n", 2, "duplicate"),
        ("log = \n", 1, ""),
    ] {
        let (at, message) = parse(text.as_bytes()).unwrap_err();
        assert!(!message.contains('\n'), "{message:?} is not one line");
        assert!(message.contains(about), "{message:?}");
        assert_eq!(at, line, "{text:?}: {message}");
    }
}

#[test]
fn a_file_that_is_not_there_says_nothing() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(load(dir.path()).unwrap(), ConfigFile::default());
    assert_eq!(load(&dir.path().join("no")).unwrap(), ConfigFile::default());
}

#[test]
fn the_template_is_written_once_and_never_over_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    write_template(dir.path());
    assert_eq!(fs::read_to_string(&path).unwrap(), TEMPLATE);
    fs::write(&path, "port = 7\n").unwrap();
    write_template(dir.path());
    assert_eq!(load(dir.path()).unwrap().port, Some(7));
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let limit = usize::try_from(MAX_FILE_LEN).unwrap();
    let path = dir.path().join(FILE_NAME);
    fs::write(&path, "#".repeat(limit)).unwrap();
    assert!(load(dir.path()).is_ok());
    fs::write(&path, "#".repeat(limit + 1)).unwrap();
    assert!(matches!(load(dir.path()), Err(ConfigError::TooLong { .. })));
}

#[test]
fn one_value_will_do_where_a_list_may_be() {
    let config = parse(b"interface = \"lo\"\npeer = \"a:1\"\n").unwrap();
    assert_eq!(config.interface, ["lo".parse().unwrap()]);
    assert_eq!(config.peer, ["a:1".parse().unwrap()]);
}

#[test]
fn what_is_not_utf_8_is_placed_on_its_line() {
    let (line, message) = parse(b"# fine\n# n\xe4chste\n").unwrap_err();
    assert_eq!(line, 2);
    assert!(message.contains("UTF-8"), "{message:?}");
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(FILE_NAME)).unwrap();
    assert!(matches!(
        load(dir.path()),
        Err(ConfigError::NotAFile { .. })
    ));
}

#[test]
fn a_name_has_1_to_32_bytes_and_no_control_characters() {
    assert_eq!(name(" Ana "), Ok("Ana".to_owned()));
    let longest = "\u{e4}".repeat(16);
    assert_eq!(name(&longest), Ok(longest.clone()));
    for wrong in [
        "",
        " ",
        &format!("{longest}x"),
        "a\tb",
        "a\u{7}",
        "a\u{9b}m",
    ] {
        assert!(name(wrong).is_err(), "{wrong:?} was accepted");
    }
}
