//! Who is a member, as a function of the set of operations and of nothing else.
//!
//! They are gone through in the order of (lamport, id), in which each comes after what it builds on.
//! A removal wins against all that was done without having seen it: somebody is added again only by
//! whoever knows that it was removed, and what a removed admin did meanwhile does not count. Of two
//! admins who remove each other the first in that order stays. The creator can only leave.

use std::collections::BTreeMap;

use tazcom_identity::NodeId;

use super::log::OpLog;
use super::op::Action;
use super::past::Past;
use crate::config::MAX_MEMBERS;

/// How often the removals that were found are laid against what they make void. Two are enough unless
/// admins remove each other in a ring; whatever stands after the last counts, the same for all.
const PASSES: usize = 4;

/// Who is in a room, and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) members: BTreeMap<NodeId, Standing>,
    /// Who was removed, or has left, and is not back; and by whose word.
    pub(crate) removed: BTreeMap<NodeId, NodeId>,
    pub(crate) name: String,
    pub(crate) topic: String,
    /// The places of the removals that count.
    pub(crate) removals: Past,
}

/// What somebody is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) admin: bool,
    /// By whose word.
    pub(crate) by: NodeId,
}

type Removals = BTreeMap<NodeId, Past>;

impl OpLog {
    pub(crate) fn resolve(&self) -> Membership {
        self.resolve_within(None)
    }

    /// Who was a member as far as somebody with that past knew.
    pub(crate) fn resolve_at(&self, past: &Past) -> Membership {
        self.resolve_within(Some(past))
    }

    fn resolve_within(&self, past: Option<&Past>) -> Membership {
        let mut order: Vec<usize> = (0..self.nodes().len())
            .filter(|at| past.is_none_or(|past| past.contains(*at)))
            .collect();
        order.sort_by_key(|at| {
            let op = self.nodes().get(*at).map(|node| &node.op);
            op.map(|op| (op.op().lamport, op.id()))
        });
        let mut voiding = Removals::new();
        let mut membership = Membership::default();
        for _ in 0..PASSES {
            let (next, removals) = self.pass(&order, &voiding);
            membership = next;
            if removals == voiding {
                break;
            }
            voiding = removals;
        }
        membership
    }

    /// Goes through all once. Gives the state, and the removals by others than the removed.
    fn pass(&self, order: &[usize], voiding: &Removals) -> (Membership, Removals) {
        let creator = self.creator();
        let mut state = Membership::default();
        let mut removals = Removals::new();
        let mut others = Removals::new();
        for at in order {
            let Some(node) = self.nodes().get(*at) else {
                continue;
            };
            let author = node.op.op().author;
            let admin = state.members.get(&author).is_some_and(|own| own.admin);
            if self.is_void(*at, &node.past, voiding.get(&author)) {
                continue;
            }
            match &node.op.op().action {
                Action::Genesis {
                    name,
                    topic,
                    members,
                    ..
                } => {
                    let standing = |admin: &bool| Standing {
                        admin: *admin,
                        by: author,
                    };
                    let members = members.iter();
                    state.members = members
                        .map(|(who, admin)| (*who, standing(admin)))
                        .collect();
                    state.name.clone_from(name);
                    state.topic.clone_from(topic);
                }
                Action::Add {
                    who,
                    admin: as_admin,
                } => {
                    let unseen = removals.get(who);
                    let unseen = unseen.is_some_and(|all| all.without(&node.past).next().is_some());
                    let known = state.members.get(who).copied();
                    let room = known.is_some() || state.members.len() < MAX_MEMBERS;
                    if !admin || unseen || !room {
                        continue;
                    }
                    let mut standing = known.unwrap_or(Standing {
                        admin: false,
                        by: author,
                    });
                    standing.admin |= as_admin;
                    state.members.insert(*who, standing);
                    state.removed.remove(who);
                }
                Action::Remove { who } => {
                    let leaves = *who == author;
                    if !leaves && (!admin || Some(*who) == creator) {
                        continue;
                    }
                    if state.members.remove(who).is_some() {
                        state.removed.insert(*who, author);
                    }
                    removals.entry(*who).or_default().insert(*at);
                    state.removals.insert(*at);
                    if !leaves {
                        others.entry(*who).or_default().insert(*at);
                    }
                }
                Action::Rename { name, topic } if admin => {
                    state.name.clone_from(name);
                    state.topic.clone_from(topic);
                }
                Action::Rename { .. } => {}
            }
        }
        (state, others)
    }

    /// Whether its author was removed by somebody who had not seen it, while it had not seen that.
    fn is_void(&self, at: usize, past: &Past, removals: Option<&Past>) -> bool {
        let Some(removals) = removals else {
            return false;
        };
        removals
            .without(past)
            .filter(|removal| *removal != at)
            .any(|removal| {
                let node = self.nodes().get(removal);
                node.is_some_and(|node| !node.past.contains(at))
            })
    }
}
