//! Which protocol a connection speaks, told by its first byte. Sans-IO.

/// The first byte of every POC-02 line: it is a JSON object.
const LINE_OPENS: u8 = b'{';

/// The first byte of a session's preamble.
const SESSION_OPENS: u8 = tazcom_session::PREAMBLE[0];

/// What a connection wants to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniff {
    /// A line of POC-02.
    Line,
    /// A session; its handshake judges the rest of the preamble.
    Session,
    /// Nothing we speak. It is closed without a byte.
    Unknown(u8),
}

impl Sniff {
    /// Judges the first byte.
    #[must_use]
    pub const fn of(first_byte: u8) -> Self {
        match first_byte {
            LINE_OPENS => Self::Line,
            SESSION_OPENS => Self::Session,
            other => Self::Unknown(other),
        }
    }
}
