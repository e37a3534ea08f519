//! Direct messages of a peer that seals and hands out whatever the input says.
//!
//! Again and again: a byte that chooses what happens, a byte that gives the number of bytes that follow,
//! and as many.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tazcom_direct::{Config, Direct, Input, Output};
use tazcom_identity::SecretKey;
use tazcom_proto::{Content, Draft, Hlc, Scope, Seal, UnixMillis, VerifiedEnvelope};

static ME: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed([1; 32]));
static PEER: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed([2; 32]));

/// More outputs than a step can have.
const MOST_OUTPUTS: usize = 1_000;

fn signed(scope: Scope, content: Content, at: UnixMillis) -> Option<VerifiedEnvelope> {
    let hlc = Hlc {
        millis: at,
        counter: 0,
    };
    Draft::new(scope, content, hlc, at).sign(&PEER).ok()
}

fn key(bytes: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let len = bytes.len().min(32);
    key[..len].copy_from_slice(&bytes[..len]);
    key
}

fuzz_target!(|input: &[u8]| {
    let me = ME.node_id();
    let mut now = UnixMillis(1_790_000_000_000);
    let mut direct = Direct::new(me, Config::lan(), [3; 32]);
    let mut rest = input;
    while let [what, len, bytes @ ..] = rest {
        let (bytes, more) = bytes.split_at(bytes.len().min(usize::from(*len)));
        rest = more;
        let from = PEER.node_id();
        match what % 6 {
            0 | 1 => {
                let seal = Content::Sealed {
                    seal: Seal::Direct,
                    bytes: bytes.to_vec().into(),
                };
                let scope = Scope::Sealed(*me.as_bytes());
                if let Some(envelope) = signed(scope, seal, now) {
                    direct.handle(now, Input::Sealed(envelope));
                }
            }
            2 => {
                let keys = Content::Prekeys {
                    identity: key(bytes),
                    fallback: key(bytes.get(32..).unwrap_or_default()),
                };
                if let Some(envelope) = signed(Scope::Mesh, keys, now) {
                    direct.handle(now, Input::Prekeys(envelope));
                }
            }
            3 => direct.handle(
                now,
                Input::OneTimeKey {
                    from,
                    identity: key(bytes),
                    key: key(bytes.get(32..).unwrap_or_default()),
                },
            ),
            4 => direct.handle(now, Input::SessionUp(from)),
            _ => {
                now = UnixMillis(now.0 + u64::from(*len) * 60_000);
                direct.handle(now, Input::Tick);
            }
        }
        let mut outputs = 0;
        while let Some(output) = direct.poll_output() {
            // Nobody but a ratchet makes one, and there is none that this peer could have.
            assert!(!matches!(output, Output::Opened(_)));
            outputs += 1;
            assert!(outputs < MOST_OUTPUTS);
        }
    }
    let rows = direct.take_rows().into_iter();
    let rows = rows.filter_map(|row| Some((row.key, row.value?)));
    assert!(Direct::restore(me, Config::lan(), [4; 32], rows).is_ok());
});
