//! Private rooms, with a member that carries and seals whatever the input says.
//!
//! Again and again: a byte that chooses what happens, a byte that gives the number of bytes that follow,
//! and as many.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tazcom_group::{Config, Groups, Input, Output};
use tazcom_identity::SecretKey;
use tazcom_proto::inner::kind::FIRST_OF_ROOMS;
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis};
use zeroize::Zeroizing;

static ME: LazyLock<Arc<SecretKey>> = LazyLock::new(|| Arc::new(SecretKey::from_seed([1; 32])));
static PEER: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed([2; 32]));

/// More outputs than a step can have.
const MOST_OUTPUTS: usize = 10_000;

fn drain(groups: &mut Groups) {
    let mut outputs = 0;
    while let Some(output) = groups.poll_output() {
        assert!(
            !matches!(output, Output::Opened(_)),
            "nobody sealed anything"
        );
        outputs += 1;
        assert!(outputs < MOST_OUTPUTS);
    }
}

fuzz_target!(|input: &[u8]| {
    let now = UnixMillis(1_790_000_000_000);
    let from = PEER.node_id();
    let mut groups = Groups::new(Arc::clone(&ME), Config::lan(), [3; 32]);
    groups.handle(
        now,
        Input::Create {
            name: "room".to_owned(),
            topic: String::new(),
            reference: 1,
        },
    );
    drain(&mut groups);
    let (tag, room) = groups.tags().next().expect("it was made");
    groups.handle(
        now,
        Input::Invite {
            room,
            who: from,
            reference: 2,
        },
    );
    drain(&mut groups);
    let mut rest = input;
    while let [what, len, bytes @ ..] = rest {
        let (bytes, more) = bytes.split_at(bytes.len().min(usize::from(*len)));
        rest = more;
        match what % 4 {
            0 => {
                let content = Content::Sealed {
                    seal: Seal::Room,
                    bytes: bytes.to_vec().into(),
                };
                let hlc = Hlc {
                    millis: now,
                    counter: 0,
                };
                if let Ok(envelope) = Draft::new(Scope::Sealed(tag), content, hlc, now).sign(&PEER)
                {
                    groups.handle(now, Input::Sealed(envelope));
                }
            }
            1 | 2 => groups.handle(
                now,
                Input::Carried {
                    from,
                    created: now,
                    kind: FIRST_OF_ROOMS + u64::from(what / 4),
                    body: Zeroizing::new(bytes.to_vec()),
                },
            ),
            _ => groups.handle(now, Input::Tick),
        }
        drain(&mut groups);
    }
    assert!(groups.room(room).is_some(), "it is ours");
    let rows = groups.take_rows().into_iter();
    let rows = rows.filter_map(|row| Some((row.key, row.value?)));
    assert!(Groups::restore(Arc::clone(&ME), Config::lan(), [4; 32], rows).is_ok());
});
