//! Arguments, environment, configuration file, and what is printed without a network.

use std::fs;
use std::path::Path;

use crate::process::{Node, finish, tazcom};

fn configure(home: &Path, text: &str) {
    let dir = home.join(".local/share/tazcom");
    fs::create_dir_all(&dir).expect("the home is ours");
    fs::write(dir.join("config.toml"), text).expect("the home is ours");
}

#[test]
fn wrong_usage_ends_with_2() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["runn"][..], "run"),
        (&[], "Usage"),
        (&["run", "--port", "65536"], "65536"),
        (&["run", "--peer", "laptop"], "HOST:PORT"),
        (&["run", "--peer", "fe80::1:4711"], "brackets"),
        (&["run", "--discovery", "bonjour"], "simple-mdns"),
        (&["peers", "--timeout", "0"], "seconds"),
        (&["run", "--ephemeral", "--data-dir", "x"], "--ephemeral"),
        (&["run", "--interface", ""], "wlan0 or 192.168.1.5"),
        (&["peers", "--interface", "lo,"], "wlan0 or 192.168.1.5"),
        (&["run", "--data-dir", ""], "--data-dir"),
        (&["run", "--peer", ""], "HOST:PORT"),
        (&["run", "--port", ""], "--port"),
        (&["run", "--discovery", ""], "--discovery"),
        (&["run", "--name", ""], "1 to 32 bytes"),
        (&["run", "--name", "a\tb"], "control characters"),
        (&["ping"], "PEER"),
        (&["ping", "AQE"], "first 4 characters"),
        (&["ping", "AQEB", "--count", "0"], "--count"),
        (&["ping", "AQEB", "--interval", "0.001"], "0.01"),
    ] {
        finish(tazcom(home.path()).args(arguments)).fails(2, &[part]);
    }
}

#[test]
fn help_names_the_exit_codes_and_the_verbs() {
    let home = tempfile::tempdir().unwrap();
    let help = finish(tazcom(home.path()).arg("--help"));
    help.fails(0, &[]);
    for part in ["Exit codes", "130", "run", "peers", "ping", "TAZCOM_"] {
        assert!(help.stdout().contains(part), "{part} is not in the help");
    }
    for part in ["talk", "queued", "being seen"] {
        assert!(!help.stdout().contains(part), "{part} is in the help");
    }
}

const VARIABLES: [&str; 10] = [
    "TAZCOM_DATA_DIR",
    "TAZCOM_JSON",
    "TAZCOM_LOG",
    "TAZCOM_EPHEMERAL",
    "TAZCOM_INTERFACE",
    "TAZCOM_PORT",
    "TAZCOM_PEER",
    "TAZCOM_NAME",
    "TAZCOM_DISCOVERY",
    "TAZCOM_TIMEOUT",
];

#[test]
fn an_empty_variable_counts_as_not_set() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tazcom(home.path());
    command.arg("id").envs(VARIABLES.map(|name| (name, "")));
    let finished = finish(&mut command);
    finished.fails(0, &[]);
    assert_eq!(finished.stderr(), "");
    assert!(home.path().join(".local/share/tazcom/node.key").exists());

    let mut command = tazcom(home.path());
    command
        .args(["run", "--json", "--discovery", "none", "--interface", "lo"])
        .envs(VARIABLES.map(|name| (name, "")));
    Node::spawn(&mut command).started();
}

#[test]
fn a_bad_value_of_a_variable_is_put_down_to_the_variable() {
    let home = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("TAZCOM_PORT", "65536"),
        ("TAZCOM_PEER", "laptop"),
        ("TAZCOM_DISCOVERY", "bonjour"),
        ("TAZCOM_LOG", "loud"),
        ("TAZCOM_JSON", "perhaps"),
        ("TAZCOM_INTERFACE", "lo,"),
        ("TAZCOM_NAME", "a\nb"),
    ] {
        let mut command = tazcom(home.path());
        let finished = finish(command.arg("run").env(name, value));
        finished.fails(2, &[name]);
        let first = finished.stderr().lines().next().unwrap();
        assert!(!first.contains("--"), "{first:?} names a flag");
    }
    let mut command = tazcom(home.path());
    command.env("TAZCOM_PORT", "x").args(["run", "--port", "y"]);
    finish(&mut command).fails(2, &["--port"]);
}

#[test]
fn an_unknown_variable_is_told_once_with_the_nearest_known_one() {
    let home = tempfile::tempdir().unwrap();
    let mut command = tazcom(home.path());
    command
        .arg("id")
        .env("TAZCOM_PROT", "4711")
        .env("TAZCOM_SEED", "1")
        .env("TAZCOM_CLI", "x");
    let finished = finish(&mut command);
    finished.fails(0, &["TAZCOM_PROT", "TAZCOM_PORT"]);
    assert_eq!(finished.stderr().lines().count(), 1);
}

#[test]
fn a_configuration_file_that_is_a_pipe_is_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(".local/share/tazcom");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join("config.toml");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for verb in ["run", "peers", "id"] {
        finish(tazcom(home.path()).arg(verb)).fails(2, &["config.toml", "regular file"]);
    }
}

#[test]
fn an_empty_interface_in_the_file_is_an_error_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "port = 0\ninterface = [\"\"]\n");
    finish(tazcom(home.path()).arg("run")).fails(2, &["config.toml:2:", "wlan0"]);
}

#[test]
fn an_unknown_key_is_an_error_with_file_and_line() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "# mine\nport = 0\nprot = 4711\n");
    for verb in ["run", "peers", "id"] {
        finish(tazcom(home.path()).arg(verb)).fails(2, &["config.toml:3:", "prot"]);
    }
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "discovery = \"none\"\ninterface = [\"lo\"]\n");
    let service = |environment: Option<&str>, flag: Option<&str>| {
        let mut command = tazcom(home.path());
        command.args(["run", "--json"]);
        if let Some(value) = environment {
            command.env("TAZCOM_DISCOVERY", value);
        }
        if let Some(value) = flag {
            command.args(["--discovery", value]);
        }
        let node = Node::spawn(&mut command);
        let started = node.event("started");
        assert_eq!(started["interfaces"], serde_json::json!(["lo"]));
        started["service"].clone()
    };
    assert!(service(None, None).is_null());
    assert!(service(Some("native"), None).is_string());
    assert!(service(Some("native"), Some("none")).is_null());
}

#[test]
fn a_flag_wins_over_the_environment_between_options_that_exclude_each_other() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("mine");
    let mut command = tazcom(home.path());
    command
        .env("TAZCOM_EPHEMERAL", "true")
        .args(["run", "--json", "--discovery", "none", "--data-dir"])
        .arg(&dir);
    Node::spawn(&mut command).started();
    assert!(dir.join("node.key").exists());

    let mut command = tazcom(home.path());
    command
        .env("TAZCOM_DATA_DIR", home.path().join("unused"))
        .args(["run", "--json", "--discovery", "none", "--ephemeral"]);
    Node::spawn(&mut command).started();
    assert!(!home.path().join("unused").exists());
}

#[test]
fn there_are_completions_for_five_shells() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = finish(tazcom(home.path()).args(["completions", shell]));
        script.fails(0, &[]);
        assert!(script.stdout().contains("completions"), "{shell}");
    }
}

#[test]
fn there_is_a_manual_page() {
    let home = tempfile::tempdir().unwrap();
    let page = finish(tazcom(home.path()).arg("man"));
    page.fails(0, &[]);
    for part in [
        ".TH tazcom-cli",
        "peers",
        "PING",
        "[\\fB\\-\\-count\\fR \\fIN\\fR]",
        "data\\-dir",
        "Exit codes",
        "\\-\\-discovery",
        "[\\fB\\-\\-port\\fR \\fIPORT\\fR]",
        "[\\fB\\-\\-data\\-dir\\fR \\fIDIR\\fR]",
    ] {
        assert!(page.stdout().contains(part), "{part} is not in the page");
    }
}
