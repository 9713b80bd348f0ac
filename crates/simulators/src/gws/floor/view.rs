//! One agent's sight of one call: everything that a call resource is painted from.

use callcontrol_testkit::switch::{Direction, Party, SwitchCallId};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{CallState, Floor, Place, Talk};

/// A call as one agent sees it.
#[derive(Debug, Clone)]
pub(in crate::gws) struct CallView {
    /// The switch's id.
    pub(in crate::gws) call: SwitchCallId,
    /// Number in the id under which the agent knows the call; not the switch's where two calls became one.
    pub(in crate::gws) number: u64,
    pub(in crate::gws) state: CallState,
    pub(in crate::gws) role: Role,
    pub(in crate::gws) kind: &'static str,
    /// The agent's own number.
    pub(in crate::gws) own_number: String,
    /// Numbers of the other parties.
    pub(in crate::gws) participants: Vec<String>,
    pub(in crate::gws) ani: Option<String>,
    pub(in crate::gws) dnis: String,
    pub(in crate::gws) data: Map<String, Value>,
    pub(in crate::gws) muted: bool,
    pub(in crate::gws) since: Instant,
    /// Number in the id of the call that this one consults about.
    pub(in crate::gws) parent: Option<u64>,
}

/// What the call is to the agent beside other calls (section 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gws) enum Role {
    /// One call of two parties.
    Single,
    /// The agent's consult, its original alive.
    Consult,
    /// The agent consults about it.
    Original,
    /// Three or more talk.
    Conference { owner: bool },
}

impl Floor {
    /// What the agent sees of the call; `None` when it is not on the agent's telephone.
    pub(super) fn view(&self, agent: &str, call: SwitchCallId) -> Option<CallView> {
        let talk = self.calls.get(&call)?;
        let place = talk.place(&Party::agent(agent))?;
        let participants = talk.others(place).iter().map(|party| self.number_of(party)).collect();
        Some(CallView {
            call,
            number: place.number,
            state: place.state,
            role: self.role(agent, call, talk, place),
            kind: kind(talk.direction),
            own_number: self.number_of(&place.party),
            participants,
            ani: (talk.direction == Direction::Inbound).then(|| self.number_of(&talk.originator)),
            dnis: self.dnis(talk, place),
            data: talk.data.clone(),
            muted: place.muted,
            since: place.since,
            parent: talk.parent_number.filter(|_| talk.originator == place.party),
        })
    }

    fn role(&self, agent: &str, call: SwitchCallId, talk: &Talk, place: &Place) -> Role {
        let me = &place.party;
        let original_lives = talk
            .parent
            .and_then(|parent| self.calls.get(&parent))
            .is_some_and(|parent| parent.place(me).is_some());
        let leads = |other: &Talk| {
            other.leader.as_deref() == Some(agent) && other.parent == Some(call) && other.place(me).is_some()
        };
        if talk.leader.as_deref() == Some(agent) && original_lives {
            Role::Consult
        } else if place.consulting || self.calls.values().any(leads) {
            Role::Original
        } else if talk.others(place).len() > 1 {
            Role::Conference {
                owner: talk.owner.as_deref() == Some(agent),
            }
        } else {
            Role::Single
        }
    }

    /// The number dialled; for the one who is rung from inside, the own one.
    fn dnis(&self, talk: &Talk, place: &Place) -> String {
        let dialled_me = talk.direction != Direction::Inbound && talk.originator != place.party;
        self.number_of(if dialled_me { &place.party } else { &talk.to })
    }
}

fn kind(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
        Direction::Internal => "Internal",
        Direction::Consult => "Consult",
    }
}
