//! The layers of the workspace, and the outside crates that only some layers may name.
//!
//! Lower layers come first. A crate may use the members in its row and no other; a crate without
//! a row may not exist.

/// What one member of the workspace may use of the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) name: &'static str,
    /// In the product.
    pub(super) uses: &'static [&'static str],
    /// In its tests only, beyond the above.
    pub(super) tests_use: &'static [&'static str],
}

const IDENTITY: &str = "tazcom-identity";
const PROTO: &str = "tazcom-proto";
const SESSION: &str = "tazcom-session";
const STORE: &str = "tazcom-store";
const TESTKIT: &str = "tazcom-testkit";
const GOSSIP: &str = "tazcom-gossip";
const DISCOVERY: &str = "tazcom-discovery";
const CHAT: &str = "tazcom-chat";
const DIRECT: &str = "tazcom-direct";
const GROUP: &str = "tazcom-group";
const TRUST: &str = "tazcom-trust";
const VAULT: &str = "tazcom-vault";
const NET: &str = "tazcom-net";
const NODE: &str = "tazcom-node";
const TUI: &str = "tazcom-tui";
const CLI: &str = "tazcom-cli";
const TESTS: &str = "tazcom-tests";
const XTASK: &str = "xtask";

pub(super) const LAYERS: &[Layer] = &[
    Layer {
        name: IDENTITY,
        uses: &[],
        tests_use: &[],
    },
    // Not even its tests use the test kit, which is built on it: they would see two of each type.
    Layer {
        name: PROTO,
        uses: &[IDENTITY],
        tests_use: &[],
    },
    Layer {
        name: TESTKIT,
        uses: &[IDENTITY, PROTO],
        tests_use: &[],
    },
    // A channel between two keys. Of the wire below it uses the encoding of values.
    Layer {
        name: SESSION,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // It carries envelopes and knows neither addresses nor what is said in them.
    Layer {
        name: GOSSIP,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // The disk. It is told what to keep and asked for it, and knows nobody who is there.
    Layer {
        name: STORE,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // Discovery and net do not see each other: a hint is not a connection.
    Layer {
        name: DISCOVERY,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // What is said, by whom and in what order; not how it travels or where it is kept.
    Layer {
        name: CHAT,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // Words for one person. What is said in private rooms is none of its business.
    Layer {
        name: DIRECT,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // Words for several. It gives out keys to be carried to one person each, and carries none.
    Layer {
        name: GROUP,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // Who is who, and how two people make sure of it.
    Layer {
        name: TRUST,
        uses: &[IDENTITY, PROTO],
        tests_use: &[TESTKIT],
    },
    // Secrets on the disk: it seals what others keep there, and is told nothing about it.
    Layer {
        name: VAULT,
        uses: &[IDENTITY],
        tests_use: &[TESTKIT],
    },
    Layer {
        name: NET,
        uses: &[IDENTITY, PROTO, SESSION],
        tests_use: &[TESTKIT],
    },
    Layer {
        name: NODE,
        uses: &[
            IDENTITY, PROTO, SESSION, DISCOVERY, CHAT, GOSSIP, STORE, DIRECT, GROUP, TRUST, VAULT,
            NET,
        ],
        tests_use: &[TESTKIT],
    },
    // What is shown of a conversation. It is told what happens, and asks; whom is not its business.
    Layer {
        name: TUI,
        uses: &[IDENTITY, PROTO, CHAT],
        tests_use: &[TESTKIT],
    },
    // The verb that only looks who is there browses without a node around it.
    Layer {
        name: CLI,
        uses: &[IDENTITY, DISCOVERY, VAULT, NODE, TUI],
        tests_use: &[TESTKIT],
    },
    Layer {
        name: TESTS,
        uses: &[
            IDENTITY, PROTO, SESSION, TESTKIT, DISCOVERY, CHAT, GOSSIP, STORE, DIRECT, GROUP,
            TRUST, VAULT, NET, NODE, TUI, CLI,
        ],
        tests_use: &[],
    },
    Layer {
        name: XTASK,
        uses: &[],
        tests_use: &[],
    },
];

/// An outside crate that is the secret of some members.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secret {
    pub(super) name: &'static str,
    /// The members that may name it.
    pub(super) known_to: &'static [&'static str],
}

/// `tazcom-tests` plays foreign and hostile peers and may know most of them.
pub(super) const SECRETS: &[Secret] = &[
    Secret {
        name: "ed25519-dalek",
        known_to: &[IDENTITY],
    },
    Secret {
        name: "base64",
        known_to: &[IDENTITY, STORE, VAULT, TESTS],
    },
    Secret {
        name: "zeroize",
        known_to: &[
            IDENTITY, PROTO, SESSION, DIRECT, GROUP, TRUST, VAULT, NODE, TUI, CLI,
        ],
    },
    Secret {
        name: "snow",
        known_to: &[SESSION],
    },
    Secret {
        name: "x25519-dalek",
        known_to: &[SESSION],
    },
    Secret {
        name: "chacha20poly1305",
        known_to: &[SESSION, GROUP, VAULT],
    },
    // Ratchets for two, for many, and the keys that two people compare.
    Secret {
        name: "vodozemac",
        known_to: &[DIRECT, GROUP, TRUST],
    },
    Secret {
        name: "argon2",
        known_to: &[GROUP, VAULT],
    },
    Secret {
        name: "bip39",
        known_to: &[GROUP, TRUST],
    },
    Secret {
        name: "qrcode",
        known_to: &[TRUST],
    },
    Secret {
        name: "blake2",
        known_to: &[SESSION],
    },
    Secret {
        name: "unicode-security",
        known_to: &[CHAT],
    },
    Secret {
        name: "unicode-normalization",
        known_to: &[CHAT],
    },
    Secret {
        name: "iroh-gossip",
        known_to: &[GOSSIP],
    },
    Secret {
        name: "negentropy",
        known_to: &[GOSSIP],
    },
    Secret {
        name: "postcard",
        known_to: &[GOSSIP],
    },
    Secret {
        name: "rusqlite",
        known_to: &[STORE],
    },
    Secret {
        name: "simple-dns",
        known_to: &[DISCOVERY, TESTS],
    },
    Secret {
        name: "simple-mdns",
        known_to: &[DISCOVERY],
    },
    Secret {
        name: "getifaddrs",
        known_to: &[DISCOVERY],
    },
    Secret {
        name: "mdns-sd",
        known_to: &[TESTS],
    },
    Secret {
        name: "socket2",
        known_to: &[DISCOVERY, NET, TESTS],
    },
    // The test kit emulates streams for those who read and write them with tokio, in its paused time.
    Secret {
        name: "tokio",
        known_to: &[TESTKIT, DISCOVERY, NET, NODE, CLI, TESTS],
    },
    Secret {
        name: "tokio-util",
        known_to: &[DISCOVERY, NET, NODE, CLI, TESTS],
    },
    Secret {
        name: "tracing-subscriber",
        known_to: &[CLI, TESTS],
    },
    Secret {
        name: "clap",
        known_to: &[CLI, XTASK],
    },
    Secret {
        name: "clap_complete",
        known_to: &[CLI],
    },
    Secret {
        name: "clap_mangen",
        known_to: &[CLI],
    },
    Secret {
        name: "toml",
        known_to: &[CLI, XTASK],
    },
    Secret {
        name: "jiff",
        known_to: &[TUI, CLI],
    },
    Secret {
        name: "crossterm",
        known_to: &[TUI],
    },
    Secret {
        name: "ratatui",
        known_to: &[TUI],
    },
    Secret {
        name: "unicode-width",
        known_to: &[TUI],
    },
    Secret {
        name: "etcetera",
        known_to: &[CLI],
    },
    // A library gives typed errors.
    Secret {
        name: "anyhow",
        known_to: &[CLI, TESTS, XTASK],
    },
    Secret {
        name: "cargo_metadata",
        known_to: &[XTASK],
    },
    Secret {
        name: "signal-hook",
        known_to: &[XTASK],
    },
];
