//! Every number of lines, values and envelopes, with its unit and its reason.

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

/// Arrays and maps within each other, at most. What this version knows needs three.
pub const MAX_CBOR_DEPTH: usize = 8;

/// Bytes of the name somebody gives itself.
pub const MAX_NAME_LEN: usize = 32;

/// Bytes of an envelope, author and signature included.
///
/// Twice the longest text, so that what later versions say beside a text has room.
pub const MAX_ENVELOPE_LEN: usize = 8192;

/// Bytes of the text of one message (UTF-8).
///
/// A page and a half. Whoever has more to say sends two, or a file.
pub const MAX_TEXT_LEN: usize = 4096;

/// Bytes of the topic of a room (UTF-8).
pub const MAX_TOPIC_LEN: usize = 256;

/// Bytes of the name of a room (UTF-8), without the `#`.
pub const MAX_ROOM_NAME_LEN: usize = 48;

/// Messages that one receipt may name.
///
/// 64 ids are 2 KiB, half an envelope; a node that takes in more in the second that receipts are
/// gathered sends several.
pub const MAX_RECEIPT_IDS: usize = 64;

/// Seconds that a message may live at most: seven days.
///
/// People return within the week; a relay that keeps the messages of strangers must know when it
/// may forget them.
pub const MAX_LIFETIME_SECS: u32 = 7 * 24 * 60 * 60;

/// Bytes of what is sealed, as it travels.
///
/// An envelope without them has under 300 bytes.
pub const MAX_SEALED_LEN: usize = 7 * 1024 + 512;

/// Bytes of what is said in private, before it is sealed and without what fills it up.
///
/// The longest text and what stands around it, or the state of a room of 64.
pub const MAX_INNER_LEN: usize = 6 * 1024;

/// Bytes to which what is said in private is filled up before it is sealed: its length tells only in
/// which of these steps it is.
pub const INNER_LENGTHS: [usize; 5] = [256, 1024, 2048, 4608, MAX_INNER_LEN];

/// Bytes of the id of a private room.
pub const SEALED_ROOM_ID_LEN: usize = 16;

/// Bytes of a payload of kind Direct.
pub const MAX_DIRECT_LEN: usize = 1024;

/// Bytes of the tag that says for whom a sealed envelope is.
pub const SEALED_TAG_LEN: usize = 32;

/// Bytes of a payload of kind Gossip: an envelope and what stands around it.
pub const MAX_MESH_LEN: usize = MAX_ENVELOPE_LEN + 16;

/// Messages that one `IHave` may announce.
///
/// 4.7 KiB, about half of the longest payload. What is announced within 5 ms goes out together, and
/// no honest node relays 25,000 messages a second.
pub const MAX_IHAVES: usize = 128;

/// Bytes of a payload of kind Sync, as much as a session carries.
pub const MAX_SYNC_LEN: usize = 65_536;

/// Bytes of one message of set reconciliation.
///
/// A difference scattered over 100,000 messages takes 16 round trips at this size and 543 at 8 KiB.
pub const MAX_RECONCILE_LEN: usize = 60_000;

/// Messages that one `Offer` or `Want` may name: 34 KiB of ids.
pub const MAX_SYNC_IDS: usize = 1024;

/// Envelopes in one payload of them. A shorter envelope than 128 bytes is hardly possible.
pub const MAX_SYNC_ENVELOPES: usize = 512;

/// Bytes of all envelopes in one payload.
pub const MAX_SYNC_ENVELOPES_LEN: usize = 60_000;

/// Peers that one payload tells of.
pub const MAX_TOLD_PEERS: usize = 32;

/// Addresses told of one peer. Two interfaces with an IPv4 and a few IPv6 addresses each.
pub const MAX_TOLD_ADDRESSES: usize = 8;

/// Nodes on the path of a trace, the one that asks and the one that is looked for included.
///
/// Links are chosen at random, so paths are short: 1000 nodes in four subnets are 12 hops apart.
pub const MAX_TRACE_PATH: usize = 16;
