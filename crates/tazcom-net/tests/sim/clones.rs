//! Two hosts with one key: the first stays, and nothing flaps.

use std::time::Duration;

use tazcom_net::Event;
use tazcom_testkit::Seed;

use crate::lab::{Lab, calm, ip, is_down, is_up, pass};

async fn a_copy_comes_later(key: u8, third: u8) {
    let lab = Lab::new(Seed(u64::from(key)), calm());
    let (mut first, mut ana) = (
        lab.node_with(key, 50, tazcom_net::Config::lan()),
        lab.node(third),
    );
    first.meet(&ana);
    ana.meet(&first);
    pass(Duration::from_secs(20), &mut [&mut first, &mut ana]).await;
    let before = ana.session(first.id).expect("they are linked").binding;

    let mut copy = lab.node_with(key, 51, tazcom_net::Config::lan());
    copy.meet(&ana);
    pass(
        Duration::from_secs(600),
        &mut [&mut first, &mut ana, &mut copy],
    )
    .await;

    let after = ana.session(first.id).expect("they are still linked");
    assert_eq!((after.binding, after.addr.ip()), (before, ip(50)));
    assert_eq!(
        (ana.count(is_up), ana.count(is_down)),
        (1, 0),
        "{:#?}",
        ana.told
    );
    assert_eq!((first.count(is_up), first.count(is_down)), (1, 0));
    let told = ana.count(|event| {
        matches!(event, Event::TwoHosts { id, kept, refused }
            if *id == first.id && kept.ip() == ip(50) && refused.ip() == ip(51))
    });
    assert!((1..=50).contains(&told), "{told} times");
}

#[tokio::test(start_paused = true)]
async fn a_copied_key_does_not_push_out_the_one_that_was_there_first() {
    // Whoever decides: the third node, or the two of one key.
    a_copy_comes_later(2, 1).await;
    a_copy_comes_later(1, 2).await;
}
