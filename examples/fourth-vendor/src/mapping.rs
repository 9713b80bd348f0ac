//! The vendor's words and ours. Pure; a word that is not known is kept and passed on.

use callcontrol::{
    AgentRef, CallView, Cause, EventKind, IvrRef, LegState, Operation, Party, QueueRef, Target, TargetKind, ViewPatch,
};

use crate::wire::Call;

pub(crate) fn leg_state(word: &str) -> LegState {
    match word {
        "ringing" => LegState::Ringing,
        "dialing" => LegState::Dialing,
        "talking" => LegState::Talking,
        "held" => LegState::Held,
        _ => LegState::Unknown,
    }
}

/// What it means that a call has come into this state.
pub(crate) fn entered(state: LegState) -> EventKind {
    match state {
        LegState::Ringing => EventKind::Offered,
        LegState::Dialing => EventKind::Dialing,
        LegState::Talking => EventKind::Established,
        LegState::Held => EventKind::Held,
        _ => EventKind::Updated,
    }
}

pub(crate) fn cause(word: &str) -> Cause {
    match word {
        "normal" => Cause::Normal,
        "busy" => Cause::Busy,
        "no-answer" => Cause::NoAnswer,
        "rejected" => Cause::Rejected,
        "out-of-service" => Cause::OutOfService,
        "caller-hung-up" => Cause::CustomerHungUp,
        "target-hung-up" => Cause::TargetHungUp,
        "agent-hung-up" => Cause::AgentHungUp,
        other => Cause::Vendor(other.to_owned()),
    }
}

/// How Tinbell spells a target, where it has one of the kind.
pub(crate) fn address(target: &Target) -> Option<String> {
    match target {
        Target::Agent(AgentRef::Id(id)) => Some(format!("agent:{id}")),
        Target::Queue(QueueRef::Id(id)) => Some(format!("queue:{id}")),
        Target::Ivr(IvrRef::Code(code)) => Some(format!("flow:{code}")),
        Target::Number(number) => Some(format!("tel:{}", number.reveal())),
        _ => None,
    }
}

/// Where the customer is once an order for this kind of target has come about.
pub(crate) fn landed(kind: TargetKind) -> callcontrol::CustomerAt {
    match kind {
        TargetKind::Queue => callcontrol::CustomerAt::Queue,
        TargetKind::Ivr => callcontrol::CustomerAt::Ivr,
        _ => callcontrol::CustomerAt::Target,
    }
}

pub(crate) fn parties(call: &Call) -> Vec<Party> {
    call.parties.iter().map(Party::new).collect()
}

pub(crate) fn patch(call: &Call, consult_for: Option<callcontrol::CallId>) -> ViewPatch {
    ViewPatch {
        parties: Some(parties(call)),
        consult_for,
        data: Some(callcontrol::CallData(call.data.clone())),
        ..ViewPatch::default()
    }
}

pub(crate) fn view(call: &Call, consult_for: Option<callcontrol::CallId>) -> CallView {
    let mut view = CallView::new(call.call.clone(), leg_state(&call.state));
    view.parties = parties(call);
    view.consult_for = consult_for;
    view.data = callcontrol::CallData(call.data.clone());
    view
}

/// Tinbell's verb for an operation on the agent's own leg.
pub(crate) fn leg_verb(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::Answer => Some("answer"),
        Operation::Hold => Some("hold"),
        Operation::Retrieve => Some("retrieve"),
        Operation::Release => Some("hangup"),
        _ => None,
    }
}
