//! What is laid over the conversation.

use tazcom_chat::DisplayName;
use zeroize::Zeroizing;

use crate::news::Comparison;

/// What is laid over it, one at a time.
pub(crate) enum Overlay {
    /// Keys and commands; scrolled down by so many rows.
    Help { scroll: u16 },
    /// Is it working, and if not, why: what was tried and what to do.
    Doctor { scroll: u16 },
    /// Something of several lines, for example who somebody is.
    Text {
        title: String,
        text: String,
        scroll: u16,
    },
    /// Emoji are being compared.
    Verify {
        with: DisplayName,
        /// What to compare; none while the other is waited for.
        comparison: Option<Comparison>,
        /// Whether the user has said that they are the same, and the other has not yet.
        said_same: bool,
        /// Whether the other has asked for it, and we have not agreed yet.
        offered: bool,
        /// What of the answer is typed: Enter answers.
        typed: String,
    },
    /// Something is asked for that is not shown while it is typed.
    Secret {
        /// What for, as a question.
        question: String,
        typed: Zeroizing<String>,
        /// The room that is entered with it.
        room: String,
    },
    /// Something that cannot be undone: yes or no.
    Confirm {
        /// The question.
        question: String,
        choice: Choice,
        /// What of the answer is typed: Enter answers.
        typed: String,
    },
}

impl Overlay {
    /// The words that answer it, and whether each means yes; none while there is nothing to answer.
    ///
    /// Emoji that are compared take words that are hardly ever said alone: what decides who counts as
    /// verified is not answered by a "yes" that was meant for others.
    pub(crate) const fn answers(&self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Confirm { .. } | Self::Verify { offered: true, .. } => {
                &[("yes", true), ("y", true), ("no", false), ("n", false)]
            }
            Self::Verify {
                comparison: Some(_),
                said_same: false,
                ..
            } => &[("same", true), ("different", false)],
            _ => &[],
        }
    }
}

/// Names what it is and nothing more: secrets are typed into it.
impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Help { .. } => "Help",
            Self::Doctor { .. } => "Doctor",
            Self::Text { .. } => "Text",
            Self::Verify { .. } => "Verify",
            Self::Secret { .. } => "Secret",
            Self::Confirm { .. } => "Confirm",
        })
    }
}

/// What happens on yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Leave a conversation, with what was said there.
    Leave(crate::Place),
    /// Take somebody out of a private room.
    Remove(tazcom_proto::inner::SealedRoomId, tazcom_identity::NodeId),
    /// End although something is typed or queued.
    Quit,
}

/// What may be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    /// What to write, and what it is, in the order shown.
    pub(crate) entries: Vec<(String, String)>,
    /// Which is chosen, if one is.
    pub(crate) chosen: Option<usize>,
}
