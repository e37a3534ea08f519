//! Whatever is told and typed, nothing panics and nothing grows past its bound.

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use tazcom_chat::DisplayName;
use tazcom_proto::UnixMillis;
use tazcom_proto::inner::SealedRoomId;
use tazcom_tui::{
    Answer, Comparison, Config, Conversation, Fate, Input, Member, News, NotVerified, Note, Order,
    Place, Said, Standing, Trust, Weight,
};

use crate::stage::{
    SECOND, START, Stage, ana, config, conversation, id, lobby, me, plain, present, room, said, who,
};

#[test]
fn a_hundred_thousand_and_one_lines_are_a_hundred_thousand() {
    let mut stage = Stage::lobby();
    for n in 0..100_002 {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert!(
        !stage.sees("line 1.") && stage.sees("line 2."),
        "{}",
        stage.screen()
    );
    let asked = stage.asked.len();
    assert_eq!(asked, 1, "what was before is asked for again");
}

#[test]
fn of_long_lines_fewer_are_kept() {
    let mut stage = Stage::lobby();
    let text = "x".repeat(8000);
    for n in 0..9000 {
        stage.say(said(room("west"), ana(), n, &text));
        stage.no_history();
    }
    stage.say(said(lobby(), ana(), 1, "a short one"));
    assert!(
        stage.sees("a short one"),
        "the longest conversation loses what is oldest"
    );
    stage.alt('2');
    stage.no_history();
    stage.press(KeyCode::Home, KeyModifiers::CONTROL);
    assert!(!stage.asked.is_empty(), "there is more to be asked for");
}

#[test]
fn what_is_seen_stays_while_the_oldest_go() {
    let mut stage = Stage::lobby();
    for n in 0..100_000 {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    stage.key(KeyCode::PageUp);
    let before = stage.screen();
    for n in 100_000..100_100 {
        stage.say(said(lobby(), ana(), n, &format!("line {n}.")));
    }
    let rows = |screen: &str| {
        let rows = screen.lines().filter(|row| row.contains("line "));
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows(&before), rows(&stage.screen()));
}

#[test]
fn answers_to_nothing_are_nothing() {
    let mut stage = Stage::lobby();
    for reference in [0, 1, 2, 77, u64::MAX] {
        stage.answer(reference, Answer::Place(room("evil")));
        stage.answer(reference, Answer::Refused("x".repeat(100_000)));
    }
    assert!(!stage.sees("evil"));
}

#[test]
fn an_answer_of_another_kind_than_asked_for_does_no_harm() {
    for typed in [
        "hello",
        "/msg zoe hi",
        "/rooms",
        "/join #west",
        "/private x",
        "/verify ana",
    ] {
        for answer in [
            Answer::Done,
            Answer::Person(ana()),
            Answer::Place(room("east")),
            Answer::Text("\u{1b}[2J\nx".repeat(5000)),
            Answer::History {
                lines: vec![said(room("other"), ana(), 1, "elsewhere")],
                more: true,
            },
            Answer::Refused("\u{1b}[2J\nno".to_owned()),
        ] {
            let mut stage = Stage::lobby();
            stage.enter(typed);
            stage.reply(answer);
            assert!(!stage.screen().contains('\u{1b}'));
        }
    }
}

#[test]
fn history_of_elsewhere_is_not_taken() {
    let mut stage = Stage::new(config());
    stage.news(News::Conversation(conversation(lobby())));
    stage.news(News::Ready);
    let lines = vec![said(room("other"), ana(), 1, "elsewhere")];
    stage.reply(Answer::History { lines, more: false });
    assert!(!stage.sees("elsewhere"));
}

/// A few names, some of them odd.
fn name(n: u8) -> DisplayName {
    let names = [
        "ana",
        "ana~zzzz",
        "\u{202e}bob",
        "",
        "日本語",
        "you",
        "x y z",
        "a\u{301}\u{301}\u{301}",
    ];
    DisplayName::told(
        id(n % 5),
        names.get(usize::from(n % 8)).copied(),
        n.is_multiple_of(3),
    )
}

fn place(n: u8) -> Place {
    match n % 6 {
        0 => lobby(),
        1 => room("west"),
        2 => Place::Person(id(n % 5)),
        3 => Place::Person(me().id()),
        n => Place::Private(SealedRoomId([n; 16])),
    }
}

fn any_said() -> impl Strategy<Value = Said> {
    let order = prop_oneof![0..50u64, Just(u64::MAX)];
    (
        any::<u8>(),
        any::<u8>(),
        order,
        ".{0,40}",
        any::<[bool; 4]>(),
    )
        .prop_map(|(at, by, order, text, [own, action, names, fate])| {
            let mut said = said(place(at), name(by), 1, &text);
            said.order = Order(order, u64::from(by % 3));
            said.id.0 = format!("{order}{by}").into();
            said.at = UnixMillis(order);
            (said.own, said.action, said.mentions_us) = (own, action, names);
            said.fate = fate.then_some(Fate::Queued);
            said
        })
}

fn any_news() -> impl Strategy<Value = News> {
    let id = (0..50u64, any::<u8>())
        .prop_map(|(order, by)| tazcom_tui::SaidId(format!("{order}{by}").into()));
    let west = || "west".parse().unwrap();
    prop_oneof![
        8 => any_said().prop_map(News::Said),
        2 => (any::<u8>(), ".{0,30}", any::<u8>()).prop_map(|(at, name, standing)| {
            let name = Some(tazcom_chat::DisplayText::new(&name));
            let standing = [Standing::In, Standing::Invited, Standing::Out][usize::from(standing % 3)];
            let members = vec![Member { who: self::name(standing as u8), admin: true }];
            News::Conversation(Conversation { name, standing, members, ..conversation(place(at)) })
        }),
        1 => any::<u8>().prop_map(|at| News::Gone(place(at))),
        1 => Just(News::Ready),
        1 => Just(News::Me(me())),
        1 => (id.clone(), any::<usize>(), any::<usize>()).prop_map(|(id, reached, of)| {
            let missing = Vec::new();
            News::Fate { id, fate: Fate::Reached { reached, of, missing } }
        }),
        1 => (id.clone(), any::<u8>(), any::<Option<u64>>()).prop_map(move |(before, by, missing)| {
            News::Gap { room: west(), author: name(by), missing, before }
        }),
        1 => (id, any::<bool>()).prop_map(move |(before, filled)| {
            News::GapClosed { room: west(), before, filled }
        }),
        1 => (any::<u8>(), any::<usize>(), any::<u64>()).prop_map(|(by, count, at)| {
            News::Split { lost: vec![name(by)], count, at: UnixMillis(at) }
        }),
        1 => (any::<usize>(), any::<Option<u64>>(), any::<u64>()).prop_map(move |(merged, at, back)| {
            News::Merged {
                room: Some(west()),
                merged,
                split_at: at.map(UnixMillis),
                rejoined_at: UnixMillis(back),
            }
        }),
        1 => (any::<u8>(), ".{0,60}").prop_map(|(n, text)| {
            let weight = [Weight::Quiet, Weight::Warning, Weight::Alert][usize::from(n % 3)];
            News::Note(Note { place: n.is_multiple_of(2).then(|| place(n)), text, weight, key: None })
        }),
        1 => any::<u8>().prop_map(|by| News::ComparisonAsked(name(by))),
        1 => (any::<u8>(), ".{0,9}", 0..40usize).prop_map(|(by, word, count)| {
            let emoji = vec![(word.clone(), word); count];
            News::Compare(Comparison { with: name(by), emoji, numbers: [1, 2, 3] })
        }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(by, ok)| {
            let why = "different".to_owned();
            let result = if ok { Ok(()) } else { Err(NotVerified { why, mismatch: true }) };
            News::Compared { with: id_of(by), result }
        }),
        1 => any::<u8>().prop_map(|by| News::Trust { who: id_of(by), trust: Trust::Blocked }),
        1 => any::<Vec<u8>>().prop_map(|by| {
            let present = by.into_iter().map(|by| present(name(by))).collect();
            News::Status(tazcom_tui::Status { present, ..Default::default() })
        }),
        1 => any::<u64>().prop_map(News::Missed),
    ]
}

fn id_of(n: u8) -> tazcom_identity::NodeId {
    id(n % 5)
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let code = prop_oneof![
        6 => any::<char>().prop_map(KeyCode::Char),
        6 => "[a-z0-9/#+@ yn]".prop_map(|text| KeyCode::Char(text.chars().next().unwrap())),
        2 => Just(KeyCode::Enter),
        1 => Just(KeyCode::Tab),
        1 => Just(KeyCode::BackTab),
        1 => Just(KeyCode::Esc),
        1 => Just(KeyCode::Backspace),
        1 => Just(KeyCode::Delete),
        1 => Just(KeyCode::Up),
        1 => Just(KeyCode::Down),
        1 => Just(KeyCode::Left),
        1 => Just(KeyCode::Right),
        1 => Just(KeyCode::Home),
        1 => Just(KeyCode::End),
        1 => Just(KeyCode::PageUp),
        1 => Just(KeyCode::PageDown),
        1 => (0..13u8).prop_map(KeyCode::F),
    ];
    (code, 0..8u8).prop_map(|(code, modifiers)| {
        KeyEvent::new(code, KeyModifiers::from_bits_truncate(modifiers))
    })
}

#[derive(Clone, Debug)]
enum Step {
    Do(Input),
    Typed(&'static str),
    Answer(Answer),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let commands = tazcom_chat::COMMANDS
        .each_ref()
        .map(|help| help.name)
        .to_vec();
    let answer = prop_oneof![
        Just(Answer::Done),
        Just(Answer::Refused("no".to_owned())),
        any::<u8>().prop_map(|by| Answer::Person(name(by))),
        any::<u8>().prop_map(|at| Answer::Place(place(at))),
        ".{0,50}".prop_map(Answer::Text),
        (prop::collection::vec(any_said(), 0..20), any::<bool>())
            .prop_map(|(lines, more)| Answer::History { lines, more }),
    ];
    prop_oneof![
        20 => any_key().prop_map(|key| Step::Do(Input::Key(key))),
        4 => prop::sample::select(commands).prop_map(Step::Typed),
        20 => any_news().prop_map(|news| Step::Do(Input::News(Box::new(news)))),
        1 => ".{0,200}".prop_map(|text| Step::Do(Input::Paste(text))),
        2 => any::<bool>().prop_map(|focus| Step::Do(Input::Focus(focus))),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(x, y)| Step::Do(Input::Resize(x.into(), y.into()))),
        1 => (any::<u8>(), any::<u8>(), any::<bool>()).prop_map(|(column, row, click)| {
            let button = ratatui::crossterm::event::MouseButton::Left;
            let kind = if click { MouseEventKind::Down(button) } else { MouseEventKind::ScrollUp };
            let (column, row) = (column.into(), row.into());
            let modifiers = KeyModifiers::NONE;
            Step::Do(Input::Mouse(MouseEvent { kind, column, row, modifiers }))
        }),
        8 => answer.prop_map(Step::Answer),
        2 => (0..100u64).prop_map(Step::Wait),
    ]
}

fn run(config: Config, steps: Vec<Step>) -> Stage {
    let plain = config.size.is_none();
    let mut stage = Stage::with(config);
    for step in steps {
        match step {
            Step::Do(Input::Key(key)) if plain => {
                if let KeyCode::Char(c) = key.code {
                    stage.line(&c.to_string());
                }
            }
            Step::Do(input) => stage.handle(input),
            Step::Typed(command) if plain => stage.line(&format!("/{command} ana x")),
            Step::Typed(command) => {
                stage.ctrl('u');
                stage.enter(&format!("/{command} ana"));
            }
            Step::Answer(answer) if !stage.asked.is_empty() => drop(stage.reply(answer)),
            Step::Answer(_) => {}
            Step::Wait(seconds) => stage.pass(u32::try_from(seconds).unwrap() * SECOND),
        }
        assert!(stage.asked.len() <= 64);
        assert!(
            stage.wait.is_none_or(|wait| wait > stage.now()),
            "it waits for the past"
        );
    }
    stage
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 2000 }))]

    #[test]
    fn whatever_happens_there_is_a_screen(steps in prop::collection::vec(any_step(), 0..120)) {
        let stage = run(config(), steps);
        let screen = stage.screen();
        let escaped = screen.contains('\u{1b}');
        prop_assert!(!escaped);
    }

    #[test]
    fn whatever_happens_each_line_says_whose_it_is(steps in prop::collection::vec(any_step(), 0..120)) {
        let stage = run(plain(), steps);
        for line in stage.printed.lines() {
            let known = ["-- ", "!  ", "!! WARNING: ", "#", "@", "+"];
            prop_assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
            let controls = line.contains(char::is_control);
            prop_assert!(!controls, "{line:?}");
        }
    }

    #[test]
    fn whatever_order_lines_come_in_they_stand_in_theirs(order in prop::collection::vec((0..30u64, 1..4u8), 1..60)) {
        let mut stage = Stage::lobby();
        stage.handle(Input::Resize(80, 100));
        for (n, by) in &order {
            let mut said = said(lobby(), who(*by, "x"), *n, &format!("<{n:02}.{by}>"));
            said.at = UnixMillis(START);
            stage.say(said);
        }
        let mut expected: Vec<(u64, tazcom_identity::NodeId, u8)> =
            order.iter().map(|(n, by)| (*n, id(*by), *by)).collect();
        expected.sort();
        expected.dedup();
        let screen = stage.screen_of(80, 100);
        let shown: Vec<&str> = screen.lines().filter_map(|row| Some(row.split_once('<')?.1.split_once('>')?.0)).collect();
        let expected: Vec<String> = expected.iter().map(|(n, _, by)| format!("{n:02}.{by}")).collect();
        prop_assert_eq!(shown, expected);
    }
}
