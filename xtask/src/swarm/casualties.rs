//! Some nodes are killed without a word: what do the others see, and when?

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};

use super::board::Number;
use super::flock::{Flock, Watch};
use super::screen::{Phase, Screen};

/// A silent peer's records run out after 120 s; the rest is for the news to get round.
const NOTICED_WITHIN: Duration = Duration::from_secs(130);

/// What the survivors of a killing see.
#[derive(Clone, Debug)]
pub(super) struct Casualties {
    pub(super) killed: Vec<Number>,
    pub(super) survivors: Vec<View>,
}

/// What one survivor sees.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) node: Number,
    /// The survivors that it still sees.
    sees: Vec<Number>,
    /// The survivors that it lost, though they live.
    misses: Vec<Number>,
    /// The killed that it still takes for alive.
    mourns_not: Vec<Number>,
    /// The killed that it let go of: which, after how many seconds, and for what reason.
    noticed: Vec<(Number, f64, String)>,
}

impl Casualties {
    /// Kills nodes and listens until everybody else has noticed, or time is up.
    pub(super) fn inflict(
        flock: &mut Flock,
        screen: &mut Screen,
        killed: Vec<Number>,
    ) -> Result<Self> {
        screen.enter(Phase::Mourning, &flock.board);
        let began = Instant::now();
        for victim in &killed {
            flock.node(*victim).kill()?;
        }
        let survivors: Vec<Number> = (0..flock.board.len())
            .filter(|node| !killed.contains(node))
            .collect();
        let ended = flock.watch(began + NOTICED_WITHIN, screen, |board| {
            survivors.iter().all(|survivor| {
                killed.iter().all(|victim| {
                    board
                        .sight(*survivor, *victim)
                        .is_none_or(|sight| !sight.present())
                })
            })
        })?;
        screen.finish(&flock.board);
        if ended == Watch::TimedOut {
            screen.say("Not everybody has noticed in time.");
        }
        let view = |node: &Number| view(flock, began, *node, &survivors, &killed);
        let survivors = survivors.iter().map(view).collect();
        Ok(Self { killed, survivors })
    }

    /// What is not as it should be, in words.
    pub(super) fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for view in &self.survivors {
            let number = view.node + 1;
            if !view.misses.is_empty() {
                failures.push(format!(
                    "node {number} lost {}, alive",
                    numbers(&view.misses)
                ));
            }
            if !view.mourns_not.is_empty() {
                let ghosts = numbers(&view.mourns_not);
                failures.push(format!("node {number} still sees {ghosts}, killed"));
            }
        }
        failures
    }

    pub(super) fn to_json(&self) -> Value {
        let one_based = |nodes: &[Number]| nodes.iter().map(|node| node + 1).collect::<Vec<_>>();
        let views = self.survivors.iter().map(|view| {
            let noticed = view.noticed.iter().map(|(node, seconds, reason)| {
                json!({ "node": node + 1, "after_s": seconds, "reason": reason })
            });
            json!({
                "node": view.node + 1,
                "sees": one_based(&view.sees),
                "lost_alive": one_based(&view.misses),
                "still_sees_killed": one_based(&view.mourns_not),
                "noticed": noticed.collect::<Vec<_>>(),
            })
        });
        json!({ "killed": one_based(&self.killed), "survivors": views.collect::<Vec<_>>() })
    }
}

impl std::fmt::Display for Casualties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "Killed {}. The survivors' view:", numbers(&self.killed))?;
        for view in &self.survivors {
            write!(
                f,
                "  node {:>3} still sees {} of the living",
                view.node + 1,
                view.sees.len()
            )?;
            for (node, seconds, reason) in &view.noticed {
                write!(f, "; dropped {} after {seconds:.1} s ({reason})", node + 1)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn view(
    flock: &Flock,
    began: Instant,
    node: Number,
    survivors: &[Number],
    killed: &[Number],
) -> View {
    let present = |other: &Number| {
        flock
            .board
            .sight(node, *other)
            .is_some_and(super::board::Sight::present)
    };
    let others = || survivors.iter().copied().filter(|other| *other != node);
    let notice = |victim: &Number| {
        let removal = flock.board.sight(node, *victim)?.removed.as_ref()?;
        let seconds = removal.at.saturating_duration_since(began).as_secs_f64();
        Some((*victim, seconds, removal.reason.clone()))
    };
    View {
        node,
        sees: others().filter(present).collect(),
        misses: others().filter(|other| !present(other)).collect(),
        mourns_not: killed.iter().copied().filter(present).collect(),
        noticed: killed.iter().filter_map(notice).collect(),
    }
}

fn numbers(nodes: &[Number]) -> String {
    let numbers: Vec<String> = nodes.iter().map(|node| (node + 1).to_string()).collect();
    format!(
        "node{} {}",
        if nodes.len() == 1 { "" } else { "s" },
        numbers.join(", ")
    )
}
