//! What is due, and what is looked after once a second.

use std::time::{Duration, Instant};

use tazcom_identity::NodeId;

use super::Gossip;
use crate::io::Output;
use crate::session::{Serving, Session};

/// A repair in which nothing has happened for so long is at rest.
const REST: Duration = Duration::from_secs(1);

impl Gossip {
    /// Carries out what is due, and finds out what is next.
    pub(super) fn due(&mut self) {
        let now = self.now;
        self.tree.timeout(now);
        if now >= self.tick_at {
            self.tick_at = now + self.config.links.check;
            self.tick();
        }
        self.send_waiting();
        if self.told.at.is_some_and(|at| at <= now) {
            self.tell_all();
        }
        let due = self.sessions.iter();
        let due: Vec<NodeId> = due
            .filter(|(_, one)| one.deadline().is_some_and(|at| at <= now))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in due {
            self.session_due(peer);
        }
        let sessions = self.sessions.values().filter_map(Session::deadline).min();
        let others = [
            self.tree.deadline(),
            self.waiting_until(),
            self.told.at,
            sessions,
        ];
        let next = others.into_iter().flatten().min();
        self.next = next.map_or(self.tick_at, |next| next.min(self.tick_at));
    }

    fn session_due(&mut self, peer: NodeId) {
        let now = self.now;
        let come = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let Some(session) = self.sessions.get_mut(&peer) else {
            return;
        };
        let mend = &mut session.mend;
        let (run, want, offer) = (come(mend.run_at), come(mend.want_at), come(mend.offer_at));
        let serve = matches!(mend.serving, Some(Serving::Later { at, .. }) if at <= now);
        if come(mend.ask_at) {
            mend.ask_at = None;
            self.send_status(peer, true);
        }
        if run {
            self.begin_run(peer);
        }
        if want {
            self.send_want(peer);
        }
        if offer {
            self.send_offer(peer);
        }
        if serve {
            self.serve_later(peer);
        }
    }

    fn tick(&mut self) {
        let now = self.now;
        self.tree.purge(now);
        self.held.expire(self.time());
        self.check_links();
        self.count_failed();
        if now >= self.judge_at {
            self.judge_at = now + self.config.links.judge;
            self.judge_links();
        }
        if now >= self.probe_at {
            let probe = self.config.repair.probe;
            self.probe_at = now + self.between((probe * 3 / 4, probe * 5 / 4));
            self.ask_somebody();
        }
        let late = self.runs.time_out(now);
        self.stats.timed_out += u64::try_from(late).unwrap_or(u64::MAX);
        self.time_out_traces();
        self.time_out_wishes();
        self.report_rest();
    }

    fn time_out_wishes(&mut self) {
        let now = self.now;
        let mut late = Vec::new();
        for (peer, session) in &mut self.sessions {
            let mend = &mut session.mend;
            if mend.asked.as_ref().is_some_and(|asked| asked.until <= now) {
                late.push(*peer);
            }
            if let Some(Serving::Fetching { until, request, .. }) = mend.serving
                && until <= now
            {
                mend.serving = None;
                self.fetches.remove(&request);
            }
        }
        for peer in late {
            self.give_up_want(peer);
        }
    }

    /// Says what repairs that have come to rest have brought. One that brought nothing is not soon
    /// repeated: the two may differ in what one of them will not take.
    fn report_rest(&mut self) {
        let (now, repair) = (self.now, &self.config.repair);
        for (peer, session) in &mut self.sessions {
            let mend = &mut session.mend;
            let busy = mend.asked.is_some() || mend.serving.is_some() || !mend.offers.is_empty();
            let resting = mend.active.is_some_and(|at| now.duration_since(at) >= REST);
            if busy || !resting || self.runs.is_with(peer) {
                continue;
            }
            mend.active = None;
            let received = std::mem::take(&mut mend.received);
            let sent = std::mem::take(&mut mend.sent);
            if received + sent > 0 {
                (mend.idle, mend.not_before) = (repair.idle, now);
            } else {
                mend.not_before = now + mend.idle;
                mend.idle = (2 * mend.idle).min(repair.idle_most);
            }
            self.out.push_back(Output::Synced {
                peer: *peer,
                received,
                sent,
            });
        }
    }
}
