//! Every Bayeux message but connect: handshake, subscribe, unsubscribe, disconnect, and what a client may not send.

use serde_json::{Value, json};

use super::session::CometSession;
use super::{Exchange, advice, text, topic};
use crate::gws::options::{AckExtension, CometOptions, UnknownAdvice};
use crate::gws::{Core, Desk};

/// Answers a handshake; a client without a browser cookie gets one.
pub(super) fn handshake(core: &Core, exchange: &Exchange, message: &Value, new_cookie: &mut Option<String>) -> Value {
    let mut desk = core.desk();
    let desk = &mut *desk;
    let types = message.get("supportedConnectionTypes").and_then(Value::as_array);
    let fits = types.is_some_and(|types| types.iter().any(|kind| kind == "long-polling"));
    if desk.options.comet.deny_handshake || !fits {
        let denied = json!({"channel": "/meta/handshake", "successful": false, "error": "403::Handshake denied", "advice": {"reconnect": "none"}});
        return echo(denied, message);
    }
    let browser = exchange
        .browser
        .clone()
        .unwrap_or_else(|| new_cookie.insert(desk.mint.browser()).clone());
    desk.comet.sweep(&desk.options.comet);
    let client = desk.mint.client();
    let asks = message.pointer("/ext/ack").is_some_and(|asked| asked != false);
    let ext = if asks { ack(desk.options.comet.ack) } else { None };
    let granted = |ext: &Value| ext.get("ack").is_some_and(|ack| ack != false);
    let acknowledged = ext.as_ref().is_some_and(granted);
    let (agent, web_session) = (&exchange.caller.user.agent, &exchange.caller.session);
    let session = CometSession::new(agent, &browser, web_session, acknowledged);
    desk.comet.begin(&client, session);
    let types: &[&str] = if desk.options.comet.offers_websocket {
        &["websocket", "long-polling"]
    } else {
        &["long-polling"]
    };
    let mut accepted = json!({
        "channel": "/meta/handshake",
        "successful": true,
        "clientId": client,
        "version": "1.0",
        "minimumVersion": "1.0",
        "supportedConnectionTypes": types,
        "advice": advice::usual(&desk.options.comet),
    });
    if let (Some(members), Some(ext)) = (accepted.as_object_mut(), ext) {
        members.insert("ext".into(), ext);
    }
    echo(accepted, message)
}

/// `ext` of the reply to a handshake that asks for acknowledgements.
fn ack(extension: AckExtension) -> Option<Value> {
    match extension {
        AckExtension::Absent => None,
        AckExtension::Refused => Some(json!({"ack": false})),
        AckExtension::Flag => Some(json!({"ack": true})),
        AckExtension::Batch => Some(json!({"ack": {"enabled": true, "batch": 0}})),
    }
}

/// Answers any other message but connect.
pub(super) fn other(core: &Core, exchange: &Exchange, message: &Value) -> Vec<Value> {
    let mut desk = core.desk();
    let desk = &mut *desk;
    let Some(channel) = text(message, "channel") else {
        return vec![echo(
            json!({"successful": false, "error": "400::channel_missing"}),
            message,
        )];
    };
    let client = text(message, "clientId").unwrap_or_default();
    let known = desk.comet.of(client, exchange, &desk.options.comet).is_some();
    if !known {
        return vec![about(unknown_client(channel, message, &desk.options.comet), message)];
    }
    let reply = match channel {
        "/meta/subscribe" => subscribe(desk, client, message),
        "/meta/unsubscribe" => unsubscribe(desk, client, message),
        "/meta/disconnect" => {
            desk.comet.disconnect(client);
            json!({"channel": channel, "successful": true})
        }
        _ => json!({"channel": channel, "successful": false, "error": format!("403:{channel}:publish_denied")}),
    };
    let rides = desk.options.comet.events_ride;
    let session = desk.comet.get_mut(client).filter(|_| rides);
    let mut replies = vec![about(reply, message)];
    replies.extend(session.map(CometSession::fetch_riders).unwrap_or_default());
    replies
}

fn subscribe(desk: &mut Desk, client: &str, message: &Value) -> Value {
    let refused = |error: &str| json!({"channel": "/meta/subscribe", "successful": false, "error": error});
    let wanted = subscriptions(message);
    if wanted.is_empty() {
        return refused("403::subscription_missing");
    }
    if let Some(bad) = wanted.iter().find(|name| !topic::is_valid(name)) {
        return refused(&format!("403:{bad}:subscription_invalid"));
    }
    if let Some(session) = desk.comet.get_mut(client) {
        session.subscriptions.retain(|name| !wanted.contains(name));
        session.subscriptions.extend(wanted);
        let agent = session.agent.clone();
        desk.announce_recovered(&agent);
    }
    json!({"channel": "/meta/subscribe", "successful": true})
}

fn unsubscribe(desk: &mut Desk, client: &str, message: &Value) -> Value {
    let given_up = subscriptions(message);
    if given_up.is_empty() {
        return json!({"channel": "/meta/unsubscribe", "successful": false, "error": "403::subscription_missing"});
    }
    if let Some(session) = desk.comet.get_mut(client) {
        session.subscriptions.retain(|name| !given_up.contains(name));
    }
    json!({"channel": "/meta/unsubscribe", "successful": true})
}

/// One topic as a string, or several as an array.
fn subscriptions(message: &Value) -> Vec<String> {
    match message.get("subscription") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(String::from).collect(),
        _ => Vec::new(),
    }
}

/// What a session that the server does not know gets; as a rule advice comes with connect only (section 11.6).
pub(super) fn unknown_client(channel: &str, message: &Value, options: &CometOptions) -> Value {
    let client = text(message, "clientId").unwrap_or_default();
    let error = options.unknown_client.replace("{client}", client);
    let advised = match options.unknown_advice {
        UnknownAdvice::OnConnect => channel == "/meta/connect",
        UnknownAdvice::Always => true,
        UnknownAdvice::Never => false,
    };
    if advised {
        json!({"channel": channel, "successful": false, "error": error, "advice": {"reconnect": "handshake", "interval": 0}})
    } else {
        json!({"channel": channel, "successful": false, "error": error})
    }
}

/// Repeats the message's id in its reply.
pub(super) fn echo(mut reply: Value, message: &Value) -> Value {
    if let (Some(members), Some(id)) = (reply.as_object_mut(), message.get("id")) {
        members.insert("id".into(), id.clone());
    }
    reply
}

/// Repeats id and topic.
fn about(mut reply: Value, message: &Value) -> Value {
    if let (Some(members), Some(subscription)) = (reply.as_object_mut(), message.get("subscription")) {
        members.insert("subscription".into(), subscription.clone());
    }
    echo(reply, message)
}
