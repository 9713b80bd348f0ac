//! Everything that can happen at the switch, as one enum: the journal's facts and the listeners' events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AgentState, Behaviour, Direction, LegState, Party, SupervisionMode, SwitchCallId};

/// One thing that really happened.
///
/// Agents, queues and IVRs are named by id wherever the kind is certain, as [`Party`] where it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields repeat the variant's sentence")]
pub enum SwitchEvent {
    /// A call began: somebody dialled, or an agent began to consult (`parent` is the original then).
    CallStarted {
        call: SwitchCallId,
        originator: Party,
        to: Party,
        direction: Direction,
        parent: Option<SwitchCallId>,
    },
    /// The call waits in a queue. With a pending release-after transfer it is also still with the agent.
    Queued { call: SwitchCallId, queue: String },
    /// A waiting call was moved to another queue.
    Requeued {
        call: SwitchCallId,
        from: String,
        to: String,
    },
    /// A queue chose this agent; `Alerting` follows.
    CallOffered {
        call: SwitchCallId,
        queue: String,
        agent: String,
    },
    /// The target's telephone rings. The originator is whoever asked for it: caller, dialling or transferring agent.
    Alerting {
        call: SwitchCallId,
        originator: Party,
        target: Party,
    },
    /// A ringing party answered.
    Answered { call: SwitchCallId, party: Party },
    /// A party came into the call other than by answering its first ring: conference, completed consult.
    PartyJoined { call: SwitchCallId, party: Party },
    /// A party is out of the call; `was` tells a ringing telephone that fell silent from a talker who left.
    PartyLeft {
        call: SwitchCallId,
        party: Party,
        was: LegState,
        cause: Cause,
    },
    /// The call is over, after all its parties left. A call that went into another has `Merged` instead.
    CallEnded { call: SwitchCallId, cause: Cause },
    /// `from` went into `into`: its remaining parties live on there.
    Merged { from: SwitchCallId, into: SwitchCallId },
    /// The agent put the call on hold.
    Held { call: SwitchCallId, by: String },
    /// The agent took the call back from hold.
    Retrieved { call: SwitchCallId, by: String },
    /// A dialled party (also one to be added to a conference) was not reached.
    DialFailed {
        call: SwitchCallId,
        by: Party,
        to: Party,
        cause: Cause,
    },
    /// A transfer was accepted.
    TransferStarted {
        call: SwitchCallId,
        by: String,
        to: Party,
        kind: TransferKind,
    },
    /// By somebody's command the customer (or whoever was on the line) was moved on. Counted by
    /// [`Journal::transfers_of`](super::Journal::transfers_of): exactly one for each move, whatever its kind.
    Moved {
        call: SwitchCallId,
        by: Option<String>,
        to: Party,
        kind: TransferKind,
    },
    /// The target took the call: answered, or the queue took it, or the IVR flow ended and gave it back.
    TransferSucceeded {
        call: SwitchCallId,
        by: String,
        to: Party,
        kind: TransferKind,
    },
    /// The target did not take the call. The cause of a withdrawn transfer is `Cancelled`.
    TransferFailed {
        call: SwitchCallId,
        by: String,
        to: Party,
        kind: TransferKind,
        cause: Cause,
    },
    /// An agent calls a third party about `original`.
    ConsultStarted {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
        to: Party,
        style: ConsultStyle,
    },
    /// The third party (for a queue: its agent) answered.
    ConsultAnswered {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
        party: Party,
    },
    /// The third party was not reached; `Retrieved` follows where the customer is taken back by itself.
    ConsultFailed {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
        to: Party,
        cause: Cause,
    },
    /// The agent handed the customer over; `to` is whom the customer now talks to or waits for.
    ConsultCompleted {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
        to: Party,
    },
    /// The agent gave the consult up.
    ConsultCancelled {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
    },
    /// The consult ended in some other way: the third party hung up, or the original is gone, in which case
    /// the call between agent and third party goes on as an ordinary one.
    ConsultEnded {
        consult: SwitchCallId,
        original: SwitchCallId,
        by: String,
        cause: Cause,
    },
    /// All of these now hear each other.
    Conferenced { call: SwitchCallId, parties: Vec<Party> },
    /// The caller is now in an IVR flow; `by` is the agent who waits for its end, if one does.
    SentToIvr {
        call: SwitchCallId,
        ivr: String,
        waiting: Option<String>,
    },
    /// The IVR flow ended and its caller is back with the agent who waited.
    ReturnedFromIvr {
        call: SwitchCallId,
        ivr: String,
        agent: String,
    },
    /// The call's data; all of it, after the change.
    DataChanged {
        call: SwitchCallId,
        data: BTreeMap<String, String>,
        opaque: Option<String>,
    },
    /// An agent sent tones.
    DtmfSent {
        call: SwitchCallId,
        by: String,
        digits: String,
    },
    /// The customer's key presses are (or are no longer) passed on to the IVR in the conference.
    DtmfRelayed { call: SwitchCallId, by: String, on: bool },
    /// The customer pressed keys; `reached` is the IVR that got them, if one did.
    CustomerDigits {
        call: SwitchCallId,
        digits: String,
        reached: Option<String>,
    },
    /// The agent's microphone was switched off or on.
    MuteChanged {
        call: SwitchCallId,
        agent: String,
        on: bool,
    },
    /// A ringing call was taken to another agent's telephone; `Alerting` there follows.
    PickedUp {
        call: SwitchCallId,
        by: String,
        from: String,
    },
    /// A supervisor takes part in what the agent does. A barge-in is followed by `PartyJoined`, at an agent without
    /// a call by `CallStarted`.
    SupervisionStarted {
        by: String,
        agent: String,
        mode: SupervisionMode,
    },
    /// The supervisor takes part in this other way now; joining or leaving the agent's call follows.
    SupervisionSwitched {
        by: String,
        agent: String,
        mode: SupervisionMode,
    },
    /// The supervisor takes part no longer. A supervisor who was in the agent's call has left it before, unless it
    /// was the agent who left (`PartyLeft` tells), or the cause is `Transferred`: an intercept.
    SupervisionEnded { by: String, agent: String, cause: Cause },
    /// A supervisor took the agent's place in the call; the agent leaves it next.
    Intercepted {
        call: SwitchCallId,
        by: String,
        from: String,
    },
    /// A supervisor switched the agent's microphone off or on.
    MonitoredMuted { by: String, agent: String, on: bool },
    /// The agent signed in.
    SignedIn { agent: String, forced: bool },
    /// The agent is signed out, or somebody else took the sign-in over (`Displaced`).
    SignedOut { agent: String, cause: Cause },
    /// The agent's availability changed.
    AgentStateChanged {
        agent: String,
        from: AgentState,
        to: AgentState,
    },
    /// The agent came into a first call, be it only ringing.
    AgentEngaged { agent: String },
    /// The agent is out of the last call. A change of availability, if any, has been told before.
    AgentFreed { agent: String, state: AgentState },
    /// The test changed what a party does when it is called.
    BehaviourChanged { party: Party, behaviour: Behaviour },
}

impl SwitchEvent {
    /// The call it is about; for a consult's life the consult, for a merge the call that lives on.
    pub fn call(&self) -> Option<SwitchCallId> {
        match self {
            Self::CallStarted { call, .. }
            | Self::Queued { call, .. }
            | Self::Requeued { call, .. }
            | Self::CallOffered { call, .. }
            | Self::Alerting { call, .. }
            | Self::Answered { call, .. }
            | Self::PartyJoined { call, .. }
            | Self::PartyLeft { call, .. }
            | Self::CallEnded { call, .. }
            | Self::Merged { into: call, .. }
            | Self::Held { call, .. }
            | Self::Retrieved { call, .. }
            | Self::DialFailed { call, .. }
            | Self::TransferStarted { call, .. }
            | Self::Moved { call, .. }
            | Self::TransferSucceeded { call, .. }
            | Self::TransferFailed { call, .. }
            | Self::ConsultStarted { consult: call, .. }
            | Self::ConsultAnswered { consult: call, .. }
            | Self::ConsultFailed { consult: call, .. }
            | Self::ConsultCompleted { consult: call, .. }
            | Self::ConsultCancelled { consult: call, .. }
            | Self::ConsultEnded { consult: call, .. }
            | Self::Conferenced { call, .. }
            | Self::SentToIvr { call, .. }
            | Self::ReturnedFromIvr { call, .. }
            | Self::DataChanged { call, .. }
            | Self::DtmfSent { call, .. }
            | Self::DtmfRelayed { call, .. }
            | Self::CustomerDigits { call, .. }
            | Self::MuteChanged { call, .. }
            | Self::PickedUp { call, .. }
            | Self::Intercepted { call, .. } => Some(*call),
            Self::SupervisionStarted { .. }
            | Self::SupervisionSwitched { .. }
            | Self::SupervisionEnded { .. }
            | Self::MonitoredMuted { .. }
            | Self::SignedIn { .. }
            | Self::SignedOut { .. }
            | Self::AgentStateChanged { .. }
            | Self::AgentEngaged { .. }
            | Self::AgentFreed { .. }
            | Self::BehaviourChanged { .. } => None,
        }
    }
}

/// Why something ended or failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Nothing out of the ordinary.
    Normal,
    /// The target was busy.
    Busy,
    /// The target rang and nobody answered.
    NoAnswer,
    /// The target turned the call away.
    Rejected,
    /// The target was out of service or signed out.
    OutOfService,
    /// There is no such target.
    UnknownDestination,
    /// The customer hung up.
    CallerHungUp,
    /// The target, or a consulted party, hung up.
    TargetHungUp,
    /// The agent hung up.
    AgentHungUp,
    /// The agent who had asked for it withdrew it.
    Cancelled,
    /// The party was released because it had transferred the call.
    Transferred,
    /// The party's leg went into another call.
    Merged,
    /// An agent removed the party, or cleared the call for all.
    Dropped,
    /// The IVR flow ended.
    IvrFinished,
    /// The agent signed out.
    SignedOut,
    /// Somebody else signed in with the same agent.
    Displaced,
}

/// The ways in which a caller can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferKind {
    /// The agent is out at once.
    Blind,
    /// The agent is out when the target answers.
    ReleaseAfter,
    /// To an IVR flow and back.
    Suspend,
    /// A consult completed, or a held and an active call connected.
    Consult,
    /// A waiting call moved to another queue.
    Requeue,
    /// An IVR flow passed its caller on.
    IvrRoute,
}

/// Who hears whom in a consult.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsultStyle {
    /// Agent and third party talk; the customer is on hold.
    #[default]
    Private,
    /// All three talk as soon as the third party answers.
    ThreeWay,
}
