//! The soak's reader: folds the feed of all sessions as it comes, so that nothing piles up, and is held against a snapshot at the end.

use callcontrol::{Feed, Filter, Scope};
use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;

use crate::fold::Fold;
use crate::truth::difference;
use crate::world::{DEADLINE, World};

/// A reader at work.
#[derive(Debug)]
pub(super) struct Reading {
    stop: CancellationToken,
    task: JoinHandle<(Feed, Fold)>,
}

impl Reading {
    pub(super) fn begin(world: &World) -> Self {
        let stop = CancellationToken::new();
        let feed = world.control.subscribe(Filter::all().backlog(ROOM));
        let task = tokio::spawn(read(feed, stop.clone()));
        Self { stop, task }
    }

    /// At rest: what was read, and where it differs from a snapshot, in words.
    pub(super) async fn end(self, world: &World) -> (Fold, Vec<String>) {
        let snapshot = world.control.snapshot(Scope::All, &world.cx(DEADLINE)).await;
        sleep(Duration::from_secs(1)).await;
        self.stop.cancel();
        let Ok((mut feed, mut fold)) = self.task.await else {
            return (Fold::default(), vec!["the reader broke off".to_owned()]);
        };
        while let Some(Some(item)) = feed.next().now_or_never() {
            fold.take(&item);
        }
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(error) => return (fold, vec![format!("no snapshot at rest: {error}")]),
        };
        let mut wrong = std::mem::take(&mut fold.broken);
        for (session, view) in snapshot.sessions.iter().filter(|(_, view)| !view.state.is_over()) {
            let told = view.calls.iter().map(|(id, call)| (id.clone(), call.state)).collect();
            let seen = fold.sessions.get(session).map(|seen| seen.calls.clone());
            let differs = difference(&seen.unwrap_or_default(), &told);
            wrong.extend(differs.map(|words| format!("{session}: the feed folded all along {words}")));
        }
        (fold, wrong)
    }
}

async fn read(mut feed: Feed, stop: CancellationToken) -> (Feed, Fold) {
    let mut fold = Fold::default();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return (feed, fold),
            item = feed.next() => match item {
                Some(item) => fold.take(&item),
                None => return (feed, fold),
            },
        }
    }
}

/// A reader that is always at work is never so far behind, unless something blocks it.
const ROOM: usize = 65_536;
