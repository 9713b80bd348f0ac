//! Call data, adopting, snapshots, and the vendor's own words.

use callcontrol_core::{
    AdoptCall, AdoptState, CallData, CallDataPatch, CallId, CallRef, Draft, Effect, Error, ErrorKind, EventKind,
    Evidence, LegState, NativeReply, NativeRequest, OpCx, Operation, Outcome, Party, Provenance, Receipt, Result,
    ViewPatch,
};
use callcontrol_http::{ApiPath, Bytes, HeaderValue, Method, Request};

use super::{Order, call_data, known};
use crate::capabilities::NO_ROBOT;
use crate::config::CallDataMethod;
use crate::link::BASE;
use crate::live::Live;
use crate::mapping;
use crate::resync;
use crate::wire::{CallInfo, SetCallData};

/// Replaces the text that rides on the call.
pub(crate) async fn patch_data(live: &Live, call: &CallId, patch: &CallDataPatch, cx: &OpCx) -> Result<Receipt> {
    let Some(text) = call_data(patch)? else {
        return Err(Error::invalid_input("the change of call data is empty"));
    };
    let at = known(live, call)?;
    let order = Order {
        live,
        cx,
        operation: Operation::PatchData,
        call: Some(call),
    };
    let path = live.link.path("calldata", "setcalldataex")?;
    let method = match live.config.call_data_method {
        CallDataMethod::Post => Method::Post,
        CallDataMethod::Put => Method::Put,
    };
    let body = SetCallData {
        callid: &at.native,
        calldata: &text,
    };
    let sent = Request::new(method, path, order.limit()).json(&body)?;
    let done = Outcome::done(at.customer()).by(Evidence::Answer);
    let receipt = order.send_unheard(sent, done).await?;
    let patch = ViewPatch {
        data: Some(CallData(patch.set.clone())),
        ..ViewPatch::default()
    };
    let draft = Draft::new(live.id.clone(), EventKind::DataChanged).call(call.clone(), at.native.clone());
    let _calls = live.calls();
    live.hub.publish(
        draft
            .patch(patch)
            .op(Some(cx.op.clone()))
            .provenance(Provenance::Derived),
    );
    Ok(receipt)
}

/// Takes a call into view by the gateway's id.
pub(crate) async fn adopt(live: &Live, request: &AdoptCall, _cx: &OpCx) -> Result<CallRef> {
    let native = native_id(&request.native)?;
    let (kind, patch) = match request.state {
        AdoptState::Waiting => {
            make_room(live);
            let parties = request
                .customer
                .as_ref()
                .map(|customer| vec![Party::new(customer.reveal())]);
            let known = ViewPatch {
                parties,
                ..ViewPatch::default()
            };
            (EventKind::Queued, known)
        }
        AdoptState::Ask => {
            let info = resync::call(live, native).await?;
            let unknown = || Error::not_found(format!("the gateway knows no call {native}"));
            (EventKind::Updated, described(live, &info.ok_or_else(unknown)?))
        }
        AdoptState::RobotVoice(_) | AdoptState::RobotText(_) => return Err(Error::unsupported(NO_ROBOT)),
        _ => return Err(Error::unsupported("the gateway has no calls in such a state")),
    };
    let call = live.hub.call_id(native);
    let draft = Draft::new(live.id.clone(), kind)
        .call(call.clone(), native)
        .patch(patch);
    let _calls = live.calls();
    live.hub.publish(draft.provenance(Provenance::Derived));
    Ok(CallRef {
        session: live.id.clone(),
        call,
    })
}

/// Adopted calls that nobody takes do not pile up: the oldest known leaves the view.
fn make_room(live: &Live) {
    let calls = live.hub.calls(&live.id);
    let waiting: Vec<_> = calls
        .into_iter()
        .filter(|(_, view)| view.state == LegState::Waiting)
        .collect();
    if waiting.len() < MAX_WAITING {
        return;
    }
    // Native ids begin with the second of the call's birth (5.4).
    if let Some((call, view)) = waiting.into_iter().min_by(|(_, a), (_, b)| a.native.cmp(&b.native)) {
        let draft = Draft::new(live.id.clone(), EventKind::LeftView).call(call, view.native);
        live.hub.publish(draft.provenance(Provenance::Derived));
    }
}

fn described(live: &Live, info: &CallInfo) -> ViewPatch {
    let far = mapping::far_side(
        info.caller.as_deref(),
        info.called.as_deref(),
        info.feature,
        &live.own(),
    );
    ViewPatch {
        state: Some(LegState::Unknown),
        direction: mapping::direction(info.feature),
        parties: far.map(|far| vec![Party::new(far)]),
        ..ViewPatch::default()
    }
}

/// At most 24 characters, digits and `-` (5.4).
fn native_id(text: &str) -> Result<&str> {
    let fits = (1..=24).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if fits {
        return Ok(text);
    }
    let shown = callcontrol_core::one_line(text, 40);
    Err(Error::invalid_input(format!(
        "\"{shown}\" is no call id of this gateway: 1 to 24 digits and '-' are expected"
    )))
}

/// Asks the gateway for the session's calls and corrects what is known, within the deadline.
pub(crate) async fn refresh(live: &Live, cx: &OpCx) -> Result<()> {
    within(cx, live, resync::refresh(live)).await
}

async fn within<T>(cx: &OpCx, live: &Live, work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = cx.remaining_or(live.config.request_timeout());
    let late = |_| {
        Error::new(
            ErrorKind::Timeout,
            Effect::None,
            "the gateway did not list the calls in time",
        )
    };
    tokio::time::timeout(limit, work).await.map_err(late)?
}

/// One request below the base path, with the session's credential.
pub(crate) async fn native(live: &Live, request: &NativeRequest, cx: &OpCx) -> Result<NativeReply> {
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        _ => return Err(Error::invalid_input("the method must be GET, POST, PUT or DELETE")),
    };
    let mut path = ApiPath::new(BASE);
    for segment in &request.path {
        path = path.id(segment)?;
    }
    for (name, value) in &request.query {
        path = path.query(query_name(name)?, value)?;
    }
    let limit = cx.remaining_or(live.config.request_timeout());
    let mut sent = Request::new(method, path, limit);
    if let Some(body) = &request.body {
        let json: serde_json::Result<serde_json::Value> = serde_json::from_str(body);
        json.map_err(|_| Error::invalid_input("the body is not JSON"))?;
        sent = sent.body(Bytes::from(body.clone()), HeaderValue::from_static(JSON));
    }
    let reply = live
        .link
        .raw(sent)
        .await
        .map_err(|error| error.during("native").with_op(&cx.op))?;
    Ok(NativeReply::new(reply.status, reply.text()))
}

/// The query parameters that the vendor's page names.
fn query_name(name: &str) -> Result<&'static str> {
    let known = QUERY_NAMES.iter().find(|known| **known == name).copied();
    known.ok_or_else(|| {
        Error::invalid_input(format!(
            "the gateway's page names no query parameter \"{}\"",
            callcontrol_core::one_line(name, 40)
        ))
    })
}

const QUERY_NAMES: [&str; 18] = [
    "agents",
    "callId",
    "calldata",
    "callid",
    "destWorkNo",
    "flag",
    "groupid",
    "isNoContainLastCall",
    "mediaType",
    "number",
    "phonelinkage",
    "reason",
    "recordid",
    "skillId",
    "skillid",
    "switchtype",
    "whisperagentid",
    "workno",
];
/// Waiting calls that one session may have in view.
const MAX_WAITING: usize = 64;
const JSON: &str = "application/json; charset=UTF-8";
