//! The event pump of one session: read the stream, publish, settle; after a break announce the gap, take the listing, go on from there.

use std::sync::Arc;
use std::time::Duration;

use callcontrol::{
    AgentState, CustomerAt, Draft, Error, ErrorKind, EventKind, LegState, OpId, Outcome, Provenance, SessionId,
    SessionState, TargetKind, ViewPatch,
};
use callcontrol_http::{ApiPath, Idempotency, Request, fault};
use tokio::sync::watch;

use crate::adapter::Tinbell;
use crate::mapping;
use crate::session::Stay;
use crate::wire::{Events, Listing, What};

/// Runs until it is stopped or the session is over.
pub(crate) async fn run(
    tinbell: Arc<Tinbell>,
    session: SessionId,
    stay: Arc<Stay>,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => {}
        () = read(&tinbell, &session, &stay) => {}
    }
}

async fn read(tinbell: &Tinbell, session: &SessionId, stay: &Stay) {
    let (mut after, mut pause) = (0, FIRST_PAUSE);
    loop {
        match events(tinbell, stay, after).await {
            Ok(news) => {
                pause = FIRST_PAUSE;
                for event in news.events {
                    after = after.max(event.n);
                    tell(tinbell, session, event.what);
                }
            }
            Err(error) if is_over(tinbell, session, &error) => return,
            Err(error) => {
                tinbell
                    .hub
                    .set_session_state(session, SessionState::Recovering, error.message());
                after = loop {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(tinbell.config.recovery_most_ms));
                    match listing(tinbell, stay).await {
                        Ok(listing) => break resync(tinbell, session, &listing),
                        Err(error) if is_over(tinbell, session, &error) => return,
                        Err(_) => {}
                    }
                };
            }
        }
    }
}

/// Whether the session has ended at the vendor; readers are told.
fn is_over(tinbell: &Tinbell, session: &SessionId, error: &Error) -> bool {
    let state = match error.kind() {
        ErrorKind::Displaced => SessionState::Displaced,
        ErrorKind::SessionLost => SessionState::Lost,
        _ => return false,
    };
    tinbell.hub.set_session_state(session, state, error.message());
    true
}

async fn events(tinbell: &Tinbell, stay: &Stay, after: u64) -> callcontrol::Result<Events> {
    let path = ApiPath::new("/v1")
        .literal("sessions")
        .id(&stay.native)?
        .literal("events");
    let path = path.query("after", after.to_string())?;
    let request = Request::get(path, HELD + Duration::from_secs(10)).long_poll();
    let response = tinbell.exchange(stay, request, Idempotency::Query).await?;
    response
        .json("events")
        .map_err(|error| fault::from_decode(error, Idempotency::Query))
}

pub(crate) async fn listing(tinbell: &Tinbell, stay: &Stay) -> callcontrol::Result<Listing> {
    let path = ApiPath::new("/v1")
        .literal("sessions")
        .id(&stay.native)?
        .literal("calls");
    let request = Request::get(path, tinbell.config.request_timeout());
    let response = tinbell.exchange(stay, request, Idempotency::Query).await?;
    response
        .json("listing")
        .map_err(|error| fault::from_decode(error, Idempotency::Query))
}

/// The listing becomes what is known. Gives the number to read on from.
fn resync(tinbell: &Tinbell, session: &SessionId, listing: &Listing) -> u64 {
    tinbell.hub.announce_gap(session);
    show(tinbell, session, listing);
    tinbell
        .hub
        .set_session_state(session, SessionState::Active, "the event stream is back");
    listing.n
}

pub(crate) fn show(tinbell: &Tinbell, session: &SessionId, listing: &Listing) {
    let of = |native: &Option<String>| native.as_deref().map(|native| tinbell.hub.call_id(native));
    let views = listing
        .calls
        .iter()
        .map(|call| mapping::view(call, of(&call.consult_for)));
    tinbell.hub.resync(session, views.collect());
    tinbell
        .hub
        .agent_state_seen(session, readiness(listing.ready), Provenance::Vendor);
}

fn readiness(ready: bool) -> AgentState {
    if ready {
        AgentState::Ready
    } else {
        AgentState::NotReady { reason: None }
    }
}

fn tell(tinbell: &Tinbell, session: &SessionId, what: What) {
    let hub = &tinbell.hub;
    match what {
        What::Call(call) => {
            let ours = hub.call_id(&call.call);
            let consult_for = call.consult_for.as_deref().map(|native| hub.call_id(native));
            let state = mapping::leg_state(&call.state);
            let known = hub.call(session, &ours).map(|view| view.state);
            let kind = if known == Some(state) {
                EventKind::Updated
            } else {
                mapping::entered(state)
            };
            let patch = ViewPatch {
                state: Some(state),
                ..mapping::patch(&call, consult_for)
            };
            hub.publish(Draft::new(session.clone(), kind).call(ours, call.call).patch(patch));
        }
        What::Gone { call, reason } => {
            let cause = mapping::cause(&reason);
            let ours = hub.call_id(&call);
            hub.publish(Draft::new(session.clone(), EventKind::Released { cause }).call(ours, call));
        }
        What::State { ready } => hub.agent_state_seen(session, readiness(ready), Provenance::Vendor),
        What::Done { tag } => settle(tinbell, session, &tag, None),
        What::Failed { tag, reason } => settle(tinbell, session, &tag, Some(&reason)),
        What::Other => {}
    }
}

/// The vendor repeats our operation id as its tag: the outcome is exact. Views come before outcomes, so the view tells where the customer is.
fn settle(tinbell: &Tinbell, session: &SessionId, tag: &str, failed: Option<&str>) {
    let Ok(op) = OpId::new(tag) else { return };
    let Some(order) = tinbell.orders().remove(&op) else {
        return;
    };
    let customer = match order.call.and_then(|call| tinbell.hub.call(session, &call)) {
        Some(view) if view.state == LegState::Held => CustomerAt::AgentHeld,
        Some(_) => CustomerAt::Agent,
        None => CustomerAt::Gone,
    };
    let outcome = match (failed, order.to) {
        (Some(reason), _) => Outcome::failed(mapping::cause(reason), customer),
        (None, Some(kind)) => Outcome::done(mapping::landed(kind)),
        (None, None) => Outcome::done(customer),
    };
    tinbell.hub.settle(&op, outcome);
}

/// What an accepted order will have come to once it is done.
#[derive(Debug)]
pub(crate) struct Order {
    /// The customer's call; `None` for an order that makes a new one.
    pub(crate) call: Option<callcontrol::CallId>,
    /// Whom the customer goes to; `None` where the customer stays.
    pub(crate) to: Option<TargetKind>,
}

/// How long Tinbell holds a request for events.
const HELD: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
