//! A change of the passphrase that is cut off, at every step, by the death of the process.

use std::process::Command;

use super::*;
use crate::State;

/// Where the child is to work, and at which step it is to die.
const CHILD_DIR: &str = "TAZCOM_TEST_CHANGE_DIR";
const CHILD_STEP: &str = "TAZCOM_TEST_CHANGE_STEP";
/// What it is to change: `set`, `change` or `take`.
const CHILD_KIND: &str = "TAZCOM_TEST_CHANGE_KIND";

const NAME: &str = "change::tests::dies_at_a_step_when_told_so";

fn passphrase(text: &str) -> Option<Passphrase> {
    Some(Passphrase::new(text.to_owned()).unwrap())
}

fn kind(name: &str) -> (Option<Passphrase>, Option<Passphrase>) {
    match name {
        "set" => (None, passphrase("new")),
        "change" => (passphrase("old"), passphrase("new")),
        _ => (passphrase("old"), None),
    }
}

/// In a child process: changes a passphrase and dies on the way. Else it changes one in full.
#[test]
fn dies_at_a_step_when_told_so() {
    let variables = [CHILD_DIR, CHILD_STEP, CHILD_KIND].map(|name| std::env::var(name).ok());
    let [Some(dir), Some(step), Some(name)] = variables else {
        let dir = tempfile::tempdir().unwrap();
        let new = passphrase("new");
        change_passphrase_at(dir.path(), None, new.as_ref(), Cost::sim()).unwrap();
        assert_eq!(Vault::state(dir.path()).unwrap(), State::Locked);
        return;
    };
    let (old, new) = kind(&name);
    let step: usize = step.parse().unwrap();
    let mut steps = 0;
    change(
        dir.as_ref(),
        old.as_ref(),
        new.as_ref(),
        Cost::sim(),
        &mut |_| {
            steps += 1;
            if steps == step {
                std::process::abort();
            }
        },
    )
    .unwrap();
}

/// Whether the process died on the way.
fn killed_at(dir: &Path, kind: &str, step: usize) -> bool {
    let test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env(CHILD_DIR, dir)
        .env(CHILD_STEP, step.to_string())
        .env(CHILD_KIND, kind)
        .output()
        .unwrap();
    !test.status.success()
}

#[test]
fn whenever_a_change_is_cut_off_one_of_the_two_opens_the_vault_and_the_key() {
    for name in ["set", "change", "take"] {
        let (old, new) = kind(name);
        let mut step = 1;
        loop {
            let dir = tempfile::tempdir().unwrap();
            let dir = dir.path();
            change_passphrase_at(dir, None, old.as_ref(), Cost::sim()).unwrap();
            let before = Vault::open(dir, old.as_ref()).unwrap();
            let id = before.load_identity(dir).unwrap().node_id();
            let sealed = before.sealer("test").seal(b"name", b"value");
            let died = killed_at(dir, name, step);

            let opened = Vault::open(dir, new.as_ref()).or_else(|_| Vault::open(dir, old.as_ref()));
            let vault = opened.unwrap_or_else(|error| panic!("{name}, step {step}: {error}"));
            let value = vault.sealer("test").open(b"name", &sealed).unwrap();
            assert_eq!(value.as_slice(), b"value");
            assert_eq!(
                vault.load_identity(dir).unwrap().node_id(),
                id,
                "{name}, step {step}"
            );
            // Now the form fits the vault: it is readable without a vault if and only if it is open.
            let plain = key_file::load(&dir.join(key_file::FILE_NAME));
            assert_eq!(plain.is_err(), vault.is_locked(), "{name}, step {step}");
            // And it can be done again, to the end.
            let current = if vault.is_locked() && Vault::open(dir, new.as_ref()).is_err() {
                &old
            } else if vault.is_locked() {
                &new
            } else {
                &None
            };
            change_passphrase_at(dir, current.as_ref(), new.as_ref(), Cost::sim()).unwrap();
            let vault = Vault::open(dir, new.as_ref()).unwrap();
            assert_eq!(vault.load_identity(dir).unwrap().node_id(), id);
            if !died {
                break;
            }
            step += 1;
        }
        assert!(step > 3, "{name} has steps: {step}");
    }
}

#[test]
fn nothing_of_a_key_that_was_sealed_is_left_in_the_file_that_held_it() {
    use std::io::{Read as _, Seek as _};

    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let vault = Vault::open(dir, None).unwrap();
    vault.load_identity(dir).unwrap();
    let held = |name| std::fs::File::open(dir.join(name)).unwrap();
    let files = [held(key_file::FILE_NAME), held(FILE_NAME)];
    let new = passphrase("new");
    change_passphrase_at(dir, None, new.as_ref(), Cost::sim()).unwrap();
    for mut file in files {
        let mut contents = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut contents).unwrap();
        assert!(!contents.is_empty() && contents.iter().all(|byte| *byte == 0));
    }
}
