//! Faults on the way of events: lost, doubled, overtaken by the next. And the door for events no telephone can cause.

use std::borrow::Cow;

use serde_json::Value;

use super::CcGatewaySimulator;
use super::event::Event;

/// What goes wrong with one event on its way to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventMischief {
    /// It never arrives.
    Lost,
    /// It arrives twice, one right after the other.
    Duplicated,
    /// It arrives after the event that follows it; until there is one it is held back.
    Overtaken,
}

/// What becomes of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventFate {
    Delivered,
    Lost,
    Duplicated,
    Overtaken,
}

/// The mischief that is planned for events.
#[derive(Debug, Default)]
pub(super) struct Disturbances(Vec<Disturbance>);

#[derive(Debug)]
struct Disturbance {
    agent: String,
    type_part: String,
    what: EventMischief,
}

impl Disturbances {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What becomes of this event; a plan counts once.
    pub(super) fn fate(&mut self, agent: &str, event: &Event) -> EventFate {
        let fits = |plan: &Disturbance| plan.agent == agent && event.kind().contains(&plan.type_part);
        let Some(at) = self.0.iter().position(fits) else {
            return EventFate::Delivered;
        };
        match self.0.remove(at).what {
            EventMischief::Lost => EventFate::Lost,
            EventMischief::Duplicated => EventFate::Duplicated,
            EventMischief::Overtaken => EventFate::Overtaken,
        }
    }
}

impl CcGatewaySimulator {
    /// The next event for this agent whose type contains this fares so.
    pub fn disturb_event(&self, agent: &str, type_part: &str, what: EventMischief) {
        self.gateway.state().disturbances.0.push(Disturbance {
            agent: agent.to_owned(),
            type_part: type_part.to_owned(),
            what,
        });
    }

    /// Queues any event for the agent: an object with `eventType`, perhaps `content`, `workNo` (the agent's unless
    /// given) and whatever else it is to carry. Answers whether it was one and somebody is signed in.
    pub fn inject(&self, agent: &str, event: Value) -> bool {
        let Value::Object(mut members) = event else {
            return false;
        };
        let Some(Value::String(kind)) = members.remove("eventType") else {
            return false;
        };
        let content = members.remove("content").unwrap_or(Value::Null);
        let event = Event::new(Cow::Owned(kind), content, self.gateway.now_ms()).with_members(members);
        self.gateway.queue_for(agent, event)
    }

    /// Queues a poll answer to be given word for word, JSON or not.
    pub fn inject_raw(&self, agent: &str, answer: &str) -> bool {
        let event = Event::raw(answer.to_owned(), self.gateway.now_ms());
        self.gateway.queue_for(agent, event)
    }
}
