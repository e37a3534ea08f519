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
    ] {
        finish(tazcom(home.path()).args(arguments)).fails(2, &[part]);
    }
}

#[test]
fn help_names_the_exit_codes_and_the_verbs() {
    let home = tempfile::tempdir().unwrap();
    let help = finish(tazcom(home.path()).arg("--help"));
    help.fails(0, &[]);
    for part in ["Exit codes", "130", "run", "peers", "TAZCOM_"] {
        assert!(help.stdout().contains(part), "{part} is not in the help");
    }
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
        "data\\-dir",
        "Exit codes",
        "\\-\\-discovery",
    ] {
        assert!(page.stdout().contains(part), "{part} is not in the page");
    }
}
