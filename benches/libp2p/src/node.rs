//! A node: a swarm that knows one protocol of streams, driven by a task.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::StreamExt as _;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, tcp, yamux};
use libp2p_stream::Behaviour;
use tokio::sync::mpsc;

use crate::Outcome;

/// Longer than any of this takes: no connection is closed for being idle.
const IDLE: Duration = Duration::from_secs(3600);

/// A swarm with keys of its own.
pub(crate) fn swarm() -> Outcome<Swarm<Behaviour>> {
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )?
        .with_behaviour(|_| Behaviour::new())?
        .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE))
        .build();
    Ok(swarm)
}

/// One that waits for connections, and is driven until the end of the process.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) id: PeerId,
    pub(crate) addr: Multiaddr,
    /// One for each connection that is up on this side.
    pub(crate) accepted: mpsc::Receiver<PeerId>,
}

impl Hub {
    pub(crate) async fn listen(mut swarm: Swarm<Behaviour>) -> Outcome<Self> {
        let any = Multiaddr::from(Ipv4Addr::LOCALHOST).with(Protocol::Tcp(0));
        swarm.listen_on(any)?;
        let addr = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address;
            }
        };
        let id = *swarm.local_peer_id();
        let (tell, accepted) = mpsc::channel(1024);
        tokio::spawn(async move {
            loop {
                if let SwarmEvent::ConnectionEstablished { peer_id, .. } =
                    swarm.select_next_some().await
                {
                    // Whoever does not want to know lets the channel fill or go.
                    let _ = tell.try_send(peer_id);
                }
            }
        });
        Ok(Self { id, addr, accepted })
    }

    pub(crate) fn dial_opts(&self) -> DialOpts {
        DialOpts::peer_id(self.id)
            .condition(PeerCondition::Always)
            .addresses(vec![self.addr.clone()])
            .build()
    }
}

/// Dials and waits until the connection is up on this side.
pub(crate) async fn connect(swarm: &mut Swarm<Behaviour>, to: DialOpts) -> Outcome<()> {
    swarm.dial(to)?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { .. } => return Ok(()),
            SwarmEvent::OutgoingConnectionError { error, .. } => return Err(error.into()),
            _ => {}
        }
    }
}

/// Goes on driving a swarm until the end of the process.
pub(crate) fn drive(mut swarm: Swarm<Behaviour>) {
    tokio::spawn(async move {
        loop {
            swarm.select_next_some().await;
        }
    });
}
