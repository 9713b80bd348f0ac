//! The task that leads a search: reads the event source's feed, shows views to the search, settles the operation.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallControl, Feed, FeedItem, Hub, OpCx, Outcome, OutcomeHandle, Scope};
use tokio::time::{Instant, sleep_until};

use super::Sighting;
use super::search::{Search, view_of};

/// One watched transfer.
pub(super) struct Watch {
    pub(super) search: Search,
    pub(super) feed: Feed,
    pub(super) events: Arc<dyn CallControl>,
    pub(super) hub: Hub,
    /// What the command source itself may still find out.
    pub(super) told: OutcomeHandle,
    pub(super) window: Duration,
}

impl Watch {
    /// Until something is known or the window has passed.
    pub(super) async fn run(mut self) {
        let outcome = self.watch().await;
        self.hub.settle(self.search.op(), outcome);
    }

    async fn watch(&mut self) -> Outcome {
        let end = Instant::now() + self.window;
        let told = self.told.clone();
        let window = self.window;
        let told = told.wait_resolved(window);
        tokio::pin!(told);
        let mut may_be_told = true;
        loop {
            let item = tokio::select! {
                biased;
                item = self.feed.next() => item,
                outcome = &mut told, if may_be_told => match outcome {
                    Some(outcome) => return outcome,
                    None => {
                        may_be_told = false;
                        continue;
                    }
                },
                () = sleep_until(end) => return self.search.end(),
            };
            let Some(item) = item else {
                // The event source is shut down.
                return self.search.end();
            };
            for at in self.search.hear(&item) {
                self.show(at, &item).await;
            }
            if let Some(outcome) = self.search.outcome() {
                return outcome.clone();
            }
        }
    }

    /// Fetches the view of a call that appeared; one that is gone already cannot be recognised any more.
    async fn show(&mut self, at: Sighting, item: &FeedItem) {
        let known = match item {
            FeedItem::Snapshot(snapshot) => view_of(snapshot, &at),
            _ => self.ask(&at).await,
        };
        if let Some(view) = known {
            self.search.seen(at, &view);
        }
    }

    async fn ask(&self, at: &Sighting) -> Option<callcontrol_core::CallView> {
        let cx = OpCx::new().within(ASK);
        let snapshot = self.events.snapshot(Scope::Session(at.0.clone()), &cx).await;
        view_of(&*snapshot.ok()?, at)
    }
}

/// Patience for one look at the event source's state.
const ASK: Duration = Duration::from_secs(5);
