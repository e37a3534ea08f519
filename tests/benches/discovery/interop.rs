//! Everybody on one network: who finds whom, and who notices whose end.

use std::time::{Duration, Instant};

use tazcom_tests::lane::{self, Lane};
use tazcom_tests::line::invented_id;
use tazcom_tests::{Avahi, Lan};

use crate::kind::{Kind, Place};
use crate::watched::Watched;

/// Who is not found by then is not found.
const PATIENCE: Duration = Duration::from_secs(6);

/// avahi's publication, which no kind starts.
const AVAHI_ID: u64 = 400_000;

/// What each kind can do with the others.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    /// By observer, then by the kind that it looks for.
    pub(crate) finds: Vec<Vec<bool>>,
    /// By observer; none where there is no avahi.
    pub(crate) finds_avahi: Option<Vec<bool>>,
    /// Whether `avahi-browse` resolves it; none where there is no avahi.
    pub(crate) found_by_avahi: Option<Vec<bool>>,
    /// By the kind that ended in good order.
    pub(crate) ends: Vec<End>,
}

/// Who noticed an orderly end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End {
    pub(crate) noticed: usize,
    /// Those who had found it.
    pub(crate) observers: usize,
    /// The slowest of those who noticed.
    pub(crate) slowest: Duration,
}

/// Two nodes of each kind: one observes, the other is found and ends.
pub(crate) fn mix(lan_number: u8, kinds: &[Kind]) -> Matrix {
    let lan = Lan::new(lan_number);
    let avahi = lane::open(&[Lane::Avahi]).then(|| {
        let place = Place::on(&lan, 100);
        let avahi = Avahi::start(&place.host, "lan0", "tz-avahi");
        let id = invented_id(AVAHI_ID);
        let txt = [
            format!("id={id}"),
            "version=2.0".to_owned(),
            "p=40000".to_owned(),
        ];
        let publication = avahi.publish(&format!("TAZCOM Node {}", &id[..8]), 40_000, &txt);
        (avahi, publication, id)
    });
    let mut last = 0;
    let mut start = |kind: &Kind| {
        last += 1;
        kind.start(&Place::on(&lan, last))
    };
    let mut observers: Vec<Watched> = kinds.iter().map(&mut start).collect();
    let mut subjects: Vec<Watched> = kinds.iter().map(&mut start).collect();
    let ids: Vec<String> = subjects.iter_mut().map(Watched::id).collect();

    let deadline = Instant::now() + PATIENCE;
    let mut look = |wanted: &[String]| -> Vec<Vec<bool>> {
        let each = observers.iter_mut();
        each.map(|observer| {
            let found = |id: &String| {
                let left = deadline.saturating_duration_since(Instant::now());
                observer.finds(id, left).is_some()
            };
            wanted.iter().map(found).collect()
        })
        .collect()
    };
    let finds = look(&ids);
    let finds_avahi = avahi
        .as_ref()
        .map(|(_, _, id)| look(std::slice::from_ref(id)).concat());
    let found_by_avahi = avahi.as_ref().map(|(avahi, _, _)| {
        let lines = avahi.browse();
        ids.iter()
            .map(|id| lines.iter().any(|line| line.contains(id.as_str())))
            .collect()
    });

    let ends = subjects.into_iter().enumerate().map(|(column, subject)| {
        let who: Vec<usize> = (0..kinds.len()).filter(|row| finds[*row][column]).collect();
        end(subject, &ids[column], &mut observers, &who)
    });
    Matrix {
        ends: ends.collect(),
        finds,
        finds_avahi,
        found_by_avahi,
    }
}

fn end(mut subject: Watched, id: &str, all: &mut [Watched], who: &[usize]) -> End {
    let asked = Instant::now();
    subject.ask_to_end();
    let deadline = asked + PATIENCE;
    let mut end = End {
        observers: who.len(),
        ..End::default()
    };
    for row in who {
        let left = deadline.saturating_duration_since(Instant::now());
        if let Some(at) = all[*row].loses(id, left) {
            end.noticed += 1;
            end.slowest = end.slowest.max(at.saturating_duration_since(asked));
        }
    }
    end
}
