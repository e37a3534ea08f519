//! Reading messages.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, RCODE, TYPE};

use super::{
    Data, MAX_MESSAGE_LEN, MAX_VERSION_LEN, Message, Question, QuestionKind, Record, Txt, WireError,
};
use crate::names::{HostName, InstanceKey, Name};

const HEADER_LEN: usize = 12;
/// A question takes at least a root name, a type and a class.
const MIN_QUESTION_LEN: usize = 5;
/// A record takes at least a root name, type, class, TTL and a length.
const MIN_RECORD_LEN: usize = 11;

/// Parses a datagram.
///
/// # Errors
///
/// [`WireError`]; the datagram is then to be dropped whole.
pub(crate) fn parse(bytes: &[u8]) -> Result<Message, WireError> {
    if bytes.len() > MAX_MESSAGE_LEN {
        return Err(WireError::TooLong);
    }
    check_counts(bytes)?;
    let bytes = without_z_bit(bytes);
    let packet = Packet::parse(&bytes).map_err(|_| WireError::Malformed)?;
    if packet.opcode() != OPCODE::StandardQuery || packet.rcode() != RCODE::NoError {
        return Err(WireError::Opcode);
    }

    let response = packet.has_flags(PacketFlag::RESPONSE);
    let mut message = Message {
        id: packet.id(),
        response,
        truncated: packet.has_flags(PacketFlag::TRUNCATION),
        questions: packet.questions.iter().filter_map(question).collect(),
        answers: Vec::new(),
        authority: packet.name_servers.iter().filter_map(record).collect(),
        foreign_instances: 0,
    };
    message.answers = packet.answers.iter().filter_map(record).collect();
    if response {
        let additional = packet.additional_records.iter().filter_map(record);
        message.answers.extend(additional);
    }
    let before = message.answers.len();
    let foreign = Data::Ptr(Name::ForeignInstance);
    message.answers.retain(|record| record.data != foreign);
    message.foreign_instances = u32::try_from(before - message.answers.len()).unwrap_or(u32::MAX);
    Ok(message)
}

/// Refuses counts that cannot fit, before anything is reserved for them.
fn check_counts(bytes: &[u8]) -> Result<(), WireError> {
    let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
        return Err(WireError::Malformed);
    };
    let count = |at: usize| {
        usize::from(u16::from_be_bytes([
            header.get(at).copied().unwrap_or(0),
            header.get(at + 1).copied().unwrap_or(0),
        ]))
    };
    let least = count(4) * MIN_QUESTION_LEN + (count(6) + count(8) + count(10)) * MIN_RECORD_LEN;
    if least > bytes.len() - HEADER_LEN {
        return Err(WireError::Counts);
    }
    Ok(())
}

/// RFC 6762 section 18.10 has us ignore the Z bit; the parser would refuse the whole packet.
fn without_z_bit(bytes: &[u8]) -> Cow<'_, [u8]> {
    const Z: u8 = 0b0100_0000;
    match bytes.get(3) {
        Some(flags) if flags & Z != 0 => {
            let mut owned = bytes.to_vec();
            if let Some(flags) = owned.get_mut(3) {
                *flags &= !Z;
            }
            Cow::Owned(owned)
        }
        _ => Cow::Borrowed(bytes),
    }
}

fn name(name: &simple_dns::Name<'_>) -> Name {
    let labels = name.get_labels();
    let mut few: [&[u8]; MOST_LABELS] = [&[]; MOST_LABELS];
    let Some(few) = few.get_mut(..labels.len()) else {
        // None of the service's names is that long.
        return Name::Host(host(name));
    };
    for (to, from) in few.iter_mut().zip(labels) {
        *to = from.as_ref();
    }
    Name::from_labels(few)
}

fn host(name: &simple_dns::Name<'_>) -> HostName {
    HostName::from_labels(name.get_labels().iter().map(AsRef::as_ref))
}

/// The labels of an instance name or of the enumeration name: what has more is a host's.
const MOST_LABELS: usize = 4;

/// Whether a datagram can name this instance at all: compression never splits a label, so its
/// text stands somewhere in it.
pub(crate) fn mentions(bytes: &[u8], key: &InstanceKey) -> bool {
    let written = key.written();
    let windows = bytes.windows(written.len());
    windows
        .into_iter()
        .any(|window| window.eq_ignore_ascii_case(written))
}

/// Whether a datagram is a query without a question: known answers to one that came before
/// (RFC 6762 section 7.2). Told without parsing, since a large network sends many.
pub(crate) fn is_continuation(bytes: &[u8]) -> bool {
    const RESPONSE: u8 = 0b1000_0000;
    matches!(bytes, [_, _, flags, _, 0, 0, ..] if flags & RESPONSE == 0)
}

fn question(question: &simple_dns::Question<'_>) -> Option<Question> {
    if !matches!(question.qclass, QCLASS::ANY | QCLASS::CLASS(CLASS::IN)) {
        return None;
    }
    Some(Question {
        name: name(&question.qname),
        kind: match question.qtype {
            QTYPE::TYPE(TYPE::PTR) => QuestionKind::Ptr,
            QTYPE::TYPE(TYPE::SRV) => QuestionKind::Srv,
            QTYPE::TYPE(TYPE::TXT) => QuestionKind::Txt,
            QTYPE::TYPE(TYPE::A) => QuestionKind::A,
            QTYPE::TYPE(TYPE::AAAA) => QuestionKind::Aaaa,
            QTYPE::ANY => QuestionKind::Any,
            _ => QuestionKind::Other,
        },
        unicast: question.unicast_response,
    })
}

fn record(record: &simple_dns::ResourceRecord<'_>) -> Option<Record> {
    if record.class != CLASS::IN {
        return None;
    }
    // Whatever has an address is a host: some libraries put it under the instance's own name.
    let owner = match record.rdata {
        RData::A(_) | RData::AAAA(_) => Name::Host(host(&record.name)),
        _ => name(&record.name),
    };
    let data = match (&owner, &record.rdata) {
        (Name::Service, RData::PTR(ptr)) => Data::Ptr(name(&ptr.0)),
        (Name::Instance(_), RData::SRV(srv)) => Data::Srv {
            port: srv.port,
            host: host(&srv.target),
        },
        (Name::Instance(_), RData::TXT(content)) => Data::Txt(txt(content)),
        (_, RData::A(a)) => Data::A(Ipv4Addr::from_bits(a.address)),
        (_, RData::AAAA(aaaa)) => Data::Aaaa(Ipv6Addr::from_bits(aaaa.address)),
        _ => return None,
    };
    Some(Record {
        name: owner,
        ttl: record.ttl,
        flush: record.cache_flush,
        data,
    })
}

/// The first of a repeated key counts (RFC 6763 section 6.4); keys are compared without case.
fn txt(content: &simple_dns::rdata::TXT<'_>) -> Txt {
    let mut seen = [false; 4];
    let mut txt = Txt::default();
    for (key, value) in content.iter_raw() {
        let Some(slot) = [&b"id"[..], b"version", b"p", b"tz"]
            .iter()
            .position(|known| known.eq_ignore_ascii_case(key))
        else {
            continue;
        };
        if std::mem::replace(&mut seen[slot], true) {
            continue;
        }
        let Some(value) = value.and_then(|value| str::from_utf8(value).ok()) else {
            continue;
        };
        match slot {
            0 => txt.id = value.parse().ok(),
            1 => txt.version = version(value),
            2 => txt.port = port(value),
            _ => txt.sessions = value == "2",
        }
    }
    txt
}

pub(crate) fn version(text: &str) -> Option<String> {
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    (printable && !text.is_empty() && text.len() <= MAX_VERSION_LEN).then(|| text.to_owned())
}

/// A port in plain decimal digits: `u16::from_str` alone would let `+1` through.
pub(crate) fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
