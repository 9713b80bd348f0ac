//! One reader's end of the feed. Its backlog is bounded; when it overflows the backlog is dropped, and the reader gets a gap and a fresh snapshot instead.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures::Stream;

use super::Shared;
use crate::event::{FeedItem, Filter, Gap};
use crate::id::SessionId;
use crate::model::Scope;
use crate::sync::lock;

/// A stream of [`FeedItem`]s; the first is a snapshot. It ends when the adapter is shut down. Dropping it unsubscribes.
pub struct Feed {
    shared: Arc<Shared>,
    reader: Arc<Subscriber>,
}

pub(super) struct Subscriber {
    filter: Filter,
    room: usize,
    backlog: Mutex<Backlog>,
}

struct Backlog {
    items: VecDeque<FeedItem>,
    dropped: u64,
    /// Something was read already: only then can anything have been missed.
    begun: bool,
    closed: bool,
    waker: Option<Waker>,
}

impl Feed {
    pub(super) fn new(shared: Arc<Shared>, reader: Arc<Subscriber>) -> Self {
        Self { shared, reader }
    }

    /// The next item; `None` after shutdown.
    pub async fn next(&mut self) -> Option<FeedItem> {
        futures::StreamExt::next(self).await
    }

    /// After an overflow: everything waiting is replaced by a gap and the state as of now, in one step with respect to new events.
    fn catch_up(&self) -> FeedItem {
        let inner = lock(&self.shared.inner);
        let scope = self.reader.filter.session.clone().map_or(Scope::All, Scope::Session);
        let snapshot = FeedItem::Snapshot(Arc::new(inner.world.snapshot(&scope)));
        let mut backlog = lock(&self.reader.backlog);
        let missed = std::mem::take(&mut backlog.dropped);
        backlog.items.clear();
        if !std::mem::replace(&mut backlog.begun, true) {
            return snapshot;
        }
        backlog.items.push_back(snapshot);
        FeedItem::Gap(Gap::lagged(missed))
    }
}

impl Stream for Feed {
    type Item = FeedItem;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<FeedItem>> {
        {
            let mut backlog = lock(&self.reader.backlog);
            if backlog.dropped == 0 {
                if let Some(item) = backlog.items.pop_front() {
                    backlog.begun = true;
                    return Poll::Ready(Some(item));
                }
                if backlog.closed {
                    return Poll::Ready(None);
                }
                backlog.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        Poll::Ready(Some(self.catch_up()))
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let waiting = lock(&self.reader.backlog).items.len();
        f.debug_struct("Feed")
            .field("filter", &self.reader.filter)
            .field("waiting", &waiting)
            .finish()
    }
}

impl Subscriber {
    pub(super) fn new(filter: Filter, first: FeedItem) -> Self {
        let room = filter.backlog.unwrap_or(DEFAULT_BACKLOG).max(1);
        let backlog = Backlog {
            items: VecDeque::from([first]),
            dropped: 0,
            begun: false,
            closed: false,
            waker: None,
        };
        Self {
            filter,
            room,
            backlog: Mutex::new(backlog),
        }
    }

    /// The one it reads; `None` for all.
    pub(super) fn session(&self) -> Option<&SessionId> {
        self.filter.session.as_ref()
    }

    pub(super) fn push(&self, item: FeedItem) {
        let waker = {
            let mut backlog = lock(&self.backlog);
            if backlog.dropped > 0 {
                backlog.dropped += 1;
            } else if backlog.items.len() >= self.room {
                backlog.dropped = backlog.items.len() as u64 + 1;
                backlog.items.clear();
            } else {
                backlog.items.push_back(item);
            }
            backlog.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn close(&self) {
        let waker = {
            let mut backlog = lock(&self.backlog);
            backlog.closed = true;
            backlog.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

const DEFAULT_BACKLOG: usize = 1024;
