//! Two nodes that know each other, and a third machine that speaks in the name of one.

use std::net::Ipv4Addr;
use std::time::Duration;

use simple_dns::rdata::{PTR, RData};
use simple_dns::{CLASS, Name, Packet, Question, ResourceRecord, TYPE};
use tazcom_discovery::Event;
use tazcom_discovery::engine::MDNS_PORT;
use tazcom_identity::NodeId;
use tazcom_testkit::{Seed, fixed_id};

use crate::victim::{Announcement, Victim, from};

/// What nodes 0 (the one spoken for) and 1 (the one that is to believe it) hear of each other.
struct Duel {
    spoken_for: Victim,
    observer: Victim,
}

impl Duel {
    fn settled() -> Self {
        let mut duel = Self {
            spoken_for: Victim::start_as(Seed(1), 0, [10, 0, 0, 1]),
            observer: Victim::start_as(Seed(2), 1, [10, 0, 0, 2]),
        };
        duel.run_for(Duration::from_secs(60));
        assert!(duel.is_seen());
        duel.spoken_for.events.clear();
        duel
    }

    fn id() -> NodeId {
        fixed_id(0)
    }

    fn is_seen(&self) -> bool {
        self.observer.sees(Self::id())
    }

    fn exchange(&mut self) {
        loop {
            let said = std::mem::take(&mut self.spoken_for.sent);
            let answered = std::mem::take(&mut self.observer.sent);
            if said.is_empty() && answered.is_empty() {
                return;
            }
            for packet in said {
                self.observer.receive(from([10, 0, 0, 1]), &packet);
            }
            for packet in answered {
                self.spoken_for.receive(from([10, 0, 0, 2]), &packet);
            }
        }
    }

    fn run_for(&mut self, time: Duration) {
        self.exchange();
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(Duration::from_millis(50));
            self.spoken_for.run_for(step);
            self.observer.run_for(step);
            self.exchange();
            left -= step;
        }
    }

    /// The third machine multicasts.
    fn forge(&mut self, packet: &[u8]) {
        self.spoken_for.receive(from([10, 0, 66, 6]), packet);
        self.observer.receive(from([10, 0, 66, 6]), packet);
        self.exchange();
    }
}

/// Of an announcement in the first node's name, the records of these types.
fn only(announcement: &Announcement, kinds: &[TYPE]) -> Vec<u8> {
    let bytes = announcement.packet();
    let mut packet = Packet::parse(&bytes).unwrap();
    packet
        .answers
        .retain(|record| kinds.contains(&record.rdata.type_code()));
    packet.build_bytes_vec_compressed().unwrap()
}

fn forged() -> Announcement {
    Announcement::of(Duel::id(), Ipv4Addr::new(10, 0, 0, 1))
}

#[test]
fn goodbyes_in_our_name_do_not_hide_us_however_they_are_timed() {
    for gap in [50, 120, 300, 500, 900, 1100, 3000] {
        let mut duel = Duel::settled();
        let mut goodbye = forged();
        goodbye.ttl = 0;
        for _ in 0..3 {
            duel.forge(&goodbye.packet());
            duel.run_for(Duration::from_millis(gap));
        }
        duel.run_for(Duration::from_secs(5));
        assert!(duel.is_seen(), "{gap} ms apart");
    }
}

#[test]
fn a_record_of_ours_that_is_about_to_run_out_is_renewed() {
    let mut duel = Duel::settled();
    let mut brief = forged();
    brief.ttl = 1;
    duel.forge(&only(&brief, &[TYPE::SRV]));
    duel.run_for(Duration::from_secs(30));
    assert!(duel.is_seen());
}

#[test]
fn another_place_in_our_name_is_contradicted_each_time() {
    let mut duel = Duel::settled();
    for _ in 0..3 {
        let mut elsewhere = forged();
        elsewhere.host = Some("nowhere.local".to_owned());
        duel.forge(&only(&elsewhere, &[TYPE::SRV]));
        duel.run_for(Duration::from_secs(2));
    }
    duel.run_for(Duration::from_secs(60));
    assert!(duel.is_seen());
    let conflict = |event: &Event| matches!(event, Event::IdentityConflict { .. });
    assert!(duel.spoken_for.events.iter().any(conflict));
}

#[test]
fn another_description_in_our_name_is_a_conflict() {
    let mut duel = Duel::settled();
    let mut described = forged();
    described.txt_port = "9".to_owned();
    duel.forge(&only(&described, &[TYPE::TXT]));
    duel.run_for(Duration::from_secs(2));
    let conflict = |event: &Event| matches!(event, Event::IdentityConflict { .. });
    assert!(duel.spoken_for.events.iter().any(conflict));
    assert!(duel.is_seen());
}

#[test]
fn what_one_process_knows_does_not_cancel_the_answer_to_another_at_its_address() {
    let mut node = Victim::start(Seed(1));
    node.run_for(Duration::from_secs(40));
    node.sent.clear();
    let service = Name::new_unchecked("_tazcom._tcp.local");
    let mut query = Packet::new_query(0);
    let question = Question::new(service.clone(), TYPE::PTR.into(), CLASS::IN.into(), false);
    query.questions.push(question);
    let knows_nobody = query.build_bytes_vec_compressed().unwrap();
    let instance = format!("TAZCOM Node {}._tazcom._tcp.local", fixed_id(0).short());
    let data = RData::PTR(PTR(Name::new_unchecked(&instance)));
    let known = ResourceRecord::new(service, CLASS::IN, 4500, data);
    query.answers.push(known);
    let knows_us = query.build_bytes_vec_compressed().unwrap();

    let neighbour = (Ipv4Addr::new(10, 0, 0, 2), MDNS_PORT);
    node.receive(neighbour, &knows_nobody);
    node.receive(neighbour, &knows_us);
    node.run_for(Duration::from_millis(500));
    assert_eq!(node.sent.len(), 1);
}
