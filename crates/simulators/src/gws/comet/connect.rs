//! The held connect: answered when an event is there, when its time is up, or when a later one takes its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::{Exchange, Outcome, meta, text};
use crate::gws::Core;
use crate::gws::options::CometOptions;

/// Answers a connect. The first after a handshake, one with `advice.timeout` 0 and one in company are not held.
pub(super) async fn connect(core: &Core, exchange: &Exchange, message: &Value) -> Outcome {
    let Some(mut hold) = begin(core, exchange, message) else {
        let unknown = meta::unknown_client("/meta/connect", &core.desk().options.comet);
        return Outcome::Replies(vec![meta::echo(unknown, message)]);
    };
    let wake = Arc::clone(&hold.wake);
    loop {
        let notified = wake.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        let until = match hold.look(message) {
            Look::Answer(replies) => return Outcome::Replies(replies),
            Look::Replaced => return Outcome::Replaced,
            Look::Wait(until) => until,
        };
        tokio::select! {
            biased;
            () = notified => {}
            () = sleep_until(until) => {}
        }
    }
}

/// A connect under way; dropped when it is answered or its client went away.
struct Hold<'a> {
    core: &'a Core,
    client: String,
    turn: u64,
    deadline: Instant,
    advice: Option<Value>,
    wake: Arc<Notify>,
    disconnected: Arc<AtomicBool>,
}

enum Look {
    Answer(Vec<Value>),
    Replaced,
    Wait(Instant),
}

fn begin<'a>(core: &'a Core, exchange: &Exchange, message: &Value) -> Option<Hold<'a>> {
    let client = text(message, "clientId")?;
    let mut desk = core.desk();
    let desk = &mut *desk;
    let options = desk.options.comet.clone();
    let rival = desk
        .comet
        .has_rival(client, exchange.browser.as_deref().unwrap_or_default());
    let session = desk.comet.of(client, exchange, &options)?;
    session.connects += 1;
    session.held = Some(session.connects);
    session.wake.notify_waiters();
    let first = session.connects == 1;
    let asked = message
        .pointer("/advice/timeout")
        .and_then(Value::as_u64)
        .map(Duration::from_millis);
    let usual = if first || exchange.shared || rival {
        Duration::ZERO
    } else {
        options.timeout
    };
    // A client may shorten the hold, not lengthen it.
    let time = asked.map_or(usual, |asked| asked.min(usual));
    let several = json!({"multiple-clients": true, "reconnect": "retry", "interval": meta::millis(options.multi_session_interval)});
    Some(Hold {
        core,
        client: client.into(),
        turn: session.connects,
        deadline: Instant::now() + time,
        advice: if rival {
            Some(several)
        } else {
            first.then(|| meta::advice(&options))
        },
        wake: Arc::clone(&session.wake),
        disconnected: Arc::clone(&session.disconnected),
    })
}

impl Hold<'_> {
    fn look(&mut self, message: &Value) -> Look {
        let mut desk = self.core.desk();
        let reversed = desk.options.reverse_events;
        let Some(session) = desk.comet.sessions.get_mut(&self.client) else {
            return Look::Answer(vec![self.gone(message, &desk.options.comet)]);
        };
        if session.connects != self.turn {
            return Look::Replaced;
        }
        let mut replies = session.fetch();
        let now = Instant::now();
        if replies.is_empty() && now < self.deadline {
            let next = session.next_visible().unwrap_or(self.deadline);
            return Look::Wait(next.min(self.deadline));
        }
        if reversed {
            replies.reverse();
        }
        replies.push(self.reply(message));
        Look::Answer(replies)
    }

    fn reply(&mut self, message: &Value) -> Value {
        let mut reply = json!({"channel": "/meta/connect", "successful": true});
        if let (Some(members), Some(advice)) = (reply.as_object_mut(), self.advice.take()) {
            members.insert("advice".into(), advice);
        }
        meta::echo(reply, message)
    }

    /// The session ended while the connect was held.
    fn gone(&self, message: &Value, options: &CometOptions) -> Value {
        let good_bye = json!({"channel": "/meta/connect", "successful": true, "advice": {"reconnect": "none"}});
        let forgotten = || meta::unknown_client("/meta/connect", options);
        let disconnected = self.disconnected.load(Ordering::Relaxed);
        meta::echo(if disconnected { good_bye } else { forgotten() }, message)
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut desk = self.core.desk();
        if let Some(session) = desk
            .comet
            .sessions
            .get_mut(&self.client)
            .filter(|session| session.held == Some(self.turn))
        {
            session.held = None;
            session.idle_since = Instant::now();
        }
    }
}
