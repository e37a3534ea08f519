//! One multicast DNS socket: one interface, one family.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use socket2::{Domain, InterfaceIndexOrAddress, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

use crate::engine::{Family, MDNS_PORT};
use crate::interface::Interface;

/// The IPv4 group (RFC 6762 section 3).
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// The IPv6 group (RFC 6762 section 3).
const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// IP TTL and hop limit of every packet (RFC 6762 section 11).
const HOP_LIMIT: u32 = 255;

/// What the kernel may hold for us, in bytes: some 700 packets, for when 200 nodes answer at once.
const RECEIVE_BUFFER: usize = 1 << 20;

/// A socket joined to the group on one interface.
#[derive(Debug)]
pub(super) struct LinkSocket {
    pub(super) socket: UdpSocket,
    group: SocketAddr,
}

impl LinkSocket {
    /// Opens a socket on `interface`.
    pub(super) fn open(interface: &Interface, family: Family) -> io::Result<Self> {
        let (socket, group) = match family {
            Family::V4 => open_v4(interface)?,
            Family::V6 => open_v6(interface)?,
        };
        socket.set_nonblocking(true)?;
        // A smaller buffer than wished for loses packets under load only.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        Ok(Self {
            socket: UdpSocket::from_std(socket.into())?,
            group,
        })
    }

    /// Sends at once, or fails: to the group when `to` is `None`. Needs no runtime, so that a
    /// goodbye can be sent while everything is being torn down.
    pub(super) fn send(&self, payload: &[u8], to: Option<SocketAddr>) -> io::Result<()> {
        let to = to.unwrap_or(self.group).into();
        let sent = SockRef::from(&self.socket).send_to(payload, &to)?;
        if sent == payload.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::WriteZero.into())
        }
    }
}

/// Binds a socket that shares the port with other multicast DNS programs on this machine.
///
/// On Linux `SO_REUSEADDR` is enough for that, and `SO_REUSEPORT` does harm: sockets of one port
/// group are balanced, so from kernel 6.6 on a packet of one interface can be handed to the socket
/// of another, and is lost. It is set only where another program leaves no choice. Elsewhere the
/// port cannot be shared without it.
fn bind(domain: Domain, to: SocketAddr) -> io::Result<Socket> {
    let linux = cfg!(any(target_os = "linux", target_os = "android"));
    match bind_with(domain, to, !linux) {
        Err(error) if linux && error.kind() == io::ErrorKind::AddrInUse => {
            bind_with(domain, to, true)
        }
        bound => bound,
    }
}

fn bind_with(domain: Domain, to: SocketAddr, reuse_port: bool) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(true)?;
    }
    #[cfg(unix)]
    if reuse_port {
        socket.set_reuse_port(true)?;
    }
    #[cfg(not(unix))]
    let _ = reuse_port;
    socket.bind(&to.into())?;
    Ok(socket)
}

fn open_v4(interface: &Interface) -> io::Result<(Socket, SocketAddr)> {
    let Some(addr) = interface.ipv4().next() else {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    };
    // Bound to the group on Unix: a socket on 0.0.0.0:5353 would take unicast answers away from
    // the system's own responder.
    let bound = if cfg!(unix) {
        GROUP_V4
    } else {
        Ipv4Addr::UNSPECIFIED
    };
    let bound = SocketAddr::V4(SocketAddrV4::new(bound, MDNS_PORT));
    let socket = bind(Domain::IPV4, bound)?;
    // Else Linux hands over what other sockets joined for on other interfaces.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_multicast_all_v4(false)?;
    let index = InterfaceIndexOrAddress::Index(interface.index.0);
    socket.join_multicast_v4_n(&GROUP_V4, &index)?;
    socket.set_multicast_if_v4(&addr)?;
    socket.set_multicast_ttl_v4(HOP_LIMIT)?;
    socket.set_multicast_loop_v4(true)?;
    let group = SocketAddr::V4(SocketAddrV4::new(GROUP_V4, MDNS_PORT));
    Ok((socket, group))
}

fn open_v6(interface: &Interface) -> io::Result<(Socket, SocketAddr)> {
    if interface.ipv6().next().is_none() {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    }
    let index = interface.index.0;
    let bound = if cfg!(unix) {
        GROUP_V6
    } else {
        Ipv6Addr::UNSPECIFIED
    };
    let scoped = |ip| SocketAddr::V6(SocketAddrV6::new(ip, MDNS_PORT, 0, index));
    let socket = bind(Domain::IPV6, scoped(bound))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_multicast_all_v6(false)?;
    socket.join_multicast_v6(&GROUP_V6, index)?;
    socket.set_multicast_if_v6(index)?;
    socket.set_multicast_hops_v6(HOP_LIMIT)?;
    socket.set_multicast_loop_v6(true)?;
    Ok((socket, scoped(GROUP_V6)))
}
