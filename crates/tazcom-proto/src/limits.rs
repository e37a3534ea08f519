//! Every number of the wire protocol, with its unit and its reason.

/// Bytes in the longest line, its newline included.
///
/// POC-02's limit, kept because both ends must agree on it. A HELLO has 70 bytes, so the rest is
/// room for spaces and for keys that later versions add.
pub const MAX_LINE_LEN: usize = 1024;

/// Characters of a peer's text that are shown, escapes included.
///
/// A line of a log or a terminal: enough to recognise what was sent, too little to push everything
/// else off the screen.
pub const MAX_PEER_TEXT_LEN: usize = 120;

/// The protocol our nodes announce (TXT `version`).
pub const PROTOCOL_VERSION: &str = "2.0";

/// The protocol the Python nodes of POC-02 announce (TXT `version`).
pub const LEGACY_VERSION: &str = "0.1";
