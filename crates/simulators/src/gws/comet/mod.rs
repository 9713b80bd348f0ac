//! The CometD server under `/api/v2/notifications`: Bayeux 1.0 over long polling (section 11).

mod advice;
mod connect;
mod meta;
mod post;
mod session;
mod sessions;
mod topic;

use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::web::{Caller, cookie};
use super::{Core, mischief, reply};

pub use advice::{GwsAdvice, GwsReconnect};
pub(super) use post::Post;
pub(super) use sessions::CometSessions;

/// One HTTP request to the endpoint, its sender known.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) caller: Caller,
    /// Value of `BAYEUX_BROWSER`.
    pub(super) browser: Option<String>,
    /// Several messages came together, so that a connect among them is not held.
    pub(super) shared: bool,
}

/// What came of one message.
pub(super) enum Outcome {
    Replies(Vec<Value>),
    /// The connect was replaced by a later one; what it would have been answered.
    Replaced(Value),
    /// The connection breaks off.
    Cut,
}

/// Answers a request to the endpoint or a path below it.
pub(super) async fn serve(core: &Core, caller: Caller, method: &Method, headers: &HeaderMap, body: &[u8]) -> Response {
    let Some(messages) = messages(core, method, headers, body) else {
        return reply::answer(StatusCode::BAD_REQUEST, "text/plain", "Bad Bayeux request");
    };
    let exchange = Exchange {
        caller,
        browser: cookie(headers, "BAYEUX_BROWSER"),
        shared: messages.len() > 1,
    };
    if exchange.shared
        && messages
            .iter()
            .any(|message| channel(message) == Some("/meta/handshake"))
    {
        return reply::answer(StatusCode::BAD_REQUEST, "text/plain", "A handshake must come alone");
    }
    let mut replies = Vec::new();
    let mut new_cookie = None;
    for message in &messages {
        let outcome = match channel(message) {
            Some("/meta/handshake") => {
                Outcome::Replies(vec![meta::handshake(core, &exchange, message, &mut new_cookie)])
            }
            Some("/meta/connect") => connect::connect(core, &exchange, message).await,
            _ => Outcome::Replies(meta::other(core, &exchange, message)),
        };
        match outcome {
            Outcome::Replies(several) => replies.extend(several),
            Outcome::Replaced(instead) => match core.settings().comet.replaced_connect {
                200 => replies.push(instead),
                status => return reply::answer(reply::status(status), "text/plain", "Replaced"),
            },
            Outcome::Cut => return mischief::broken(),
        }
    }
    let mut response = reply::json_answer(StatusCode::OK, &Value::Array(replies));
    if let Some(browser) = new_cookie {
        super::set_cookie(&mut response, "BAYEUX_BROWSER", &browser);
    }
    response
}

/// The channels that a body names, for a fault that waits for one.
pub(super) fn channels(body: &[u8]) -> Vec<String> {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let messages = parsed.as_array().cloned().unwrap_or_else(|| vec![parsed]);
    messages.iter().filter_map(channel).map(String::from).collect()
}

fn messages(core: &Core, method: &Method, headers: &HeaderMap, body: &[u8]) -> Option<Vec<Value>> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if method != Method::POST || !kind.contains("json") {
        return None;
    }
    match serde_json::from_slice(body).ok()? {
        Value::Array(messages) => messages.iter().all(Value::is_object).then_some(messages),
        single @ Value::Object(_) if core.settings().comet.single_message => Some(vec![single]),
        _ => None,
    }
}

fn channel(message: &Value) -> Option<&str> {
    text(message, "channel")
}

fn text<'a>(message: &'a Value, member: &str) -> Option<&'a str> {
    message.get(member)?.as_str()
}
