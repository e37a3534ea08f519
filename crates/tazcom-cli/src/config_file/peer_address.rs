//! A peer given by hand: `HOST:PORT`.

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

/// Where a peer listens, as a person wrote it. Names are looked up when they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeerAddress {
    /// An address.
    Addr(SocketAddr),
    /// A host name and a port.
    Name {
        /// The name.
        host: String,
        /// The port, not 0.
        port: u16,
    },
}

/// Why a text is no [`PeerAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeerAddressError {
    #[error("expected HOST:PORT, such as 192.168.1.20:4711 or laptop.lan:4711")]
    NoPort,
    #[error("the port must be a number from 1 to 65535")]
    BadPort,
    #[error("the host is missing before the port")]
    NoHost,
    #[error("an IPv6 address goes in brackets, such as [fe80::1%2]:4711")]
    NoBrackets,
    #[error("the brackets must hold an IPv6 address, such as [fe80::1%2]:4711")]
    BadIpv6,
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (host, port) = text.rsplit_once(':').ok_or(PeerAddressError::NoPort)?;
        if !host.starts_with('[') && host.contains(':') {
            return Err(PeerAddressError::NoBrackets);
        }
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(PeerAddressError::BadPort),
            Ok(port) => port,
        };
        if host.starts_with('[') {
            let addr: SocketAddrV6 = text.parse().map_err(|_| PeerAddressError::BadIpv6)?;
            return Ok(Self::Addr(addr.into()));
        }
        if host.is_empty() {
            return Err(PeerAddressError::NoHost);
        }
        Ok(match host.parse::<IpAddr>() {
            Ok(ip) => Self::Addr(SocketAddr::new(ip, port)),
            Err(_) => Self::Name {
                host: host.to_owned(),
                port,
            },
        })
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addr(addr) => addr.fmt(f),
            Self::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_are_told_apart() {
        for (text, expected) in [
            ("192.168.1.20:4711", "192.168.1.20:4711"),
            (" [::1]:4711 ", "[::1]:4711"),
            ("[fe80::1%2]:4711", "[fe80::1%2]:4711"),
        ] {
            assert_eq!(
                text.parse(),
                Ok(PeerAddress::Addr(expected.parse().unwrap()))
            );
        }
        assert_eq!(
            "laptop.lan:1".parse(),
            Ok(PeerAddress::Name {
                host: "laptop.lan".to_owned(),
                port: 1
            })
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, error) in [
            ("", PeerAddressError::NoPort),
            ("laptop", PeerAddressError::NoPort),
            (":4711", PeerAddressError::NoHost),
            ("laptop:", PeerAddressError::BadPort),
            ("laptop:0", PeerAddressError::BadPort),
            ("laptop:65536", PeerAddressError::BadPort),
            ("::1:4711", PeerAddressError::NoBrackets),
            ("[::1]", PeerAddressError::BadPort),
            ("[127.0.0.1]:4711", PeerAddressError::BadIpv6),
        ] {
            assert_eq!(text.parse::<PeerAddress>(), Err(error), "{text}");
        }
    }
}
