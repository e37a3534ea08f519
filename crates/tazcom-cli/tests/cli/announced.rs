//! Peers that are announced and are not what they seem: any id, at any address of this host.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use tazcom_discovery::{Config, InterfaceFilter, LocalService, start_native};
use tazcom_identity::NodeId;
use tokio::sync::oneshot;

/// An announcement on loopback, until it is dropped.
#[derive(Debug)]
pub(crate) struct Announced {
    id: NodeId,
    /// Dropped, it ends the thread.
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Announced {
    /// Announces an id nobody has the key of. The first four characters are the same for all of one
    /// process; the next, which are in the name of the service, depend on `seed`.
    pub(crate) fn at(addr: SocketAddr, seed: u8) -> Self {
        let mut bytes = [seed; NodeId::LEN];
        // Other tests of this run may announce theirs at the same time.
        let [_, process @ ..] = std::process::id().to_be_bytes();
        bytes[..3].copy_from_slice(&process);
        Self::under(NodeId::from_bytes(bytes), addr)
    }

    /// Announces this id, whoever has its key.
    pub(crate) fn under(id: NodeId, addr: SocketAddr) -> Self {
        let (end, ended) = oneshot::channel();
        let service = LocalService {
            id,
            port: addr.port(),
            version: "0.1".to_owned(),
        };
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(async {
                let config = Config {
                    interfaces: InterfaceFilter::Only(vec!["lo".parse().expect("it is a name")]),
                    ..Config::default()
                };
                let started = start_native(Some(service), config).await;
                let announcing = started.expect("loopback is there");
                // Its sender is dropped, which is the end.
                let _ = ended.await;
                announcing.shutdown().await;
            });
        });
        Self {
            id,
            end: Some(end),
            thread: Some(thread),
        }
    }

    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        drop(self.end.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(!matches!(ended, Some(Err(_))) || std::thread::panicking());
    }
}

/// Answers every line with ACK, as the first nodes do, until this process ends.
pub(crate) fn speaks_poc_02() -> (JoinHandle<()>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let addr = listener.local_addr().expect("it is bound");
    let thread = std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut line = Vec::new();
            let mut reader = BufReader::new(&stream);
            if reader.read_until(b'\n', &mut line).is_ok() {
                // The other side may have closed its end.
                let _ = (&stream).write_all(b"ACK\n");
            }
        }
    });
    (thread, addr)
}
