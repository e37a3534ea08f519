//! The capture.

use tazcom_testkit::CAPTURE_LIMIT;
use tokio::io::AsyncWriteExt;

use crate::stage::{Pair, connected, steady};

#[tokio::test(start_paused = true)]
async fn the_tap_hears_each_direction_of_each_stream_from_when_it_was_put_on() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    dialled.write_all(b"before").await.unwrap();
    net.start_capture();
    dialled.write_all(b"se").await.unwrap();
    accepted.write_all(b"answer").await.unwrap();
    dialled.write_all(b"cret").await.unwrap();
    let capture = net.capture();
    let heard: Vec<_> = capture
        .streams
        .iter()
        .map(|stream| (stream.from, stream.to, stream.bytes.as_slice()))
        .collect();
    let (one, two) = (dialled.local_addr(), accepted.local_addr());
    assert_eq!(
        heard,
        [(one, two, &b"secret"[..]), (two, one, &b"answer"[..])]
    );
    assert!(capture.contains(b"ecre") && !capture.contains(b"before"));
    assert_eq!(capture.missed, 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_tap_counts_what_it_does_not_keep() {
    let Pair {
        net,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    net.start_capture();
    tokio::spawn(async move {
        let lot = vec![1; CAPTURE_LIMIT];
        dialled.write_all(&lot).await.unwrap();
        dialled.write_all(b"too much").await.unwrap();
    });
    tokio::io::copy(&mut accepted, &mut tokio::io::sink())
        .await
        .unwrap();
    let capture = net.capture();
    assert_eq!(capture.missed, b"too much".len());
    let kept: usize = capture.streams.iter().map(|it| it.bytes.len()).sum();
    assert_eq!(kept, CAPTURE_LIMIT);
}
