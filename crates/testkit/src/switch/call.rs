//! One conversation: its legs, what is pending on it and what it carries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Cause, ConsultStyle, Party, Refusal, Reply, SwitchCallId, TransferKind};

/// A conversation, live or past. Read it through [`Switch::call`](super::Switch::call).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The switch's id.
    pub id: SwitchCallId,
    /// How the call began.
    pub direction: Direction,
    /// Who began it.
    pub originator: Party,
    /// Whom it was first meant for.
    pub to: Party,
    /// The customer, also after having left. A consult and an internal call have none.
    pub customer: Option<Party>,
    /// The call this one was begun about.
    pub parent: Option<SwitchCallId>,
    /// What makes this call a consult, as long as it is one.
    pub consult: Option<Consultation>,
    /// Everybody in the call or rung for it.
    pub legs: Vec<Leg>,
    /// The queue in which the call waits for an agent.
    pub queue: Option<String>,
    /// A transfer or invitation that has not come to its end.
    pub pending: Option<Pending>,
    /// Whether three or more talk by intention.
    pub conference: bool,
    /// The originator hears the tone for this cause, and nobody rings.
    pub tone: Option<Cause>,
    /// Whether the customer's key presses are passed on to an IVR in the conference.
    pub relays_digits: bool,
    /// The IVR flow that passes its caller on and keeps its leg until the target answers.
    pub tried_by: Option<String>,
    /// The agent who last transferred the call.
    pub transferred_from: Option<String>,
    /// Call data, as pairs.
    pub data: BTreeMap<String, String>,
    /// Call data, as one text.
    pub opaque: Option<String>,
    /// When it began.
    pub started: Duration,
    /// How and when it ended; `None` while it lives.
    pub ended: Option<CallEnd>,
    pub(super) wait_order: u64,
    pub(super) declined: BTreeSet<String>,
}

impl Call {
    /// The party's leg.
    pub fn leg(&self, party: &Party) -> Option<&Leg> {
        self.legs.iter().find(|leg| &leg.party == party)
    }

    /// The state of the party's leg.
    pub fn state_of(&self, party: &Party) -> Option<LegState> {
        self.leg(party).map(|leg| leg.state)
    }

    /// Everybody in the call who is not merely being rung.
    pub fn connected(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| leg.state != LegState::Alerting)
    }

    /// Everybody else in the call, ringing ones included.
    pub fn others<'a>(&'a self, than: &'a Party) -> impl Iterator<Item = &'a Leg> {
        self.legs.iter().filter(move |leg| &leg.party != than)
    }

    /// The party whose telephone rings for this call.
    pub fn ringing(&self) -> Option<&Party> {
        self.legs
            .iter()
            .find(|leg| leg.state == LegState::Alerting)
            .map(|leg| &leg.party)
    }

    /// The IVR that is connected to the call.
    pub fn ivr(&self) -> Option<&str> {
        self.connected().find_map(|leg| match &leg.party {
            Party::Ivr(code) => Some(code.as_str()),
            Party::Agent(_) | Party::Outside(_) | Party::Queue(_) => None,
        })
    }

    /// Nothing is under way in the call that a change of its parties would upset.
    pub(super) fn settled(&self) -> Reply {
        if self.pending.is_some() {
            return Err(Refusal::conflict(self.id, "a transfer"));
        }
        if self.ringing().is_some() || self.queue.is_some() {
            return Err(Refusal::wrong_state(self.id, "a call in which nobody rings"));
        }
        Ok(())
    }

    pub(super) fn new(
        id: SwitchCallId,
        direction: Direction,
        originator: &Party,
        to: &Party,
        started: Duration,
    ) -> Self {
        let customer = match direction {
            Direction::Inbound => Some(originator.clone()),
            Direction::Outbound => Some(to.clone()),
            Direction::Internal | Direction::Consult => None,
        };
        Self {
            id,
            direction,
            originator: originator.clone(),
            to: to.clone(),
            customer,
            parent: None,
            consult: None,
            legs: Vec::new(),
            queue: None,
            pending: None,
            conference: false,
            tone: None,
            relays_digits: false,
            tried_by: None,
            transferred_from: None,
            data: BTreeMap::new(),
            opaque: None,
            started,
            ended: None,
            wait_order: 0,
            declined: BTreeSet::new(),
        }
    }

    pub(super) fn leg_mut(&mut self, party: &Party) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| &leg.party == party)
    }
}

/// One party's place in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Leg {
    /// Who.
    pub party: Party,
    /// In which state.
    pub state: LegState,
    /// Whether its microphone is off.
    pub muted: bool,
    /// When it came into this state.
    pub since: Duration,
}

/// The state of one party's leg. Hold is seen from the holder: the leg of the agent who put the call on hold is
/// `Held`, the leg of whoever listens to the music stays `Talking`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Its telephone rings.
    Alerting,
    /// It hears the far end ring (or a failure tone).
    Dialing,
    /// It is connected.
    Talking,
    /// It has put the call on hold.
    Held,
    /// It waits in a queue.
    Waiting,
    /// It is in an IVR flow.
    InIvr,
    /// An agent who waits for an IVR flow to give the customer back.
    Parked,
}

impl LegState {
    /// Whether it keeps an agent from being active in another call.
    pub fn is_active(self) -> bool {
        match self {
            Self::Talking | Self::Dialing | Self::Waiting | Self::InIvr | Self::Parked => true,
            Self::Alerting | Self::Held => false,
        }
    }
}

/// How a call began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From an outside telephone.
    Inbound,
    /// From an agent to an outside telephone.
    Outbound,
    /// From an agent to somewhere inside.
    Internal,
    /// From an agent, about another call.
    Consult,
}

/// What a consult is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consultation {
    /// Who hears whom.
    pub style: ConsultStyle,
    /// Whether the customer comes back by itself when the consult fails or ends.
    pub auto_retrieve: bool,
    /// Whether the third party has answered.
    pub answered: bool,
}

/// A transfer or invitation that has not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pending {
    /// Which.
    pub kind: PendingKind,
    /// The agent who asked for it.
    pub by: String,
    /// Its target.
    pub to: Party,
    /// What `transferred_from` was before, to be restored when it fails.
    pub(super) before: Option<String>,
}

/// What can be pending on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// The agent is out, the target rings.
    Blind,
    /// A consult was completed while its target rang.
    HandOver,
    /// The agent talks on until the target answers.
    ReleaseAfter,
    /// The caller is in an IVR flow, the agent waits.
    Suspend,
    /// A party is rung to come into the conference.
    Add,
}

impl PendingKind {
    pub(super) fn transfer(self) -> Option<TransferKind> {
        match self {
            Self::Blind => Some(TransferKind::Blind),
            Self::HandOver => Some(TransferKind::Consult),
            Self::ReleaseAfter => Some(TransferKind::ReleaseAfter),
            Self::Suspend => Some(TransferKind::Suspend),
            Self::Add => None,
        }
    }

    /// Whether the agent who asked for it is still in the call and keeps the caller if it fails.
    pub(super) fn keeps_agent(self) -> bool {
        match self {
            Self::ReleaseAfter | Self::Suspend | Self::Add => true,
            Self::Blind | Self::HandOver => false,
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallEnd {
    /// When.
    pub at: Duration,
    /// Why.
    pub cause: Cause,
    /// The call it went into, if it did.
    pub merged_into: Option<SwitchCallId>,
}
