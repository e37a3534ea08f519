//! What is kept between runs.

use std::fmt;

use zeroize::Zeroizing;

/// A key and its value, to be written in the transaction of the step that put it out.
pub struct Row {
    /// Begins with [`Row::PREFIX`].
    pub key: Vec<u8>,
    /// What stands there from now on; none takes the row away.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

impl Row {
    /// What every key of this crate begins with.
    pub const PREFIX: &'static [u8] = b"trust/";
}

/// Says nothing of what is in it: whom one knows is nobody's business.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Row(..)")
    }
}
