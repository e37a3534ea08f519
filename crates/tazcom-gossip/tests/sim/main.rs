//! Networks of machines in virtual time, small enough to be simulated while one waits. `cargo xtask sim`
//! does the same with a thousand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]
#![expect(clippy::print_stderr, reason = "figures are read from there")]

mod repair;
mod scenarios;
mod world;

use tazcom_testkit::Seed;

fn hold(name: &str, nodes: usize) {
    hold_with(Seed::from_env_or(1), name, nodes);
}

fn hold_with(seed: Seed, name: &str, nodes: usize) {
    let scenario = scenarios::SCENARIOS
        .iter()
        .find(|one| one.name == name)
        .unwrap();
    let report = (scenario.run)(nodes, seed.0, false);
    eprintln!("{name}: {:?}", report.figures);
    assert!(report.failures.is_empty(), "{seed}: {report:?}");
}

#[test]
fn everybody_gets_everything_soon_and_once() {
    hold("settled", 60);
}

#[test]
fn those_left_miss_nothing_when_three_in_ten_lose_their_power() {
    hold("kill", 60);
}

#[test]
fn nothing_is_missed_while_nodes_come_and_go() {
    hold("churn", 40);
}

#[test]
fn nothing_is_missed_when_all_come_at_once() {
    hold("storm", 60);
}

#[test]
fn halves_that_meet_again_have_everything_within_seconds() {
    hold("partition", 40);
}

#[test]
fn nothing_is_lost_or_shown_twice_when_power_fails_at_any_moment() {
    let first = Seed::from_env_or(1).0;
    for seed in first..first + 50 {
        hold_with(Seed(seed), "crash", 6);
    }
}

#[test]
fn a_latecomer_has_a_thousand_messages_within_three_seconds() {
    hold("latecomer", 6);
    hold("latecomer", 20);
}

#[test]
fn clocks_that_are_off_are_told_and_nothing_is_dropped() {
    hold("clocks", 6);
}
