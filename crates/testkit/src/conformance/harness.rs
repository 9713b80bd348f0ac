//! What the suite needs of a vendor: the adapter, an agent, addresses, a customer who calls, the other parties' hands, and the truth to judge by.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use callcontrol_core::{
    AdoptCall, CallControl, CustomerAt, HelpRequest, NativeRequest, OpenSession, Operation, OperationKey, Pushed,
    SessionId, Target, TargetKind,
};

use crate::fake::customer_at;
use crate::switch::{Behaviour, LegState, Party, SharedSwitch, SwitchCallId};

/// One vendor, ready to be tested, with nobody signed in. The suite asks for a new one for every story it plays.
///
/// Only the first three methods are needed. Every other one makes more of the suite run; what it cannot check for lack of one is reported as skipped, with the reason.
/// Those that play or judge are written over the model switch, for simulators that stand on it; override them where something else is the truth.
#[async_trait]
pub trait Harness: Debug + Send + Sync {
    /// The adapter as it is, without the layers: the suite puts them over it, and asks it once without them what it refuses by itself.
    fn adapter(&self) -> Arc<dyn CallControl>;

    /// How the agent signs in from whom the calls are steered.
    fn agent(&self) -> OpenSession;

    /// Who can be reached, and by which address.
    fn cast(&self) -> Cast;

    /// The model switch behind the vendor's face, if there is one.
    fn switch(&self) -> Option<SharedSwitch> {
        None
    }

    /// How many requests have reached the vendor, event polls and keep-alives aside.
    fn requests(&self) -> Option<usize> {
        None
    }

    /// How many requests for this operation have reached the vendor.
    fn requests_for(&self, _operation: Operation) -> Option<usize> {
        None
    }

    /// Makes the next request for this operation go wrong. False: this cannot be played here.
    fn inject(&self, _operation: Operation, _mishap: Mishap) -> bool {
        false
    }

    /// Cuts the session's event link, or lets it come back. What is under way when it is cut may still arrive: the suite waits
    /// as long as its [patience](Self::patience) before it goes on. False: this cannot be played here.
    fn link(&self, _session: &SessionId, _up: bool) -> bool {
        false
    }

    /// Texts that must never be seen in an error, an event or a log: passwords, tokens.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// The agent with a password that is wrong.
    fn wrong_password(&self) -> Option<OpenSession> {
        None
    }

    /// A sign-in with the right to supervise, and the agent's id at the switch.
    fn supervisor(&self) -> Option<(OpenSession, String)> {
        Some((self.agent(), self.cast().agent))
    }

    /// A party that listens to key presses and can be had in a conference: an IVR flow, by whatever address.
    fn key_reader(&self) -> Option<Part> {
        self.cast().part(TargetKind::Ivr).cloned()
    }

    /// Lets a customer call the agent.
    fn customer_calls(&self) -> Option<Arrival> {
        let cast = self.cast();
        let call = self
            .switch()?
            .place_call(&cast.customer, &Party::agent(cast.agent))
            .ok()?;
        Some(Arrival::Rings(Caller::at(call)))
    }

    /// The same, where it depends on the operation how the customer has to come.
    fn customer_calls_for(&self, _key: OperationKey) -> Option<Arrival> {
        self.customer_calls()
    }

    /// What is to be under way when a running transfer or consult is taken back. By default the first that is claimed of release-after and suspend transfers.
    fn can_be_taken_back(&self) -> Option<OperationKey> {
        None
    }

    /// Lets a customer call a robot that the agent watches; gives how the call is taken into view.
    fn robot_calls(&self) -> Option<(Caller, AdoptCall)> {
        None
    }

    /// Lets a customer wait in a queue that is none of the cast; gives how the waiting call is taken into view, and which queue it is.
    /// `None` for the former: the suite looks the queue's waiting calls up.
    fn customer_waits(&self) -> Option<(Caller, Option<AdoptCall>, Part)> {
        None
    }

    /// Something in the vendor's own words that changes nothing.
    fn native(&self) -> Option<NativeRequest> {
        None
    }

    /// A message as the vendor pushes it, one that is to be taken in.
    fn pushed(&self) -> Option<Pushed> {
        None
    }

    /// The request for help with which a robot waits for its agent.
    fn help(&self) -> Option<HelpRequest> {
        None
    }

    /// A file that the platform can play.
    fn file(&self) -> Option<String> {
        None
    }

    /// Plays what somebody else does. False: this cannot be played here.
    fn play(&self, deed: &Deed<'_>) -> bool {
        self.switch().is_some_and(|switch| play_on(&switch, &self.cast(), deed))
    }

    /// Gives everything its turn that moves only when it is told to, before the suite compares with the truth.
    fn take_turns(&self) {}

    /// Where the customer really is, seen from the agent.
    fn customer(&self, caller: &Caller) -> Option<CustomerAt> {
        let place = self.switch()?.customer_at(caller.call?);
        Some(customer_at(place.as_ref(), &self.cast().agent))
    }

    /// How often the customer was really moved by a command.
    fn moves(&self, caller: &Caller) -> Option<usize> {
        Some(self.switch()?.journal().transfers_of(caller.call?))
    }

    /// How long the suite waits for something to be told before it says that it was not. Virtual where the clock is paused.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// How long it takes until everything that was said has arrived.
    fn settling(&self) -> Duration {
        Duration::from_secs(2)
    }
}

/// Who can be reached, and by which address.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cast {
    /// The agent's id at the switch.
    pub agent: String,
    /// The customer's number.
    pub customer: String,
    /// The others, at most one for each kind of target.
    pub parts: Vec<Part>,
}

/// Somebody who can be reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Part {
    /// How the adapter is told.
    pub target: Target,
    /// Who it is at the switch.
    pub party: Party,
}

impl Part {
    /// Somebody at this address, who is this party at the switch.
    #[must_use]
    pub fn new(target: Target, party: Party) -> Self {
        Self { target, party }
    }
}

impl Cast {
    /// The agent, called by the customer; nobody else yet.
    #[must_use]
    pub fn new(agent: impl Into<String>, customer: impl Into<String>) -> Self {
        Self {
            agent: agent.into(),
            customer: customer.into(),
            parts: Vec::new(),
        }
    }

    /// With somebody more.
    #[must_use]
    pub fn with(mut self, target: Target, party: Party) -> Self {
        self.parts.retain(|part| part.target.kind() != target.kind());
        self.parts.push(Part { target, party });
        self
    }

    /// The one of this kind.
    #[must_use]
    pub fn part(&self, kind: TargetKind) -> Option<&Part> {
        self.parts.iter().find(|part| part.target.kind() == kind)
    }
}

/// A customer on the line, as the truth knows the call.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Caller {
    /// The call at the switch.
    pub call: Option<SwitchCallId>,
    /// Whatever else the harness finds the call again by.
    pub mark: Option<String>,
}

impl Caller {
    /// Found again by the switch's id of the call.
    #[must_use]
    pub fn at(call: SwitchCallId) -> Self {
        Self {
            call: Some(call),
            mark: None,
        }
    }

    /// Found again by this too.
    #[must_use]
    pub fn marked(mut self, mark: impl Into<String>) -> Self {
        self.mark = Some(mark.into());
        self
    }
}

/// How a customer's call comes to the agent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Arrival {
    /// It rings, the feed offers it, the agent answers.
    Rings(Caller),
    /// It is known from elsewhere and taken into view.
    Adopt(Caller, AdoptCall),
}

/// What goes wrong between a command and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mishap {
    /// No connection: nothing reaches the vendor.
    NotSent,
    /// The vendor acts, its answer is lost.
    ReplyLost,
    /// The request is lost on its way, no answer comes.
    RequestLost,
    /// The vendor refuses.
    Refused,
    /// The vendor no longer knows the session.
    SessionExpired,
}

/// What somebody else does.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Deed<'a> {
    /// From now on this party does so when it is called; an agent is signed in and ready from now on.
    Behaves(&'a Party, Behaviour),
    /// The party answers what rings there; where a queue holds the call, an agent comes and answers it.
    Answers(&'a Party),
    /// The party turns away what rings there.
    Rejects(&'a Party),
    /// The party lets it ring until the switch gives up.
    RingsOut(&'a Party),
    /// The party hangs up its oldest call.
    HangsUp(&'a Party),
    /// The customer hangs up.
    CustomerHangsUp(&'a Caller),
    /// The IVR flow in which the customer is comes to its end.
    FlowEnds(&'a Caller),
    /// A customer calls this agent, who lets it ring.
    OtherIsCalled(&'a Party),
    /// Somebody else signs in with the agent of the session.
    SomebodyElseSignsIn,
}

/// Plays a deed on the model switch; for harnesses that play some deeds otherwise.
#[must_use]
pub fn play_on(switch: &SharedSwitch, cast: &Cast, deed: &Deed<'_>) -> bool {
    match deed {
        Deed::Behaves(party, behaviour) => {
            let present = party.as_agent().is_none_or(|agent| is_present(switch, agent));
            present && switch.set_behaviour(party, *behaviour).is_ok()
        }
        Deed::Answers(party) => answers(switch, party),
        Deed::Rejects(party) => ringing(switch, party).is_some_and(|call| switch.reject(party, call).is_ok()),
        Deed::RingsOut(party) => switch.no_answer(party).is_ok(),
        Deed::HangsUp(party) => {
            let calls = switch.calls_of(party);
            calls.first().is_some_and(|call| switch.hang_up(party, call.id).is_ok())
        }
        Deed::CustomerHangsUp(caller) => {
            let live = caller.call.and_then(|call| switch.current_id(call));
            let customer = Party::outside(&cast.customer);
            live.is_some_and(|call| switch.hang_up(&customer, call).is_ok())
        }
        Deed::FlowEnds(caller) => caller.call.is_some_and(|call| switch.ivr_finished(call).is_ok()),
        Deed::OtherIsCalled(party) => {
            let present = party.as_agent().is_some_and(|agent| is_present(switch, agent));
            present && switch.place_call(&cast.customer, party).is_ok()
        }
        Deed::SomebodyElseSignsIn => switch.force_sign_in(&cast.agent).is_ok(),
    }
}

fn is_present(switch: &SharedSwitch, agent: &str) -> bool {
    let signed_in = switch.with(|switch| switch.agent(agent).map(|agent| agent.signed_in()));
    match signed_in {
        Some(true) => true,
        Some(false) => switch.sign_in(agent).is_ok() && switch.set_ready(agent).is_ok(),
        None => false,
    }
}

fn ringing(switch: &SharedSwitch, party: &Party) -> Option<SwitchCallId> {
    switch.ringing_at(party)
}

fn answers(switch: &SharedSwitch, party: &Party) -> bool {
    if let Party::Queue(queue) = party {
        return an_agent_comes(switch, queue);
    }
    ringing(switch, party).is_some_and(|call| switch.answer(party, call).is_ok())
}

/// Somebody who is in no call comes to serve the queue and answers what it offers.
fn an_agent_comes(switch: &SharedSwitch, queue: &str) -> bool {
    let free = switch.with(|switch| {
        let mut agents = switch.agents();
        let free = agents.find(|agent| switch.calls_of(&Party::agent(&agent.id)).next().is_none());
        free.map(|agent| agent.id.clone())
    });
    let Some(agent) = free.filter(|agent| is_present(switch, agent)) else {
        return false;
    };
    switch.serve(&agent, queue);
    let party = Party::agent(agent);
    let offered = switch
        .calls_of(&party)
        .into_iter()
        .find(|call| call.state_of(&party) == Some(LegState::Alerting));
    offered.is_some_and(|call| switch.answer(&party, call.id).is_ok())
}
