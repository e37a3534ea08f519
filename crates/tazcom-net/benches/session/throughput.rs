//! Payloads that fill the largest frame, one way.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use tazcom_net::{PayloadKind, Payloads};
use tazcom_session::benching::Cipher;
use tazcom_session::limits::MAX_BODY_LEN;
use tokio::sync::Semaphore;

use crate::node::Node;
use crate::there::There;
use crate::{Outcome, undisturbed};

/// Turns of each side.
const TURNS: usize = 40;

/// Frames in a turn: 8 MiB.
const FRAMES: u32 = 512;

/// Frames in a turn of the raw cipher, which needs no time to get going.
const RAW_FRAMES: u32 = 64;

/// Payloads under way at once ...
const UNDER_WAY: usize = 128;
/// ... and how many are said at a time to have arrived.
const GIVEN_BACK: usize = 16;

/// Megabytes the cipher goes over for one frame.
const FRAME_MB: f64 = 0.016_368;

/// MB/s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) session: f64,
    pub(crate) raw: f64,
}

pub(crate) async fn measure(there: &There) -> Outcome<Rates> {
    let other = there.hub(2000).await?;
    let mut node = Node::start(2001).await?;
    node.join(other.addr).await?;
    let node = node.drive().endpoint;

    // One permit for each payload that may still be sent; whoever reads them gives them back.
    let free = Arc::new(Semaphore::new(UNDER_WAY));
    let reading = read(other.endpoint.payloads(), Arc::clone(&free));
    let reader = there.spawn(reading);
    // A body of the largest frame less its head.
    let payload = Bytes::from(vec![0x5a; MAX_BODY_LEN - 5]);
    let mut cipher = Cipher::new();
    let (mut session, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let start = Instant::now();
        for _ in 0..FRAMES {
            free.acquire().await?.forget();
            node.send(other.id, PayloadKind::File, payload.clone())?;
        }
        // All have been read.
        let everything = u32::try_from(UNDER_WAY)?;
        drop(free.acquire_many(everything).await?);
        session.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        (0..RAW_FRAMES).for_each(|_| cipher.seal_and_open());
        raw.push(start.elapsed().as_secs_f64());
    }
    node.shutdown().await;
    other.endpoint.shutdown().await;
    // Payloads end with the last handle.
    drop(other);
    reader.await?;
    Ok(Rates {
        session: FRAME_MB * f64::from(FRAMES) / undisturbed(session),
        raw: FRAME_MB * f64::from(RAW_FRAMES) / undisturbed(raw),
    })
}

async fn read(mut payloads: Payloads, free: Arc<Semaphore>) {
    let mut read = 0;
    while payloads.next().await.is_some() {
        read += 1;
        if read == GIVEN_BACK {
            free.add_permits(std::mem::take(&mut read));
        }
    }
}
