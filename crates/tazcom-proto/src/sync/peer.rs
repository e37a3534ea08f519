//! A peer that somebody tells of.

use std::net::{IpAddr, SocketAddr};

use tazcom_identity::NodeId;

use crate::cbor::{self, CborError, Reader};
use crate::limits::MAX_TOLD_ADDRESSES;
use crate::payload::{self, PayloadError};

/// A peer, and where somebody says that it can be met. A hint: who is there is proven by a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldPeer {
    /// Who.
    pub id: NodeId,
    /// Where: up to [`MAX_TOLD_ADDRESSES`].
    pub addresses: Vec<SocketAddr>,
}

impl ToldPeer {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        cbor::put_array(out, 2);
        cbor::put_bytes(out, self.id.as_bytes());
        cbor::put_array(out, self.addresses.len());
        for address in &self.addresses {
            cbor::put_array(out, 2);
            match address.ip() {
                IpAddr::V4(ip) => cbor::put_bytes(out, &ip.octets()),
                IpAddr::V6(ip) => cbor::put_bytes(out, &ip.octets()),
            }
            cbor::put_uint(out, u64::from(address.port()));
        }
    }

    pub(super) fn decode(value: &mut Reader<'_>) -> Result<Self, PayloadError> {
        payload::tuple(value, 2)?;
        Ok(Self {
            id: payload::node_id(value)?,
            addresses: payload::list(value, "addresses", MAX_TOLD_ADDRESSES, address)?,
        })
    }
}

/// Without the interface of a link-local one, which means something to the one that tells it only.
fn address(value: &mut Reader<'_>) -> Result<SocketAddr, PayloadError> {
    payload::tuple(value, 2)?;
    let octets = value.bytes()?;
    let ip: IpAddr = match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
        (Ok(v4), _) => v4.into(),
        (_, Ok(v6)) => v6.into(),
        _ => return Err(CborError::Range.into()),
    };
    Ok(SocketAddr::new(ip, payload::short(value)?))
}
