//! What somebody is called who has not said: as their account is. The first start asks nothing.

use tazcom_identity::NodeId;
use tazcom_node::MAX_NAME_LEN;
use tazcom_node::chat::Name;

/// The name of the account that runs this, as it may be shown. There always is one.
pub(super) fn name(id: NodeId) -> String {
    let named = ["USER", "LOGNAME"].map(|name| std::env::var(name).ok());
    let named = named.into_iter().chain(std::iter::once_with(listed));
    chosen(named.flatten(), id)
}

/// The first that may be shown and could be nobody else's; where there is none it is a guest.
fn chosen(names: impl Iterator<Item = String>, id: NodeId) -> String {
    let named = names
        .filter_map(|name| Name::clean(&name))
        .find(|name| !name.is_reserved());
    match named {
        Some(name) => {
            let end = name.as_str().floor_char_boundary(MAX_NAME_LEN);
            name.as_str().get(..end).unwrap_or_default().to_owned()
        }
        None => {
            let tag = id.short().to_string();
            format!("guest-{}", tag.get(..4).unwrap_or(&tag))
        }
    }
}

/// What the list of accounts of this machine says.
#[cfg(unix)]
fn listed() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    name_of(&std::fs::read_to_string("/etc/passwd").ok()?, &uid)
}

#[cfg(not(unix))]
fn listed() -> Option<String> {
    std::env::var("USERNAME").ok()
}

/// The first name of a number in the form of passwd(5).
#[cfg(unix)]
fn name_of(accounts: &str, uid: &str) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_name_and_never_one_of_the_programs() {
        let id = NodeId::from_bytes([1; 32]);
        let called = |names: &[&str]| chosen(names.iter().map(|name| (*name).to_owned()), id);
        assert_eq!(called(&["ana"]), "ana");
        assert_eq!(called(&["", "zoe"]), "zoe");
        assert_eq!(called(&["Ana Maria"]), "Ana_Maria");
        for nobody in [&["root"][..], &["\u{1b}\u{7}"], &[]] {
            let name = called(nobody);
            assert!(name.len() > 6 && name.len() <= MAX_NAME_LEN, "{name}");
        }
        assert!(called(&["root"]).starts_with("guest-"));
        assert!(called(&[&"\u{1f600}a".repeat(40)]).len() <= MAX_NAME_LEN);
    }

    #[cfg(unix)]
    #[test]
    fn the_account_is_found_by_its_number() {
        let accounts = "root:x:0:0::/root:/bin/sh\nana:x:1000:1000:Ana:/:/bin/sh\n";
        assert_eq!(name_of(accounts, "1000").as_deref(), Some("ana"));
        assert_eq!(name_of(accounts, "100"), None);
        assert_eq!(name_of("garbage", "0"), None);
    }
}
