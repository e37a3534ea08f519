//! Who is called what.

use tazcom_chat::{
    ChatEvent, Config, DisplayName, FindError, Input, MAX_NAME_CHARS, Name, NameWarning,
    RESERVED_NAMES, Refusal, Restored,
};

use crate::stage::{HOUR, Node, SECOND, Voice, millis};

/// What is said about a name that a stranger takes in a mesh of `known` people.
fn warnings(known: &[&str], name: &str) -> (Vec<NameWarning>, DisplayName) {
    let mut node = Node::new();
    for (n, known) in (0..).zip(known) {
        node.hear(&Voice::new(n).is_called(known, millis(0)));
    }
    node.news();
    node.hear(&Voice::new(99).is_called(name, millis(1)));
    let mut news = node.news();
    let Some(ChatEvent::NameChanged { new, warnings, .. }) = news.pop() else {
        panic!("{news:?}");
    };
    (warnings, new)
}

/// Row 61: a name of 10 KB does not fit on the wire; cleaning bounds it all the same.
#[test]
fn a_name_of_ten_kilobytes_is_cut_and_refused_as_ones_own() {
    let long = "x".repeat(10_240);
    let name = Name::clean(&long).unwrap();
    assert_eq!(name.as_str().chars().count(), MAX_NAME_CHARS);
    let mut node = Node::new();
    node.handle(Input::SetName {
        name: long,
        reference: 4,
    });
    let why = Refusal::NameTooLong { len: 10_240 };
    assert_eq!(node.news(), [ChatEvent::Refused { reference: 4, why }]);
}

#[test]
fn a_name_of_nothing_that_can_be_read_is_none() {
    let hangul_filler = "\u{3164}";
    for name in [
        "\u{200b}\u{200d}\u{feff}",
        "\u{2800}\u{2800}",
        hangul_filler,
        " \n ",
        "~~",
        "---",
    ] {
        assert_eq!(Name::clean(name), None, "{name:?}");
        let (warnings, shown) = warnings(&[], name);
        assert_eq!(warnings, [NameWarning::Unreadable]);
        assert_eq!(
            shown.to_string(),
            format!("~{}", Voice::new(99).id().short())
        );
    }
}

#[test]
fn a_name_of_the_program_is_flagged_however_it_is_spelled() {
    // In Cyrillic, in capitals, with a zero, full width, with something invisible in it.
    for name in [
        "system",
        "sуstem",
        "SYSTEM",
        "r00t",
        "ｓｙｓｔｅｍ",
        "sys\u{200b}tem",
        "Tazcom",
    ] {
        let (warnings, shown) = warnings(&[], name);
        assert!(warnings.contains(&NameWarning::Reserved), "{name}");
        assert!(shown.is_doubtful());
        assert!(shown.short().contains('~'), "never without its tag");
    }
    for reserved in RESERVED_NAMES {
        assert!(Name::clean(reserved).unwrap().is_reserved());
    }
}

#[test]
fn a_name_has_no_signs_that_a_program_draws_with() {
    for (claimed, clean) in [
        ("✓zoe", "zoe"),
        ("zoe ✔", "zoe"),
        ("● zoe", "zoe"),
        ("+zoe", "zoe"),
        ("*zoe*", "zoe*"),
        ("!! zoe", "zoe"),
        ("zoe│ana", "zoeana"),
        ("zoe | ana", "zoe_ana"),
        ("→zoe", "zoe"),
        ("🙂zoe", "🙂zoe"),
        ("zoe-marie", "zoe-marie"),
    ] {
        assert_eq!(Name::clean(claimed).unwrap().as_str(), clean, "{claimed}");
    }
}

#[test]
fn a_name_of_the_program_cannot_be_taken() {
    let mut node = Node::new();
    node.handle(Input::SetName {
        name: "Sуstem".to_owned(),
        reference: 3,
    });
    let why = Refusal::NameReserved;
    assert_eq!(node.news(), [ChatEvent::Refused { reference: 3, why }]);
    assert_eq!(node.chat.own_name(), None);
}

#[test]
fn a_twin_in_another_script_is_flagged() {
    for (name, twin) in [
        ("pavel", "раvеl"),
        ("Alice", "AIice"),
        ("bob", "B0B"),
        ("anna", "Anna"),
    ] {
        let (warnings, shown) = warnings(&[name], twin);
        let [NameWarning::LooksLike(other)] = warnings.as_slice() else {
            panic!("{twin} is not taken for {name}: {warnings:?}");
        };
        assert_eq!(other.id(), Voice::new(0).id());
        assert!(shown.is_doubtful());
    }
    assert_eq!(warnings(&["pavel"], "paula").0, []);
}

#[test]
fn a_twin_of_ourselves_is_flagged() {
    let mut node = Node::new();
    node.handle(Input::SetName {
        name: "pavel".to_owned(),
        reference: 1,
    });
    node.news();
    node.hear(&Voice::new(1).is_called("раvеl", millis(0)));
    let news = node.news();
    let [ChatEvent::NameChanged { warnings, .. }] = news.as_slice() else {
        panic!("{news:?}");
    };
    assert_eq!(*warnings, [NameWarning::LooksLikeOurs]);
}

#[test]
fn a_name_is_cleaned_of_lines_blanks_and_false_tags() {
    for (claimed, clean) in [
        ("ana\nsystem: hi", "ana_system:_hi"),
        ("bob~a1b2c3d4", "bob-a1b2c3d4"),
        ("  Ana   Maria ", "Ana_Maria"),
        ("/quit", "quit"),
        ("#lobby", "lobby"),
        ("\u{202e}bob", "bob"),
        ("z\u{300}\u{301}\u{302}\u{303}algo", "z\u{300}\u{301}algo"),
        ("José", "José"),
        ("山田太郎", "山田太郎"),
    ] {
        let (warnings, shown) = warnings(&[], claimed);
        assert_eq!(shown.name().unwrap().as_str(), clean);
        assert_eq!(warnings.contains(&NameWarning::Cleaned), claimed != clean);
    }
}

/// Row 62.
#[test]
fn of_fifty_bobs_none_is_meant_by_the_name_and_each_by_its_tag() {
    let mut node = Node::new();
    let bobs: Vec<Voice> = (0..50).map(Voice::new).collect();
    for bob in &bobs {
        node.hear(&bob.is_called("bob", millis(0)));
    }
    let Err(FindError::Ambiguous { count, candidates }) = node.chat.find_person("bob") else {
        panic!("bob is not one person");
    };
    assert_eq!((count, candidates.len()), (50, 50));
    for bob in &bobs {
        let shown = node.chat.name(&bob.id()).to_string();
        assert_eq!(shown, format!("bob~{}", bob.id().short()));
        assert_eq!(node.chat.find_person(&shown).unwrap().id(), bob.id());
    }
}

#[test]
fn somebody_is_found_by_name_tag_id_and_the_beginning_of_it() {
    let mut node = Node::new();
    let ana = Voice::new(1);
    node.hear(&ana.is_called("Ana", millis(0)));
    let id = ana.id().to_string();
    let tag = ana.id().short();
    let ways = [
        "ana".to_owned(),
        "@Ana".to_owned(),
        "ANA".to_owned(),
        format!("ana~{tag}"),
        format!("~{tag}"),
        format!("Ana~{}", &tag.as_str()[..4]),
        id.clone(),
        id[..4].to_owned(),
        id[..20].to_owned(),
    ];
    for way in ways {
        let found = node.chat.find_person(&way).map(|found| found.id());
        assert_eq!(found, Ok(ana.id()), "{way}");
    }
    for way in [
        "",
        "~",
        "an",
        &id[..3],
        "Ana~",
        "ana~abc",
        &format!("ben~{tag}"),
    ] {
        assert_eq!(node.chat.find_person(way), Err(FindError::Nobody), "{way}");
    }
}

#[test]
fn a_name_that_is_the_beginning_of_anothers_id_leads_nobody_astray() {
    let mut node = Node::new();
    let ana = Voice::new(1);
    let short = ana.id().short().to_string();
    node.hear(&ana.is_called("ana", millis(0)));
    node.hear(&Voice::new(2).is_called(&short, millis(0)));
    let found = node.chat.find_person(&short);
    assert!(matches!(found, Err(FindError::Ambiguous { count: 2, .. })));
}

#[test]
fn a_rename_is_told_with_both_names_and_an_older_profile_changes_nothing() {
    let mut node = Node::new();
    let ana = Voice::new(1);
    let (first, second) = (
        ana.is_called("ana", millis(0)),
        ana.is_called("anna", millis(5)),
    );
    node.hear(&first);
    node.hear(&second);
    node.hear(&first);
    node.hear(&ana.is_called("anna", millis(9)));
    let names = node.news().into_iter().map(|event| match event {
        ChatEvent::NameChanged { old, new, .. } => (old.map(|old| old.short()), new.short()),
        other => panic!("{other:?}"),
    });
    let ana_then = Some("ana".to_owned());
    let expected = [(None, "ana".to_owned()), (ana_then, "anna".to_owned())];
    assert_eq!(names.collect::<Vec<_>>(), expected);
    assert_eq!(node.chat.find_person("ana"), Err(FindError::Nobody));
}

#[test]
fn one_person_past_the_limit_drops_who_was_heard_longest_ago() {
    let mut config = Config::lan();
    config.people = 3;
    let mut node = Node::with(0, config, Restored::fresh());
    for n in 0..4u32 {
        node.hear(&Voice::new(n).is_called(&format!("person{n}"), millis(0)));
    }
    assert_eq!(node.chat.find_person("person0"), Err(FindError::Nobody));
    assert!(node.chat.find_person("person1").is_ok());
    assert!(node.chat.find_person("person3").is_ok());
}

#[test]
fn our_name_is_said_when_somebody_comes_when_it_changes_and_every_six_hours() {
    let restored = Restored {
        name: Some("pavel".to_owned()),
        ..Restored::fresh()
    };
    let mut node = Node::with(0, Config::lan(), restored);
    node.pass(HOUR);
    assert_eq!(node.published.len(), 0, "nobody is there to hear it");
    let ana = Voice::new(1).id();
    node.reach(&[ana], &[]);
    assert_eq!(node.published.len(), 1);
    for _ in 0..10 {
        node.reach(&[], &[]);
        node.pass(SECOND);
        node.reach(&[ana], &[]);
    }
    assert_eq!(
        node.published.len(),
        1,
        "a link that comes and goes makes no noise"
    );
    node.pass(HOUR);
    assert_eq!(node.published.len(), 2);
    node.handle(Input::SetName {
        name: "paul".to_owned(),
        reference: 1,
    });
    assert_eq!(node.published.len(), 3);
    assert_eq!(node.memory.as_ref().unwrap().name.as_deref(), Some("paul"));
    node.pass(24 * HOUR);
    assert!(
        (6..=7).contains(&node.published.len()),
        "a day is four times six hours"
    );
}

#[test]
fn a_clock_that_is_off_is_told_once() {
    let mut node = Node::new();
    let ana = Some(Voice::new(1).id());
    let skew = |who, offset_millis| Input::Skew { who, offset_millis };
    node.handle(skew(ana, 119_000));
    assert_eq!(node.news(), []);
    for _ in 0..5 {
        node.handle(skew(ana, -3 * 3_600_000));
        node.handle(skew(ana, 0));
    }
    let news = node.news();
    let [
        ChatEvent::ClockSkew {
            who: Some(_),
            offset_millis,
        },
    ] = news.as_slice()
    else {
        panic!("{news:?}");
    };
    assert_eq!(*offset_millis, -3 * 3_600_000);
    node.pass(600 * SECOND);
    node.handle(skew(ana, 0));
    node.handle(skew(None, 20 * 3_600_000));
    assert_eq!(node.news().len(), 2);
}
