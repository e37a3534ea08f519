//! What can go wrong with the book.

use super::Book;

/// Why nothing was written down about somebody. The book is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// It is ourselves.
    #[error("this is your own id")]
    Own,
    /// It holds [`Book::MAX`] ids, all of which a person verified or blocked.
    #[error(
        "the book is full: {} people are verified or blocked; take one of them back first",
        Book::MAX
    )]
    Full,
    /// It said itself that it is not to be trusted any more.
    #[error("this id was revoked by its owner; it cannot be verified any more")]
    Revoked,
    /// It is blocked.
    #[error("this one is blocked; unblock it first")]
    Blocked,
}

/// Why rows do not make a book. There is none then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// A row of something else.
    #[error("a row that does not belong to the book of people")]
    Foreign,
    /// A row that is not what this program writes.
    #[error("what is kept about people is damaged; move the data directory away, or restore it")]
    Damaged,
    /// More than this program would write.
    #[error("more than {} people, so this program did not write it", Book::MAX)]
    TooMany,
}
