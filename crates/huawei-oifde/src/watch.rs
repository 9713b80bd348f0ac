//! Asking afterwards, where the deployment wants it: whether a transfer to an outside number shows among the recorded ones (vendor page, section 7.5).
//! Whether it ever does is not documented, so that only a new record of this session and this number counts, and its absence means nothing.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callcontrol_core::{CallRef, Draft, EventKind, Hub, OpId, PhoneNumber, Provenance, Result, SessionId};
use callcontrol_http::{Deadline, Idempotency, Method};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::link::{Link, Order};
use crate::outcomes;
use crate::private::Private;
use crate::wire::listing::TRANSFERS;
use crate::wire::records::{By, transfers_to};

/// The watches of all sessions: each ends with its time, with its session, and with the adapter.
pub(crate) struct Watches {
    tasks: TaskTracker,
    stop: CancellationToken,
    sessions: Mutex<HashMap<SessionId, CancellationToken>>,
    /// An adapter that is dropped without a shutdown leaves no task behind.
    _guard: DropGuard,
}

/// What is asked for, and how often.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) link: Arc<Link>,
    pub(crate) tenant: String,
    pub(crate) native: String,
    pub(crate) number: PhoneNumber,
    pub(crate) every: Duration,
    pub(crate) window: Duration,
}

/// An accepted transfer whose record is waited for.
pub(crate) struct Watch {
    pub(crate) question: Question,
    pub(crate) hub: Hub,
    pub(crate) call: CallRef,
    pub(crate) op: OpId,
    /// Records that were there before the transfer.
    pub(crate) before: usize,
}

impl Watches {
    pub(crate) fn new() -> Self {
        let stop = CancellationToken::new();
        Self {
            tasks: TaskTracker::new(),
            _guard: stop.clone().drop_guard(),
            stop,
            sessions: Mutex::default(),
        }
    }

    pub(crate) fn begin(&self, watch: Watch) {
        let session = watch.call.session.clone();
        let stop = self
            .sessions()
            .entry(session)
            .or_insert_with(|| self.stop.child_token())
            .clone();
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                // Whoever stops it has settled the outcome.
                () = stop.cancelled() => {}
                () = watch.run() => {}
            }
        });
    }

    /// Ends the watches of a session; its end has settled their outcomes.
    pub(crate) fn end(&self, session: &SessionId) {
        if let Some(stop) = self.sessions().remove(session) {
            stop.cancel();
        }
    }

    /// Ends all and waits for it.
    pub(crate) async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, CancellationToken>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watches")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl Question {
    /// How many records of this session and this number there are.
    pub(crate) async fn ask(&self, deadline: Deadline) -> Result<usize> {
        let wanted = By::Session(&self.native).wanted();
        let order = Order {
            what: TRANSFERS.what,
            method: Method::Post,
            path: TRANSFERS.path(),
            body: Some(TRANSFERS.body(&self.tenant, &wanted, 1)),
            idempotency: Idempotency::Query,
            private: Private::default().and(self.number.reveal()),
        };
        let answer = self.link.order(&order, &AtomicBool::default(), deadline).await?;
        let page = TRANSFERS.page(&answer)?;
        Ok(transfers_to(&page.rows, &self.native, self.number.reveal()))
    }
}

impl Watch {
    async fn run(self) {
        if !self.shows().await {
            self.hub.settle(&self.op, outcomes::nothing_recorded());
            return;
        }
        if self.hub.settle(&self.op, outcomes::recorded()) {
            let draft = Draft::new(self.call.session.clone(), EventKind::Transferred)
                .call(self.call.call.clone(), self.question.native.clone())
                .op(Some(self.op.clone()));
            self.hub.publish(draft.provenance(Provenance::Derived));
        }
    }

    /// Asks until a new record shows or the time is over.
    async fn shows(&self) -> bool {
        let until = Instant::now() + self.question.window;
        while Instant::now() < until {
            tokio::time::sleep_until(until.min(Instant::now() + self.question.every)).await;
            match self.question.ask(Deadline::after(ASK_TIMEOUT)).await {
                Ok(records) if records > self.before => return true,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(target: "callcontrol::huawei_oifde", %error, "recorded transfers could not be asked for")
                }
            }
        }
        false
    }
}

/// One question takes no longer.
pub(crate) const ASK_TIMEOUT: Duration = Duration::from_secs(5);
