//! What is told about pretences, and when plain greetings are given.

use super::*;

fn id(n: u8) -> NodeId {
    NodeId::from_bytes([n; 32])
}

fn addr() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 4000))
}

fn modern() -> Modern {
    Modern::new(BTreeSet::from([id(1)]), Duration::from_secs(600))
}

#[test]
fn the_third_pretence_in_ten_minutes_is_told_and_the_next_ones_are_only_counted() {
    let (mut modern, start) = (modern(), Instant::now());
    assert_eq!(modern.pretended(start, id(1), addr()), None);
    assert_eq!(modern.pretended(start, id(1), addr()), None);
    let told = modern.pretended(start, id(1), addr());
    let (id, addr) = (id(1), addr());
    assert_eq!(told, Some(Event::Pretence { id, addr, count: 3 }));
    for _ in 0..5000 {
        assert_eq!(modern.pretended(start, id, addr), None);
    }
    let later = start + WINDOW / 2;
    assert_eq!(modern.pretended(later, id, addr), None);
    let next = modern.pretended(start + WINDOW, id, addr);
    assert_eq!(next, None, "two in the last ten minutes");
    assert!(modern.pretended(start + WINDOW, id, addr).is_some());
}

#[test]
fn one_pretence_in_five_minutes_is_never_told() {
    let (mut modern, start) = (modern(), Instant::now());
    for n in 0..20 {
        let at = start + n * WINDOW / 2;
        assert_eq!(modern.pretended(at, id(1), addr()), None);
    }
}

#[test]
fn an_address_that_answered_in_plain_is_greeted_in_plain_for_ten_minutes() {
    let (mut modern, start) = (modern(), Instant::now());
    assert!(!modern.greets_in_plain(start, Some(id(2)), addr()));
    modern.is_legacy(start, Some(id(2)), addr());
    let just_before = start + Duration::from_secs(599);
    assert!(modern.greets_in_plain(just_before, Some(id(2)), addr()));
    assert!(!modern.greets_in_plain(just_before, Some(id(3)), addr()));
    assert!(!modern.greets_in_plain(start + WINDOW, Some(id(2)), addr()));
}

#[test]
fn whoever_has_proven_itself_is_never_greeted_in_plain_again() {
    let (mut modern, start) = (modern(), Instant::now());
    modern.is_legacy(start, Some(id(1)), addr());
    assert!(!modern.greets_in_plain(start, Some(id(1)), addr()));
    modern.is_legacy(start, Some(id(2)), addr());
    modern.proven(id(2));
    assert!(!modern.greets_in_plain(start, Some(id(2)), addr()));
}

#[test]
fn no_more_is_remembered_than_the_limit() {
    let (mut modern, start) = (modern(), Instant::now());
    for n in 0..3000_u32 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        let id = NodeId::from_bytes(bytes);
        let at = start + Duration::from_millis(n.into());
        assert_eq!(modern.pretended(at, id, addr()), None);
        modern.is_legacy(at, Some(id), addr());
        modern.proven(id);
        assert!(modern.pretences.len() <= MAX_TRACKED && modern.legacy.len() <= MAX_TRACKED);
    }
    assert!(modern.known.len() <= MAX_KNOWN);
}
