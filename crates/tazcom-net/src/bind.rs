//! Opening the listening sockets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::TcpListener;

/// Connections the kernel completes before we take them. Bursts of a whole LAN greeting a newcomer
/// wait here; Linux caps it at `net.core.somaxconn` anyway.
const BACKLOG: i32 = 1024;

/// How often another free port is asked for when several addresses must share one.
const SHARED_PORT_ATTEMPTS: usize = 16;

/// Why the endpoint could not listen. Nothing stays open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another program listens on this port.
    #[error("port {} is in use{}: choose another one, or let the system choose with `--port 0`", .addr.port(), on(.addr))]
    PortInUse {
        /// The address asked for.
        addr: SocketAddr,
    },
    /// The operating system does not allow it; ports below 1024 are for privileged programs.
    #[error("not allowed to listen on port {}: choose one of 1024 or above, or let the system choose with `--port 0`", .addr.port())]
    PermissionDenied {
        /// The address asked for.
        addr: SocketAddr,
    },
    /// No interface of this host has this address.
    #[error("no interface of this host has the address {}: name one it has, or leave the address out", .addr.ip())]
    AddressNotAvailable {
        /// The address asked for.
        addr: SocketAddr,
    },
    /// The configuration names no address to listen on.
    #[error("no address to listen on was given")]
    NoAddress,
    /// The operating system gave no random bytes to draw pauses from.
    #[error("the operating system gave no random bytes")]
    Entropy,
    /// What the node shall call itself does not fit.
    #[error("a name of {len} bytes: at most 32 are allowed")]
    NameTooLong {
        /// Bytes of the name.
        len: usize,
    },
    /// Anything else the operating system said.
    #[error("cannot listen on {addr}: {source}")]
    Io {
        /// The address asked for.
        addr: SocketAddr,
        /// What it said.
        source: io::Error,
    },
}

/// Names the address, unless it is every address there is.
fn on(addr: &SocketAddr) -> String {
    if addr.ip().is_unspecified() {
        String::new()
    } else {
        format!(" on {}", addr.ip())
    }
}

impl BindError {
    fn new(addr: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse { addr },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { addr },
            io::ErrorKind::AddrNotAvailable => Self::AddressNotAvailable { addr },
            _ => Self::Io { addr, source },
        }
    }
}

/// Listens on every address, on one port where none was named.
pub(crate) fn listen(addrs: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut outcome = listen_once(addrs);
    for _ in 1..SHARED_PORT_ATTEMPTS {
        // The port that was free on the first address can be taken on the second.
        match &outcome {
            Err(BindError::PortInUse { addr }) if addrs.len() > 1 && !addrs.contains(addr) => {
                outcome = listen_once(addrs)
            }
            _ => break,
        }
    }
    outcome
}

fn listen_once(addrs: &[SocketAddr]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners: Vec<TcpListener> = Vec::with_capacity(addrs.len());
    let mut shared_port = None;
    for &(mut addr) in addrs {
        if let (0, Some(port)) = (addr.port(), shared_port) {
            addr.set_port(port);
        }
        let listener = listen_on(addr)?;
        if addr.port() == 0 {
            shared_port = listener.local_addr().ok().map(|bound| bound.port());
        }
        listeners.push(listener);
    }
    if listeners.is_empty() {
        Err(BindError::NoAddress)
    } else {
        Ok(listeners)
    }
}

fn listen_on(addr: SocketAddr) -> Result<TcpListener, BindError> {
    match open(addr) {
        Err(error) if is_dual_stack(addr) && no_ipv6(&error) => {
            tracing::debug!("no IPv6 on this host, listening on IPv4 only");
            let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, addr.port()));
            open(v4).map_err(|error| BindError::new(v4, error))
        }
        outcome => outcome.map_err(|error| BindError::new(addr, error)),
    }
}

fn open(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(!is_dual_stack(addr))?;
    }
    // On Unix: a restart may take the port over while old connections are in TIME_WAIT. On Windows
    // the same option would let another program take the port from us.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::from(addr))?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// `[::]` stands for both families.
fn is_dual_stack(addr: SocketAddr) -> bool {
    addr.is_ipv6() && addr.ip().is_unspecified()
}

/// What hosts without IPv6 answer: unknown family, unknown protocol option, or (disabled by sysctl)
/// no such address.
fn no_ipv6(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.kind() == io::ErrorKind::Unsupported
        || error
            .raw_os_error()
            .is_some_and(|code| UNSUPPORTED_FAMILY.contains(&code))
}

/// `EAFNOSUPPORT` and `ENOPROTOOPT`; on Windows `WSAEAFNOSUPPORT` and `WSAENOPROTOOPT`.
#[cfg(target_os = "linux")]
const UNSUPPORTED_FAMILY: [i32; 2] = [97, 92];
#[cfg(windows)]
const UNSUPPORTED_FAMILY: [i32; 2] = [10047, 10042];
#[cfg(not(any(target_os = "linux", windows)))]
const UNSUPPORTED_FAMILY: [i32; 2] = [47, 42];
