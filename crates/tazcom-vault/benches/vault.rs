//! What it costs to open a data directory with a passphrase, beside the making of the key alone.

#![expect(clippy::print_stdout, reason = "the figures are the result")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use argon2::{Algorithm, Argon2, Params, Version};
use tazcom_vault::{Cost, Passphrase, Vault, change_passphrase};

/// Turns of each. Odd, so that there is a median.
const TURNS: usize = 15;
/// How many times as long as making the key the whole of it may take.
const OPEN_CEILING: f64 = 1.2;

fn main() -> ExitCode {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let text = "correct horse battery staple";
    let passphrase = Passphrase::new(text.to_owned()).expect("a passphrase");
    change_passphrase(directory, None, Some(&passphrase)).expect("it can be set");
    let opened = || {
        let vault = Vault::open(directory, Some(&passphrase)).expect("it opens");
        black_box(vault.load_identity(directory).expect("a key"));
    };
    opened();

    let Cost {
        memory_kib,
        passes,
        lanes,
    } = Cost::lan();
    let params = Params::new(memory_kib, passes, lanes, Some(32)).expect("parameters");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let derived = || {
        let mut key = [0; 32];
        argon2
            .hash_password_into(text.as_bytes(), &[7; 16], &mut key)
            .expect("a key");
        black_box(key);
    };

    // In turn, so that whatever else the machine does falls on both.
    let (mut open, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        bare.push(millis(derived));
        open.push(millis(opened));
    }
    let (open, bare) = (median(open), median(bare));
    println!("make the key                 {bare:8.1} ms");
    println!("open vault and identity      {open:8.1} ms");
    let ratio = open / bare;
    println!("ratio vault_open {ratio:.3} ceiling {OPEN_CEILING} (making the key alone)");
    match ratio <= OPEN_CEILING {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn millis(work: impl FnOnce()) -> f64 {
    let from = Instant::now();
    work();
    from.elapsed().as_secs_f64() * 1e3
}

fn median(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns.get(turns.len() / 2).copied().unwrap_or(f64::NAN)
}
