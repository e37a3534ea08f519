//! The DNS names of the service, fixed by the protocol, and how a foreign name is recognised.
//!
//! Names from the network never grow our state: an instance is remembered by its eight-character
//! short id, and the name of a host only as long as an instance stands on it.

use std::cmp::Ordering;
use std::fmt;

use tazcom_identity::NodeId;

/// Labels of the service type `_tazcom._tcp.local.`
pub(crate) const SERVICE: [&[u8]; 3] = [b"_tazcom", b"_tcp", b"local"];

/// Labels of the service type enumeration name (RFC 6763 section 9).
pub(crate) const META: [&[u8]; 4] = [b"_services", b"_dns-sd", b"_udp", b"local"];

/// Every instance label is this and the short id.
pub(crate) const INSTANCE_PREFIX: &[u8] = b"TAZCOM Node ";

/// Length of a short id, in bytes.
pub(crate) const SHORT_LEN: usize = 8;

/// The longest name in wire form, in bytes (RFC 1035 section 2.3.4).
pub(crate) const MAX_NAME_LEN: usize = 255;

/// What an instance is remembered by: its short id as it was written, compared without regard to
/// case as all DNS names are (RFC 6762 section 16).
#[derive(Clone, Copy)]
pub(crate) struct InstanceKey {
    written: [u8; SHORT_LEN],
    folded: u64,
}

impl InstanceKey {
    fn new(written: [u8; SHORT_LEN]) -> Self {
        let folded = u64::from_be_bytes(written.map(|byte| byte.to_ascii_lowercase()));
        Self { written, folded }
    }

    /// The key of a node's own instance.
    pub(crate) fn of(id: &NodeId) -> Self {
        let mut written = [0; SHORT_LEN];
        for (to, from) in written.iter_mut().zip(id.short().as_str().bytes()) {
            *to = from;
        }
        Self::new(written)
    }

    /// The key in an instance label, unless the label is not one of ours.
    pub(crate) fn from_label(label: &[u8]) -> Option<Self> {
        let (prefix, short) = label.split_at_checked(INSTANCE_PREFIX.len())?;
        let written: [u8; SHORT_LEN] = short.try_into().ok()?;
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let ours = prefix.eq_ignore_ascii_case(INSTANCE_PREFIX) && written.iter().all(is_base64url);
        ours.then(|| Self::new(written))
    }

    /// The short id as it was written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.written
    }

    /// The whole label: `TAZCOM Node <short>`.
    pub(crate) fn label(&self) -> Vec<u8> {
        [INSTANCE_PREFIX, &self.written].concat()
    }
}

impl PartialEq for InstanceKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for InstanceKey {}

impl PartialOrd for InstanceKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InstanceKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl fmt::Debug for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.written))
    }
}

/// The host name of a node: `tazcom-<short>.local.`
pub(crate) fn host_name(id: &NodeId) -> HostName {
    let label = format!("tazcom-{}", id.short());
    HostName::from_labels([label.as_bytes(), b"local"])
}

/// A host name as it stands in an SRV record or owns an address: labels as they were written,
/// compared without regard to case, at most [`MAX_NAME_LEN`] bytes.
#[derive(Clone)]
pub(crate) struct HostName {
    wire: Box<[u8]>,
    /// Of the folded bytes: names that differ here need no further comparison.
    hash: u32,
}

impl HostName {
    /// Joins labels, each at most 63 bytes as the parser guarantees.
    pub(crate) fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut bytes = Vec::with_capacity(24);
        for label in labels {
            bytes.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(label);
        }
        bytes.truncate(MAX_NAME_LEN);
        // FNV-1a. A collision costs a comparison, nothing else.
        let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
        });
        Self {
            wire: bytes.into_boxed_slice(),
            hash,
        }
    }

    /// The labels in order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.wire;
        std::iter::from_fn(move || {
            let (&len, tail) = rest.split_first()?;
            let (label, tail) = tail.split_at_checked(usize::from(len))?;
            rest = tail;
            Some(label)
        })
    }
}

impl PartialEq for HostName {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.wire.eq_ignore_ascii_case(&other.wire)
    }
}

impl Eq for HostName {}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in self.labels() {
            write!(f, "{}.", label.escape_ascii())?;
        }
        Ok(())
    }
}

/// An owner name, as far as we care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `_tazcom._tcp.local.`
    Service,
    /// `_services._dns-sd._udp.local.`
    Meta,
    /// `TAZCOM Node <short>._tazcom._tcp.local.`
    Instance(InstanceKey),
    /// An instance of our service with any other label: refused, and counted.
    ForeignInstance,
    /// A single label below `local.`, or any other name a host may have.
    Host(HostName),
}

impl Name {
    /// Recognises a name by its labels.
    pub(crate) fn from_labels(labels: &[&[u8]]) -> Self {
        if eq_labels(labels, &SERVICE) {
            return Self::Service;
        }
        if eq_labels(labels, &META) {
            return Self::Meta;
        }
        if let Some((first, rest)) = labels.split_first()
            && eq_labels(rest, &SERVICE)
        {
            return InstanceKey::from_label(first).map_or(Self::ForeignInstance, Self::Instance);
        }
        Self::Host(HostName::from_labels(labels.iter().copied()))
    }
}

fn eq_labels(a: &[&[u8]], b: &[&[u8]]) -> bool {
    // From the left: the first labels differ soonest.
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_without_regard_to_case() {
        assert_eq!(
            Name::from_labels(&[b"_TAZCOM", b"_Tcp", b"LOCAL"]),
            Name::Service
        );
        let a = Name::from_labels(&[b"TAZCOM Node AbCd-_12", b"_tazcom", b"_tcp", b"local"]);
        let b = Name::from_labels(&[b"tazcom node aBcD-_12", b"_tazcom", b"_tcp", b"local"]);
        assert!(matches!(a, Name::Instance(_)));
        assert_eq!(a, b);
    }

    #[test]
    fn an_instance_label_of_another_form_is_foreign() {
        for label in [
            &b"TAZCOM Node short"[..],
            b"TAZCOM Node 123456789",
            b"TAZCOM Node 1234567 ",
            b"Printer",
            b"",
        ] {
            let name = Name::from_labels(&[label, b"_tazcom", b"_tcp", b"local"]);
            assert_eq!(name, Name::ForeignInstance, "{}", label.escape_ascii());
        }
    }

    #[test]
    fn a_host_name_keeps_its_labels() {
        let host = HostName::from_labels([&b"My.Host"[..], b"local"]);
        assert_eq!(
            host.labels().collect::<Vec<_>>(),
            [&b"My.Host"[..], b"local"]
        );
        assert_eq!(host, HostName::from_labels([&b"my.host"[..], b"LOCAL"]));
    }
}
