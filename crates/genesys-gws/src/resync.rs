//! Snapshots (vendor page, section 13.1): asked for after every gap and whenever no message told an outcome, and taken in as a whole.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallView, Draft, Effect, Error, ErrorKind, EventKind, Evidence, Provenance, Result, SessionState,
};
use tokio::time::Instant;

use crate::cometd::backoff::Backoff;
use crate::identity;
use crate::mapping;
use crate::session::{Flow, Session, snapshot_path};
use crate::wire::call::{WireCall, WireState};
use crate::wire::envelope::Snapshot;

impl Session {
    /// Asks for the state and takes it in. Repeated while messages come in between, as nobody knows which of the two is newer (section 13.1).
    pub(crate) async fn resync(self: &Arc<Self>, deadline: Instant) -> Result<()> {
        for attempt in 0..RESYNC_ATTEMPTS {
            let seen = *self.gate.lock().await;
            let envelope = self.get(snapshot_path()?, deadline).await?;
            let Some(snapshot) = envelope.snapshot().filter(|_| envelope.lists_calls()) else {
                let text = "the snapshot lists no calls; is the feature api-voice assigned?";
                return Err(Error::new(ErrorKind::Protocol, Effect::None, text));
            };
            let mut gate = self.gate.lock().await;
            if *gate != seen && attempt + 1 < RESYNC_ATTEMPTS {
                continue;
            }
            *gate = gate.wrapping_add(1);
            self.take_snapshot(&snapshot);
            drop(gate);
            self.changed();
            return Ok(());
        }
        Ok(())
    }

    fn take_snapshot(self: &Arc<Self>, snapshot: &Snapshot) {
        self.take_desk(&snapshot.devices);
        let is_known = |native: &str| self.hub.find_call(native).is_some();
        let before = self.world();
        if let Some((call, native)) = identity::renamed(&before, &snapshot.calls, is_known) {
            tracing::info!(target: "callcontrol::pump", session = %self.id, %call, "the consulted call goes on under another id");
            self.hub.rename_call(&call, &native);
        }
        let listed = snapshot
            .calls
            .iter()
            .filter_map(|told| self.listed(told))
            .collect::<Vec<_>>();
        self.hub.resync(&self.id, listed);
        let ended = before
            .calls
            .keys()
            .filter(|call| self.hub.call(&self.id, call).is_none());
        for call in ended {
            self.book().calls.end(call);
        }
        let state = self
            .readiness_of(&snapshot.devices)
            .or_else(|| snapshot.voice_state.as_ref().map(mapping::agent_state));
        if let Some(state) = state {
            self.hub.agent_state_seen(&self.id, state, Provenance::Derived);
        }
        let world = self.world();
        let said = self.book().expectations.judge(&world);
        self.say(said, Evidence::Snapshot);
        self.mind_presence(&self.hub.agent_state(&self.id));
    }

    fn listed(&self, told: &WireCall) -> Option<CallView> {
        let call = self.hub.call_id(&told.id);
        let before = self.hub.call(&self.id, &call);
        let consult_for = told.consults_for().map(|parent| self.hub.call_id(parent));
        self.bind(&call, told, before.as_ref(), consult_for.as_ref());
        if self.book().calls.is_back(&call) && told.state != WireState::Released {
            // It cannot have come back without having been offered; only that begins a call anew. Nobody told, so something was missed.
            self.hub.announce_gap(&self.id);
            let offered = Draft::new(self.id.clone(), EventKind::Offered).call(call.clone(), told.id.as_str());
            self.hub.publish(offered.provenance(Provenance::Synthesized));
        }
        self.book().calls.note(&call, told);
        mapping::view(told, before.as_ref(), consult_for)
    }

    /// Takes a snapshot in a task of the session's, and goes on trying until it is had. Who asks while one is being taken gets another one after it.
    pub(crate) fn resync_soon(self: &Arc<Self>) {
        let mut book = self.book();
        let looking = std::mem::replace(&mut book.looking, Looking::Again);
        if looking != Looking::No {
            return;
        }
        book.looking = Looking::Now;
        drop(book);
        let session = Arc::clone(self);
        self.tasks.spawn(async move { session.look_until_seen().await });
    }

    async fn look_until_seen(self: &Arc<Self>) {
        let mut backoff = Backoff::new(RESYNC_PAUSE, RESYNC_PAUSE_MAX, Arc::clone(&self.place));
        loop {
            self.flows().await;
            let taken = self.asked().await;
            if self.stop.is_cancelled() {
                return;
            }
            if taken {
                backoff.reset();
                self.caught_up();
                let mut book = self.book();
                if book.looking == Looking::Now {
                    book.looking = Looking::No;
                    return;
                }
                book.looking = Looking::Now;
                continue;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    /// Waits until the state could be asked for again; `None` when the session ends before.
    pub(crate) async fn seen_again(self: &Arc<Self>) -> Option<()> {
        let mut backoff = Backoff::new(RESYNC_PAUSE, RESYNC_PAUSE_MAX, Arc::clone(&self.place));
        loop {
            self.flows().await;
            if self.asked().await {
                return Some(());
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    /// Waits until events flow. While they do not, the pump is at it, and announces the gap before it takes a snapshot.
    async fn flows(&self) {
        let mut flow = self.flow.subscribe();
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {}
            _flows = flow.wait_for(|flow| *flow != Flow::Dry) => {}
        }
    }

    /// Asks for the state once; false when it could not be had, or the session ends.
    pub(crate) async fn asked(self: &Arc<Self>) -> bool {
        self.asked_by(Instant::now() + self.config.request_timeout()).await
    }

    /// As [`asked`](Self::asked), with the time that is left.
    pub(crate) async fn asked_by(self: &Arc<Self>, deadline: Instant) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            taken = self.resync(deadline) => taken.is_ok(),
        }
    }

    /// The picture is complete: if events flow, too, the session is whole again.
    pub(crate) fn caught_up(&self) {
        let flows = *self.flow.borrow() == Flow::Flowing;
        if flows && self.hub.session_state(&self.id) == Some(SessionState::Recovering) && !self.stop.is_cancelled() {
            self.hub
                .set_session_state(&self.id, SessionState::Active, "events flow again");
        }
    }
}

/// Whether the state is being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Looking {
    #[default]
    No,
    Now,
    /// It is, and somebody has asked since it began.
    Again,
}

const RESYNC_ATTEMPTS: u32 = 5;
const RESYNC_PAUSE: Duration = Duration::from_millis(500);
const RESYNC_PAUSE_MAX: Duration = Duration::from_secs(30);
