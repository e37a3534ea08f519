//! People who talk: what one says the others hear.

mod crash;
mod disk;
mod inert;
mod keeping;
mod later;
mod said;

use tazcom_tests::{Host, Node, User};

/// The room everybody is in.
const LOBBY: &str = "#lobby";

/// Users of one machine whose nodes run and have met, each with its node.
pub(crate) fn met<const N: usize>(host: &Host, names: [&str; N]) -> [(User, Node); N] {
    let mut everybody = names.map(|name| {
        let user = User::on_loopback(name, host);
        let node = user.runs();
        (user, node)
    });
    let ids = everybody.each_ref().map(|(_, node)| node.id().to_owned());
    for (_, node) in &mut everybody {
        let me = node.id().to_owned();
        for id in ids.iter().filter(|id| **id != me) {
            node.is_in_session_with(id);
        }
    }
    everybody
}

#[expect(
    clippy::print_stderr,
    reason = "a figure worth reading where it passes, too"
)]
pub(crate) fn tell(figure: &str) {
    eprintln!("{figure}");
}
