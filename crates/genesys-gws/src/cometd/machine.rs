//! The protocol as a state machine: what happened goes in, what is to be done comes out. No I/O, no clock, no randomness beyond the back-off's.
//!
//! One exchange is under way at any time: handshake, then subscriptions, then connects one after the other, of which the server holds each until it has
//! something to say. Commands of the application travel beside it and never touch it.

use std::time::Duration;

use serde_json::Value;

use super::advice::{Advice, Reconnect};
use super::backoff::Backoff;
use super::message::{self, Ack, Incoming};

/// What the client wants from the server.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) channel: &'static str,
    /// Without it there is no point in going on.
    pub(crate) required: bool,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// Begin, or begin anew because the session below was replaced.
    Start,
    /// The server answered the exchange with these messages after this time.
    Answered(Vec<Incoming>, Duration),
    /// The exchange brought no messages.
    Broken(Breakage),
    /// The pause is over.
    Rested,
    /// An attempt to sign in again ended so.
    Access(Access),
    /// The application wants no more.
    Leave,
}

/// Why an exchange brought no messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakage {
    /// No connection, no answer in time, a server error, a body that is no message.
    Link,
    /// The server does not know who we are (any more).
    Unauthorized,
}

/// How an attempt to sign in again ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Signed in.
    Restored,
    /// The server could not be asked; try later.
    Unreachable,
    /// Refused for good.
    Refused,
}

/// What is to be done. Of each answer the last one is `Send`, `Pause`, `SignIn` or `End`; it says what the next event will be about.
#[derive(Debug)]
pub(crate) enum Action {
    /// Hand this event to the application.
    Deliver(Box<Incoming>),
    /// Tell the application.
    Notice(Notice),
    /// Send these messages in one body.
    Send(Exchange),
    /// Wait, then say [`Event::Rested`].
    Pause(Duration),
    /// Sign in again, then say [`Event::Access`].
    SignIn,
    /// Nothing more will come.
    End(End),
}

/// One HTTP exchange.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) messages: Vec<Value>,
    /// How long the answer may take.
    pub(crate) patience: Duration,
    /// The server holds it until there is news.
    pub(crate) held: bool,
}

/// News of the link itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Events flow. With `missed`, some may have been lost since they last did: take a snapshot.
    Flowing { missed: bool },
    /// Events do not flow; it is being worked on.
    Interrupted(String),
}

/// Why it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The server told us to go and not to come back.
    SentAway(String),
    /// A channel that we cannot do without was refused.
    Denied(String),
    /// Our credentials are not accepted any more.
    Refused,
    /// We have left.
    Left,
}

/// The client.
#[derive(Debug)]
pub(crate) struct Machine {
    topics: Vec<Topic>,
    backoff: Backoff,
    state: State,
    advice: Advice,
    client: Option<String>,
    /// What this client is subscribed to.
    granted: Vec<&'static str>,
    ack: Option<i64>,
    last_id: u64,
    /// Connects in a row that succeeded.
    calm: u32,
    /// For how long, together, the server held them.
    steady: Duration,
    /// Events flowed at some time.
    flowed: bool,
    /// Events may have been lost since they last flowed.
    missed: bool,
    interrupted: bool,
    /// Over how long the return of all clients of a server is spread.
    spread: Duration,
    /// Ids of the messages of the exchange under way.
    asked: std::ops::RangeInclusive<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Handshaking,
    Subscribing,
    Connecting,
    Pausing(Next),
    SigningIn,
    Unsubscribing,
    Disconnecting,
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Handshake,
    Connect,
    SignIn,
}

impl Machine {
    pub(crate) fn new(topics: Vec<Topic>, backoff: Backoff) -> Self {
        Self {
            topics,
            backoff,
            state: State::Idle,
            advice: Advice::default(),
            client: None,
            granted: Vec::new(),
            ack: None,
            last_id: 0,
            calm: 0,
            steady: Duration::ZERO,
            flowed: false,
            missed: false,
            interrupted: false,
            spread: Duration::ZERO,
            asked: 0..=0,
        }
    }

    /// Spreads the return of clients that lose the server at the same instant over this time.
    pub(crate) fn spread(mut self, over: Duration) -> Self {
        self.spread = over;
        self
    }

    /// Takes what happened and says what to do next.
    pub(crate) fn step(&mut self, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.state {
            State::Ended => return actions,
            State::Unsubscribing | State::Disconnecting => self.leave_on(&mut actions),
            State::Idle
            | State::Handshaking
            | State::Subscribing
            | State::Connecting
            | State::Pausing(_)
            | State::SigningIn => self.live_on(event, &mut actions),
        }
        actions
    }

    fn live_on(&mut self, event: Event, actions: &mut Vec<Action>) {
        match event {
            Event::Start => self.handshake(actions),
            Event::Answered(messages, after) => self.answered(messages, after, actions),
            Event::Broken(Breakage::Unauthorized) => {
                self.interrupt("the server does not know this session any more", actions);
                self.sign_in_soon(actions);
            }
            Event::Broken(Breakage::Link) => self.broken("no usable answer from the server", actions),
            Event::Rested => self.rested(actions),
            Event::Access(access) => self.accessed(access, actions),
            Event::Leave => self.unsubscribe(actions),
        }
    }

    /// Whatever became of the step before: nobody listens any more, and the server sweeps those who do not come to an end.
    fn leave_on(&mut self, actions: &mut Vec<Action>) {
        match (self.state, self.client.clone()) {
            (State::Unsubscribing, Some(client)) => self.disconnect(&client, actions),
            _ => self.end(End::Left, actions),
        }
    }

    /// Leaves every topic, so that the server publishes nothing into a session that is about to go.
    fn unsubscribe(&mut self, actions: &mut Vec<Action>) {
        let Some(client) = self.client.clone() else {
            return self.end(End::Left, actions);
        };
        let topics = std::mem::take(&mut self.granted);
        if topics.is_empty() {
            return self.disconnect(&client, actions);
        }
        let messages = topics
            .into_iter()
            .map(|channel| message::unsubscribe(self.next_id(), &client, channel))
            .collect();
        self.state = State::Unsubscribing;
        actions.push(Action::Send(farewell(messages)));
    }

    fn disconnect(&mut self, client: &str, actions: &mut Vec<Action>) {
        self.state = State::Disconnecting;
        let goodbye = message::disconnect(self.next_id(), client);
        actions.push(Action::Send(farewell(vec![goodbye])));
    }

    fn answered(&mut self, messages: Vec<Incoming>, after: Duration, actions: &mut Vec<Action>) {
        let (mut replies, events): (Vec<Incoming>, Vec<Incoming>) = messages.into_iter().partition(Incoming::is_meta);
        // Replies are matched by channel and id; one to an earlier message of ours says nothing about this one.
        replies.retain(|reply| reply.number().is_none_or(|id| self.asked.contains(&id)));
        // Events ride on any reply, and come before what the reply itself leads to.
        actions.extend(events.into_iter().map(|event| Action::Deliver(Box::new(event))));
        for reply in &replies {
            self.advice.take(reply.advice.as_ref());
        }
        match self.state {
            State::Handshaking => self.handshaken(&replies, actions),
            State::Subscribing => self.subscribed(&replies, actions),
            State::Connecting => self.connected(&replies, after, actions),
            State::Idle
            | State::Pausing(_)
            | State::SigningIn
            | State::Unsubscribing
            | State::Disconnecting
            | State::Ended => {}
        }
    }

    fn handshaken(&mut self, replies: &[Incoming], actions: &mut Vec<Action>) {
        let Some(reply) = find(replies, "/meta/handshake") else {
            return self.broken("the handshake was not answered", actions);
        };
        let client = reply.client_id.clone().filter(|client| !client.is_empty());
        match client {
            Some(client) if reply.succeeded() => {
                self.client = Some(client);
                self.ack = match reply.ack() {
                    Some(Ack::Enabled { batch }) => Some(batch),
                    Some(Ack::Batch(_)) | None => None,
                };
                self.subscribe(actions);
            }
            _ => self.refused(reply, actions),
        }
    }

    fn subscribed(&mut self, replies: &[Incoming], actions: &mut Vec<Action>) {
        let mut answered = 0;
        for reply in replies.iter().filter(|reply| reply.channel == "/meta/subscribe") {
            answered += 1;
            if reply.succeeded() {
                self.grant(&reply.subscriptions());
                continue;
            }
            let advised = reply.advice.as_ref().and_then(Reconnect::read);
            let begins_anew = matches!(advised, Some(Reconnect::Handshake | Reconnect::None));
            if begins_anew || matches!(reply.error_code(), Some(UNKNOWN_CLIENT | UNAUTHORIZED)) {
                return self.refused(reply, actions);
            }
            let names = reply.subscriptions();
            let required = |topic: &Topic| topic.required && (names.is_empty() || names.contains(&topic.channel));
            let why = reply.error.clone().unwrap_or_default();
            if self.topics.iter().any(required) {
                return self.end(
                    End::Denied(format!("subscribing to {} was refused: {why}", names.join(", "))),
                    actions,
                );
            }
            tracing::info!(target: "callcontrol::pump", channel = names.join(", "), %why, "a channel that is not needed was refused");
        }
        let is_about = |reply: &Incoming, topic: &Topic| {
            let names = reply.subscriptions();
            names.is_empty() || names.contains(&topic.channel)
        };
        let is_answered = |topic: &Topic| !topic.required || replies.iter().any(|reply| is_about(reply, topic));
        if answered == 0 || !self.topics.iter().all(is_answered) {
            return self.broken("the subscriptions were not answered", actions);
        }
        self.connect(true, actions);
    }

    fn grant(&mut self, names: &[&str]) {
        let granted = |topic: &&Topic| names.is_empty() || names.contains(&topic.channel);
        for topic in self.topics.iter().filter(granted) {
            if !self.granted.contains(&topic.channel) {
                self.granted.push(topic.channel);
            }
        }
    }

    fn connected(&mut self, replies: &[Incoming], after: Duration, actions: &mut Vec<Action>) {
        let Some(reply) = find(replies, "/meta/connect") else {
            return self.broken("the connect was not answered", actions);
        };
        if !reply.succeeded() {
            return self.refused(reply, actions);
        }
        if let Some(Ack::Batch(batch)) = reply.ack() {
            self.ack = self.ack.map(|_| batch);
        }
        self.settle_down(after, actions);
        match self.advice.reconnect {
            Some(Reconnect::None) => self.end(End::SentAway("the server asks not to reconnect".to_owned()), actions),
            Some(Reconnect::Handshake) => {
                self.interrupt("the server asks for a new handshake", actions);
                let pause = self.backoff.any_within(self.spread);
                self.lose_client(pause.max(self.advice.interval), actions);
            }
            Some(Reconnect::Retry) | None if self.advice.interval > Duration::ZERO => {
                self.pause(Next::Connect, self.advice.interval, actions);
            }
            Some(Reconnect::Retry) | None => self.connect(false, actions),
        }
    }

    /// A connect succeeded. A few in a row may be a flapping server's that has much to tell; once it was held for long enough the delays begin anew.
    fn settle_down(&mut self, after: Duration, actions: &mut Vec<Action>) {
        let is_first = self.calm == 0;
        self.calm = self.calm.saturating_add(1);
        self.steady = if is_first {
            after
        } else {
            self.steady.saturating_add(after)
        };
        if self.steady >= STEADY {
            self.backoff.reset();
        }
        if is_first {
            let missed = self.missed && self.flowed;
            (self.missed, self.flowed, self.interrupted) = (false, true, false);
            actions.push(Action::Notice(Notice::Flowing { missed }));
        }
    }

    /// An unsuccessful reply: its advice decides, else the number of its error (section "Unknown client" of the CometD documentation).
    fn refused(&mut self, reply: &Incoming, actions: &mut Vec<Action>) {
        let why = reply
            .error
            .clone()
            .unwrap_or_else(|| "refused without a reason".to_owned());
        let advised = reply.advice.as_ref().and_then(Reconnect::read);
        let was_flowing = self.calm > 0;
        self.interrupt(&why, actions);
        match (advised, reply.error_code()) {
            (Some(Reconnect::None), _) => self.end(End::SentAway(why), actions),
            (Some(Reconnect::Handshake), _) | (None, Some(UNKNOWN_CLIENT)) => {
                let pause = self.unknown_again(was_flowing, actions);
                self.lose_client(pause, actions);
            }
            // Some servers word an unknown client so; one who is not signed in is told the same. The first time a handshake may do.
            (None, Some(UNAUTHORIZED)) if was_flowing => {
                let pause = self.unknown_again(was_flowing, actions);
                self.lose_client(pause, actions);
            }
            (None, Some(UNAUTHORIZED | FORBIDDEN)) => self.sign_in_soon(actions),
            (Some(Reconnect::Retry) | None, _) => self.retry(actions),
        }
    }

    /// The first loss of a session is met by a handshake at once; a loss right after a handshake means that cookies
    /// do not come back or no node feels responsible, and must not become a tight loop.
    fn unknown_again(&mut self, was_flowing: bool, actions: &mut Vec<Action>) -> Duration {
        let is_first = was_flowing && self.backoff.failures() == 0;
        let pause = self.backoff.next();
        if is_first {
            let some_time = self.backoff.any_within(self.spread);
            return some_time.max(self.advice.interval);
        }
        if self.backoff.failures() == FORGETFUL {
            let why = "the server forgets each new session at once: do cookies come back, is routing sticky?";
            actions.push(Action::Notice(Notice::Interrupted(why.to_owned())));
        }
        pause.max(self.advice.interval)
    }

    fn lose_client(&mut self, pause: Duration, actions: &mut Vec<Action>) {
        self.client = None;
        self.missed = true;
        self.calm = 0;
        if pause.is_zero() {
            return self.handshake(actions);
        }
        self.pause(Next::Handshake, pause, actions);
    }

    fn broken(&mut self, why: &str, actions: &mut Vec<Action>) {
        self.interrupt(why, actions);
        self.retry(actions);
    }

    /// Tries the same again, later: a connect with the same client id, everything before it from the handshake on.
    fn retry(&mut self, actions: &mut Vec<Action>) {
        let pause = self.backoff.next().max(self.advice.interval);
        let next = match self.state {
            State::Connecting => Next::Connect,
            State::Idle
            | State::Handshaking
            | State::Subscribing
            | State::Pausing(_)
            | State::SigningIn
            | State::Unsubscribing
            | State::Disconnecting
            | State::Ended => Next::Handshake,
        };
        self.pause(next, pause, actions);
    }

    fn rested(&mut self, actions: &mut Vec<Action>) {
        match self.state {
            State::Pausing(Next::Handshake) => self.handshake(actions),
            State::Pausing(Next::Connect) => self.connect(self.interrupted, actions),
            State::Pausing(Next::SignIn) => self.sign_in(actions),
            State::Idle
            | State::Handshaking
            | State::Subscribing
            | State::Connecting
            | State::SigningIn
            | State::Unsubscribing
            | State::Disconnecting
            | State::Ended => {}
        }
    }

    fn accessed(&mut self, access: Access, actions: &mut Vec<Action>) {
        match access {
            // A server that takes the credentials and then refuses the stream must not be asked in a tight loop.
            Access::Restored if self.backoff.failures() > 2 => {
                let pause = self.backoff.next();
                self.pause(Next::Handshake, pause, actions);
            }
            Access::Restored => {
                let _counted = self.backoff.next();
                self.handshake(actions);
            }
            Access::Unreachable => {
                let pause = self.backoff.next();
                self.pause(Next::SignIn, pause, actions);
            }
            Access::Refused => self.end(End::Refused, actions),
        }
    }

    fn handshake(&mut self, actions: &mut Vec<Action>) {
        self.client = None;
        // Subscriptions belong to the client.
        self.granted.clear();
        self.ack = None;
        self.calm = 0;
        self.missed = true;
        self.advice.reconnect = None;
        self.state = State::Handshaking;
        let hello = message::handshake(self.next_id());
        self.asked = self.last_id..=self.last_id;
        actions.push(Action::Send(Exchange {
            messages: vec![hello],
            patience: ALLOWANCE,
            held: false,
        }));
    }

    fn subscribe(&mut self, actions: &mut Vec<Action>) {
        let client = self.client.clone().unwrap_or_default();
        let channels: Vec<&'static str> = self.topics.iter().map(|topic| topic.channel).collect();
        let first = self.last_id.saturating_add(1);
        let messages = channels
            .into_iter()
            .map(|channel| message::subscribe(self.next_id(), &client, channel))
            .collect();
        self.asked = first..=self.last_id;
        self.state = State::Subscribing;
        actions.push(Action::Send(Exchange {
            messages,
            patience: ALLOWANCE,
            held: false,
        }));
    }

    fn connect(&mut self, at_once: bool, actions: &mut Vec<Action>) {
        let client = self.client.clone().unwrap_or_default();
        let connect = message::connect(self.next_id(), &client, at_once, self.ack);
        self.asked = self.last_id..=self.last_id;
        self.state = State::Connecting;
        actions.push(Action::Send(Exchange {
            messages: vec![connect],
            patience: self.advice.timeout.saturating_add(ALLOWANCE),
            held: !at_once,
        }));
    }

    /// All clients of a server that restarts lose their sessions at the same instant: they do not come back at the same instant.
    fn sign_in_soon(&mut self, actions: &mut Vec<Action>) {
        let pause = self.backoff.any_within(self.spread);
        if pause.is_zero() {
            return self.sign_in(actions);
        }
        self.client = None;
        self.missed = true;
        self.calm = 0;
        self.pause(Next::SignIn, pause, actions);
    }

    fn sign_in(&mut self, actions: &mut Vec<Action>) {
        self.client = None;
        self.missed = true;
        self.calm = 0;
        self.state = State::SigningIn;
        actions.push(Action::SignIn);
    }

    fn pause(&mut self, next: Next, pause: Duration, actions: &mut Vec<Action>) {
        self.state = State::Pausing(next);
        actions.push(Action::Pause(pause));
    }

    fn interrupt(&mut self, why: &str, actions: &mut Vec<Action>) {
        // A broken connect may have carried events, unless the server repeats what was not acknowledged.
        self.missed |= self.ack.is_none() || self.state != State::Connecting;
        self.calm = 0;
        if !std::mem::replace(&mut self.interrupted, true) {
            actions.push(Action::Notice(Notice::Interrupted(why.to_owned())));
        }
    }

    fn end(&mut self, end: End, actions: &mut Vec<Action>) {
        self.state = State::Ended;
        self.client = None;
        actions.push(Action::End(end));
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

/// One exchange of the way out.
fn farewell(messages: Vec<Value>) -> Exchange {
    Exchange {
        messages,
        patience: FAREWELL,
        held: false,
    }
}

fn find<'a>(replies: &'a [Incoming], channel: &str) -> Option<&'a Incoming> {
    replies.iter().find(|reply| reply.channel == channel)
}

/// What a reply may take on top of the time for which the server holds it.
const ALLOWANCE: Duration = Duration::from_secs(10);
/// What each of the two exchanges of the way out may take: who leaves has no time for a server that does not answer.
const FAREWELL: Duration = Duration::from_secs(1);
/// A server that has held connects for so long has recovered.
const STEADY: Duration = Duration::from_secs(10);
const UNKNOWN_CLIENT: u16 = 402;
const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;
/// After so many failures in a row the cause is hardly chance.
const FORGETFUL: u32 = 3;
