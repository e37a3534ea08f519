//! Interfaces that were asked for and are not there: a mistake in a name is likelier than a cable
//! that is still to be plugged in, so what there is instead is said at once.

use tazcom_discovery::{self as discovery, Interface, InterfaceFilter};
use tazcom_node::Backend;

use crate::output;

/// A line for each interface asked for by `filter` that is not there.
pub(crate) fn texts(filter: &InterfaceFilter, backend: Backend) -> Vec<String> {
    // Where they cannot be listed, nothing is known to be missing.
    let Ok(there) = discovery::list_interfaces() else {
        return Vec::new();
    };
    if backend == Backend::Native && filter.select(&there).is_empty() {
        // Then discovery itself warns, at the start and whenever it comes to that.
        return Vec::new();
    }
    missing(filter, &there)
}

fn missing(filter: &InterfaceFilter, there: &[Interface]) -> Vec<String> {
    let InterfaceFilter::Only(selectors) = filter else {
        return Vec::new();
    };
    selectors
        .iter()
        .filter(|selector| !there.iter().any(|interface| selector.matches(interface)))
        .map(|selector| {
            let name = selector.to_string();
            let name = name.escape_debug();
            format!(
                "No interface here is {name}; there is {}. It is used once it is there.",
                output::list(there)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tazcom_discovery::{InterfaceIndex, InterfaceKind};

    use super::*;

    #[test]
    fn a_mistyped_name_is_told_with_what_there_is() {
        let there = [Interface {
            index: InterfaceIndex(2),
            name: "wlan0".to_owned(),
            kind: InterfaceKind::Lan,
            addrs: Vec::new(),
        }];
        let only = |name: &str| InterfaceFilter::Only(vec![name.parse().unwrap()]);
        assert_eq!(
            missing(&only("wlan9"), &there),
            ["No interface here is wlan9; there is wlan0 (lan). It is used once it is there."]
        );
        assert_eq!(missing(&only("wlan0"), &there), [""; 0]);
        assert_eq!(missing(&InterfaceFilter::Auto, &there), [""; 0]);
        assert!(missing(&only("x"), &[])[0].contains("there is none"));
    }
}
