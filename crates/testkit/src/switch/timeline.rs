//! The journal in words: one line per fact, for failing tests and for people who watch.

use std::fmt;

use super::{AgentState, Cause, Journal, JournalEntry, Party, SupervisionMode, SwitchEvent, TransferKind};

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries().iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4} {:>9.3}s  {}", self.seq, self.at.as_secs_f64(), self.what)
    }
}

impl fmt::Display for SwitchEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CallStarted {
                call,
                originator,
                to,
                parent: None,
                ..
            } => write!(f, "{call}: {originator} calls {to}"),
            Self::CallStarted {
                call,
                originator,
                to,
                parent: Some(parent),
                ..
            } => {
                write!(f, "{call}: {originator} calls {to} about {parent}")
            }
            Self::Queued { call, queue } => write!(f, "{call}: waits in queue {queue}"),
            Self::Requeued { call, from, to } => write!(f, "{call}: moved from queue {from} to queue {to}"),
            Self::CallOffered { call, queue, agent } => write!(f, "{call}: queue {queue} offers it to agent {agent}"),
            Self::Alerting { call, target, .. } => write!(f, "{call}: {target} rings"),
            Self::Answered { call, party } => write!(f, "{call}: {party} answered"),
            Self::PartyJoined { call, party } => write!(f, "{call}: {party} joined"),
            Self::PartyLeft { call, party, cause, .. } => write!(f, "{call}: {party} left ({cause})"),
            Self::CallEnded { call, cause } => write!(f, "{call}: ended ({cause})"),
            Self::Merged { from, into } => write!(f, "{from} went into {into}"),
            Self::Held { call, by } => write!(f, "{call}: held by agent {by}"),
            Self::Retrieved { call, by } => write!(f, "{call}: retrieved by agent {by}"),
            Self::DialFailed { call, by, to, cause } => write!(f, "{call}: {by} did not reach {to} ({cause})"),
            Self::TransferStarted { call, by, to, kind } => {
                write!(f, "{call}: agent {by} transfers to {to} ({kind})")
            }
            Self::Moved {
                call,
                by: Some(by),
                to,
                kind,
            } => write!(f, "{call}: agent {by} moved the caller to {to} ({kind})"),
            Self::Moved {
                call,
                by: None,
                to,
                kind,
            } => write!(f, "{call}: the caller was moved to {to} ({kind})"),
            Self::TransferSucceeded { call, to, kind, .. } => write!(f, "{call}: transfer to {to} succeeded ({kind})"),
            Self::TransferFailed {
                call, to, kind, cause, ..
            } => {
                write!(f, "{call}: transfer to {to} failed ({kind}, {cause})")
            }
            Self::ConsultStarted {
                consult,
                original,
                by,
                to,
                ..
            } => {
                write!(f, "{consult}: agent {by} consults {to} about {original}")
            }
            Self::ConsultAnswered { consult, party, .. } => write!(f, "{consult}: {party} answered the consult"),
            Self::ConsultFailed { consult, to, cause, .. } => {
                write!(f, "{consult}: consult with {to} failed ({cause})")
            }
            Self::ConsultCompleted {
                consult,
                original,
                by,
                to,
            } => {
                write!(
                    f,
                    "{consult}: agent {by} completed the consult, {original} goes to {to}"
                )
            }
            Self::ConsultCancelled { consult, by, .. } => write!(f, "{consult}: agent {by} cancelled the consult"),
            Self::ConsultEnded { consult, cause, .. } => write!(f, "{consult}: is no consult any more ({cause})"),
            Self::Conferenced { call, parties } => {
                let names: Vec<String> = parties.iter().map(Party::to_string).collect();
                write!(f, "{call}: conference of {}", names.join(", "))
            }
            Self::SentToIvr {
                call,
                ivr,
                waiting: None,
            } => write!(f, "{call}: in ivr {ivr}"),
            Self::SentToIvr {
                call,
                ivr,
                waiting: Some(agent),
            } => write!(f, "{call}: in ivr {ivr}, agent {agent} waits"),
            Self::ReturnedFromIvr { call, ivr, agent } => write!(f, "{call}: back from ivr {ivr} to agent {agent}"),
            Self::DataChanged { call, data, opaque } => {
                let text = if opaque.is_some() { " and a text" } else { "" };
                write!(f, "{call}: carries {} pairs{text}", data.len())
            }
            Self::DtmfSent { call, by, digits } => write!(f, "{call}: agent {by} sent tones {digits}"),
            Self::DtmfRelayed { call, by, on } => {
                write!(
                    f,
                    "{call}: agent {by} relays the customer's keys: {}",
                    if *on { "on" } else { "off" }
                )
            }
            Self::CustomerDigits { call, digits, reached } => {
                write!(
                    f,
                    "{call}: customer pressed {digits}, heard by {}",
                    reached.as_deref().unwrap_or("no ivr")
                )
            }
            Self::MuteChanged { call, agent, on } => {
                write!(
                    f,
                    "{call}: agent {agent}'s microphone is {}",
                    if *on { "off" } else { "on" }
                )
            }
            Self::PickedUp { call, by, from } => write!(f, "{call}: agent {by} picks it up from agent {from}"),
            Self::SupervisionStarted { by, agent, mode } => write!(f, "agent {by} {mode} agent {agent}"),
            Self::SupervisionSwitched { by, agent, mode } => write!(f, "agent {by} now {mode} agent {agent}"),
            Self::SupervisionEnded { by, agent, cause } => {
                write!(f, "agent {by} supervises agent {agent} no longer ({cause})")
            }
            Self::Intercepted { call, by, from } => {
                write!(f, "{call}: agent {by} takes the caller from agent {from}")
            }
            Self::MonitoredMuted { by, agent, on } => {
                let state = if *on { "off" } else { "on" };
                write!(f, "agent {by} switched agent {agent}'s microphone {state}")
            }
            Self::SignedIn { agent, .. } => write!(f, "agent {agent} signed in"),
            Self::SignedOut { agent, cause } => write!(f, "agent {agent} signed out ({cause})"),
            Self::AgentStateChanged { agent, to, .. } => write!(f, "agent {agent} is {to}"),
            Self::AgentEngaged { agent } => write!(f, "agent {agent} is engaged"),
            Self::AgentFreed { agent, .. } => write!(f, "agent {agent} is free"),
            Self::BehaviourChanged { party, behaviour } => write!(f, "{party} will behave as {behaviour:?}"),
        }
    }
}

impl fmt::Display for SupervisionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listen => "listens to",
            Self::Whisper => "whispers to",
            Self::BargeIn => "barges in on",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "normal",
            Self::Busy => "busy",
            Self::NoAnswer => "no answer",
            Self::Rejected => "rejected",
            Self::OutOfService => "out of service",
            Self::UnknownDestination => "unknown destination",
            Self::CallerHungUp => "caller hung up",
            Self::TargetHungUp => "target hung up",
            Self::AgentHungUp => "agent hung up",
            Self::Cancelled => "cancelled",
            Self::Transferred => "transferred",
            Self::Merged => "merged",
            Self::Dropped => "dropped",
            Self::IvrFinished => "ivr finished",
            Self::SignedOut => "signed out",
            Self::Displaced => "displaced",
        })
    }
}

impl fmt::Display for TransferKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blind => "blind",
            Self::ReleaseAfter => "release-after",
            Self::Suspend => "suspend",
            Self::Consult => "consult",
            Self::Requeue => "requeue",
            Self::IvrRoute => "ivr route",
        })
    }
}

impl fmt::Display for AgentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedOut => "signed out",
            Self::Ready => "ready",
            Self::Busy { .. } => "busy",
            Self::Rest { .. } => "resting",
            Self::WrapUp => "wrapping up",
        })
    }
}
