//! A task with an owner: told to stop, waited for, and ended when its owner goes. The only place in this crate that spawns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running piece of work. Dropping it ends the work.
#[derive(Debug)]
pub(crate) struct Task {
    stop: watch::Sender<bool>,
    /// Closed when the work has ended.
    running: watch::Receiver<()>,
    work: Mutex<Option<JoinHandle<()>>>,
}

impl Task {
    /// Starts `work`, which ends by itself soon after the receiver that it is given changes.
    pub(crate) fn start<F>(work: impl FnOnce(watch::Receiver<bool>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let (ended, running) = watch::channel(());
        let work = work(stopped);
        let work = tokio::spawn(async move {
            let _until_the_end = ended;
            work.await;
        });
        Self {
            stop,
            running,
            work: Mutex::new(Some(work)),
        }
    }

    /// Tells it to stop and waits for it. Any number may wait; who gives up leaves it owned as before.
    pub(crate) async fn stop(&self) {
        // Nobody listens when the work has ended by itself.
        let _ = self.stop.send(true);
        // Nothing is ever sent: what comes is the end.
        while self.running.clone().changed().await.is_ok() {}
        let work = self.work().take();
        if let Some(work) = work
            && let Err(error) = work.await
        {
            tracing::error!(target: "callcontrol::cc_gateway", %error, "a task failed");
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.work().as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn work(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(work) = self.work().take() {
            work.abort();
        }
    }
}
