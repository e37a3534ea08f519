//! The lock file that is, and the same with something slipped in.

use super::*;
use crate::workspace;

fn locked() -> String {
    std::fs::read_to_string(workspace::root().join("Cargo.lock")).unwrap()
}

fn crowds(text: &str) -> Vec<String> {
    let crowds = Lock::parse(text).unwrap().crowds();
    crowds.iter().map(ToString::to_string).collect()
}

/// A package as cargo would lock it.
fn package(name: &str, version: &str, dependencies: &[&str]) -> String {
    format!(
        "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry+x\"\n\
         dependencies = {dependencies:?}\n"
    )
}

#[test]
fn what_is_locked_has_one_generation_of_each() {
    assert_eq!(crowds(&locked()), [""; 0]);
}

#[test]
fn a_second_generation_is_found_and_both_that_bring_one_are_named() {
    let text = locked();
    let lock = Lock::parse(&text).unwrap();
    let version = |name| {
        let package = lock.package.iter().find(|package| package.name == name);
        &package.unwrap().version
    };
    let ours = version("rand_core");
    // As if the runtime came with an older source of randomness. Where there are two, cargo names
    // the version with each dependency.
    let runtime = format!("name = \"tokio\"\nversion = \"{}\"", version("tokio"));
    let (before, after) = text.split_once(&runtime).unwrap();
    let doctored = format!(
        "{before}{runtime}{}",
        after.replacen(
            "dependencies = [",
            "dependencies = [\n \"rand_core 0.6.4\",",
            1
        )
    )
    .replace("\"rand_core\",", &format!("\"rand_core {ours}\","))
        + &package("rand_core", "0.6.4", &["getrandom"]);

    let found = crowds(&doctored);
    assert_eq!(found.len(), 1, "{found:?}");
    let lines: Vec<&str> = found[0].lines().map(str::trim).collect();
    let [head, own, slipped_in] = lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(head, "rand_core is there 2 times:");
    let wanted = format!("rand_core {ours} <- tazcom-");
    assert!(own.starts_with(&wanted), "{own}");
    let wanted = format!("rand_core 0.6.4 <- tokio {} <- tazcom-", version("tokio"));
    assert!(slipped_in.starts_with(&wanted), "{slipped_in}");
}

#[test]
fn each_crate_of_the_list_is_watched() {
    for name in CRATES {
        let twice = ["0.1.0", "0.2.0"].map(|version| package(name, version, &[]));
        let found = crowds(&twice.concat());
        let of_nobody = format!(
            "{name} is there 2 times:\n    {name} 0.1.0 <- nobody of ours\n    {name} 0.2.0 <- \
             nobody of ours"
        );
        assert_eq!(found, [of_nobody]);
    }
}

#[test]
fn two_generations_of_something_else_are_no_matter() {
    let twice = ["1.0.0", "2.0.0"].map(|version| package("syn", version, &[]));
    assert_eq!(crowds(&twice.concat()), [""; 0]);
}

#[test]
fn a_lock_that_cannot_be_read_is_no_pass() {
    for text in ["", "version = 4", "package = 3", "[[package]]\nname = 1"] {
        assert!(Lock::parse(text).is_err(), "{text}");
    }
}
