//! What is kept from one chat to the next, in the hands of the node.

use tazcom_tui::Kept;

use super::door::Door;
use crate::control::{AskError, Request, Told, Unshown};
use crate::conversing::DISK;

/// What was kept, as far as it is understood.
pub(super) async fn kept(door: &Door) -> Result<Kept, AskError> {
    let told = door.ask(&Request::Kept, DISK).await?;
    let value = told.into_iter().find_map(|told| match told {
        Told::Kept { value } => value.map(Unshown),
        _ => None,
    });
    Ok(value.map_or_else(Kept::default, |value| Kept::read(&value.0)))
}

/// Has kept what a chat has changed. Another chat on the node may have had something kept meanwhile.
pub(super) async fn keep(door: &Door, before: &Kept, after: &Kept) -> Result<(), AskError> {
    let here = kept(door).await?;
    let changed = here.changed(before, after);
    // Nothing in it can fail to be written.
    let value = Unshown(serde_json::to_string(&changed).unwrap_or_default());
    door.ask(&Request::Keep { value }, DISK).await.map(drop)
}
