//! How a stream ends: FIN and reset.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stage::{Pair, connected, hears_to_the_end, read_error, steady, write_error};

#[tokio::test(start_paused = true)]
async fn a_closed_stream_ends_after_what_was_written() {
    let Pair {
        net,
        listener,
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    assert_eq!(net.open_streams(), 2);
    dialled.write_all(b"good").await.unwrap();
    dialled.shutdown().await.unwrap();
    assert_eq!(
        dialled.write_u8(1).await.unwrap_err().kind(),
        ErrorKind::BrokenPipe
    );
    accepted.write_all(b"bye").await.unwrap();
    hears_to_the_end(&mut accepted, "good").await;
    drop(accepted);
    hears_to_the_end(&mut dialled, "bye").await;
    drop((dialled, listener));
    assert_eq!(net.open_streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_stream_with_something_left_to_read_resets_it() {
    let Pair {
        mut dialled,
        mut accepted,
        ..
    } = connected(steady()).await;
    dialled.write_all(b"read in part").await.unwrap();
    accepted.read_u8().await.unwrap();
    accepted.write_all(b"discarded by the reset").await.unwrap();
    drop(accepted);
    assert_eq!(read_error(&mut dialled).await, ErrorKind::ConnectionReset);
    assert_eq!(write_error(&mut dialled).await, ErrorKind::BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn writing_to_a_closed_peer_is_answered_with_a_reset() {
    let Pair {
        mut dialled,
        accepted,
        ..
    } = connected(steady()).await;
    drop(accepted);
    assert_eq!(read_error(&mut dialled).await, ErrorKind::UnexpectedEof);
    dialled.write_u8(1).await.expect("not known yet");
    assert_eq!(write_error(&mut dialled).await, ErrorKind::ConnectionReset);
    assert_eq!(write_error(&mut dialled).await, ErrorKind::BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn a_blocked_writer_hears_of_the_reset() {
    let Pair {
        mut dialled,
        accepted,
        ..
    } = connected(steady()).await;
    let writing = tokio::spawn(async move { write_error(&mut dialled).await });
    tokio::task::yield_now().await;
    drop(accepted);
    assert_eq!(writing.await.unwrap(), ErrorKind::ConnectionReset);
}
