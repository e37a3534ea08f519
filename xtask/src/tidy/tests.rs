//! Every rule fails on what it is there for, and the tree itself is tidy.

use super::tree::SourceFile;
use super::{Finding, Weight, evidence, manifests, names, sans_io, size, test_code, words};

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
    }
}

/// Spelt in capitals, so that this file's own lines are not what the rules look for.
fn spelt(line: &str) -> String {
    line.replace("SLEEP", "sleep").replace("BIND", "bind")
}

fn messages(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_tree_is_tidy() {
    let findings = super::findings().unwrap();
    let failures: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| finding.weight == Weight::Failure)
        .collect();
    assert!(failures.is_empty(), "{}", messages(&failures).join("\n"));
}

#[test]
fn a_module_without_a_header_is_found() {
    assert_eq!(size::header(&file("src/a.rs", "use std::fs;\n")).len(), 1);
    assert_eq!(size::header(&file("src/a.rs", "// no doc\n")).len(), 1);
    assert_eq!(size::header(&file("src/a.rs", "")).len(), 1);
    assert_eq!(size::header(&file("src/a.rs", "\n//! What for.\n")), []);
    let readme = file("src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n");
    assert_eq!(size::header(&readme), []);
    assert_eq!(size::header(&file("a.md", "no Rust")), []);
}

#[test]
fn a_long_file_is_warned_of_and_a_longer_one_refused() {
    let of = |lines: usize| size::budget(&file("src/a.rs", &"//! A line.\n".repeat(lines)));
    assert_eq!(of(400), []);
    assert_eq!(of(401)[0].weight, Weight::Warning);
    assert_eq!(of(800)[0].weight, Weight::Warning);
    assert_eq!(of(801)[0].weight, Weight::Failure);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    for path in [
        "src/util.rs",
        "src/common/mod.rs",
        "tests/misc.rs",
        "src/manager.rs",
    ] {
        assert_eq!(names::telling(&file(path, "")).len(), 1, "{path}");
    }
    assert_eq!(names::telling(&file("src/task_manager_test.rs", "")), []);
}

#[test]
fn a_sleeping_test_is_found_wherever_tests_are() {
    let asleep = spelt("    std::thread::SLEEP(Duration::from_secs(1));\n");
    for path in [
        "crates/a/tests/b.rs",
        "crates/a/src/tests.rs",
        "tests/it/main.rs",
    ] {
        let found = test_code::no_sleep_and_no_fixed_port(&file(path, &asleep));
        assert_eq!(found.len(), 1, "{path}");
    }
    let inline = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{asleep}}}\n");
    let found = test_code::no_sleep_and_no_fixed_port(&file("src/a.rs", &inline));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, "src/a.rs:4");
    let others = [
        "tokio::time::SLEEP(PAUSE).await;",
        "SLEEP(PAUSE).await;",
        "tokio::time::SLEEP_until(then).await;",
    ];
    for line in others {
        let test = file("tests/a.rs", &spelt(line));
        assert_eq!(test_code::no_sleep_and_no_fixed_port(&test).len(), 1);
    }
}

#[test]
fn a_pause_in_the_product_and_a_word_with_sleep_in_it_are_not_a_sleeping_test() {
    let product = file("src/a.rs", &spelt("tokio::time::SLEEP(PAUSE).await;\n"));
    assert_eq!(test_code::no_sleep_and_no_fixed_port(&product), []);
    let sibling = spelt("#[cfg(test)]\nmod tests;\nfn a() { SLEEP(PAUSE) }\n");
    let sibling = file("src/a.rs", &sibling);
    assert_eq!(test_code::no_sleep_and_no_fixed_port(&sibling), []);
    let word = file("tests/a.rs", &spelt("let x = overSLEEP(3); // SLEEP(1)\n"));
    assert_eq!(test_code::no_sleep_and_no_fixed_port(&word), []);
}

#[test]
fn a_fixed_port_is_found_where_a_socket_is_bound() {
    for line in [
        "TcpListener::BIND(\"127.0.0.1:5000\")",
        "UdpSocket::BIND((\"127.0.0.1\", 4000))",
        "TcpListener::BIND((Ipv4Addr::LOCALHOST, 4000_u16))",
        "TcpListener::BIND(\"[::1]:5000\")",
    ] {
        let found = test_code::no_sleep_and_no_fixed_port(&file("tests/a.rs", &spelt(line)));
        assert_eq!(found.len(), 1, "{line}");
    }
    for line in [
        "TcpListener::BIND(\"127.0.0.1:0\")",
        "TcpListener::BIND(\"[fe80::1:2]:0\")",
        "UdpSocket::BIND((\"0.0.0.0\", 5353))",
        "let seen: SocketAddr = \"192.0.2.1:4000\".parse()?;",
    ] {
        let found = test_code::no_sleep_and_no_fixed_port(&file("tests/a.rs", &spelt(line)));
        assert_eq!(messages(&found), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn a_clock_in_a_state_machine_is_found() {
    let clock = "let now = Instant::now();\n";
    let engine = "crates/tazcom-discovery/src/engine/cache.rs";
    assert_eq!(
        sans_io::no_clock_and_no_socket(&file(engine, clock)).len(),
        1
    );
    let driver = "crates/tazcom-discovery/src/driver.rs";
    assert_eq!(sans_io::no_clock_and_no_socket(&file(driver, clock)), []);
    let test = "crates/tazcom-discovery/src/engine/tests.rs";
    assert_eq!(sans_io::no_clock_and_no_socket(&file(test, clock)), []);
    let inline = file(
        engine,
        "fn a() {}\n#[cfg(test)]\nmod tests { Instant::now() }\n",
    );
    assert_eq!(sans_io::no_clock_and_no_socket(&inline), []);
}

#[test]
fn words_of_the_desk_are_found_in_any_text() {
    for text in [
        concat!("// TO", "DO: later"),
        concat!("see /ho", "me/ana/notes"),
        concat!("index = \"https://index.crates", ".io/\""),
        concat!("A Hel", "per for it"),
        concat!("the second mile", "stone"),
    ] {
        let found = words::none_forbidden(&file("docs/a.md", text));
        assert_eq!(found.len(), 1, "{text}");
    }
    let lock = file("Cargo.lock", concat!("source = \"crates", ".io\""));
    assert_eq!(words::none_forbidden(&lock), []);
    assert_eq!(
        words::none_forbidden(&file("a.rs", "let to_do_list = photodocument;")),
        []
    );
}

#[test]
fn a_clippy_file_that_forgets_a_line_of_the_root_is_found() {
    let root = file(
        "clippy.toml",
        "# why\nallow = true\nmethods = [\n  \"sleep\",\n]\n",
    );
    let good = file(
        "crates/a/clippy.toml",
        "allow = true\nmethods = [\n\"sleep\",\n\"now\",\n]\n",
    );
    let bad = file("crates/b/clippy.toml", "methods = [\n\"now\",\n]\n");
    assert_eq!(
        manifests::clippy_files_repeat_the_root(&[root.clone(), good]),
        []
    );
    assert_eq!(
        manifests::clippy_files_repeat_the_root(&[root, bad.clone()]).len(),
        2
    );
    assert_eq!(
        manifests::clippy_files_repeat_the_root(&[bad]).len(),
        1,
        "no root file"
    );
}

#[test]
fn a_bare_manifest_is_found_wanting() {
    let bare = serde_json::json!({
        "name": "bare", "version": "0.1.0", "id": "bare 0.1.0", "dependencies": [], "targets": [],
        "features": {}, "manifest_path": "bare/Cargo.toml",
    });
    let mut package: cargo_metadata::Package = serde_json::from_value(bare).unwrap();
    let found = manifests::described(&package, "[package]\nname = \"bare\"\n", |_| false);
    assert_eq!(found.len(), 8, "{:?}", messages(&found));
    // What is never published needs no papers.
    package.publish = Some(Vec::new());
    let found = manifests::described(&package, "[lints]\nworkspace = true\n", |_| false);
    assert_eq!(messages(&found), ["error: bare: lacks a description"]);
}

#[test]
fn a_place_or_a_test_that_a_security_paper_names_must_be_there() {
    let paper = |path, text| evidence::is_there(&file(path, text)).len();
    let here = "| x | `xtask/src/tidy/tests.rs` `the_tree_is_tidy` |\n";
    assert_eq!(paper("SECURITY.md", here), 0);
    assert_eq!(paper("SECURITY.md", "see `xtask/src/tidy/` for it"), 0);
    assert_eq!(paper("SECURITY.md", "see `xtask/src/tidy/gone.rs`"), 1);
    let renamed = here.replace("is_tidy", "was_tidy");
    assert_eq!(paper("docs/threat-model.md", &renamed), 1);
    assert_eq!(paper("docs/other.md", &renamed), 0);
}
