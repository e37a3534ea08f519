//! Writing messages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::{BitOr, BitOrAssign};

use simple_dns::rdata::{A, AAAA, NSEC, NsecTypeBitMap, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, Label, Name, Packet, PacketFlag, QTYPE, Question, ResourceRecord, TYPE};

use super::QuestionKind;
use crate::names::{self, HostName, InstanceKey, META, SERVICE};
use crate::service::LocalService;

/// TTL of records that name a host or its address, in seconds (RFC 6762 section 10).
pub const HOST_TTL: u32 = 120;

/// TTL of all other records, in seconds: 75 minutes (RFC 6762 section 10).
pub const OTHER_TTL: u32 = 4500;

/// The longest TTL a legacy resolver is given, in seconds (RFC 6762 section 6.7).
pub const LEGACY_TTL: u32 = 10;

/// A set of our own records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Records(u8);

impl Records {
    pub(crate) const NONE: Self = Self(0);
    /// The service type enumeration answer.
    pub(crate) const META: Self = Self(1);
    /// The shared pointer to our instance.
    pub(crate) const PTR: Self = Self(1 << 1);
    pub(crate) const SRV: Self = Self(1 << 2);
    pub(crate) const TXT: Self = Self(1 << 3);
    /// All A and AAAA records of the interface.
    pub(crate) const ADDRS: Self = Self(1 << 4);
    /// What types our instance name has.
    pub(crate) const NSEC_INSTANCE: Self = Self(1 << 5);
    /// What types our host name has.
    pub(crate) const NSEC_HOST: Self = Self(1 << 6);
    /// What an announcement says.
    pub(crate) const ANNOUNCED: Self =
        Self(Self::PTR.0 | Self::SRV.0 | Self::TXT.0 | Self::ADDRS.0);
    /// Each single record.
    pub(crate) const EACH: [Self; 7] = [
        Self::META,
        Self::PTR,
        Self::SRV,
        Self::TXT,
        Self::ADDRS,
        Self::NSEC_INSTANCE,
        Self::NSEC_HOST,
    ];

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What RFC 6763 section 12 has us add to these answers.
    pub(crate) fn additional(self) -> Self {
        let mut more = Self::NONE;
        if self.contains(Self::PTR) {
            more |= Self::SRV | Self::TXT | Self::ADDRS;
        }
        if self.contains(Self::SRV) {
            more |= Self::ADDRS;
        }
        more.without(self)
    }
}

impl BitOr for Records {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Records {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Which TTLs and flags a message of ours carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// A multicast or unicast response between multicast DNS hosts.
    Response,
    /// A goodbye: TTL 0 (RFC 6762 section 10.1).
    Goodbye,
    /// To a resolver that knows nothing of multicast DNS: its id and questions are echoed, TTLs
    /// are small, the cache-flush bit is clear (RFC 6762 section 6.7).
    Legacy {
        /// The query's id.
        id: u16,
    },
}

/// Our service on one interface, from which every message of ours is written.
#[derive(Debug)]
pub(crate) struct OwnRecords<'a> {
    /// Who we are.
    pub(crate) service: &'a LocalService,
    /// The addresses of that interface and of no other.
    pub(crate) addrs: &'a [IpAddr],
}

impl OwnRecords<'_> {
    /// A response with `answers`, and with `additional` beside them.
    pub(crate) fn response(
        &self,
        section: Section,
        answers: Records,
        additional: Records,
        echo: &[super::Question],
    ) -> Vec<u8> {
        let (id, legacy) = match section {
            Section::Legacy { id } => (id, true),
            Section::Response | Section::Goodbye => (0, false),
        };
        let mut packet = Packet::new_reply(id);
        packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        if legacy {
            let questions = echo.iter().filter_map(|question| self.echo(question));
            packet.questions = questions.collect();
        }
        packet.answers = self.records(section, answers);
        packet.additional_records = self.records(section, additional);
        encode(&packet)
    }

    pub(super) fn records(&self, section: Section, which: Records) -> Vec<ResourceRecord<'static>> {
        let mut records = Vec::new();
        let mut push = |name: Name<'static>, shared: bool, ttl: u32, data: RData<'static>| {
            let (ttl, flush) = match section {
                Section::Response => (ttl, !shared),
                Section::Goodbye => (0, !shared),
                Section::Legacy { .. } => (ttl.min(LEGACY_TTL), false),
            };
            let record = ResourceRecord::new(name, CLASS::IN, ttl, data).with_cache_flush(flush);
            records.push(record);
        };
        if which.contains(Records::META) {
            let data = RData::PTR(PTR(fixed(&SERVICE)));
            push(fixed(&META), true, OTHER_TTL, data);
        }
        if which.contains(Records::PTR) {
            let data = RData::PTR(PTR(self.instance()));
            push(fixed(&SERVICE), true, OTHER_TTL, data);
        }
        if which.contains(Records::SRV) {
            push(self.instance(), false, HOST_TTL, self.srv());
        }
        if which.contains(Records::TXT) {
            push(self.instance(), false, OTHER_TTL, self.txt());
        }
        if which.contains(Records::ADDRS) {
            for addr in self.addrs {
                push(self.host(), false, HOST_TTL, address(*addr));
            }
        }
        if which.contains(Records::NSEC_INSTANCE) {
            let data = nsec(self.instance(), &[TYPE::TXT, TYPE::SRV]);
            push(self.instance(), false, OTHER_TTL, data);
        }
        if which.contains(Records::NSEC_HOST) {
            let mut types = Vec::new();
            if self.addrs.iter().any(IpAddr::is_ipv4) {
                types.push(TYPE::A);
            }
            if self.addrs.iter().any(IpAddr::is_ipv6) {
                types.push(TYPE::AAAA);
            }
            push(self.host(), false, HOST_TTL, nsec(self.host(), &types));
        }
        records
    }

    /// Questions about names that are not ours were not parsed into anything we could echo.
    fn echo(&self, question: &super::Question) -> Option<Question<'static>> {
        let name = match &question.name {
            names::Name::Service => fixed(&SERVICE),
            names::Name::Meta => fixed(&META),
            names::Name::Instance(key) if *key == InstanceKey::of(&self.service.id) => {
                self.instance()
            }
            names::Name::Host(host) if *host == names::host_name(&self.service.id) => self.host(),
            // What we do not answer we do not echo either: it would only make us send more.
            names::Name::Host(_) | names::Name::Instance(_) | names::Name::ForeignInstance => {
                return None;
            }
        };
        let kind = dns_type(question.kind)?;
        Some(Question::new(name, kind, CLASS::IN.into(), false))
    }

    pub(super) fn instance(&self) -> Name<'static> {
        instance_name(&InstanceKey::of(&self.service.id).label())
    }

    fn host(&self) -> Name<'static> {
        host_to_dns(&names::host_name(&self.service.id))
    }

    fn srv(&self) -> RData<'static> {
        RData::SRV(SRV {
            priority: 0,
            weight: 0,
            port: self.service.port,
            target: self.host(),
        })
    }

    fn txt(&self) -> RData<'static> {
        let id = self.service.id.to_string();
        let port = self.service.port.to_string();
        let mut txt = TXT::new();
        for (key, value) in [
            ("id", id.as_str()),
            ("version", self.service.version.as_str()),
            ("p", port.as_str()),
            ("tz", "2"),
        ] {
            // Only a version longer than a TXT string can fail; the peer then sees none.
            let _ = txt.add_attribute(key, Some(value.as_bytes()));
        }
        RData::TXT(txt)
    }
}

pub(super) fn encode(packet: &Packet<'_>) -> Vec<u8> {
    // Writing to memory fails only for names over 255 bytes, and ours are all shorter.
    packet.build_bytes_vec_compressed().unwrap_or_default()
}

pub(super) fn fixed(labels: &[&'static [u8]]) -> Name<'static> {
    let labels: Vec<Label<'static>> = labels.iter().map(|l| Label::new_unchecked(*l)).collect();
    Name::new_with_labels(&labels)
}

fn owned<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Name<'static> {
    let labels: Vec<Label<'static>> = labels.map(|l| Label::new_unchecked(l.to_vec())).collect();
    Name::new_with_labels(&labels)
}

pub(super) fn instance_name(label: &[u8]) -> Name<'static> {
    owned(std::iter::once(label).chain(SERVICE))
}

pub(super) fn host_to_dns(host: &HostName) -> Name<'static> {
    owned(host.labels())
}

fn address(ip: IpAddr) -> RData<'static> {
    match ip {
        IpAddr::V4(ip) => RData::A(A {
            address: Ipv4Addr::to_bits(ip),
        }),
        IpAddr::V6(ip) => RData::AAAA(AAAA {
            address: Ipv6Addr::to_bits(ip),
        }),
    }
}

/// Negative answer: these types and no others (RFC 6762 section 6.1).
fn nsec(name: Name<'static>, types: &[TYPE]) -> RData<'static> {
    let mut bitmap = Vec::new();
    for kind in types {
        let code = usize::from(u16::from(*kind));
        let (byte, bit) = (code / 8, 7 - code % 8);
        if bitmap.len() <= byte {
            bitmap.resize(byte + 1, 0u8);
        }
        if let Some(byte) = bitmap.get_mut(byte) {
            *byte |= 1 << bit;
        }
    }
    let maps = (!bitmap.is_empty()).then(|| NsecTypeBitMap {
        window_block: 0,
        bitmap: bitmap.into(),
    });
    RData::NSEC(NSEC {
        next_name: name,
        type_bit_maps: maps.into_iter().collect(),
    })
}

fn dns_type(kind: QuestionKind) -> Option<QTYPE> {
    Some(match kind {
        QuestionKind::Ptr => TYPE::PTR.into(),
        QuestionKind::Srv => TYPE::SRV.into(),
        QuestionKind::Txt => TYPE::TXT.into(),
        QuestionKind::A => TYPE::A.into(),
        QuestionKind::Aaaa => TYPE::AAAA.into(),
        QuestionKind::Any => QTYPE::ANY,
        QuestionKind::Other => return None,
    })
}
