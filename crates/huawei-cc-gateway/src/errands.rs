//! Work that a caller's deadline must not cut short: signing out an agent whose sign-in was of no use, or who was just being signed in again.
//! The adapter owns it; a caller waits for it only as long as the caller may.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::task::Task;

/// What is still under way. Each piece is bounded by the limits of its own requests. Dropping it ends all of it.
#[derive(Debug, Default)]
pub(crate) struct Errands(Mutex<Vec<Task>>);

impl Errands {
    /// Runs `work` to its end, and gives what it came to if that is known within `patience`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        patience: Duration,
    ) -> Option<T> {
        let (tell, told) = oneshot::channel();
        let task = Task::start(|_not_to_be_stopped| async move {
            // Nobody listens when the caller has run out of time.
            let _ = tell.send(work.await);
        });
        {
            let mut under_way = self.under_way();
            under_way.retain(|task| !task.has_ended());
            under_way.push(task);
        }
        timeout(patience, told).await.ok()?.ok()
    }

    /// Waits for all of it, at most for `patience`; what is left then is ended.
    pub(crate) async fn finish(&self, patience: Duration) {
        let under_way = std::mem::take(&mut *self.under_way());
        let all = futures::future::join_all(under_way.iter().map(Task::stop));
        if timeout(patience, all).await.is_err() {
            tracing::warn!(target: "callcontrol::cc_gateway", "an agent was not signed out in time, and stays so for two minutes");
        }
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<Task>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
