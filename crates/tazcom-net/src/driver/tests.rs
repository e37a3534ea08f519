//! What only happens when a child ends at the very moment it is told to.

use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use rand_core::SeedableRng;
use tazcom_identity::{NodeId, SecretKey};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::*;
use crate::dial::{SeenAddr, Sighting};
use crate::transport::Tcp;
use crate::{client, outbox};

const PATIENCE: Duration = Duration::from_secs(20);

/// A HELLO is out when the time to drain is over: the answer must not be waited for.
#[tokio::test]
async fn what_ends_as_it_is_aborted_begins_nothing_more() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a free port");
    let addr = silent.local_addr().expect("a bound address");
    let mut config = Config::lan();
    config.deadlines.exchange = PATIENCE * 100;
    // Which of the two is seen first is drawn anew each time.
    for seed in 0..20 {
        let (outbox, _events) = outbox::channel(16);
        let identity = Arc::new(SecretKey::from_seed([1; 32]));
        let own = Own::new(now(), identity, &config).expect("randomness");
        let beginning = Beginning {
            own: Arc::new(own),
            transport: Tcp,
            listeners: Vec::new(),
            local_addrs: Arc::new([]),
            outbox,
            directory: Directory::default(),
            readers: Readers::default(),
            rng: ChaCha8Rng::seed_from_u64(seed),
        };
        let mut driver = Driver::new(&config, beginning);
        let dial = planned(&mut driver, addr);
        let caller = driver.outbound.caller();
        let hello = caller.hello.clone();
        let connected = client::connect(addr, caller).await.expect("a listener");
        let said = client::say_hello(connected, hello).await;
        let (release, released) = oneshot::channel::<()>();
        driver.children.spawn(Job::Dial(dial.dial), async move {
            let _ = released.await;
            Outcome::Said(dial, said)
        });

        tokio::time::pause();
        let mut ending = pin!(driver.shut_down());
        let begun = poll_fn(|context| Poll::Ready(ending.as_mut().poll(context))).await;
        assert!(begun.is_pending());
        // Both come to pass before the driver's next turn.
        release.send(()).expect("the child waits for it");
        tokio::time::advance(config.deadlines.drain * 2).await;
        let report = timeout(PATIENCE, ending).await;
        tokio::time::resume();
        assert!(report.is_ok(), "seed {seed}: something is waited for");
    }
}

/// A dial the planner knows of, without a task.
fn planned(driver: &mut Driver<Tcp>, addr: SocketAddr) -> Dial {
    let seen = Sighting {
        id: NodeId::from_bytes([2; 32]),
        addrs: vec![SeenAddr {
            addr,
            source: Some(addr.ip()),
        }],
        sessions: false,
    };
    driver
        .outbound
        .plan(now(), seen)
        .expect("a peer just seen is dialled at once")
}
