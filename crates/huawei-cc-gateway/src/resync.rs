//! What the gateway itself lists of an agent's calls (section 8), to close a gap and for snapshots.

use callcontrol_core::{CallData, CallView, Direction, Error, ErrorKind, LegState, Party, Result, Scope};
use callcontrol_http::{ApiPath, Request};

use crate::faults;
use crate::listed::{Fate, Listing};
use crate::live::Live;
use crate::mapping;
use crate::wire::{CallInfo, Envelope, call_ids, call_infos};

/// The agent's calls as the gateway lists them now.
///
/// # Errors
/// The first query that is not answered; nothing at the gateway changes.
pub(crate) async fn listing(live: &Live) -> Result<Listing> {
    let as_of = live.calls().clock();
    let ids = ids(live).await?;
    let held = call_infos(&ask(live, live.link.path(GROUP, "holdlist")?).await?.result);
    let mut calls = Vec::new();
    for id in ids.iter().take(MAX_CALLS) {
        let is_held = held.iter().any(|call| call.call == *id);
        let forwarded = live.calls().forwarded_legs(id, is_held);
        match forwarded {
            Some(legs) => calls.extend(legs),
            None => calls.push(view(live, id, is_held).await?),
        }
    }
    calls.extend(waiting(live, &ids).await);
    let missing = live.calls().to_trace();
    let mut traced = Vec::new();
    for native in missing.into_iter().filter(|native| !ids.contains(native)) {
        let fate = fate(live, &native).await;
        traced.push((native, fate));
    }
    Ok(Listing { calls, traced, as_of })
}

/// The gateway's ids of the agent's calls.
pub(crate) async fn ids(live: &Live) -> Result<Vec<String>> {
    Ok(call_ids(&ask(live, live.link.path(GROUP, "allcallid")?).await?.result))
}

/// What the gateway tells of a call that the agent is not in any more.
async fn fate(live: &Live, native: &str) -> Fate {
    match call(live, native).await {
        Ok(None) => Fate::NoSuchCall,
        Ok(Some(info)) if info.ended => Fate::Ended,
        Ok(Some(info)) => Fate::GoesOn {
            called: info.called,
            queue: info.queue,
        },
        Err(_) => Fate::Untold,
    }
}

/// Asks the gateway for the session's calls and corrects what is known. An answer that events have overtaken is asked for again;
/// when they do not stop, what they told stands.
pub(crate) async fn refresh(live: &Live) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let before = seen(live);
        let listed = listing(live).await?;
        let mut calls = live.calls();
        if seen(live) == before {
            calls.settle_by_listing(&listed);
            live.hub.resync(&live.id, listed.calls);
            return Ok(());
        }
    }
    Ok(())
}

/// Number of the session's last event.
fn seen(live: &Live) -> Option<u64> {
    let scope = Scope::Session(live.id.clone());
    live.hub.snapshot(&scope).session(&live.id).map(|view| view.seq)
}

/// Whether a call still waits, as far as the gateway tells: it does not when the gateway knows no such call, or does not list it in its queue.
pub(crate) async fn still_waits(live: &Live, native: &str) -> bool {
    let queue = match call(live, native).await {
        Ok(None) => return false,
        Ok(Some(info)) if info.ended => return false,
        Ok(Some(info)) => info.queue,
        Err(_) => return true,
    };
    let Some(queue) = queue else { return true };
    let path = live
        .link
        .path(GROUP, "waitcallinfo")
        .and_then(|path| Ok(path.id(queue)?));
    let Ok(path) = path else { return true };
    match ask(live, path).await {
        // The members of this list are documented nowhere, but the id must be among them (19.6).
        Ok(answer) => answer.result.to_string().contains(native),
        Err(_) => true,
    }
}

/// One call by its id; `None` when the gateway knows no such call.
pub(crate) async fn call(live: &Live, native: &str) -> Result<Option<CallInfo>> {
    let path = live.link.path(GROUP, "callinfobycallid")?.id(native)?;
    match ask(live, path).await {
        Ok(answer) => Ok(call_infos(&answer.result).into_iter().find(|info| info.call == native)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidState) => Ok(None),
        Err(error) => Err(error),
    }
}

/// True when the gateway has answered at all, if only to refuse.
pub(crate) fn is_answer(error: &Error) -> bool {
    error.native_code().is_some()
        || matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::Config | ErrorKind::VendorUnknown
        )
}

async fn view(live: &Live, native: &str, is_held: bool) -> Result<CallView> {
    let known = live
        .hub
        .find_call(native)
        .and_then(|call| live.hub.call(&live.id, &call));
    let info = call(live, native).await?;
    let before = known.as_ref().map(|view| view.state);
    let state = match before {
        _ if is_held => LegState::Held,
        // Whether the far side has answered, or a flow has given the call back, is not listed.
        Some(LegState::Dialing | LegState::Suspended) => LegState::Unknown,
        Some(LegState::Held | LegState::Talking) if live.calls().is_untold(native) => LegState::Unknown,
        Some(LegState::Held) if live.calls().is_kept_waiting(native) => LegState::Held,
        Some(LegState::Held) => LegState::Talking,
        Some(LegState::Unknown) if live.calls().is_back(native) => LegState::Talking,
        // A call that waited in a queue and is listed as the agent's own was offered to the agent: it rings, or was answered.
        Some(LegState::Ringing | LegState::Waiting) => match rings(live, native).await? {
            Some(true) => LegState::Ringing,
            Some(false) => LegState::Talking,
            None => LegState::Unknown,
        },
        Some(state) => state,
        None => match rings(live, native).await? {
            Some(true) => LegState::Ringing,
            Some(false) if !info.as_ref().is_some_and(is_outgoing) => LegState::Talking,
            Some(false) | None => LegState::Unknown,
        },
    };
    let mut view = known.unwrap_or_else(|| CallView::new(native, state));
    view.state = state;
    if let Some(info) = info {
        describe(&mut view, &info, live);
    }
    Ok(view)
}

/// Whether it is the call that waits to be answered; `None` when the gateway does not tell.
async fn rings(live: &Live, native: &str) -> Result<Option<bool>> {
    match ask(live, live.link.path(GROUP, "callinfobeforeanswer")?).await {
        Ok(answer) => Ok(Some(call_infos(&answer.result).iter().any(|info| info.call == native))),
        Err(error) if faults::is_session_gone(&error) => Err(error),
        Err(error) if error.native_code().is_some() && error.kind() == ErrorKind::InvalidState => Ok(Some(false)),
        Err(error) if is_answer(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn describe(view: &mut CallView, info: &CallInfo, live: &Live) {
    if view.direction == Direction::Unknown {
        view.direction = mapping::direction(info.feature).unwrap_or(Direction::Unknown);
    }
    if view.parties.is_empty() {
        let far = mapping::far_side(
            info.caller.as_deref(),
            info.called.as_deref(),
            info.feature,
            &live.own(),
        );
        view.parties = far.map(Party::new).into_iter().collect();
    }
    if view.data == CallData::default() {
        view.data = pairs(info.data.as_deref());
    }
}

/// Call data that an application of ours has set is one JSON object of texts; anybody else's text is not taken apart.
fn pairs(text: Option<&str>) -> CallData {
    let pairs = text.and_then(|text| serde_json::from_str(text).ok());
    pairs.map(CallData).unwrap_or_default()
}

fn is_outgoing(info: &CallInfo) -> bool {
    matches!(
        mapping::direction(info.feature),
        Some(Direction::Outbound | Direction::Internal | Direction::Consult)
    )
}

/// Adopted calls that wait in a queue are nobody's yet; the list of the agent's `own` does not hold them.
async fn waiting(live: &Live, own: &[String]) -> Vec<CallView> {
    let calls = live.hub.calls(&live.id).into_iter().map(|(_, view)| view);
    let waits = |view: &CallView| view.state == LegState::Waiting && !own.contains(&view.native);
    let mut still = Vec::new();
    for view in calls.filter(waits).collect::<Vec<_>>() {
        if still_waits(live, &view.native).await {
            still.push(view);
        }
    }
    still
}

/// Asks; "nothing there" is an empty answer (11).
async fn ask(live: &Live, path: ApiPath) -> Result<Envelope> {
    match live.link.query(Request::get(path, live.config.request_timeout())).await {
        Err(error) if faults::is_empty_result(&error) => Ok(Envelope::default()),
        other => other,
    }
}

const GROUP: &str = "calldata";

/// Far above what an agent can hold; bounds what one answer can make us ask.
const MAX_CALLS: usize = 32;
const ATTEMPTS: usize = 3;
