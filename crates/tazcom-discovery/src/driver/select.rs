//! All sockets as one source of datagrams, without a task or a queue for each.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use tokio::io::ReadBuf;

use super::socket::LinkSocket;
use crate::engine::LinkId;
use crate::wire::MAX_MESSAGE_LEN;

/// One byte more than the longest message, so that a longer one is recognised as such.
pub(super) const BUFFER_LEN: usize = MAX_MESSAGE_LEN + 1;

/// The open sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<LinkId, LinkSocket>,
    /// Where the last datagram came from: the next one is looked for behind it, so that a busy
    /// link does not starve the others.
    last: Option<LinkId>,
}

/// A datagram in the buffer, or what went wrong on a link.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) link: LinkId,
    pub(super) result: io::Result<(usize, SocketAddr)>,
}

impl Sockets {
    pub(super) fn insert(&mut self, link: LinkId, socket: LinkSocket) {
        self.open.insert(link, socket);
    }

    pub(super) fn close(&mut self, link: LinkId) {
        self.open.remove(&link);
    }

    pub(super) fn send(
        &self,
        link: LinkId,
        to: Option<SocketAddr>,
        payload: &[u8],
    ) -> io::Result<()> {
        match self.open.get(&link) {
            Some(socket) => socket.send(payload, to),
            None => Ok(()),
        }
    }

    /// The next datagram of any link. Cancel-safe: a datagram is taken only when it is returned.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> Received {
        let Self { open, last } = self;
        let received = std::future::poll_fn(|context| {
            let behind = open.iter().filter(|(link, _)| Some(**link) > *last);
            let before = open.iter().filter(|(link, _)| Some(**link) <= *last);
            for (link, socket) in behind.chain(before) {
                let mut buffer = ReadBuf::new(buffer);
                let polled = socket.socket.poll_recv_from(context, &mut buffer);
                if let Poll::Ready(result) = polled {
                    let result = result.map(|source| (buffer.filled().len(), source));
                    return Poll::Ready(Received {
                        link: *link,
                        result,
                    });
                }
            }
            Poll::Pending
        })
        .await;
        *last = Some(received.link);
        received
    }
}
