//! What is on its way: order, latency, loss, back-pressure, chance.

use std::time::Duration;

use tazcom_testkit::{STREAM_BUFFER, StreamConditions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use crate::stage::{EVER, Pair, accept, connected, ip, ms, net_of, steady};

#[tokio::test(start_paused = true)]
async fn what_is_written_arrives_in_order_however_much_is_lost() {
    let Pair {
        mut dialled,
        mut accepted,
        ..
    } = connected(net_of(3, (1, 90), 0.3)).await;
    let sent: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
    let writing = sent.clone();
    tokio::spawn(async move {
        for part in writing.chunks(777) {
            dialled.write_all(part).await.unwrap();
        }
    });
    let mut heard = Vec::new();
    accepted.read_to_end(&mut heard).await.unwrap();
    assert!(heard == sent, "{} of {} bytes", heard.len(), sent.len());
}

#[tokio::test(start_paused = true)]
async fn a_segment_takes_a_latency_from_the_range() {
    let Pair {
        mut dialled,
        mut accepted,
        ..
    } = connected(net_of(4, (20, 50), 0.0)).await;
    let mut took = Vec::new();
    for _ in 0..100 {
        let sent = Instant::now();
        dialled.write_u8(1).await.unwrap();
        accepted.read_u8().await.unwrap();
        took.push(sent.elapsed());
    }
    let (least, most) = (took.iter().min().unwrap(), took.iter().max().unwrap());
    // A tick of tokio's timers more.
    assert!(*least >= ms(20) && *most <= ms(51), "{least:?} {most:?}");
    assert!(*most - *least > ms(20), "they differ");
}

#[tokio::test(start_paused = true)]
async fn a_lost_segment_arrives_a_doubling_retransmission_timeout_later() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    let latency = ms(10)..=ms(10);
    net.set_conditions(StreamConditions { latency, loss: 0.5 });
    let mut delays = Vec::new();
    for _ in 0..100 {
        let sent = Instant::now();
        dialled.write_u8(1).await.unwrap();
        accepted.read_u8().await.unwrap();
        delays.push(sent.elapsed());
    }
    // None, one or two losses: each at the latency and up to a tick after it.
    for expected in [10, 210, 610] {
        let near = delays
            .iter()
            .filter(|delay| (ms(expected)..=ms(expected + 1)).contains(delay));
        assert!(near.count() > 5, "{expected} ms: {delays:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_blocks_the_writer() {
    let Pair {
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    let full = vec![0; STREAM_BUFFER];
    dialled.write_all(&full).await.unwrap();
    assert!(timeout(EVER, dialled.write_u8(1)).await.is_err());

    let writing = tokio::spawn(async move {
        dialled.write_u8(1).await.unwrap();
        dialled
    });
    tokio::task::yield_now().await;
    accepted.read_exact(&mut [0; 10]).await.unwrap();
    timeout(EVER, writing).await.expect("room").unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_halves_of_a_stream_work_in_different_tasks() {
    let Pair {
        dialled, accepted, ..
    } = connected(net_of(9, (1, 20), 0.1)).await;
    let (mut echo_reader, mut echo_writer) = tokio::io::split(accepted);
    tokio::spawn(async move { tokio::io::copy(&mut echo_reader, &mut echo_writer).await });
    let (mut reader, mut writer) = tokio::io::split(dialled);
    let sent = vec![9; 500_000];
    let expected = sent.len();
    tokio::spawn(async move { writer.write_all(&sent).await });
    let mut heard = vec![0; expected];
    timeout(EVER, reader.read_exact(&mut heard))
        .await
        .expect("no deadlock")
        .unwrap();
}

/// What several streams on a bad network see, and when.
async fn transcript(seed: u64) -> Vec<(u8, usize, Duration)> {
    let net = net_of(seed, (1, 40), 0.2);
    let began = Instant::now();
    let (alice, bob) = (net.host(ip(1)), net.host(ip(2)));
    let mut listener = bob.listen(0).unwrap();
    let addr = listener.local_addr();
    for number in 0..5 {
        let alice = alice.clone();
        tokio::spawn(async move {
            let mut stream = alice.connect(addr).await.unwrap();
            stream.write_all(&[number; 3000]).await.unwrap();
        });
    }
    let mut heard = Vec::new();
    for _ in 0..5 {
        let (mut stream, _) = accept(&mut listener).await;
        let mut buf = [0; 1000];
        loop {
            let read = stream.read(&mut buf).await.unwrap();
            if read == 0 {
                break;
            }
            heard.push((*buf.first().unwrap(), read, began.elapsed()));
        }
    }
    heard
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_one_course_of_events() {
    let first = transcript(11).await;
    assert_eq!(first, transcript(11).await);
    assert_ne!(first, transcript(12).await);
}
