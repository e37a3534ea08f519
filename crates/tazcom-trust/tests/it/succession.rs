//! Going on under another id, and revoking one.

use tazcom_identity::{NodeId, SecretKey};
use tazcom_proto::{
    Content, Draft, Envelope, Hlc, Scope, UnixMillis, VerifiedEnvelope, succession_text,
};
use tazcom_trust::{
    Book, BookError, How, Level, RevocationError, Revoked, Succeeded, SuccessionError,
};

use crate::book::{Disk, book};

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
const DAY: u64 = 24 * 3600 * 1000;

fn key(n: u8) -> SecretKey {
    SecretKey::from_seed([n; 32])
}

fn id(n: u8) -> NodeId {
    key(n).node_id()
}

fn said(author: &SecretKey, created: UnixMillis, content: Content) -> VerifiedEnvelope {
    let hlc = Hlc {
        millis: created,
        counter: 0,
    };
    let draft = Draft::new(Scope::Mesh, content, hlc, created);
    let signed = draft.sign(author).expect("a good draft");
    let read = Envelope::decode(signed.bytes().clone()).expect("it was encoded");
    read.verify().expect("it was signed")
}

fn succession_at(created: UnixMillis, from: u8, to: u8) -> VerifiedEnvelope {
    let next = key(to);
    let signature = next.sign(&succession_text(&id(from), &next.node_id()));
    let next = next.node_id();
    said(&key(from), created, Content::Succession { next, signature })
}

fn succession(from: u8, to: u8) -> VerifiedEnvelope {
    succession_at(NOW, from, to)
}

fn revocation(of: u8) -> VerifiedEnvelope {
    said(&key(of), NOW, Content::Revocation)
}

fn knowing(known: &[u8]) -> Book {
    let mut book = book();
    for n in known {
        book.met(NOW, id(*n)).expect("there is room");
    }
    book
}

#[test]
fn a_known_id_may_name_the_one_it_goes_on_under() {
    let mut book = knowing(&[1]);
    let succeeded = Succeeded {
        previous: id(1),
        next: id(2),
        level: Level::Known,
        first: true,
    };
    assert_eq!(book.succession(NOW, &succession(1, 2)), Ok(succeeded));
    assert_eq!(book.successor(&id(1)), Some(id(2)));
    assert_eq!(book.level(&id(2)), Level::Known);
    let again = Succeeded {
        first: false,
        ..succeeded
    };
    assert_eq!(book.succession(NOW, &succession(1, 2)), Ok(again));
}

#[test]
fn a_succession_verifies_nobody() {
    let mut book = knowing(&[1]);
    book.verify(NOW, id(1), How::Emoji).unwrap();
    book.succession(NOW, &succession(1, 2)).unwrap();
    assert_eq!(book.level(&id(2)), Level::Known);
    let mut book = knowing(&[1]);
    book.verify(NOW, id(1), How::Emoji).unwrap();
    book.verify(NOW, id(2), How::Emoji).unwrap();
    let succeeded = book.succession(NOW, &succession(1, 2)).unwrap();
    assert_eq!(succeeded.level, Level::Verified);
}

#[test]
fn a_block_goes_along() {
    let mut book = knowing(&[1]);
    book.block(NOW, id(1)).unwrap();
    let succeeded = book.succession(NOW, &succession(1, 2)).unwrap();
    assert_eq!(succeeded.level, Level::Blocked);
}

#[test]
fn an_id_that_nobody_knows_names_nobody() {
    let mut book = knowing(&[]);
    let refused = book.succession(NOW, &succession(1, 2));
    assert_eq!(refused, Err(SuccessionError::Unknown));
    assert_eq!(book.level(&id(2)), Level::New);
}

#[test]
fn a_new_id_that_did_not_agree_is_not_followed() {
    let mut book = knowing(&[1]);
    // Signed by the one who names, for another pair, and in the other direction.
    for signature in [
        key(1).sign(&succession_text(&id(1), &id(2))),
        key(2).sign(&succession_text(&id(3), &id(2))),
        key(2).sign(&succession_text(&id(2), &id(1))),
        key(2).sign(b""),
    ] {
        let next = id(2);
        let envelope = said(&key(1), NOW, Content::Succession { next, signature });
        assert_eq!(
            book.succession(NOW, &envelope),
            Err(SuccessionError::Unsigned)
        );
    }
    assert_eq!(book.level(&id(2)), Level::New);
    assert_eq!(book.person(&id(1)).unwrap().successor, None);
}

#[test]
fn a_succession_is_believed_for_thirty_days_and_no_longer() {
    let old = succession_at(UnixMillis(NOW.0 - 30 * DAY), 1, 2);
    assert!(knowing(&[1]).succession(NOW, &old).is_ok());
    let older = succession_at(UnixMillis(NOW.0 - 30 * DAY - 1), 1, 2);
    let refused = knowing(&[1]).succession(NOW, &older);
    assert_eq!(refused, Err(SuccessionError::TooOld));
}

#[test]
fn a_succession_of_the_day_after_tomorrow_is_refused() {
    let ahead = succession_at(UnixMillis(NOW.0 + DAY), 1, 2);
    assert!(knowing(&[1]).succession(NOW, &ahead).is_ok());
    let further = succession_at(UnixMillis(NOW.0 + DAY + 1), 1, 2);
    let refused = knowing(&[1]).succession(NOW, &further);
    assert_eq!(refused, Err(SuccessionError::Future));
}

#[test]
fn circles_are_refused() {
    let mut book = knowing(&[1, 2, 3]);
    assert_eq!(
        book.succession(NOW, &succession(1, 1)),
        Err(SuccessionError::Loop)
    );
    book.succession(NOW, &succession(1, 2)).unwrap();
    book.succession(NOW, &succession(2, 3)).unwrap();
    assert_eq!(
        book.succession(NOW, &succession(2, 1)).unwrap_err(),
        SuccessionError::Fork {
            before: Some(id(3)),
            now: id(1)
        }
    );
    let mut book = knowing(&[1, 2, 3]);
    book.succession(NOW, &succession(1, 2)).unwrap();
    book.succession(NOW, &succession(2, 3)).unwrap();
    assert_eq!(
        book.succession(NOW, &succession(3, 1)),
        Err(SuccessionError::Loop)
    );
}

#[test]
fn a_chain_of_sixteen_is_followed_and_no_longer_one() {
    let mut book = knowing(&[1]);
    for n in 1..16 {
        book.succession(NOW, &succession(n, n + 1)).unwrap();
    }
    assert_eq!(
        book.succession(NOW, &succession(16, 17)),
        Err(SuccessionError::Loop)
    );
}

#[test]
fn of_two_successors_neither_is_followed() {
    let mut book = knowing(&[1]);
    book.succession(NOW, &succession(1, 2)).unwrap();
    let fork = SuccessionError::Fork {
        before: Some(id(2)),
        now: id(3),
    };
    assert_eq!(book.succession(NOW, &succession(1, 3)), Err(fork));
    let person = book.person(&id(1)).unwrap();
    assert!(person.forked);
    assert_eq!(person.successor, None);
    assert_eq!(
        book.level(&id(2)),
        Level::New,
        "it was known from having been named only"
    );
    assert_eq!(book.level(&id(3)), Level::New);
    // Not even the first, said once more.
    let again = book.succession(NOW, &succession(1, 2)).unwrap_err();
    assert!(matches!(again, SuccessionError::Fork { before: None, .. }));
}

#[test]
fn a_fork_takes_nobody_away_who_is_known_of_itself() {
    let mut book = knowing(&[1]);
    book.succession(NOW, &succession(1, 2)).unwrap();
    book.met(NOW, id(2)).unwrap();
    book.succession(NOW, &succession(1, 3)).unwrap_err();
    assert_eq!(book.level(&id(2)), Level::Known);
}

#[test]
fn a_fork_takes_away_whoever_was_named_along_the_way() {
    let mut book = knowing(&[1]);
    book.succession(NOW, &succession(1, 2)).unwrap();
    book.succession(NOW, &succession(2, 3)).unwrap();
    book.succession(NOW, &succession(3, 4)).unwrap();
    book.verify(NOW, id(4), How::Emoji).unwrap();
    book.succession(NOW, &succession(1, 5)).unwrap_err();
    let levels = [2, 3, 4].map(|n| book.level(&id(n)));
    assert_eq!(levels, [Level::New, Level::New, Level::Verified]);
}

#[test]
fn a_full_book_says_so() {
    let mut book = book();
    let most = u32::try_from(Book::MAX).unwrap();
    book.verify(NOW, id(1), How::Code).unwrap();
    for n in 1..most {
        let mut bytes = [0x22; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        book.verify(NOW, NodeId::from_bytes(bytes), How::Code)
            .unwrap();
    }
    let refused = book.succession(NOW, &succession(1, 2));
    assert_eq!(refused, Err(SuccessionError::Book(BookError::Full)));
    assert_eq!(book.person(&id(1)).unwrap().successor, None);
}

#[test]
fn ones_own_id_neither_names_nor_is_named() {
    let me = id(9);
    let mut book = Book::restore(me, []).unwrap();
    book.met(NOW, id(1)).unwrap();
    assert_eq!(
        book.succession(NOW, &succession(9, 1)),
        Err(SuccessionError::Own)
    );
    assert_eq!(
        book.succession(NOW, &succession(1, 9)),
        Err(SuccessionError::Own)
    );
}

#[test]
fn a_revocation_is_final() {
    let mut book = knowing(&[1]);
    book.verify(NOW, id(1), How::Emoji).unwrap();
    let revoked = Revoked {
        id: id(1),
        was: Level::Verified,
        first: true,
    };
    assert_eq!(book.revocation(NOW, &revocation(1)), Ok(revoked));
    assert!(book.is_revoked(&id(1)));
    assert_eq!(book.level(&id(1)), Level::Known);
    assert!(!book.revocation(NOW, &revocation(1)).unwrap().first);
    assert_eq!(book.verify(NOW, id(1), How::Emoji), Err(BookError::Revoked));
    assert_eq!(
        book.succession(NOW, &succession(1, 2)),
        Err(SuccessionError::Revoked)
    );
    book.met(NOW, id(1)).unwrap();
    book.block(NOW, id(1)).unwrap();
    book.unblock(&id(1));
    book.unverify(&id(1));
    assert!(book.is_revoked(&id(1)));
}

#[test]
fn nobody_goes_on_under_a_revoked_id() {
    let mut book = knowing(&[1]);
    book.revocation(NOW, &revocation(2)).unwrap();
    assert_eq!(
        book.succession(NOW, &succession(1, 2)),
        Err(SuccessionError::Revoked)
    );
}

#[test]
fn a_stranger_that_was_revoked_is_known_as_revoked_when_it_comes() {
    let mut book = knowing(&[]);
    book.revocation(NOW, &revocation(1)).unwrap();
    assert_eq!(book.level(&id(1)), Level::New);
    book.met(NOW, id(1)).unwrap();
    assert!(book.is_revoked(&id(1)));
}

#[test]
fn one_revoked_stranger_more_than_are_remembered_forgets_the_first() {
    let mut book = knowing(&[]);
    let stranger = |n: u16| {
        let mut seed = [0x33; 32];
        seed[..2].copy_from_slice(&n.to_be_bytes());
        SecretKey::from_seed(seed)
    };
    let most = u16::try_from(Book::MAX_REVOKED_STRANGERS).unwrap();
    for n in 0..=most {
        let now = UnixMillis(NOW.0 + u64::from(n));
        let revoked = said(&stranger(n), NOW, Content::Revocation);
        book.revocation(now, &revoked).unwrap();
        if n == most - 1 {
            assert!(book.is_revoked(&stranger(0).node_id()));
        }
    }
    assert!(!book.is_revoked(&stranger(0).node_id()));
    assert!(book.is_revoked(&stranger(1).node_id()));
    assert!(book.is_revoked(&stranger(most).node_id()));
}

#[test]
fn ones_own_revocation_is_remembered() {
    let me = id(9);
    let mut book = Book::restore(me, []).unwrap();
    assert!(book.revocation(NOW, &revocation(9)).unwrap().first);
    assert!(book.is_revoked(&me));
    let rows = book.take_rows();
    assert_eq!(rows.len(), 1);
    assert!(Book::restore(me, rows).unwrap().is_revoked(&me));
}

#[test]
fn something_else_that_was_said_changes_nothing() {
    let mut book = knowing(&[1]);
    let name = said(&key(1), NOW, Content::Profile { name: "ana".into() });
    assert_eq!(book.succession(NOW, &name), Err(SuccessionError::Other));
    assert_eq!(book.revocation(NOW, &name), Err(RevocationError::Other));
}

#[test]
fn what_was_decided_is_there_after_a_restart() {
    let (mut book, mut disk) = (knowing(&[1, 5]), Disk::default());
    book.succession(NOW, &succession(1, 2)).unwrap();
    book.revocation(NOW, &revocation(5)).unwrap();
    book.revocation(NOW, &revocation(6)).unwrap();
    disk.write(book.take_rows());
    let mut book = disk.book();
    assert!(book.is_revoked(&id(5)) && book.is_revoked(&id(6)));
    assert_eq!(book.person(&id(1)).unwrap().successor, Some(id(2)));
    // That the second is known from having been named only is remembered, too.
    book.succession(NOW, &succession(1, 3)).unwrap_err();
    assert_eq!(book.level(&id(2)), Level::New);
    disk.write(book.take_rows());
    assert!(disk.book().person(&id(1)).unwrap().forked);
    assert_eq!(disk.book().level(&id(2)), Level::New);
}
