//! Snapshots (vendor page, section 13.1): asked for after every gap and whenever no message told an outcome, and taken in as a whole.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallView, Effect, Error, ErrorKind, Evidence, Provenance, Result};
use tokio::time::Instant;

use crate::mapping;
use crate::session::{Session, snapshot_path};
use crate::wire::call::WireCall;
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
        self.note_devices(&snapshot.devices);
        let listed = snapshot
            .calls
            .iter()
            .filter_map(|told| self.listed(told))
            .collect::<Vec<_>>();
        let before = self.world();
        self.hub.resync(&self.id, listed);
        let world = self.world();
        let ended = before.calls.keys().filter(|call| !world.is_alive(call));
        for call in ended {
            self.book().calls.end(call);
        }
        let state = self
            .readiness_of(&snapshot.devices)
            .or_else(|| snapshot.voice_state.as_ref().map(mapping::agent_state));
        if let Some(state) = state {
            self.hub.agent_state_seen(&self.id, state, Provenance::Derived);
        }
        let said = self.book().expectations.judge(&self.world());
        self.say(said, Evidence::Snapshot);
    }

    fn listed(&self, told: &WireCall) -> Option<CallView> {
        let call = self.hub.call_id(&told.id);
        let before = self.hub.call(&self.id, &call);
        let consult_for = told.consults_for().map(|parent| self.hub.call_id(parent));
        self.bind(&call, told, before.as_ref(), consult_for.as_ref());
        self.book().calls.note(&call, told);
        mapping::view(told, before.as_ref(), consult_for)
    }

    /// Takes a snapshot in a task of the session's, trying again a few times.
    pub(crate) fn resync_soon(self: &Arc<Self>) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            for _ in 0..RESYNC_ATTEMPTS {
                let deadline = Instant::now() + session.config.request_timeout();
                let taken = tokio::select! {
                    biased;
                    () = session.stop.cancelled() => return,
                    taken = session.resync(deadline) => taken,
                };
                if taken.is_ok() {
                    return;
                }
                tokio::select! {
                    biased;
                    () = session.stop.cancelled() => return,
                    () = tokio::time::sleep(RESYNC_PAUSE) => {}
                }
            }
        });
    }
}

const RESYNC_ATTEMPTS: u32 = 5;
const RESYNC_PAUSE: Duration = Duration::from_secs(2);
