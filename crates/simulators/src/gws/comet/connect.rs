//! The held connect: answered when an event is there, when its time is up, or when a later one takes its place.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::session::{CometSession, Farewell};
use super::{Exchange, Outcome, advice, meta, text};
use crate::gws::Core;

/// Answers a connect. The first after a handshake, one with `advice.timeout` 0 and one in company are not held.
pub(super) async fn connect(core: &Core, exchange: &Exchange, message: &Value) -> Outcome {
    let Some(hold) = begin(core, exchange, message) else {
        let unknown = meta::unknown_client("/meta/connect", message, &core.settings().comet);
        return Outcome::Replies(vec![meta::echo(unknown, message)]);
    };
    let wake = Arc::clone(&hold.wake);
    loop {
        let notified = wake.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        let until = match hold.look(message) {
            Look::Answer(outcome) => return outcome,
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
    farewell: Arc<OnceLock<Farewell>>,
}

enum Look {
    Answer(Outcome),
    Wait(Instant),
}

fn begin<'a>(core: &'a Core, exchange: &Exchange, message: &Value) -> Option<Hold<'a>> {
    let client = text(message, "clientId")?;
    let mut desk = core.desk();
    let options = desk.options.comet.clone();
    let browser = exchange.browser.as_deref().unwrap_or_default();
    let rival = desk.comet.has_rival(client, browser);
    let session = desk.comet.of(client, exchange, &options)?;
    session.connects += 1;
    session.held = Some(session.connects);
    session.wake.notify_waiters();
    if let Some(batch) = message.pointer("/ext/ack").and_then(Value::as_u64) {
        session.acknowledge(batch);
    }
    let at_once = session.connects == 1 || exchange.shared || rival;
    let usual = if at_once { Duration::ZERO } else { options.timeout };
    let asked = message.pointer("/advice/timeout").and_then(Value::as_u64);
    // A client may shorten the hold, not lengthen it.
    let time = asked.map_or(usual, |asked| Duration::from_millis(asked).min(usual));
    let now_advised = if rival {
        advice::among_several(&options)
    } else {
        advice::usual(&options)
    };
    let news = session.advised.as_ref() != Some(&now_advised);
    session.advised = Some(now_advised.clone());
    Some(Hold {
        core,
        client: client.into(),
        turn: session.connects,
        deadline: Instant::now() + time,
        advice: news.then_some(now_advised),
        wake: Arc::clone(&session.wake),
        farewell: Arc::clone(&session.farewell),
    })
}

impl Hold<'_> {
    fn look(&self, message: &Value) -> Look {
        let mut desk = self.core.desk();
        let (reversed, down) = (desk.options.reverse_events, desk.down);
        if down {
            return Look::Answer(Outcome::Cut);
        }
        let Some(session) = desk.comet.get_mut(&self.client) else {
            drop(desk);
            return Look::Answer(self.gone(message));
        };
        if session.connects != self.turn {
            return Look::Answer(Outcome::Replaced(self.reply(session, message)));
        }
        let mut replies = session.fetch();
        let now = Instant::now();
        if replies.is_empty() && session.ordered.is_none() && now < self.deadline {
            let next = session.next_visible().unwrap_or(self.deadline);
            return Look::Wait(next.min(self.deadline));
        }
        if reversed {
            replies.reverse();
        }
        let ordered = session.ordered.take();
        let mut reply = self.reply(session, message);
        if let Some(ordered) = ordered {
            put(&mut reply, "advice", Some(ordered.json()));
            if let Some(error) = &ordered.error {
                put(&mut reply, "successful", Some(json!(false)));
                put(&mut reply, "error", Some(json!(error)));
            }
            if ordered.ends_session() {
                desk.comet.remove(&self.client);
            }
        }
        replies.push(reply);
        Look::Answer(Outcome::Replies(replies))
    }

    fn reply(&self, session: &CometSession, message: &Value) -> Value {
        let mut reply = json!({"channel": "/meta/connect", "successful": true});
        put(&mut reply, "advice", self.advice.clone());
        put(&mut reply, "ext", session.ext());
        meta::echo(reply, message)
    }

    /// The session ended while the connect was held.
    fn gone(&self, message: &Value) -> Outcome {
        let reply = match self.farewell.get() {
            Some(Farewell::Cut) => return Outcome::Cut,
            Some(Farewell::Disconnected) => {
                json!({"channel": "/meta/connect", "successful": true, "advice": {"reconnect": "none"}})
            }
            None => meta::unknown_client("/meta/connect", message, &self.core.settings().comet),
        };
        Outcome::Replies(vec![meta::echo(reply, message)])
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut desk = self.core.desk();
        let session = desk.comet.get_mut(&self.client);
        if let Some(session) = session.filter(|session| session.held == Some(self.turn)) {
            session.held = None;
            session.idle_since = Instant::now();
        }
    }
}

fn put(reply: &mut Value, member: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (reply.as_object_mut(), value) {
        members.insert(member.into(), value);
    }
}
