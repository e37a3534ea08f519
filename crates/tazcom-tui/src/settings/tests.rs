//! What was kept is read as far as it is understood.

use proptest::prelude::*;

use super::*;

fn kept() -> Kept {
    let conversation = KeptConversation {
        read: Some((7, 2)),
        muted: true,
        draft: "half a thought".to_owned(),
    };
    Kept {
        settings: Settings {
            theme: Theme::Light,
            bell: Bell::Mentions,
            notify: Bell::All,
            ascii: true,
            mouse: true,
        },
        conversations: [("#lobby".to_owned(), conversation)].into(),
    }
}

/// What is read when one place in what was written has another value.
fn read_with(pointer: &str, value: Value) -> Kept {
    let mut written = serde_json::to_value(kept()).unwrap();
    *written.pointer_mut(pointer).unwrap() = value;
    Kept::read(&written.to_string())
}

#[test]
fn what_was_written_is_read_as_it_was() {
    let written = serde_json::to_string(&kept()).unwrap();
    assert!(Kept::read(&written) == kept());
}

#[test]
fn a_setting_that_is_not_understood_costs_nothing_but_itself() {
    let mut expected = kept();
    expected.settings.theme = Theme::Dark;
    assert!(read_with("/settings/theme", "neon".into()) == expected);
    let mut expected = kept();
    expected.settings.mouse = false;
    assert!(read_with("/settings/mouse", 7.into()) == expected);
    let mut expected = kept();
    expected.settings = Settings::default();
    assert!(read_with("/settings", "all new".into()) == expected);
}

#[test]
fn a_conversation_that_is_not_understood_costs_nothing_but_itself() {
    let mut expected = kept();
    let lobby = expected.conversations.get_mut("#lobby").unwrap();
    lobby.read = None;
    assert!(read_with("/conversations/#lobby/read", "all".into()) == expected);

    let mut expected = kept();
    expected.conversations.clear();
    assert!(read_with("/conversations/#lobby", 1.into()) == expected);
    assert!(read_with("/conversations", Value::Null) == expected);
}

#[test]
fn what_a_newer_version_adds_is_passed_over() {
    let mut written = serde_json::to_value(kept()).unwrap();
    written["settings"]["font"] = "large".into();
    written["conversations"]["#lobby"]["pinned"] = true.into();
    written["version"] = 2.into();
    assert!(Kept::read(&written.to_string()) == kept());
}

#[test]
fn no_more_conversations_are_read_than_are_kept() {
    let many = |count: usize| {
        let mut kept = Kept::default();
        for number in 0..count {
            let name = format!("#room-{number}");
            kept.conversations.insert(name, KeptConversation::default());
        }
        let written = serde_json::to_string(&kept).unwrap();
        Kept::read(&written).conversations.len()
    };
    assert_eq!(many(Kept::MAX_KEPT), Kept::MAX_KEPT);
    assert_eq!(many(Kept::MAX_KEPT + 1), Kept::MAX_KEPT);
}

#[test]
fn garbage_is_nothing() {
    let deep = "[".repeat(10_000);
    for text in ["", "{", "null", "[]", "7", "\u{0}", "{\"settings\":", &deep] {
        assert!(Kept::read(text) == Kept::default());
    }
}

proptest! {
    #[test]
    fn whatever_is_there_can_be_read(text in ".*", at in 0_usize..200, byte in any::<u8>()) {
        let _ = Kept::read(&text);
        let mut written = serde_json::to_string(&kept()).unwrap().into_bytes();
        if let Some(place) = written.get_mut(at) {
            *place = byte;
        }
        let kept = Kept::read(&String::from_utf8_lossy(&written));
        prop_assert!(kept.conversations.len() <= Kept::MAX_KEPT);
    }
}

#[test]
fn what_two_chats_have_changed_is_changed_and_what_either_has_read_is_read() {
    let before = kept();
    let conversation = |read, muted, draft: &str| KeptConversation {
        read,
        muted,
        draft: draft.to_owned(),
    };
    let mut mine = before.clone();
    mine.settings.theme = Theme::Mono;
    mine.conversations
        .insert("#lobby".to_owned(), conversation(Some((8, 0)), true, ""));
    mine.conversations
        .insert("#mine".to_owned(), conversation(Some((1, 1)), false, "m"));
    let mut theirs = before.clone();
    theirs.settings.bell = Bell::Off;
    theirs.conversations.insert(
        "#lobby".to_owned(),
        conversation(Some((9, 0)), false, "theirs"),
    );
    theirs
        .conversations
        .insert("@zoe".to_owned(), conversation(None, true, ""));
    let both = theirs.changed(&before, &mine);
    let settings = Settings {
        theme: Theme::Mono,
        bell: Bell::Off,
        ..before.settings
    };
    assert_eq!(both.settings, settings);
    let expected = [
        ("#lobby", conversation(Some((9, 0)), false, "")),
        ("#mine", conversation(Some((1, 1)), false, "m")),
        ("@zoe", conversation(None, true, "")),
    ];
    let expected = expected.map(|(name, kept)| (name.to_owned(), kept));
    assert!(both.conversations == expected.into());
}

#[test]
fn what_one_chat_has_forgotten_is_forgotten_unless_another_has_read_on() {
    let before = kept();
    let after = Kept::default();
    assert!(
        before
            .clone()
            .changed(&before, &after)
            .conversations
            .is_empty()
    );
    let mut theirs = before.clone();
    theirs.conversations.get_mut("#lobby").unwrap().read = Some((9, 0));
    let both = theirs.changed(&before, &after);
    assert_eq!(both.conversations["#lobby"].read, Some((9, 0)));
}

/// Of few conversations, with drafts that together may be too long.
fn any_kept() -> impl Strategy<Value = Kept> {
    let read = proptest::option::of((0..3_u64, 0..3_u64));
    let conversation = (read, any::<bool>(), 0..9_000_usize);
    let conversation = conversation.prop_map(|(read, muted, len)| KeptConversation {
        read,
        muted,
        draft: "x".repeat(len),
    });
    let all = proptest::collection::btree_map("#[a-d]", conversation, 0..4);
    (all, any::<bool>()).prop_map(|(conversations, ascii)| Kept {
        settings: Settings {
            ascii,
            ..Settings::default()
        },
        conversations,
    })
}

proptest! {
    #[test]
    fn a_chat_that_has_changed_nothing_changes_nothing(mine in any_kept(), theirs in any_kept()) {
        let theirs = fitting(theirs, |_| true);
        prop_assert!(theirs.clone().changed(&mine, &mine) == theirs);
    }

    #[test]
    fn of_all_that_two_chats_want_kept_no_more_than_fits_is(
        before in any_kept(), mine in any_kept(), theirs in any_kept()
    ) {
        let both = theirs.changed(&before, &mine);
        prop_assert!(both.conversations.len() <= Kept::MAX_KEPT);
        prop_assert!(serde_json::to_string(&both).unwrap().len() <= Kept::MAX_LEN);
    }
}
