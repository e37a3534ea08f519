//! Whatever is found where the key file should be.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tazcom_identity::key_file::{MAX_FILE_LEN, parse};

fuzz_target!(|contents: &[u8]| match parse(contents) {
    Ok(key) => {
        assert!(contents.len() <= MAX_FILE_LEN);
        let signature = key.sign(b"message");
        assert_eq!(key.node_id().verify(b"message", &signature), Ok(()));
    }
    // The error has no room for what is in the file; here it is only made to be one line.
    Err(error) => assert!(!error.to_string().contains('\n')),
});
