//! Comparing emoji: what is typed for others never answers it.

use ratatui::crossterm::event::KeyCode;
use tazcom_tui::{Answer, Ask, Comparison, Input, News, NotVerified};

use crate::stage::{Stage, ana, bob, conversation, crew, id, who};

fn comparison() -> Comparison {
    let names = ["Dog", "Cat", "Lion", "Horse", "Unicorn", "Pig", "Key"];
    Comparison {
        with: ana(),
        emoji: names.map(|name| ("*".to_owned(), name.to_owned())).to_vec(),
        numbers: [1234, 5678, 9012],
    }
}

fn ended(why: &str) -> News {
    failed(why, false)
}

fn failed(why: &str, mismatch: bool) -> News {
    let why = why.to_owned();
    News::Compared {
        with: id(1),
        result: Err(NotVerified { why, mismatch }),
    }
}

fn said(stage: &Stage) -> Vec<String> {
    let said = stage.asked.iter().filter_map(|(_, ask)| match ask {
        Ask::Say { text, .. } => Some(text.clone()),
        _ => None,
    });
    said.collect()
}

fn confirms(stage: &Stage) -> Vec<bool> {
    let confirmed = stage.asked.iter().filter_map(|(_, ask)| match ask {
        Ask::Confirm { who, same } => {
            assert_eq!(*who, id(1));
            Some(*same)
        }
        _ => None,
    });
    confirmed.collect()
}

/// As far as emoji are to be compared.
fn comparing() -> Stage {
    let mut stage = Stage::lobby();
    stage.enter("/verify ana");
    assert!(matches!(stage.asked.front(), Some((_, Ask::Compare(who))) if *who == id(1)));
    stage.news(News::Compare(comparison()));
    assert!(stage.sees("Unicorn"), "{}", stage.screen());
    stage
}

#[test]
fn a_word_and_enter_say_that_they_are_the_same() {
    let mut stage = comparing();
    stage.write("same");
    assert!(confirms(&stage).is_empty() && stage.sees("> same"));
    stage.key(KeyCode::Enter);
    assert_eq!(confirms(&stage), [true]);
    stage.enter("same");
    assert_eq!(confirms(&stage), [true], "it was said already");
    stage.news(News::Compared {
        with: id(1),
        result: Ok(()),
    });
    assert!(!stage.sees("Unicorn"));
    assert!(stage.sees("is verified"));
    stage.reply(Answer::Done);
    assert!(!stage.app.has_refused());
}

#[test]
fn a_word_and_enter_say_that_they_are_different() {
    let mut stage = comparing();
    stage.enter("different");
    assert_eq!(confirms(&stage), [false]);
    assert!(!stage.sees("Unicorn"));
    stage.news(failed("they differ", true));
    let text = format!("!! comparing with {} has ended: ", ana());
    assert!(stage.screen().starts_with(&text), "it is an alert");
}

#[test]
fn what_begins_like_an_answer_and_goes_on_is_a_message() {
    let mut stage = comparing();
    stage.enter("Same as ever");
    assert!(confirms(&stage).is_empty());
    assert_eq!(said(&stage), ["Same as ever"]);
    assert!(stage.sees("Unicorn"), "it is still there to be answered");
    stage.enter("sam");
    assert!(confirms(&stage).is_empty() && stage.sees("same or different"));
}

#[test]
fn what_was_being_typed_when_the_emoji_came_does_not_answer() {
    let mut stage = Stage::lobby();
    stage.enter("/verify ana");
    stage.write("sa");
    stage.news(News::Compare(comparison()));
    stage.enter("me");
    assert!(confirms(&stage).is_empty());
    assert!(
        stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Say { text, .. } if text == "same"))
    );
}

#[test]
fn escape_calls_it_off() {
    let mut stage = comparing();
    stage.key(KeyCode::Esc);
    assert!(
        stage
            .asked
            .iter()
            .any(|(_, ask)| matches!(ask, Ask::Cancel(who) if *who == id(1)))
    );
    assert!(!stage.sees("Unicorn") && stage.sees("called off"));
}

#[test]
fn one_who_asks_is_offered_when_nothing_is_typed() {
    let mut stage = Stage::lobby();
    stage.write("hal");
    stage.news(News::ComparisonAsked(ana()));
    assert!(stage.sees("wants to compare emoji"), "it is noted");
    stage.write("f a sentence");
    assert!(stage.sees("half a sentence"));
    stage.key(KeyCode::Enter);
    stage.asked.clear();
    stage.enter("y");
    assert!(
        matches!(stage.next_ask().1, Ask::Compare(who) if who == id(1)),
        "{}",
        stage.screen()
    );
    stage.news(News::Compare(comparison()));
    stage.enter("same");
    assert_eq!(confirms(&stage), [true]);
}

#[test]
fn who_was_declined_is_noted_and_not_offered_again() {
    let mut stage = Stage::lobby();
    stage.news(News::ComparisonAsked(ana()));
    stage.enter("no");
    assert!(matches!(stage.next_ask().1, Ask::Cancel(who) if who == id(1)));
    stage.news(News::ComparisonAsked(ana()));
    stage.enter("y");
    assert!(matches!(stage.next_ask().1, Ask::Say { .. }));
}

#[test]
fn what_is_laid_over_a_comparison_gives_it_back() {
    let mut stage = comparing();
    stage.enter("/help");
    assert!(!stage.sees("Unicorn"));
    stage.key(KeyCode::Esc);
    assert!(stage.sees("Unicorn"));
}

#[test]
fn a_comparison_that_cannot_begin_is_told_once() {
    let mut stage = Stage::lobby();
    stage.enter("/verify bob");
    stage.reply(Answer::Refused("bob is not here".to_owned()));
    assert_eq!(stage.screen().matches("bob is not here").count(), 1);
    stage.enter("y");
    assert!(
        matches!(stage.next_ask().1, Ask::Say { .. }),
        "nothing is laid over any more"
    );
}

#[test]
fn a_crowd_that_asks_is_offered_a_few_at_a_time() {
    let mut stage = Stage::lobby();
    for n in 20..120 {
        stage.news(News::ComparisonAsked(crate::stage::who(n, "crowd")));
    }
    let mut offered = 0;
    loop {
        stage.key(KeyCode::Esc);
        if !matches!(stage.asked.pop_front(), Some((_, Ask::Cancel(_)))) {
            break;
        }
        offered += 1;
    }
    // One is shown while the others wait.
    assert_eq!(offered, 9);
    stage.there([bob()]);
}

#[test]
fn a_yes_that_was_meant_for_others_verifies_nobody() {
    for answer in ["y", "yes", "Yes", "n", "no"] {
        let mut stage = comparing();
        stage.enter(answer);
        assert!(confirms(&stage).is_empty(), "{answer}");
        assert_eq!(said(&stage), [answer]);
        assert!(stage.sees("Unicorn"));
    }
}

#[test]
fn what_is_pasted_or_looked_up_after_a_word_is_a_message_with_it() {
    let mut stage = comparing();
    stage.write("same");
    stage.handle(Input::Paste(" here".to_owned()));
    stage.key(KeyCode::Enter);
    assert_eq!(said(&stage), ["same here"]);
    stage.write("same");
    stage.key(KeyCode::Up);
    stage.key(KeyCode::Enter);
    assert!(confirms(&stage).is_empty());
}

#[test]
fn what_comes_late_never_takes_the_place_of_a_passphrase() {
    for command in ["/verify zoe", "/remove zoe"] {
        let mut stage = Stage::lobby();
        stage.news(News::Conversation(conversation(crew())));
        stage.no_history();
        stage.alt('2');
        stage.enter(command);
        let (reference, ask) = stage.next_ask();
        assert!(matches!(ask, Ask::Find { .. }));
        stage.enter("/enter vault");
        stage.write("correct ");
        stage.answer(reference, Answer::Person(who(3, "zoe")));
        stage.news(News::Compare(comparison()));
        stage.news(News::ComparisonAsked(bob()));
        stage.write("horse");
        assert!(
            !stage.sees("horse") && !stage.sees("Unicorn"),
            "{}",
            stage.screen()
        );
        stage.key(KeyCode::Enter);
        let secret = stage.asked.iter().find_map(|(_, ask)| match ask {
            Ask::Enter { passphrase, .. } => Some(passphrase.as_str() == "correct horse"),
            _ => None,
        });
        assert_eq!(secret, Some(true), "{command}");
        assert!(said(&stage).is_empty());
        assert!(
            stage.sees("Take zoe") || stage.sees("Waiting for zoe") || stage.sees("Unicorn"),
            "what waited comes now"
        );
    }
}

#[test]
fn a_late_question_waits_until_nothing_is_typed() {
    let mut stage = Stage::lobby();
    stage.news(News::Conversation(conversation(crew())));
    stage.no_history();
    stage.alt('2');
    stage.enter("/remove zoe");
    let (reference, _) = stage.next_ask();
    stage.write("why not sa");
    stage.answer(reference, Answer::Person(who(3, "zoe")));
    stage.write("y it");
    assert!(!stage.sees("Take zoe") && stage.sees("why not say it"));
    stage.key(KeyCode::Enter);
    assert_eq!(said(&stage), ["why not say it"]);
    stage.asked.clear();
    assert!(
        stage.sees("Take zoe~") && stage.sees("out of +crew?"),
        "{}",
        stage.screen()
    );
    stage.key(KeyCode::Char('y'));
    assert!(stage.asked.is_empty(), "it is shown, and no more");
    assert!(stage.sees("> y"));
    stage.key(KeyCode::Enter);
    assert!(matches!(stage.next_ask().1, Ask::Remove { .. }));
}

#[test]
fn a_late_comparison_waits_behind_what_is_read_and_what_is_asked() {
    for opened in ["/help", "/doctor", "/leave"] {
        let mut stage = Stage::lobby();
        stage.news(News::Conversation(conversation(crew())));
        stage.no_history();
        stage.alt('2');
        stage.enter("/verify zoe");
        let (reference, _) = stage.next_ask();
        stage.there([ana(), who(3, "zoe")]);
        stage.enter(opened);
        let before = stage.screen();
        stage.answer(reference, Answer::Person(who(3, "zoe")));
        stage.news(News::Compare(comparison()));
        assert_eq!(stage.screen(), before, "{opened}");
        stage.key(KeyCode::Esc);
        assert!(
            stage.sees("Waiting for zoe"),
            "{opened}\n{}",
            stage.screen()
        );
    }
}

#[test]
fn a_second_comparison_waits_for_the_first() {
    let mut stage = comparing();
    stage.enter("/verify bob");
    assert!(stage.sees("Unicorn"));
    stage.news(News::Compared {
        with: id(1),
        result: Ok(()),
    });
    assert!(stage.sees("Waiting for bob"), "{}", stage.screen());
}

#[test]
fn what_the_user_did_not_agree_to_ends_in_silence() {
    let mut stage = Stage::lobby();
    stage.write("x");
    stage.news(News::ComparisonAsked(ana()));
    stage.news(ended("the other called it off"));
    assert!(!stage.sees("has ended") && !stage.sees("not verified"));
    stage.key(KeyCode::Backspace);
    assert!(!stage.sees("Compare now?"), "it is no more");
}

#[test]
fn a_comparison_that_ends_says_why_and_not_that_nobody_is_verified() {
    let mut stage = comparing();
    stage.news(ended("the other called it off"));
    let text = format!("comparing with {} has ended", ana());
    assert!(stage.sees(&text), "{}", stage.screen());
    assert!(!stage.sees("not verified") && !stage.screen().starts_with("!!"));
}

#[test]
fn the_words_of_a_reason_make_no_alert() {
    let mut stage = comparing();
    stage.news(ended("the two of you do not see the same"));
    assert!(stage.sees("do not see the same") && !stage.screen().starts_with("!!"));
}

#[test]
fn a_crowd_that_asks_does_not_keep_out_what_the_user_wants() {
    let mut stage = Stage::lobby();
    stage.enter("/verify zoe");
    let (reference, _) = stage.next_ask();
    stage.there([who(3, "zoe")]);
    stage.write("x");
    for n in 20..120 {
        stage.news(News::ComparisonAsked(who(n, "crowd")));
    }
    stage.answer(reference, Answer::Person(who(3, "zoe")));
    assert!(!stage.sees("Waiting for zoe"));
    stage.key(KeyCode::Backspace);
    assert!(stage.sees("Waiting for zoe"), "{}", stage.screen());
}

#[test]
fn who_is_not_here_cannot_be_compared_with_and_that_is_said_at_once() {
    let mut stage = Stage::lobby();
    stage.enter("/verify zoe");
    let (reference, _) = stage.next_ask();
    stage.answer(reference, Answer::Person(who(3, "zoe")));
    let why = format!("there is no connection to {} now", who(3, "zoe"));
    assert!(stage.sees(&why), "{}", stage.screen());
    assert!(!stage.sees("Waiting for"));
}
