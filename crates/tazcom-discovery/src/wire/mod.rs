//! DNS messages: bytes to what the engine understands, and back.
//!
//! This module alone names `simple-dns`; none of its types leave it.

mod build;
mod parse;
mod query;

use std::net::{Ipv4Addr, Ipv6Addr};

pub use build::{HOST_TTL, LEGACY_TTL, OTHER_TTL};
pub(crate) use build::{OwnRecords, Records, Section};
pub(crate) use parse::{is_continuation, mentions, parse};
#[cfg(feature = "simple-mdns")]
pub(crate) use parse::{port, version};
pub(crate) use query::QueryBuilder;

use crate::names::{HostName, InstanceKey, Name};

/// The largest message we read, in bytes: what an Ethernet jumbo frame carries
/// (RFC 6762 section 17).
pub const MAX_MESSAGE_LEN: usize = 9000;

/// The largest message we send, in bytes: a 1500-byte Ethernet frame less the IPv6 and UDP headers.
pub const MAX_SENT_LEN: usize = 1452;

/// A parsed DNS message, reduced to what concerns our service.
#[derive(Debug)]
pub(crate) struct Message {
    /// The header's id, echoed to legacy resolvers only.
    pub(crate) id: u16,
    /// A response, else a query.
    pub(crate) response: bool,
    /// The TC bit: in a query, more known answers follow (RFC 6762 section 7.2).
    pub(crate) truncated: bool,
    /// What is asked.
    pub(crate) questions: Vec<Question>,
    /// Answers, and for a response the additional records too.
    pub(crate) answers: Vec<Record>,
    /// The authority section: in a query it marks a probe (RFC 6762 section 8.2).
    pub(crate) authority: Vec<Record>,
    /// Instances of our service whose label is of another form, seen in the answers.
    pub(crate) foreign_instances: u32,
}

/// One question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// About whom.
    pub(crate) name: Name,
    /// About what.
    pub(crate) kind: QuestionKind,
    /// The QU bit: a unicast answer will do (RFC 6762 section 5.4).
    pub(crate) unicast: bool,
}

/// The types of record we can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuestionKind {
    /// PTR.
    Ptr,
    /// SRV.
    Srv,
    /// TXT.
    Txt,
    /// A.
    A,
    /// AAAA.
    Aaaa,
    /// ANY.
    Any,
    /// A type none of our names has: answered with NSEC where the name is ours.
    Other,
}

/// One resource record that concerns us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its owner.
    pub(crate) name: Name,
    /// Its time to live in seconds, as sent.
    pub(crate) ttl: u32,
    /// The cache-flush bit (RFC 6762 section 10.2).
    pub(crate) flush: bool,
    /// Its content.
    pub(crate) data: Data,
}

impl Record {
    /// The instance it is about, if it is about one.
    pub(crate) fn instance(&self) -> Option<&InstanceKey> {
        match (&self.name, &self.data) {
            (_, Data::Ptr(Name::Instance(key))) | (Name::Instance(key), _) => Some(key),
            _ => None,
        }
    }
}

/// The content of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// An instance of the service.
    Ptr(Name),
    /// Where an instance is.
    Srv {
        /// The TCP port.
        port: u16,
        /// The host.
        host: HostName,
    },
    /// What an instance says of itself.
    Txt(Txt),
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
}

/// The TXT attributes we know, each absent when missing or not of its form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Txt {
    /// `id`: the node id.
    pub(crate) id: Option<tazcom_identity::NodeId>,
    /// `version`: printable ASCII, at most [`MAX_VERSION_LEN`] bytes.
    pub(crate) version: Option<String>,
    /// `p`: the TCP port.
    pub(crate) port: Option<u16>,
    /// `tz=2`: speaks sessions.
    pub(crate) sessions: bool,
}

/// The longest `version` we keep, in bytes.
pub const MAX_VERSION_LEN: usize = 32;

/// Why a packet is not for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    /// More than [`MAX_MESSAGE_LEN`] bytes.
    #[error("longer than {MAX_MESSAGE_LEN} bytes")]
    TooLong,
    /// The header promises more entries than the bytes can hold.
    #[error("the header counts more entries than the message can hold")]
    Counts,
    /// Another operation than a standard query, or an error code (RFC 6762 section 18).
    #[error("not a standard query or its response")]
    Opcode,
    /// Not a DNS message.
    #[error("malformed")]
    Malformed,
}
