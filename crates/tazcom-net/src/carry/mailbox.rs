//! What a session's task is ordered to do.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tazcom_session::ByeCode;
use tokio::sync::{Notify, oneshot};

/// Pings that may wait for their turn. A session has eight under way at most.
const MAX_PINGS: usize = 64;

/// Where one task's orders wait. Bounded: an order that is there already is not there twice.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    orders: Mutex<Orders>,
    arrived: Notify,
}

/// What came since the task last looked.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub(crate) close: Option<ByeCode>,
    pub(crate) probe: bool,
    pub(crate) carry: bool,
    pub(crate) pings: VecDeque<oneshot::Sender<Duration>>,
}

impl Mailbox {
    /// Say goodbye. The first reason stays.
    pub(crate) fn close(&self, code: ByeCode) {
        self.lock().close.get_or_insert(code);
        self.arrived.notify_one();
    }

    /// Ask whether the peer is there; end if it does not answer in time.
    pub(crate) fn probe(&self) {
        self.lock().probe = true;
        self.arrived.notify_one();
    }

    /// Carry what waits for the peer from now on.
    pub(crate) fn carry(&self) {
        self.lock().carry = true;
        self.arrived.notify_one();
    }

    /// Something waits for the peer.
    pub(crate) fn wake(&self) {
        self.arrived.notify_one();
    }

    /// Measure a round trip. `None` when too many want to.
    pub(crate) fn ping(&self) -> Option<oneshot::Receiver<Duration>> {
        let mut orders = self.lock();
        if orders.pings.len() >= MAX_PINGS {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        orders.pings.push_back(answer);
        drop(orders);
        self.arrived.notify_one();
        Some(answered)
    }

    /// Until something came. Cancel-safe.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Everything but the pings.
    pub(super) fn take(&self) -> Orders {
        let mut orders = self.lock();
        Orders {
            close: orders.close.take(),
            probe: std::mem::take(&mut orders.probe),
            carry: std::mem::take(&mut orders.carry),
            pings: VecDeque::new(),
        }
    }

    /// The ping that waits longest.
    pub(super) fn take_ping(&self) -> Option<oneshot::Sender<Duration>> {
        self.lock().pings.pop_front()
    }

    /// Nobody will look any more: whoever waits is told so.
    pub(crate) fn abandon(&self) {
        self.lock().pings.clear();
    }

    /// A panic elsewhere leaves the orders whole: every change to them is a single call.
    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
