//! The way of a request: faults on order, who asks, the CSRF token, then CometD or REST; and the cookies on the way back.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::{SET_COOKIE, UPGRADE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::desk::Core;
use super::mischief::{self, GwsFault, Traits};
use super::reply::{self, Refused};
use super::web::{Caller, cookie};
use super::{comet, rest};

/// Answers every request.
pub(super) async fn dispatch(State(core): State<Arc<Core>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if core.desk().down {
        return mischief::broken();
    }
    let Ok(body) = body.collect().await.map(|body| body.to_bytes()) else {
        return reply::answer(StatusCode::BAD_REQUEST, "text/plain", "Broken body");
    };
    let Some(fault) = ordered_fault(&core, &parts, &body) else {
        return handle(&core, &parts, &body).await;
    };
    if let Some(response) = mischief::instead(&fault) {
        return response;
    }
    if let GwsFault::Delayed(time) = &fault {
        tokio::time::sleep(*time).await;
    }
    if fault == GwsFault::SessionExpired {
        expire(&core, &parts);
    }
    let response = handle(&core, &parts, &body).await;
    mischief::afterwards(&fault, response).await
}

async fn handle(core: &Core, parts: &Parts, body: &Bytes) -> Response {
    let Some(path) = segments(parts.uri.path()) else {
        return reply::envelope(Err(Refused::not_found()), &core.settings());
    };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    // The desktop asks for it before signing in is proved; nothing in it is worth protecting.
    if path == ["diagnostics", "version"] && parts.method == Method::GET {
        let options = core.settings();
        return reply::envelope(Ok(json!({"version": options.version})), &options);
    }
    let Some(caller) = identify(core, parts) else {
        return not_signed_in(core);
    };
    let on_comet = path.first() == Some(&"notifications");
    if on_comet && wants_websocket(parts) {
        let status = core.desk().options.comet.websocket_refusal;
        return reply::answer(reply::status(status), "text/plain", "WebSocket is not supported");
    }
    let mut response = if !token_fits(core, parts, &caller, on_comet) {
        reply::answer(StatusCode::FORBIDDEN, "text/plain", "Missing or invalid Csrf token")
    } else if on_comet {
        comet::serve(core, caller.clone(), &parts.method, &parts.headers, body).await
    } else {
        rest::serve(core, &caller, parts, &path, body).await
    };
    decorate(core, parts, &caller, &mut response);
    response
}

fn not_signed_in(core: &Core) -> Response {
    let mut response = reply::envelope(Err(Refused::not_signed_in()), &core.settings());
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"GWS\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The decoded segments below `/api/v2`; a trailing slash counts for nothing (section 1).
fn segments(path: &str) -> Option<Vec<String>> {
    let below = path.strip_prefix("/api/v2")?;
    if !below.is_empty() && !below.starts_with('/') {
        return None;
    }
    let segments = below.split('/').filter(|segment| !segment.is_empty());
    segments
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(String::from))
        .collect()
}

fn identify(core: &Core, parts: &Parts) -> Option<Caller> {
    let mut desk = core.desk();
    let desk = &mut *desk;
    let caller = desk.web.identify(&parts.headers, &desk.options, &mut desk.mint);
    let lapsed = desk.web.take_lapsed();
    if desk.options.comet.dies_with_http {
        lapsed.iter().for_each(|session| desk.comet.end_of_web(session));
    }
    caller
}

/// Section 2.3: GET needs no token.
fn token_fits(core: &Core, parts: &Parts, caller: &Caller, on_comet: bool) -> bool {
    let options = core.settings();
    let guarded = options.csrf && parts.method != Method::GET && (!on_comet || options.csrf_on_notifications);
    let given = parts
        .headers
        .get(options.csrf_header.as_str())
        .map(HeaderValue::as_bytes);
    !guarded || given == Some(caller.csrf_token.as_bytes())
}

fn decorate(core: &Core, parts: &Parts, caller: &Caller, response: &mut Response) {
    if caller.fresh {
        set_cookie(response, "JSESSIONID", &caller.session);
    }
    let options = core.settings();
    if options.csrf && parts.method == Method::GET {
        header(response, "x-csrf-header", &options.csrf_header);
        header(response, "x-csrf-token", &caller.csrf_token);
    }
}

pub(super) fn set_cookie(response: &mut Response, name: &str, value: &str) {
    if let Ok(cookie) = HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly")) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn wants_websocket(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
}

fn ordered_fault(core: &Core, parts: &Parts, body: &Bytes) -> Option<GwsFault> {
    if core.desk().faults.is_empty() {
        return None;
    }
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let path = parts.uri.path();
    let on_comet = segments(path).is_some_and(|path| path.first().is_some_and(|first| first == "notifications"));
    let traits = Traits {
        is_get: parts.method == Method::GET,
        path,
        operation: parsed.get("operationName").and_then(Value::as_str),
        comet: on_comet.then(|| comet::channels(body)),
    };
    core.desk().take_fault(&traits)
}

fn expire(core: &Core, parts: &Parts) {
    let Some(session) = cookie(&parts.headers, "JSESSIONID") else {
        return;
    };
    let mut desk = core.desk();
    desk.web.end(&session);
    if desk.options.comet.dies_with_http {
        desk.comet.end_of_web(&session);
    }
}
