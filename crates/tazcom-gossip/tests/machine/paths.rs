//! Tracing which way a node is.

use std::time::Duration;

use tazcom_gossip::{Config, Input, Output, Traced};
use tazcom_identity::NodeId;
use tazcom_proto::limits::MAX_TRACE_PATH;
use tazcom_proto::sync::SyncFrame;

use crate::victim::{Victim, key, message};

fn id(n: u32) -> NodeId {
    key(n).node_id()
}

fn traced(victim: &Victim) -> Vec<Traced> {
    let traced = victim.out.iter().filter_map(|output| match output {
        Output::Traced { result, .. } => Some(result.clone()),
        _ => None,
    });
    traced.collect()
}

/// The question it last sent to a peer.
fn asked(victim: &Victim, peer: NodeId) -> Option<(u64, Vec<NodeId>)> {
    let sent = victim.sent_sync(peer).into_iter().rev();
    let mut traces = sent.filter_map(|frame| match frame {
        SyncFrame::Trace { token, path, .. } => Some((token, path)),
        _ => None,
    });
    traces.next()
}

#[test]
fn the_way_is_the_one_by_which_the_target_was_heard_first() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(one, message(9, "hello").bytes());
    victim.push(other, message(9, "hello").bytes());
    victim.tell(Input::TracePeer {
        token: 77,
        target: id(9),
    });
    let (token, path) = asked(&victim, one).unwrap();
    assert_eq!(path, [id(0)]);
    let path = vec![id(0), one, id(9)];
    victim.sync(
        one,
        &SyncFrame::TraceReply {
            token,
            reached: true,
            path: path.clone(),
        },
    );
    let result = Traced::Reached(path);
    assert!(victim.out.contains(&Output::Traced { token: 77, result }));
}

#[test]
fn somebody_is_there_by_the_neighbour_it_was_heard_from_as_long_as_that_one_is() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.neighbour(1);
    assert_eq!(victim.gossip.via(&id(9)), None);
    victim.push(one, message(9, "hello").bytes());
    assert_eq!(victim.gossip.via(&id(9)), Some(one));
    assert_eq!(victim.gossip.via(&one), None, "it is here itself");
    victim.tell(Input::SessionDown { peer: one });
    assert_eq!(victim.gossip.via(&id(9)), None);
}

#[test]
fn who_has_a_session_is_asked_itself() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(one, message(2, "hello").bytes());
    victim.tell(Input::TracePeer {
        token: 1,
        target: other,
    });
    assert!(asked(&victim, other).is_some());
}

#[test]
fn a_question_is_passed_on_and_its_answer_goes_back() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(other, message(9, "hello").bytes());
    victim.sync(
        one,
        &SyncFrame::Trace {
            token: 5,
            target: id(9),
            path: vec![id(50), one],
        },
    );
    assert_eq!(asked(&victim, other), Some((5, vec![id(50), one, id(0)])));
    let answer = SyncFrame::TraceReply {
        token: 5,
        reached: true,
        path: vec![id(50), one, id(0), other, id(9)],
    };
    victim.sync(other, &answer);
    assert_eq!(victim.sent_sync(one).last(), Some(&answer));
}

#[test]
fn the_target_answers_and_so_does_whoever_knows_no_further() {
    for (target, reached) in [(id(0), true), (id(9), false)] {
        let mut victim = Victim::new(Config::lan());
        let one = victim.neighbour(1);
        victim.sync(
            one,
            &SyncFrame::Trace {
                token: 5,
                target,
                path: vec![one],
            },
        );
        let path = vec![one, id(0)];
        let answer = SyncFrame::TraceReply {
            token: 5,
            reached,
            path,
        };
        assert_eq!(victim.sent_sync(one).last(), Some(&answer));
    }
}

#[test]
fn nobody_answers_and_that_is_said() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.neighbour(1);
    for (token, target) in [(1, one), (2, id(9)), (3, id(0))] {
        victim.tell(Input::TracePeer { token, target });
    }
    let at_once = [Traced::Lost(vec![id(0)]), Traced::Reached(vec![id(0)])];
    assert_eq!(traced(&victim), at_once);
    victim.pass(Duration::from_secs(6));
    assert_eq!(traced(&victim).last(), Some(&Traced::TimedOut));
}

#[test]
fn paths_that_do_not_come_this_way_go_nowhere() {
    let mut victim = Victim::new(Config::lan());
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    victim.push(other, message(9, "hello").bytes());
    victim.tell(Input::TracePeer {
        token: 1,
        target: other,
    });
    let (token, _) = asked(&victim, other).unwrap();
    victim.out.clear();
    let longest: Vec<NodeId> = (20..36).map(id).collect();
    assert_eq!(longest.len(), MAX_TRACE_PATH);
    for path in [vec![], vec![other], vec![id(0), one], longest] {
        victim.sync(
            one,
            &SyncFrame::Trace {
                token: 5,
                target: id(9),
                path,
            },
        );
    }
    // Answers from where nobody was asked, or that nobody waits for.
    for (token, path) in [
        (token, vec![id(0), other]),
        (token, vec![id(50), id(0)]),
        (token + 1, vec![id(0), one]),
        (5, vec![]),
    ] {
        victim.sync(
            one,
            &SyncFrame::TraceReply {
                token,
                reached: true,
                path,
            },
        );
    }
    assert_eq!(victim.out, []);
    assert_eq!(victim.stats().unsolicited, 8);
}

#[test]
fn a_loop_ends_where_it_closes() {
    let mut victim = Victim::new(Config::lan());
    let one = victim.neighbour(1);
    victim.push(one, message(9, "hello").bytes());
    victim.out.clear();
    // The way would lead back to where it came from.
    victim.sync(
        one,
        &SyncFrame::Trace {
            token: 5,
            target: id(9),
            path: vec![one],
        },
    );
    assert!(matches!(
        victim.sent_sync(one)[..],
        [SyncFrame::TraceReply { reached: false, .. }]
    ));
}

#[test]
fn questions_are_limited_and_so_is_what_is_remembered() {
    let mut config = Config::lan();
    config.trace.max_heard = 10;
    let mut victim = Victim::new(config);
    let (one, other) = (victim.neighbour(1), victim.neighbour(2));
    for _ in 0..100 {
        victim.sync(
            one,
            &SyncFrame::Trace {
                token: 5,
                target: other,
                path: vec![one],
            },
        );
    }
    let passed_on = victim.sent_sync(other).into_iter();
    let passed_on = passed_on.filter(|frame| matches!(frame, SyncFrame::Trace { .. }));
    assert_eq!(passed_on.count(), 20);
    for n in 100..200 {
        victim.push(one, message(n, "hello").bytes());
    }
    for token in 0..100 {
        victim.tell(Input::TracePeer {
            token,
            target: other,
        });
    }
    let refused = traced(&victim).len();
    assert_eq!(refused, 100 - 16);
}
