//! Who came and went, in few lines.

use std::collections::BTreeMap;
use std::time::Duration;

use tazcom_identity::NodeId;
use tazcom_node::DisplayName;
use tokio::time::Instant;

/// People that are named who came or went at once.
const NAMED: usize = 4;

/// How often somebody comes or goes before that is told once for all: a bad network does that all day.
const RESTLESS: u32 = 4;

/// After how long without coming or going somebody is told of again.
const SETTLED: Duration = Duration::from_secs(600);

/// People whose coming and going is counted. Of more everything is told.
const MAX_COUNTED: usize = 1_024;

/// Who is there, and how often they came and went lately.
#[derive(Debug, Default)]
pub(super) struct Company {
    present: BTreeMap<NodeId, DisplayName>,
    moves: BTreeMap<NodeId, Moves>,
}

#[derive(Debug)]
struct Moves {
    last: Instant,
    times: u32,
}

impl Company {
    /// Takes who is there now, and tells who came and went.
    pub(super) fn is(
        &mut self,
        now: Instant,
        present: impl Iterator<Item = DisplayName>,
    ) -> Vec<String> {
        let present = present.map(|who| (who.id(), who)).collect();
        let before = std::mem::replace(&mut self.present, present);
        let came = missing(&self.present, &before);
        let went = missing(&before, &self.present);
        self.moves
            .retain(|_, moves| now.saturating_duration_since(moves.last) < SETTLED);
        let mut restless = Vec::new();
        let mut told = |who: Vec<DisplayName>| {
            let mut calm = Vec::new();
            for who in who {
                match self.moved(now, who.id()) {
                    times if times <= RESTLESS => calm.push(who),
                    times if times == RESTLESS + 1 => restless.push(who),
                    _ => {}
                }
            }
            calm
        };
        let lines = [
            crowd(&told(came), "is here now", "are here now"),
            crowd(&told(went), "is gone", "are gone"),
            crowd(&restless, "comes and goes", "come and go"),
        ];
        lines.into_iter().flatten().collect()
    }

    /// Who is there, in one line.
    pub(super) fn here(&self) -> Option<String> {
        let here: Vec<DisplayName> = self.present.values().cloned().collect();
        crowd(&here, "is here", "are here")
    }

    /// How often somebody has moved lately, this time included.
    fn moved(&mut self, now: Instant, who: NodeId) -> u32 {
        if !self.moves.contains_key(&who) && self.moves.len() >= MAX_COUNTED {
            return 0;
        }
        let moves = self.moves.entry(who).or_insert(Moves {
            last: now,
            times: 0,
        });
        moves.last = now;
        moves.times = moves.times.saturating_add(1);
        moves.times
    }
}

/// Those of one that are not in the other.
fn missing(
    of: &BTreeMap<NodeId, DisplayName>,
    other: &BTreeMap<NodeId, DisplayName>,
) -> Vec<DisplayName> {
    let missing = of.iter().filter(|(id, _)| !other.contains_key(id));
    missing.map(|(_, who)| who.clone()).collect()
}

fn crowd(who: &[DisplayName], one: &str, several: &str) -> Option<String> {
    let names: Vec<String> = who.iter().map(DisplayName::short).collect();
    match names.len() {
        0 => None,
        1 => Some(format!("{} {one}", names.concat())),
        count if count > NAMED => Some(format!("{count} {several}")),
        _ => Some(format!("{} {several}", names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use tazcom_identity::SecretKey;

    use super::*;

    fn who(seed: usize) -> DisplayName {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let id = SecretKey::from_seed(bytes).node_id();
        DisplayName::told(id, Some(&format!("peer{seed}")), false)
    }

    #[test]
    fn who_comes_and_goes_all_the_time_is_told_of_once_and_again_after_ten_calm_minutes() {
        let mut company = Company::default();
        let mut now = Instant::now();
        let mut moves = |company: &mut Company, count: usize| {
            let mut told = Vec::new();
            for n in 0..count {
                now += Duration::from_secs(3);
                let present = (n % 2 == 0).then(|| who(1));
                told.extend(company.is(now, present.into_iter()));
            }
            now += SETTLED;
            told
        };
        let (here, gone) = ("peer1 is here now", "peer1 is gone");
        let told = moves(&mut company, 100);
        assert_eq!(told, [here, gone, here, gone, "peer1 comes and goes"]);
        assert_eq!(moves(&mut company, 2), [here, gone]);
    }

    #[test]
    fn of_those_past_the_limit_everything_is_told() {
        let mut company = Company::default();
        let now = Instant::now();
        let crowd = || (0..MAX_COUNTED).map(who);
        let came = company.is(now, crowd());
        assert_eq!(came, [format!("{MAX_COUNTED} are here now")]);
        for n in 0..10 {
            let one_more = (n % 2 == 0).then(|| who(MAX_COUNTED));
            let told = company.is(now, crowd().chain(one_more));
            assert_eq!(told.len(), 1, "{told:?}");
        }
        assert_eq!(company.moves.len(), MAX_COUNTED);
    }
}
