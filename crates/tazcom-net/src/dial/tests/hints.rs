//! Peers of which others say where they may be.

use std::time::Duration;

use super::{HOUR, LAN, Lab, addr, id, sighting, source};
use crate::config::Config;
use crate::dial::planner::Input;

impl Lab {
    fn hint(&mut self, n: u16, addrs: &[&str]) {
        self.tell(Input::Hinted(sighting(n, addrs, source(LAN))));
    }
}

#[test]
fn a_hint_is_dialled_three_times_over_and_forgotten() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000", "10.0.0.3:4000"]);
    lab.live(HOUR, |_| false);
    let rounds = Config::lan().dial.hint_rounds.get() as usize;
    assert_eq!(lab.dialled.len(), 2 * rounds);
    assert_eq!(lab.planner.hinted, 0);
    // Told again it has its chance again.
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.live(HOUR, |_| false);
    assert_eq!(lab.dialled.len(), 3 * rounds);
}

#[test]
fn a_hint_that_is_repeated_while_it_is_tried_is_no_news() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000"]);
    for _ in 0..50 {
        lab.live(Duration::from_millis(10), |_| false);
        lab.hint(1, &["10.0.0.2:4000"]);
    }
    assert_eq!(lab.dialled.len(), 1);
}

#[test]
fn an_announcement_takes_the_place_of_a_hint_and_no_hint_that_of_an_announcement() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.see(1, &["10.0.0.3:4000"]);
    assert_eq!(lab.planner.hinted, 0);
    lab.hint(1, &["10.0.0.2:4000"]);
    assert_eq!(lab.planner.hinted, 0);
    lab.live(HOUR, |_| true);
    assert!(
        lab.dialled
            .iter()
            .all(|(_, to)| *to == addr("10.0.0.3:4000"))
    );
}

#[test]
fn a_peer_that_there_is_a_session_with_is_not_dialled_for_a_hint() {
    let mut lab = Lab::new(1);
    lab.tell(Input::Linked(id(1), None));
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.live(HOUR, |_| true);
    assert!(lab.dialled.is_empty());
}

#[test]
fn a_hinted_peer_whose_session_breaks_is_looked_for_a_few_times() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.drain();
    let dial = lab.under_way.remove(0).dial;
    lab.tell(Input::Linked(id(1), Some(dial)));
    lab.live(HOUR, |_| false);
    assert_eq!(lab.dialled.len(), 1);
    lab.tell(Input::Unlinked {
        id: id(1),
        not_before: lab.now,
        lasted: true,
    });
    lab.live(HOUR, |_| false);
    let rounds = Config::lan().dial.hint_rounds.get() as usize;
    assert_eq!(lab.dialled.len(), 1 + rounds);
    assert_eq!(lab.planner.hinted, 0);
}

#[test]
fn so_many_hints_are_kept_and_one_more_is_refused() {
    let mut lab = Lab::new(1);
    let most = u16::try_from(Config::lan().dial.hinted.get()).expect("it is small");
    for n in 1..=most {
        lab.hint(n, &[&format!("10.0.{}.{}:4000", 1 + n / 200, 1 + n % 200)]);
    }
    lab.drain();
    assert_eq!((lab.planner.hinted, lab.refused), (usize::from(most), 0));
    lab.hint(most + 1, &["10.0.9.9:4000"]);
    lab.drain();
    assert_eq!((lab.planner.hinted, lab.refused), (usize::from(most), 1));
}

#[test]
fn a_hint_may_aim_us_at_no_more_than_an_announcement_may() {
    let mut lab = Lab::new(1);
    for (n, aim) in [
        "10.0.0.2:80",
        "10.0.0.2:9100",
        "127.0.0.1:4000",
        "10.0.0.1:5000",
    ]
    .into_iter()
    .enumerate()
    {
        lab.hint(u16::try_from(n).expect("it is small") + 1, &[aim]);
    }
    lab.live(HOUR, |_| true);
    assert!(lab.dialled.is_empty());
    assert_eq!(lab.planner.hinted, 0);
}

#[test]
fn an_announcement_waits_for_the_dial_that_a_hint_has_begun() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.drain();
    assert_eq!(lab.dialled.len(), 1);
    lab.see(1, &["10.0.0.2:4000"]);
    let patience = Config::lan().dial.patience;
    assert_eq!(lab.drain(), Some(lab.now + patience));
    // Nothing came of it.
    let dial = lab.under_way.remove(0).dial;
    lab.tell(Input::Failed(dial));
    lab.live(patience, |_| true);
    assert_eq!(lab.dialled.len(), 2);
}

#[test]
fn an_announcement_of_a_peer_that_a_hint_led_to_is_dialled_no_more() {
    let mut lab = Lab::new(1);
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.drain();
    lab.see(1, &["10.0.0.2:4000"]);
    let dial = lab.under_way.remove(0).dial;
    lab.tell(Input::Linked(id(1), Some(dial)));
    lab.live(HOUR, |_| true);
    assert_eq!(lab.dialled.len(), 1);
}

#[test]
fn what_is_given_by_hand_is_not_dialled_once_more_for_a_hint() {
    let mut lab = Lab::new(1);
    lab.tell(Input::ByHand(addr("10.0.0.2:4000")));
    lab.hint(1, &["10.0.0.2:4000"]);
    lab.live(Duration::from_secs(60), |_| true);
    assert_eq!(lab.dialled.len(), 1);
}
