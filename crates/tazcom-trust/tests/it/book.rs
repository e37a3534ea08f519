//! The book of people: who is known, what a person decided, and what is left after a restart.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tazcom_identity::NodeId;
use tazcom_proto::UnixMillis;
use tazcom_testkit::fixed_id;
use tazcom_trust::{Book, BookError, How, Level, RestoreError, Row};
use zeroize::Zeroizing;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

fn id(n: u32) -> NodeId {
    let mut bytes = [0x11; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    NodeId::from_bytes(bytes)
}

pub(crate) fn book() -> Book {
    Book::restore(fixed_id(0), []).expect("an empty one")
}

/// A disk that keeps rows.
#[derive(Default)]
pub(crate) struct Disk(BTreeMap<Vec<u8>, Vec<u8>>);

impl Disk {
    pub(crate) fn write(&mut self, rows: Vec<Row>) {
        for row in rows {
            assert!(row.key.starts_with(Row::PREFIX));
            match row.value {
                Some(value) => self.0.insert(row.key, value.to_vec()),
                None => self.0.remove(&row.key),
            };
        }
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        let row = |(key, value): (&Vec<u8>, &Vec<u8>)| Row {
            key: key.clone(),
            value: Some(Zeroizing::new(value.clone())),
        };
        self.0.iter().map(row).collect()
    }

    pub(crate) fn book(&self) -> Book {
        Book::restore(fixed_id(0), self.rows()).expect("its own rows")
    }
}

#[test]
fn the_first_session_pins_an_id() {
    let mut book = book();
    assert_eq!(book.level(&id(1)), Level::New);
    assert_eq!(book.met(NOW, id(1)), Ok(true));
    assert_eq!(book.level(&id(1)), Level::Known);
    assert_eq!(book.met(UnixMillis(NOW.0 + 5), id(1)), Ok(false));
    let person = book.person(&id(1)).unwrap();
    assert_eq!((person.since, person.seen), (NOW, UnixMillis(NOW.0 + 5)));
}

#[test]
fn only_a_person_verifies() {
    let mut book = book();
    book.met(NOW, id(1)).unwrap();
    book.verify(NOW, id(1), How::Words).unwrap();
    assert_eq!(book.level(&id(1)), Level::Verified);
    assert_eq!(
        book.person(&id(1)).unwrap().verified,
        Some((How::Words, NOW))
    );
    assert!(book.unverify(&id(1)));
    assert!(!book.unverify(&id(1)));
    assert_eq!(book.level(&id(1)), Level::Known);
}

#[test]
fn a_block_is_above_everything_and_gives_back_what_was() {
    let mut book = book();
    book.verify(NOW, id(1), How::Code).unwrap();
    book.block(NOW, id(1)).unwrap();
    assert_eq!(book.level(&id(1)), Level::Blocked);
    assert_eq!(book.verify(NOW, id(1), How::Code), Err(BookError::Blocked));
    book.met(NOW, id(1)).unwrap();
    assert_eq!(book.level(&id(1)), Level::Blocked);
    assert!(book.unblock(&id(1)));
    assert_eq!(book.level(&id(1)), Level::Verified);
    assert!(!book.unblock(&id(1)));
}

#[test]
fn nobody_writes_itself_into_its_book() {
    let mut book = book();
    let me = fixed_id(0);
    assert_eq!(book.met(NOW, me), Err(BookError::Own));
    assert_eq!(book.verify(NOW, me, How::Code), Err(BookError::Own));
    assert_eq!(book.block(NOW, me), Err(BookError::Own));
    assert_eq!(book.people().count(), 0);
}

#[test]
fn a_full_book_forgets_whoever_was_not_seen_for_longest() {
    let mut book = book();
    let most = u32::try_from(Book::MAX).unwrap();
    for n in 0..most {
        book.met(UnixMillis(NOW.0 + u64::from(n)), id(n)).unwrap();
    }
    assert_eq!(book.people().count(), Book::MAX);
    book.verify(NOW, id(0), How::Emoji).unwrap();
    book.block(NOW, id(1)).unwrap();
    book.take_rows();
    book.met(UnixMillis(NOW.0 * 2), id(most)).unwrap();
    assert_eq!(book.people().count(), Book::MAX);
    assert_eq!(book.level(&id(0)), Level::Verified);
    assert_eq!(book.level(&id(1)), Level::Blocked);
    assert_eq!(book.level(&id(2)), Level::New);
    assert_eq!(book.level(&id(most)), Level::Known);
    let rows = book.take_rows();
    assert_eq!(rows.len(), 2, "the new one, and the one that went");
    assert_eq!(rows.iter().filter(|row| row.value.is_none()).count(), 1);
}

#[test]
fn a_book_full_of_decisions_refuses_one_more_with_words() {
    let mut book = book();
    let most = u32::try_from(Book::MAX).unwrap();
    for n in 0..most {
        book.verify(NOW, id(n), How::Code).unwrap();
    }
    assert_eq!(book.met(NOW, id(most)), Err(BookError::Full));
    assert_eq!(book.block(NOW, id(most)), Err(BookError::Full));
    let refused = book.verify(NOW, id(most), How::Code).unwrap_err();
    assert!(refused.to_string().contains("8192"), "{refused}");
    assert!(book.unverify(&id(7)));
    assert_eq!(book.met(NOW, id(most)), Ok(true));
    assert_eq!(book.level(&id(7)), Level::New);
}

#[test]
fn nothing_changed_means_nothing_written() {
    let mut book = book();
    book.met(NOW, id(1)).unwrap();
    assert_eq!(book.take_rows().len(), 1);
    assert!(book.take_rows().is_empty());
    assert!(!book.unblock(&id(1)) && !book.unverify(&id(2)));
    assert!(book.take_rows().is_empty());
}

#[test]
fn rows_of_something_else_or_damaged_ones_make_no_book() {
    let restore = |key: &[u8], value: &[u8]| {
        let row = Row {
            key: key.to_vec(),
            value: Some(Zeroizing::new(value.to_vec())),
        };
        Book::restore(fixed_id(0), [row]).map(drop).unwrap_err()
    };
    let person = [b"trust/p/".as_slice(), &[1; 32]].concat();
    assert_eq!(restore(b"direct/1", b""), RestoreError::Foreign);
    assert_eq!(restore(b"trust/p/short", b""), RestoreError::Foreign);
    assert_eq!(restore(b"trust/x", b""), RestoreError::Foreign);
    assert_eq!(restore(&person, b""), RestoreError::Damaged);
    assert_eq!(restore(&person, &[0xff; 40]), RestoreError::Damaged);
}

#[test]
fn more_people_than_a_book_holds_make_no_book() {
    let mut disk = Disk::default();
    let mut first = book();
    let most = u32::try_from(Book::MAX).unwrap();
    for n in 0..most {
        first.met(NOW, id(n)).unwrap();
    }
    disk.write(first.take_rows());
    assert_eq!(disk.book().people().count(), Book::MAX);
    let mut second = book();
    second.met(NOW, id(most)).unwrap();
    disk.write(second.take_rows());
    let restored = Book::restore(fixed_id(0), disk.rows());
    assert_eq!(restored.map(drop), Err(RestoreError::TooMany));
}

#[test]
fn a_debug_print_tells_nothing_of_whom_one_knows() {
    let mut book = book();
    book.met(NOW, id(1)).unwrap();
    let printed = format!("{book:?} {:?}", book.take_rows());
    assert_eq!(printed, "Book { people: 1, .. } [Row(..)]");
}

proptest! {
    #[test]
    fn a_book_from_its_rows_is_the_same_book(steps in prop::collection::vec((0..6_u8, 0..4_u32), 0..60)) {
        let (mut book, mut disk) = (book(), Disk::default());
        for (step, n) in steps {
            match step {
                0 => drop(book.met(NOW, id(n))),
                1 => drop(book.verify(NOW, id(n), How::Emoji)),
                2 => drop(book.block(NOW, id(n))),
                3 => drop(book.unblock(&id(n))),
                4 => drop(book.unverify(&id(n))),
                _ => disk.write(book.take_rows()),
            }
        }
        disk.write(book.take_rows());
        let restored = disk.book();
        let (ours, theirs): (Vec<_>, Vec<_>) = (book.people().collect(), restored.people().collect());
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn no_row_makes_it_panic(value in prop::collection::vec(any::<u8>(), 0..100)) {
        let key = [b"trust/p/".as_slice(), &[1; 32]].concat();
        let row = Row { key, value: Some(Zeroizing::new(value)) };
        let _ = Book::restore(fixed_id(0), [row]);
    }
}
