//! Which facts of the switch's journal show that an agent's command took effect.

use callcontrol_testkit::switch::{Cause, LegState, Party, SwitchEvent};

pub(super) fn signed_in(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SignedIn { agent, .. } if agent == me)
}

pub(super) fn signed_out(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SignedOut { agent, .. } if agent == me)
}

/// Somebody else was.
pub(super) fn other_signed_out(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SignedOut { agent, .. } if agent != me)
}

pub(super) fn state_changed(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::AgentStateChanged { agent, .. } if agent == me)
}

pub(crate) fn dialled(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::CallStarted { originator, parent: None, .. } if originator.as_agent() == Some(me))
}

pub(crate) fn answered(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Answered { party, .. } if party.as_agent() == Some(me))
}

pub(crate) fn held(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Held { by, .. } if by == me)
}

pub(crate) fn retrieved(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Retrieved { by, .. } if by == me)
}

pub(super) fn muted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::MuteChanged { agent, on: true, .. } if agent == me)
}

pub(super) fn unmuted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::MuteChanged { agent, on: false, .. } if agent == me)
}

pub(crate) fn left(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PartyLeft { party, was, .. } if party.as_agent() == Some(me) && *was != LegState::Alerting)
}

pub(crate) fn tones(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::DtmfSent { by, .. } if by == me)
}

pub(crate) fn data(_: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::DataChanged { .. })
}

/// The customer was moved on by this agent.
pub(crate) fn moved(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Moved { by: Some(by), .. } if by == me)
}

pub(super) fn suspended(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SentToIvr { waiting: Some(by), .. } if by == me)
}

pub(super) fn taken_back(me: &str, fact: &SwitchEvent) -> bool {
    let withdrawn = matches!(fact, SwitchEvent::TransferFailed { by, .. } if by == me);
    withdrawn || consult_over(me, fact)
}

pub(super) fn requeued(_: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Requeued { .. })
}

/// A call was brought to this agent's telephone.
pub(super) fn rings_here(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Alerting { target, .. } if target.as_agent() == Some(me))
}

pub(super) fn picked_up(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PickedUp { by, .. } if by == me)
}

pub(crate) fn consulted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::ConsultStarted { by, .. } if by == me)
}

pub(crate) fn consult_over(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::ConsultCancelled { by, .. } | SwitchEvent::ConsultEnded { by, .. } if by == me)
}

/// Given up, also while the third party's telephone still rang.
pub(super) fn consult_withdrawn(me: &str, fact: &SwitchEvent) -> bool {
    let unanswered = matches!(fact, SwitchEvent::ConsultFailed { by, cause: Cause::Cancelled, .. } if by == me);
    unanswered || consult_over(me, fact)
}

pub(super) fn conferenced(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Conferenced { parties, .. } if parties.contains(&Party::agent(me)))
}

/// Somebody else came into the call.
pub(super) fn third_joined(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PartyJoined { party, .. } if *party != Party::agent(me))
}

pub(super) fn third_put_out(_: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::PartyLeft { party, .. } if *party == Party::outside(crate::world::THIRD_PARTY))
}

pub(super) fn relayed(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::DtmfRelayed { by, on: true, .. } if by == me)
}

pub(super) fn supervises(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SupervisionStarted { by, .. } if by == me)
}

pub(super) fn switched(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SupervisionSwitched { by, .. } if by == me)
}

pub(super) fn supervises_no_longer(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::SupervisionEnded { by, .. } if by == me)
}

pub(super) fn intercepted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::Intercepted { by, .. } if by == me)
}

pub(super) fn other_muted(me: &str, fact: &SwitchEvent) -> bool {
    matches!(fact, SwitchEvent::MonitoredMuted { by, on: true, .. } if by == me)
}
