//! More than a node can want to know.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use simple_dns::rdata::{A, PTR, RData, SRV};
use simple_dns::{CLASS, Name, Packet, Question, ResourceRecord, TYPE};
use tazcom_discovery::engine::MDNS_PORT;
use tazcom_discovery::engine::limits::{
    MAX_INSTANCES, MAX_INSTANCES_PER_SOURCE, MAX_SENT_LEN, UNICAST_ANSWERS,
};
use tazcom_testkit::{Seed, fixed_id};

use crate::victim::{Announcement, Victim, from, resident_bytes};

#[test]
fn a_flood_from_one_address_leaves_a_real_peer_visible() {
    let mut victim = Victim::start(Seed(1));
    let before = resident_bytes();
    for n in 0..20_000u32 {
        let addr = Ipv4Addr::new(10, 0, 6, 6);
        let mut fake = Announcement::of(fixed_id(1000 + n), addr);
        fake.ttl = u32::MAX;
        victim.receive(from([10, 0, 6, 6]), &fake.packet());
        if n % 20 == 0 {
            victim.run_for(Duration::from_millis(50));
        }
    }
    assert!(victim.peer_count() <= usize::try_from(MAX_INSTANCES_PER_SOURCE).unwrap());
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 8 << 20, "{grown} bytes more");
}

#[test]
fn a_flood_from_many_addresses_is_bounded_and_a_newcomer_still_gets_in() {
    let mut victim = Victim::start(Seed(1));
    for n in 0..4_000u32 {
        let addr = Ipv4Addr::from_bits(0x0a00_0100 + n % 100);
        let fake = Announcement::of(fixed_id(1000 + n), addr);
        victim.receive((addr, MDNS_PORT), &fake.packet());
        victim.run_for(Duration::from_millis(50));
    }
    assert!(
        victim.peer_count() <= MAX_INSTANCES,
        "{}",
        victim.peer_count()
    );
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
}

#[test]
fn one_fake_each_from_as_many_addresses_as_there_are_places_does_not_blind() {
    let mut victim = Victim::start(Seed(1));
    for n in 0..u32::try_from(MAX_INSTANCES).unwrap() {
        let addr = Ipv4Addr::from_bits(0x0a00_1000 + n);
        let mut fake = Announcement::of(fixed_id(5000 + n), addr);
        fake.ttl = 4500;
        victim.receive((addr, MDNS_PORT), &fake.packet());
    }
    victim.run_for(Duration::from_secs(60));
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
}

#[test]
fn names_that_come_to_nothing_do_not_use_up_a_real_peers_quota() {
    let mut victim = Victim::start(Seed(1));
    let mut pointers = Packet::new_reply(0);
    for n in 0..MAX_INSTANCES_PER_SOURCE {
        let short = fixed_id(900 + n).short();
        let instance = format!("TAZCOM Node {short}._tazcom._tcp.local");
        let data = RData::PTR(PTR(Name::new_unchecked(&instance)));
        let service = Name::new_unchecked("_tazcom._tcp.local");
        let record = ResourceRecord::new(service, CLASS::IN, 4500, data);
        pointers.answers.push(record.into_owned());
    }
    // Forged to come from the very address of the real peer.
    let pointers = pointers.build_bytes_vec_compressed().unwrap();
    victim.receive(from([10, 0, 0, 2]), &pointers);
    let real = fixed_id(1);
    let packet = Announcement::of(real, Ipv4Addr::new(10, 0, 0, 2)).packet();
    victim.receive(from([10, 0, 0, 2]), &packet);
    assert!(victim.sees(real));
}

#[test]
fn fakes_that_come_and_go_do_not_pile_up() {
    let mut victim = Victim::start(Seed(1));
    let mut ids: Vec<_> = (0..3000).map(|n| fixed_id(100 + n)).collect();
    // Those that come later sort before those that went.
    ids.sort_by_key(|id| std::cmp::Reverse(id.short().as_str().to_ascii_lowercase()));
    let mut most = 0;
    for id in ids {
        let mut fake = Announcement::of(id, Ipv4Addr::new(10, 0, 6, 6));
        victim.receive(from([10, 0, 6, 6]), &fake.packet());
        victim.run_for(Duration::from_millis(50));
        fake.ttl = 0;
        victim.receive(from([10, 0, 6, 6]), &fake.packet());
        most = most.max(victim.peer_count());
    }
    let most_from_one = usize::try_from(MAX_INSTANCES_PER_SOURCE).unwrap();
    assert!(most <= 2 * most_from_one, "{most} peers told of at once");
}

#[test]
fn what_we_send_fits_a_packet_whatever_we_are_told() {
    let mut victim = Victim::start(Seed(1));
    let mut packet = Packet::new_reply(0);
    for n in 0..32 {
        let short = fixed_id(900 + n).short();
        let instance = format!("TAZCOM Node {short}._tazcom._tcp.local");
        let [x, y, z] = ["x", "y", "z"].map(|letter| letter.repeat(60));
        let target = format!("{x}{n:02}.{y}{n:02}.{z}{n:02}.local");
        let srv = SRV {
            priority: 0,
            weight: 0,
            port: 7000,
            target: Name::new_unchecked(&target),
        };
        let instance = Name::new_unchecked(&instance);
        let record = ResourceRecord::new(instance, CLASS::IN, 120, RData::SRV(srv));
        packet.answers.push(record.into_owned());
    }
    victim.receive(
        from([10, 0, 6, 6]),
        &packet.build_bytes_vec_compressed().unwrap(),
    );
    victim.run_for(Duration::from_secs(10));

    let mut query = Packet::new_query(3);
    let others: Vec<String> = (0..400).map(|n| format!("a{n:03}xxxxxxxx.local")).collect();
    let names = others.iter().map(String::as_str);
    for name in std::iter::once("_tazcom._tcp.local").chain(names) {
        let name = Name::new_unchecked(name);
        let question = Question::new(name, TYPE::PTR.into(), CLASS::IN.into(), false);
        query.questions.push(question);
    }
    let query = query.build_bytes_vec_compressed().unwrap();
    victim.receive((Ipv4Addr::new(10, 0, 0, 9), 44_444), &query);

    let longest = victim.sent.iter().map(Vec::len).max();
    assert!(longest.unwrap() <= MAX_SENT_LEN, "{longest:?}");
    assert!(victim.sent.len() > 3);
}

#[test]
fn address_records_beyond_what_a_host_can_have_cost_nothing() {
    let mut victim = Victim::start(Seed(1));
    let peer = fixed_id(1);
    let announcement = Announcement::of(peer, Ipv4Addr::new(10, 0, 0, 2));
    victim.receive(from([10, 0, 0, 2]), &announcement.packet());
    let host = format!("tazcom-{}.local", peer.short());
    let mut packet = Packet::new_reply(0);
    for n in 0..550 {
        let data = RData::A(A {
            address: 0x0a00_2000 + n,
        });
        let record = ResourceRecord::new(Name::new_unchecked(&host), CLASS::IN, 120, data);
        packet.answers.push(record);
    }
    let packet = packet.build_bytes_vec_compressed().unwrap();
    victim.receive(from([10, 0, 6, 6]), &packet);
    let told = victim.engine.peers().next().unwrap();
    assert!(told.addrs.len() <= 8, "{}", told.addrs.len());
    let real = IpAddr::from([10, 0, 0, 2]);
    victim.receive(from([10, 0, 0, 2]), &announcement.packet());
    victim.run_for(Duration::from_secs(3));
    let told = victim.engine.peers().next().unwrap();
    assert!(told.addrs.iter().any(|addr| addr.ip == real));
}

#[test]
fn unicast_questions_are_not_worth_bouncing_off_us() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(10));
    let mut query = Packet::new_query(0);
    let service = Name::new_unchecked("_tazcom._tcp.local");
    let question = Question::new(service, TYPE::PTR.into(), CLASS::IN.into(), true);
    query.questions.push(question);
    let query = query.build_bytes_vec_compressed().unwrap();
    victim.unicast = 0;
    for _ in 0..1_000 {
        victim.receive(from([10, 0, 0, 3]), &query);
        victim.run_for(Duration::from_millis(50));
    }
    let (rate, burst) = UNICAST_ANSWERS;
    assert!(
        victim.unicast <= rate * 50 + burst,
        "{} in 50 s",
        victim.unicast
    );
}

#[test]
fn unicast_questions_do_not_push_out_the_answer_to_all() {
    let mut victim = Victim::start(Seed(1));
    victim.run_for(Duration::from_secs(40));
    victim.sent.clear();
    let mut query = Packet::new_query(0);
    let service = Name::new_unchecked("_tazcom._tcp.local");
    let question = Question::new(service, TYPE::PTR.into(), CLASS::IN.into(), false);
    query.questions.push(question);
    victim.receive(
        from([10, 0, 0, 2]),
        &query.build_bytes_vec_compressed().unwrap(),
    );
    query.questions[0].unicast_response = true;
    let unicast = query.build_bytes_vec_compressed().unwrap();
    victim.unicast = 0;
    for _ in 0..300 {
        victim.receive(from([10, 0, 6, 6]), &unicast);
    }
    victim.run_for(Duration::from_secs(2));
    let all = victim.sent.len() - usize::try_from(victim.unicast).unwrap();
    assert!(all >= 1, "the answer to all was lost");
}
