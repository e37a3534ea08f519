//! Writing queries.

use simple_dns::rdata::{PTR, RData};
use simple_dns::{CLASS, Label, Name, Packet, PacketFlag, QTYPE, Question, ResourceRecord, TYPE};

use super::MAX_SENT_LEN;
use super::build::{OwnRecords, Records, Section, encode, fixed, host_to_dns, instance_name};
use crate::names::{HostName, InstanceKey, SERVICE};

/// Builds queries: questions, then as many known answers as fit, split over several packets with
/// the TC bit on all but the last (RFC 6762 section 7.2).
#[derive(Debug, Default)]
pub(crate) struct QueryBuilder {
    questions: Vec<Question<'static>>,
    known: Vec<ResourceRecord<'static>>,
    authority: Vec<ResourceRecord<'static>>,
}

impl QueryBuilder {
    /// Asks who offers the service.
    pub(crate) fn browse(&mut self) {
        self.ask(fixed(&SERVICE), TYPE::PTR);
    }

    /// Asks for records of an instance.
    pub(crate) fn instance(&mut self, key: &InstanceKey, srv: bool, txt: bool) {
        if srv {
            self.ask(instance_name(&key.label()), TYPE::SRV);
        }
        if txt {
            self.ask(instance_name(&key.label()), TYPE::TXT);
        }
    }

    /// Asks for the addresses of a host.
    pub(crate) fn host(&mut self, host: &HostName, ipv4: bool, ipv6: bool) {
        if ipv4 {
            self.ask(host_to_dns(host), TYPE::A);
        }
        if ipv6 {
            self.ask(host_to_dns(host), TYPE::AAAA);
        }
    }

    /// Says that we know this instance already, for `ttl` more seconds.
    pub(crate) fn known(&mut self, key: &InstanceKey, ttl: u32) {
        let data = RData::PTR(PTR(instance_name(&key.label())));
        let record = ResourceRecord::new(fixed(&SERVICE), CLASS::IN, ttl, data);
        self.known.push(record);
    }

    /// Asks whether anybody else uses our names (RFC 6762 section 8.1).
    pub(crate) fn probe(&mut self, own: &OwnRecords<'_>) {
        let any = |name| Question::new(name, QTYPE::ANY, CLASS::IN.into(), false);
        self.questions.push(any(own.instance()));
        let mut srv = own.records(Section::Response, Records::SRV);
        for record in &mut srv {
            // Tentative records carry no cache-flush bit.
            record.cache_flush = false;
        }
        self.authority.append(&mut srv);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// The packets to send, in order, none above [`MAX_SENT_LEN`].
    pub(crate) fn build(self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        let mut packet = Packet::new_query(0);
        packet.name_servers = self.authority;
        let mut len = encode(&packet).len();
        for question in self.questions {
            // Not compressed: an upper bound.
            let labels = question.qname.get_labels().iter();
            let more = labels.map(|label| label.len() + 1).sum::<usize>() + 1 + 4;
            if len + more > MAX_SENT_LEN && !packet.questions.is_empty() {
                packets.push(encode(&packet));
                packet = Packet::new_query(0);
                len = encode(&packet).len();
            }
            len += more;
            packet.questions.push(question);
        }
        len = encode(&packet).len();
        for record in self.known {
            // Every known answer after the first is compressed to the same small size.
            let more = record_len(&record);
            if len + more > MAX_SENT_LEN && !packet.answers.is_empty() {
                packet.set_flags(PacketFlag::TRUNCATION);
                packets.push(encode(&packet));
                packet = Packet::new_query(0);
                len = encode(&packet).len() + SERVICE_NAME_LEN;
            }
            len += more;
            packet.answers.push(record);
        }
        packets.push(encode(&packet));
        packets
    }

    fn ask(&mut self, name: Name<'static>, kind: TYPE) {
        let question = Question::new(name, kind.into(), CLASS::IN.into(), false);
        self.questions.push(question);
    }
}

/// `_tazcom._tcp.local.` written out once in a packet, in bytes.
const SERVICE_NAME_LEN: usize = 20;

/// An upper bound of a known answer's size: pointer, fixed fields, label, pointer.
fn record_len(record: &ResourceRecord<'_>) -> usize {
    let label = match &record.rdata {
        RData::PTR(ptr) => ptr.0.get_labels().first().map_or(0, Label::len),
        _ => 0,
    };
    2 + 10 + 1 + label + 2
}
