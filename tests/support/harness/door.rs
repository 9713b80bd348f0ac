//! The way to a simulator: counts what goes out, and lets the next request of a kind go wrong.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, Method, NotSent, RequestKind, Transport, Trick};
use callcontrol_testkit::conformance::Mishap;

/// What has gone out, and what is to go wrong next.
#[derive(Clone, Default)]
pub(crate) struct Door(Arc<Inner>);

#[derive(Default)]
struct Inner {
    waiting: Mutex<Option<(Words, Trick)>>,
    sent: Mutex<Vec<(Method, String)>>,
    events_cut: AtomicBool,
}

/// Method and a part of the path of a request.
pub(crate) type Words = (Method, &'static str);

impl Door {
    /// The transport through this door. `is_event_poll`: paths by which events are fetched.
    pub(crate) fn transport(&self, router: Router, is_event_poll: fn(&str) -> bool) -> Arc<dyn Transport> {
        let door = self.clone();
        let base = BaseUrl::parse("http://simulator.test").unwrap();
        let transport = InMemoryTransport::new(base, router);
        Arc::new(transport.with_mischief(move |attempt: &Attempt<'_>| door.trick(attempt, is_event_poll)))
    }

    fn trick(&self, attempt: &Attempt<'_>, is_event_poll: fn(&str) -> bool) -> Trick {
        let (method, path) = (attempt.request.method(), attempt.request.path().path_and_query());
        if attempt.request.kind() == RequestKind::LongPoll || is_event_poll(&path) {
            let cut = self.0.events_cut.load(Ordering::Relaxed);
            return if cut {
                Trick::NotSent(NotSent::Refused)
            } else {
                Trick::Pass
            };
        }
        let mut waiting = self.0.waiting.lock().unwrap();
        let fits = |words: &Words| method == words.0 && path.contains(words.1);
        let trick = match waiting.take_if(|(words, _)| fits(words)) {
            Some((_, trick)) => trick,
            None => Trick::Pass,
        };
        if !matches!(trick, Trick::NotSent(_)) {
            self.0.sent.lock().unwrap().push((method, path));
        }
        trick
    }

    /// How many requests have gone out, event polls aside.
    pub(crate) fn sent(&self) -> usize {
        self.0.sent.lock().unwrap().len()
    }

    /// How many such requests have gone out.
    pub(crate) fn sent_like(&self, words: Words) -> usize {
        let sent = self.0.sent.lock().unwrap();
        let like = sent
            .iter()
            .filter(|(method, path)| *method == words.0 && path.contains(words.1));
        like.count()
    }

    /// The next such request goes wrong so.
    pub(crate) fn next(&self, words: Words, trick: Trick) {
        *self.0.waiting.lock().unwrap() = Some((words, trick));
    }

    /// Cuts the way by which events are fetched, or opens it again.
    pub(crate) fn cut_events(&self, cut: bool) {
        self.0.events_cut.store(cut, Ordering::Relaxed);
    }
}

/// The trick that plays a mishap; `refusal` and `expired` are the vendor's own answers.
pub(crate) fn trick_of(mishap: Mishap, refusal: &'static str, expired: &'static str) -> Trick {
    let answer = |body: &'static str| Trick::Answer {
        status: 200,
        content_type: "application/json",
        body: body.as_bytes().into(),
    };
    match mishap {
        Mishap::NotSent => Trick::NotSent(NotSent::Refused),
        Mishap::ReplyLost => Trick::DropReply,
        Mishap::RequestLost => Trick::DropRequest,
        Mishap::Refused => answer(refusal),
        Mishap::SessionExpired => answer(expired),
        other => unreachable!("a mishap the suite has learnt since: {other:?}"),
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({} sent)", self.sent())
    }
}
