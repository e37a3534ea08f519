//! Announcements that lie, one at a time.

use std::net::Ipv4Addr;
use std::time::Duration;

use simple_dns::{CLASS, Name, Packet, PacketFlag};
use tazcom_testkit::{Seed, fixed_id};

use crate::victim::{Announcement, Victim, from};

#[test]
fn a_proper_announcement_is_believed() {
    let mut victim = Victim::start(Seed(1));
    let peer = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    victim.receive(from([10, 0, 0, 2]), &Announcement::of(peer, addr).packet());
    assert!(victim.sees(peer));
}

#[test]
fn a_host_that_bears_the_name_of_its_instance_is_a_host() {
    let mut victim = Victim::start(Seed(1));
    let peer = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    let mut announcement = Announcement::of(peer, addr);
    announcement.own_host = true;
    victim.receive(from([10, 0, 0, 2]), &announcement.packet());
    assert!(victim.sees(peer));
}

#[test]
fn an_announcement_that_does_not_fit_is_refused() {
    let id = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    let bend = |change: fn(&mut Announcement)| {
        let mut announcement = Announcement::of(id, addr);
        change(&mut announcement);
        announcement
    };
    let bent = [
        (
            "another's name",
            bend(|a| a.label = "TAZCOM Node AAAAAAAA".to_owned()),
        ),
        ("no such label", bend(|a| a.label = "Printer".to_owned())),
        ("an id too short", bend(|a| a.id.truncate(42))),
        ("an id too long", bend(|a| a.id.push('A'))),
        ("an id of 200 bytes", bend(|a| a.id = "A".repeat(200))),
        ("no id", bend(|a| a.id.clear())),
        (
            "another port in TXT",
            bend(|a| a.txt_port = "7001".to_owned()),
        ),
        (
            "a port with a sign",
            bend(|a| a.txt_port = "+7000".to_owned()),
        ),
        (
            "port 0",
            bend(|a| {
                a.srv_port = 0;
                a.txt_port = "0".to_owned();
            }),
        ),
        (
            "an address off the link",
            bend(|a| a.addr = Ipv4Addr::new(192, 0, 2, 1)),
        ),
        ("loopback", bend(|a| a.addr = Ipv4Addr::LOCALHOST)),
        (
            "a multicast address",
            bend(|a| a.addr = Ipv4Addr::new(224, 0, 0, 251)),
        ),
        ("nowhere", bend(|a| a.addr = Ipv4Addr::UNSPECIFIED)),
        ("everywhere", bend(|a| a.addr = Ipv4Addr::BROADCAST)),
    ];
    for (what, announcement) in bent {
        let mut victim = Victim::start(Seed(1));
        victim.receive(from([10, 0, 0, 2]), &announcement.packet());
        victim.run_for(Duration::from_secs(40));
        assert_eq!(victim.peer_count(), 0, "{what}");
    }
}

#[test]
fn responses_from_another_port_or_from_off_the_link_are_ignored() {
    let id = fixed_id(1);
    let packet = Announcement::of(id, Ipv4Addr::new(10, 0, 0, 2)).packet();
    let mut victim = Victim::start(Seed(1));
    victim.receive((Ipv4Addr::new(10, 0, 0, 2), 40_000), &packet);
    victim.receive(from([192, 0, 2, 7]), &packet);
    assert_eq!(victim.peer_count(), 0);
    assert_eq!(victim.engine.stats().packets_dropped, 2);
}

#[test]
fn a_peer_that_flaps_is_told_of_at_a_limited_rate_and_rightly_in_the_end() {
    let mut victim = Victim::start(Seed(1));
    let id = fixed_id(1);
    let addr = Ipv4Addr::new(10, 0, 0, 2);
    for n in 0..2_000u16 {
        let mut announcement = Announcement::of(id, addr);
        announcement.srv_port = 7000 + n % 2;
        announcement.txt_port = announcement.srv_port.to_string();
        victim.receive(from([10, 0, 0, 2]), &announcement.packet());
    }
    assert!(
        victim.events.len() < 100,
        "{} events at once",
        victim.events.len()
    );
    victim.run_for(Duration::from_secs(1));
    let port = victim.engine.peers().next().map(|peer| peer.port);
    assert_eq!(port, Some(7001));
}

#[test]
fn a_goodbye_in_our_name_is_answered_with_an_announcement() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(10));
    let announcement = victim
        .sent
        .iter()
        .find(|packet| packet.get(2) == Some(&0x84))
        .cloned()
        .unwrap();
    let mut forged = Packet::parse(&announcement).unwrap();
    for record in &mut forged.answers {
        record.ttl = 0;
    }
    let forged = forged.build_bytes_vec_compressed().unwrap();
    victim.sent.clear();
    victim.receive(from([10, 0, 6, 6]), &forged);
    let said = |packet: &Vec<u8>| {
        let packet = Packet::parse(packet).unwrap();
        packet.has_flags(PacketFlag::RESPONSE) && packet.answers.iter().all(|r| r.ttl > 0)
    };
    assert!(victim.sent.iter().any(said));
}

#[test]
fn legacy_queries_are_not_worth_bouncing_off_us() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(10));
    let mut query = Packet::new_query(7);
    query.questions.push(simple_dns::Question::new(
        Name::new_unchecked("_tazcom._tcp.local"),
        simple_dns::TYPE::PTR.into(),
        CLASS::IN.into(),
        false,
    ));
    let query = query.build_bytes_vec().unwrap();
    victim.sent.clear();
    for _ in 0..1_000 {
        victim.receive((Ipv4Addr::new(10, 0, 0, 3), 40_000), &query);
    }
    assert_eq!(victim.sent.len(), 40, "the burst, and not one more");
    let answer = Packet::parse(&victim.sent[0]).unwrap();
    assert_eq!((answer.id(), answer.questions.len()), (7, 1));
    assert!(answer.answers.iter().all(|r| r.ttl <= 10 && !r.cache_flush));
}
