//! The in-memory transport keeps the rules of the real one, phase by phase, under a clock moved by hand (faults.md rows 4, 5, 6, 9).

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use callcontrol_core::{Effect, ErrorKind};
use callcontrol_http::fault::accept;
use callcontrol_http::{
    ApiPath, Attempt, BaseUrl, Bytes, Idempotency, InMemoryTransport, Lost, NotSent, Request, RequestKind, Transport,
    TransportError, Trick,
};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tower_service::Service;

/// Answers with what it was asked, after a while, and counts.
#[derive(Clone, Default)]
struct Switch {
    acted: Arc<AtomicUsize>,
    takes: Duration,
}

impl Switch {
    fn acted(&self) -> usize {
        self.acted.load(Ordering::SeqCst)
    }
}

impl Service<http::Request<Full<Bytes>>> for Switch {
    type Response = http::Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Full<Bytes>>) -> Self::Future {
        let switch = self.clone();
        Box::pin(async move {
            tokio::time::sleep(switch.takes).await;
            switch.acted.fetch_add(1, Ordering::SeqCst);
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let text = format!(
                "{} {} host={} length={:?} body={}",
                head.method,
                head.uri,
                head.headers["host"].to_str().expect("text"),
                head.headers.get("content-length"),
                String::from_utf8_lossy(&body),
            );
            Ok(http::Response::new(Full::new(text.into())))
        })
    }
}

const DEADLINE: Duration = Duration::from_secs(5);

fn base() -> BaseUrl {
    BaseUrl::parse("http://gateway:8080/base").expect("valid")
}

fn transfer() -> Request {
    let path = ApiPath::new("/calls")
        .id("42")
        .expect("valid")
        .query("to", "#1")
        .expect("valid");
    Request::post(path, DEADLINE).json(&1).expect("valid")
}

fn always(trick: Trick) -> impl Fn(&Attempt<'_>) -> Trick {
    move |_| trick.clone()
}

/// The error, how long it took to come, and how often the switch acted by then and in the end.
async fn after(trick: Trick) -> (TransportError, Duration, usize, usize) {
    let switch = Switch::default();
    let transport = InMemoryTransport::new(base(), switch.clone()).with_mischief(always(trick));
    let start = Instant::now();
    let error = transport.send(transfer()).await.expect_err("a fault");
    let (took, acted) = (start.elapsed(), switch.acted());
    transport.quiesce().await;
    (error, took, acted, switch.acted())
}

fn phase(error: &TransportError) -> Option<Lost> {
    match error {
        TransportError::Lost { phase, .. } => Some(*phase),
        TransportError::NotSent { .. } => None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_sees_what_a_server_would_see() {
    let transport = InMemoryTransport::new(base(), Switch::default());
    let reply = transport.send(transfer()).await.expect("answered");
    assert_eq!(
        reply.text(),
        "POST /base/calls/42?to=%231 host=gateway:8080 length=Some(\"1\") body=1"
    );
    assert_eq!(
        reply.place().expect("known").to_string(),
        "POST gateway:8080/base/calls/{id}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_sent_or_lost_on_the_way_does_nothing() {
    let (error, took, _, acted) = after(Trick::NotSent(NotSent::Refused)).await;
    assert_eq!((error.effect(), took, acted), (Effect::None, Duration::ZERO, 0));

    let (error, took, _, acted) = after(Trick::DropRequest).await;
    assert_eq!((phase(&error), took, acted), (Some(Lost::Deadline), DEADLINE, 0));
    assert_eq!(error.effect(), Effect::Unknown, "the caller cannot know");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_leaves_the_switch_changed_and_the_caller_ignorant() {
    let (error, took, acted, _) = after(Trick::DropReply).await;
    assert_eq!((phase(&error), took, acted), (Some(Lost::Deadline), DEADLINE, 1));

    let (error, took, acted, _) = after(Trick::Reset).await;
    assert_eq!(
        (phase(&error), took, acted),
        (Some(Lost::BeforeHeaders), Duration::ZERO, 1)
    );

    let (error, took, acted, _) = after(Trick::CutBody).await;
    assert_eq!((phase(&error), took, acted), (Some(Lost::Body), Duration::ZERO, 1));
    assert!(error.to_string().contains("status 200"), "{error}");

    let (error, took, acted, _) = after(Trick::DelayReply(2 * DEADLINE)).await;
    assert_eq!((phase(&error), took, acted), (Some(Lost::Deadline), DEADLINE, 1));
}

#[tokio::test(start_paused = true)]
async fn a_request_may_arrive_after_its_caller_gave_up() {
    let (error, took, acted, acted_later) = after(Trick::DelayRequest(2 * DEADLINE)).await;
    assert_eq!((phase(&error), took), (Some(Lost::Deadline), DEADLINE));
    assert_eq!((acted, acted_later), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_slow_service_is_given_up_at_the_deadline_and_not_before() {
    let switch = Switch {
        takes: DEADLINE - Duration::from_millis(1),
        ..Switch::default()
    };
    let transport = InMemoryTransport::new(base(), switch.clone());
    transport.send(transfer()).await.expect("in time");

    let switch = Switch {
        takes: DEADLINE + Duration::from_millis(1),
        ..switch
    };
    let transport = InMemoryTransport::new(base(), switch.clone());
    let start = Instant::now();
    let error = transport.send(transfer()).await.expect_err("late");
    assert_eq!((phase(&error), start.elapsed()), (Some(Lost::Deadline), DEADLINE));
    transport.quiesce().await;
    assert_eq!(switch.acted(), 2, "it acted all the same");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_drops_its_future_does_not_stop_the_switch() {
    let switch = Switch {
        takes: Duration::from_secs(1),
        ..Switch::default()
    };
    let transport = InMemoryTransport::new(base(), switch.clone());
    let given_up = tokio::time::timeout(Duration::from_millis(1), transport.send(transfer())).await;
    assert!(given_up.is_err());
    transport.quiesce().await;
    assert_eq!(switch.acted(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_transport_ends_what_still_runs() {
    let switch = Switch {
        takes: Duration::from_secs(60),
        ..Switch::default()
    };
    let transport = InMemoryTransport::new(base(), switch.clone());
    transport.send(transfer()).await.expect_err("late");
    drop(transport);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(switch.acted(), 0);
    assert_eq!(Arc::strong_count(&switch.acted), 1, "no task is left");
}

#[tokio::test(start_paused = true)]
async fn the_cap_and_a_passed_deadline_hold_as_over_tcp() {
    let switch = Switch::default();
    let transport = InMemoryTransport::new(base(), switch.clone());
    let error = transport.send(transfer().body_cap(3)).await.expect_err("long");
    assert_eq!(phase(&error), Some(Lost::TooLarge));

    let past = Request::get(ApiPath::new("/x"), Duration::ZERO);
    let error = transport.send(past).await.expect_err("late");
    assert!(error.is_not_sent());
    assert_eq!(switch.acted(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_from_somebody_in_front_is_no_success() {
    let switch = Switch::default();
    let page = Trick::Answer {
        status: 200,
        content_type: "text/html",
        body: Bytes::from_static(b"<html>Please log in"),
    };
    let transport = InMemoryTransport::new(base(), switch.clone()).with_mischief(always(page));
    let reply = transport.send(transfer()).await.expect("a reply");
    let reply = accept(reply, Idempotency::Command).expect("a 200");
    let error = callcontrol_core::Error::from(reply.json::<u32>("transfer reply").expect_err("HTML"));
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::Unknown));
    assert!(error.to_string().contains("Please log in"), "{error}");
    assert_eq!(switch.acted(), 0);
}

#[tokio::test(start_paused = true)]
async fn mischief_can_choose_by_number_and_kind() {
    let transport = InMemoryTransport::new(base(), Switch::default()).with_mischief(|attempt: &Attempt<'_>| {
        match (attempt.number, attempt.request.kind()) {
            (0, _) | (_, RequestKind::LongPoll) => Trick::NotSent(NotSent::Closed),
            _ => Trick::Pass,
        }
    });
    assert!(transport.send(transfer()).await.is_err());
    assert!(transport.send(transfer()).await.is_ok());
    assert!(transport.send(transfer().long_poll()).await.is_err());
    assert_eq!(transport.attempts(), 3);
    assert!(format!("{transport:?}").contains("gateway"));
}
