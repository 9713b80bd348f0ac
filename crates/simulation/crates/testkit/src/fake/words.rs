//! The switch's words and the contract's: ids, parties, causes, places, refusals. Pure.

use callcontrol_core::{
    AgentRef, AgentState, AgentStateRequest, Capabilities, Cause, CustomerAt, Direction, Effect, Error, ErrorKind,
    IvrRef, LegState, Operation, OperationKey, OutcomeSource, QueueRef, SupervisionMode, Target, TargetKind,
};

use crate::switch::{self, CustomerPlace, Party, Refusal, Switch, SwitchCallId};

/// The id under which the fake's "vendor" knows a call.
pub(super) fn native(call: SwitchCallId) -> String {
    call.number().to_string()
}

pub(super) fn switch_call(native: &str) -> Option<SwitchCallId> {
    native.parse().ok().map(SwitchCallId::new)
}

/// Finds a target on the switch by whatever address it is given.
pub(super) fn party(switch: &Switch, target: &Target) -> Result<Party, Error> {
    let unknown = || {
        Error::new(
            ErrorKind::NotFound,
            Effect::None,
            format!("the switch knows no {target}"),
        )
    };
    let found = match target {
        Target::Agent(AgentRef::Id(id)) => switch.agent(id.as_str()).map(|agent| Party::agent(&agent.id)),
        Target::Agent(AgentRef::Number(number)) => switch
            .agent_by_number(number.reveal())
            .map(|agent| Party::agent(&agent.id)),
        Target::Queue(QueueRef::Id(id)) => switch.queue(id.as_str()).map(|queue| Party::queue(&queue.id)),
        Target::Queue(QueueRef::Name(name)) => switch.queue_by_name(name.as_str()).map(|queue| Party::queue(&queue.id)),
        Target::Queue(QueueRef::RouteCode(code)) => switch
            .queue_by_route_code(code.as_str())
            .map(|queue| Party::queue(&queue.id)),
        Target::Queue(QueueRef::Number(number)) => switch
            .queue_by_number(number.reveal())
            .map(|queue| Party::queue(&queue.id)),
        Target::Ivr(IvrRef::Code(code)) => switch.ivr(code.as_str()).map(|ivr| Party::ivr(&ivr.code)),
        Target::Ivr(IvrRef::Number(number)) => switch.ivr_by_number(number.reveal()).map(|ivr| Party::ivr(&ivr.code)),
        Target::Number(number) => switch
            .resolve(number.reveal())
            .or_else(|| Some(Party::outside(number.reveal()))),
        Target::AccessCode(code) => switch.resolve(code.as_str()),
        _ => {
            return Err(Error::unsupported(format!(
                "the model switch cannot reach a {}",
                target.kind()
            )));
        }
    };
    found.ok_or_else(unknown)
}

pub(super) fn refused(refusal: &Refusal) -> Error {
    let (kind, message) = match refusal {
        Refusal::NoSuchCall(_) => (ErrorKind::NotFound, "the call is gone".to_owned()),
        Refusal::NoSuchParty(_) => (ErrorKind::NotFound, "no such party".to_owned()),
        Refusal::NotInCall { .. } => (ErrorKind::NotFound, "the party is not on this call".to_owned()),
        Refusal::WrongState { needed, .. } => (ErrorKind::InvalidState, format!("needs {needed}")),
        Refusal::Busy(_) => (ErrorKind::TargetUnavailable, "the target is busy".to_owned()),
        Refusal::OutOfService(_) => (ErrorKind::TargetUnavailable, "the target is out of service".to_owned()),
        Refusal::Rejected(_) => (ErrorKind::TargetUnavailable, "the target rejects calls".to_owned()),
        Refusal::UnknownDestination(_) => (ErrorKind::NotFound, "no such destination".to_owned()),
        Refusal::NotSignedIn(_) => (ErrorKind::SessionLost, "the agent is not signed in".to_owned()),
        Refusal::Conflict { running, .. } => (ErrorKind::Conflict, format!("{running} is under way")),
        Refusal::Invalid(what) => (ErrorKind::InvalidInput, (*what).to_owned()),
    };
    Error::new(kind, Effect::None, message)
}

pub(super) fn cause(cause: switch::Cause) -> Cause {
    match cause {
        switch::Cause::Normal => Cause::Normal,
        switch::Cause::Busy => Cause::Busy,
        switch::Cause::NoAnswer => Cause::NoAnswer,
        switch::Cause::Rejected => Cause::Rejected,
        switch::Cause::OutOfService => Cause::OutOfService,
        switch::Cause::UnknownDestination => Cause::InvalidDestination,
        switch::Cause::CallerHungUp => Cause::CustomerHungUp,
        switch::Cause::TargetHungUp => Cause::TargetHungUp,
        switch::Cause::AgentHungUp => Cause::AgentHungUp,
        switch::Cause::Cancelled => Cause::Cancelled,
        _ => Cause::Unspecified,
    }
}

/// Where the customer is in the contract's words, seen from one agent: what an outcome must agree with.
#[must_use]
pub fn customer_at(place: Option<&CustomerPlace>, agent: &str) -> CustomerAt {
    match place {
        Some(CustomerPlace::WithAgent(id)) if id == agent => CustomerAt::Agent,
        Some(CustomerPlace::Ringing(Party::Agent(id))) if id == agent => CustomerAt::Agent,
        Some(CustomerPlace::HeldBy(id)) if id == agent => CustomerAt::AgentHeld,
        Some(
            CustomerPlace::WithAgent(_)
            | CustomerPlace::HeldBy(_)
            | CustomerPlace::AtTarget(_)
            | CustomerPlace::Ringing(_),
        ) => CustomerAt::Target,
        Some(CustomerPlace::InQueue(_)) => CustomerAt::Queue,
        Some(CustomerPlace::InIvr(_)) => CustomerAt::Ivr,
        Some(CustomerPlace::InConference(_)) => CustomerAt::Conference,
        Some(CustomerPlace::Gone) => CustomerAt::Gone,
        None => CustomerAt::Unknown,
    }
}

pub(super) fn supervision(mode: switch::SupervisionMode) -> SupervisionMode {
    match mode {
        switch::SupervisionMode::Listen => SupervisionMode::Listen,
        switch::SupervisionMode::Whisper => SupervisionMode::Whisper,
        switch::SupervisionMode::BargeIn => SupervisionMode::BargeIn,
    }
}

pub(super) fn leg_state(state: switch::LegState) -> LegState {
    match state {
        switch::LegState::Alerting => LegState::Ringing,
        switch::LegState::Dialing => LegState::Dialing,
        switch::LegState::Talking => LegState::Talking,
        switch::LegState::Held => LegState::Held,
        switch::LegState::Parked => LegState::Suspended,
        switch::LegState::Waiting | switch::LegState::InIvr => LegState::Unknown,
    }
}

pub(super) fn direction(direction: switch::Direction) -> Direction {
    match direction {
        switch::Direction::Inbound => Direction::Inbound,
        switch::Direction::Outbound => Direction::Outbound,
        switch::Direction::Internal => Direction::Internal,
        switch::Direction::Consult => Direction::Consult,
    }
}

pub(super) fn agent_state(state: &switch::AgentState) -> AgentState {
    match state {
        switch::AgentState::SignedOut => AgentState::SignedOut,
        switch::AgentState::Ready => AgentState::Ready,
        switch::AgentState::Busy { reason } => AgentState::NotReady { reason: reason.clone() },
        switch::AgentState::Rest { .. } => AgentState::Rest,
        switch::AgentState::WrapUp => AgentState::WrapUp,
    }
}

pub(super) fn wanted_state(request: &AgentStateRequest) -> switch::AgentState {
    match request {
        AgentStateRequest::NotReady { reason } => switch::AgentState::Busy { reason: reason.clone() },
        AgentStateRequest::WrapUp => switch::AgentState::WrapUp,
        AgentStateRequest::Rest { reason, .. } => switch::AgentState::Rest { reason: reason.clone() },
        _ => switch::AgentState::Ready,
    }
}

/// Everything the model switch can do, natively and with an event for every outcome.
#[must_use]
pub fn everything() -> Capabilities {
    let reachable = [
        TargetKind::Agent,
        TargetKind::Queue,
        TargetKind::Ivr,
        TargetKind::AccessCode,
        TargetKind::Number,
    ];
    let mut all = Capabilities::none();
    for operation in Operation::ALL.iter().copied() {
        match operation {
            Operation::ForwardCalls | Operation::DoNotDisturb | Operation::AutoAnswer | Operation::AcceptCalls => {
                all = all.unsupported(operation, "the model switch has no such setting");
            }
            Operation::Record | Operation::RecordScreen | Operation::Play => {
                all = all.unsupported(operation, "the model switch has no recorder and no announcer");
            }
            Operation::Say => all = all.unsupported(operation, "the model switch has no robots"),
            Operation::LookUp | Operation::Snapshot => all = all.native(operation, OutcomeSource::Answer),
            Operation::Receive => all = all.unsupported(operation, "a fake has no vendor that could push"),
            Operation::Native => all = all.unsupported(operation, "a fake has no vendor"),
            Operation::SuspendTransfer => {
                all = all.native(
                    OperationKey::to(operation, TargetKind::Ivr),
                    OutcomeSource::CorrelatedEvent,
                );
            }
            Operation::RequeueConnected | Operation::RequeueWaiting => {
                all = all.native(
                    OperationKey::to(operation, TargetKind::Queue),
                    OutcomeSource::CorrelatedEvent,
                );
            }
            _ if operation.has_target() => {
                for kind in reachable {
                    all = all.native(OperationKey::to(operation, kind), OutcomeSource::CorrelatedEvent);
                }
            }
            _ => all = all.native(operation, OutcomeSource::CorrelatedEvent),
        }
    }
    all
}
