//! Whom a node has met: what is kept, what is refused, and that nothing damaged is overwritten.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tazcom_identity::{BadLine, DataDir, NodeId, Pins, PinsError};
use tempfile::TempDir;

const FILE_NAME: &str = "peers.pins";

fn id(number: usize) -> NodeId {
    let mut bytes = [7; NodeId::LEN];
    bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    NodeId::from_bytes(bytes)
}

fn pins(ids: impl IntoIterator<Item = NodeId>) -> Pins {
    let mut pins = Pins::default();
    for id in ids {
        pins.meet(id);
    }
    pins
}

fn ids(pins: &Pins) -> Vec<NodeId> {
    pins.ids().collect()
}

struct Place {
    temporary: TempDir,
    data: DataDir,
}

impl Place {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let data = DataDir::open(temporary.path()).unwrap();
        Self { temporary, data }
    }

    fn holding(contents: impl AsRef<[u8]>) -> Self {
        let place = Self::new();
        fs::write(place.file(), contents).unwrap();
        #[cfg(unix)]
        set_mode(&place.file(), 0o600);
        place
    }

    fn file(&self) -> PathBuf {
        self.temporary.path().join(FILE_NAME)
    }

    fn refusal(&self) -> PinsError {
        let error = self.data.load_pins().unwrap_err();
        let text = error.to_string();
        assert!(text.contains(self.file().to_str().unwrap()), "{text}");
        assert!(!text.contains('\n'), "{text}");
        error
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn without_a_file_nobody_was_met() {
    assert_eq!(Place::new().data.load_pins().unwrap(), Pins::default());
}

#[test]
fn the_first_meeting_is_told_apart() {
    let mut pins = Pins::default();
    assert!(pins.meet(id(1)));
    assert!(!pins.meet(id(1)));
}

#[test]
fn the_file_says_what_it_is_and_holds_one_id_a_line_the_last_met_last() {
    let place = Place::new();
    place.data.save_pins(&pins([id(2), id(1), id(2)])).unwrap();
    let text = fs::read_to_string(place.file()).unwrap();
    let (remarks, lines): (Vec<_>, Vec<_>) = text.lines().partition(|l| l.starts_with('#'));
    assert!(remarks.concat().contains("may be deleted"));
    assert_eq!(lines, [id(1).to_string(), id(2).to_string()]);
    assert!(text.ends_with('\n'));
}

#[cfg(unix)]
#[test]
fn a_saved_file_is_private_alone_and_in_place_of_the_last() {
    let place = Place::new();
    for number in 0..3 {
        place.data.save_pins(&pins([id(number)])).unwrap();
        assert_eq!(ids(&place.data.load_pins().unwrap()), [id(number)]);
        assert_eq!(mode(&place.file()), 0o600);
    }
    let entries = fs::read_dir(place.temporary.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["node.lock", FILE_NAME]);
}

#[test]
fn past_the_limit_the_longest_unseen_go_first() {
    let mut met = pins((0..Pins::MAX).map(id));
    met.meet(id(0));
    assert_eq!(met.ids().count(), Pins::MAX);
    met.meet(id(Pins::MAX));
    let kept = ids(&met);
    assert_eq!(kept.len(), Pins::MAX);
    assert_eq!(kept[0], id(2));
    assert_eq!(kept[Pins::MAX - 2..], [id(0), id(Pins::MAX)]);
}

#[test]
fn a_full_file_can_be_read_and_of_one_that_holds_more_the_last_count() {
    let place = Place::new();
    let full = pins((0..Pins::MAX).map(id));
    place.data.save_pins(&full).unwrap();
    assert_eq!(ids(&place.data.load_pins().unwrap()), ids(&full));
    let mut text = fs::read_to_string(place.file()).unwrap();
    text.push_str(&format!("{}\n", id(Pins::MAX)));
    fs::write(place.file(), text).unwrap();
    let loaded = ids(&place.data.load_pins().unwrap());
    assert_eq!((loaded.len(), loaded[0]), (Pins::MAX, id(1)));
}

#[test]
fn remarks_blanks_and_line_ends_of_other_systems_are_passed_over() {
    let place = Place::holding(format!("# mine\r\n\r\n  {} \r\n#{}", id(1), id(2)));
    assert_eq!(ids(&place.data.load_pins().unwrap()), [id(1)]);
}

#[test]
fn a_damaged_file_is_refused_with_its_line_and_kept() {
    for (contents, expected) in [
        (format!("# x\n{}\n{}\n", id(1), &id(2).to_string()[1..]), 3),
        (format!("{}{}\n", id(1), id(2)), 1),
        ("\n\nann\u{e4}\n".to_owned(), 3),
    ] {
        let place = Place::holding(&contents);
        let error = place.refusal();
        assert!(matches!(error, PinsError::Damaged { line, .. } if line == expected));
        let text = error.to_string();
        assert!(
            text.contains(&format!("{FILE_NAME}:{expected}: ")),
            "{text}"
        );
        assert_eq!(fs::read_to_string(place.file()).unwrap(), contents);
    }
    let place = Place::holding(b"\n\xff\n");
    let not_text = BadLine::NotText;
    assert!(
        matches!(place.refusal(), PinsError::Damaged { line: 2, source, .. } if source == not_text)
    );
}

#[test]
fn a_huge_file_is_refused_after_its_limit() {
    let place = Place::holding("#");
    // Sparse: reading it all would fill the memory.
    let file = fs::OpenOptions::new().write(true).open(place.file());
    file.unwrap().set_len(1 << 40).unwrap();
    assert!(matches!(place.refusal(), PinsError::TooLong { .. }));
}

#[cfg(unix)]
#[test]
fn a_file_others_can_use_is_refused_with_the_command_that_mends_it() {
    let place = Place::holding("");
    for exposed in [0o644, 0o620, 0o601] {
        set_mode(&place.file(), exposed);
        let error = place.refusal();
        assert!(matches!(error, PinsError::Exposed { mode, .. } if mode == exposed));
        let command = format!("chmod 600 {}", place.file().display());
        assert!(error.to_string().ends_with(&command), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_waiting_for_it() {
    use rustix::fs::{CWD, FileType, Mode};

    let place = Place::new();
    rustix::fs::mknodat(CWD, place.file(), FileType::Fifo, Mode::from(0o600), 0).unwrap();
    assert!(matches!(place.refusal(), PinsError::NotAFile { .. }));
    let place = Place::new();
    std::os::unix::fs::symlink("/nonexistent", place.file()).unwrap();
    assert!(matches!(place.refusal(), PinsError::Symlink { .. }));
}

#[test]
fn a_draft_that_a_killed_process_left_is_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let draft = temporary.path().join(".peers.pins.0123456789abcdef.tmp");
    fs::write(&draft, "x").unwrap();
    let _data = DataDir::open(temporary.path()).unwrap();
    assert!(!draft.exists());
}

proptest! {
    #[test]
    fn pins_survive_their_file_in_order(numbers in prop::collection::vec(0_usize..50, 0..100)) {
        let place = Place::new();
        let met = pins(numbers.into_iter().map(id));
        place.data.save_pins(&met).unwrap();
        prop_assert_eq!(ids(&place.data.load_pins().unwrap()), ids(&met));
    }

    #[test]
    fn no_contents_make_the_parser_panic(contents: Vec<u8>) {
        let place = Place::holding(&contents);
        let _ = place.data.load_pins();
        prop_assert_eq!(fs::read(place.file()).unwrap(), contents);
    }
}
