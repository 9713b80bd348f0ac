//! One agent's sight of one call: everything that a call resource is painted from.

use callcontrol_testkit::switch::{Direction, Party, SupervisionMode, SwitchCallId};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{CallState, Floor, Place, Purpose, Recording, Talk, Watched};

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
    /// The agent dialled it.
    pub(in crate::gws) dialled: bool,
    pub(in crate::gws) data: Map<String, Value>,
    pub(in crate::gws) muted: bool,
    pub(in crate::gws) recording: Recording,
    pub(in crate::gws) since: Instant,
    /// Number in the id of the call that this one consults about.
    pub(in crate::gws) parent: Option<u64>,
    /// What the consult of the agent's pair was begun for.
    pub(in crate::gws) purpose: Option<Purpose>,
    /// The consult of the agent's pair has been answered.
    pub(in crate::gws) consult_answered: bool,
    /// Shows on a supervisor's telephone because of the supervision.
    pub(in crate::gws) monitoring: bool,
    /// A supervisor hears the agent without being heard by all.
    pub(in crate::gws) listened_in: bool,
    /// A supervisor has switched the agent's microphone off.
    pub(in crate::gws) agent_muted: bool,
    /// The supervision of which this call is a part.
    pub(in crate::gws) watched: Option<Watched>,
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
    /// Another's call, heard by a supervisor.
    Monitored,
}

impl Floor {
    /// What the agent sees of the call; `None` when it is not on the agent's telephone.
    pub(super) fn view(&self, agent: &str, call: SwitchCallId) -> Option<CallView> {
        let talk = self.calls.get(&call)?;
        let place = talk.place(&Party::agent(agent))?;
        let participants = talk.others(place).iter().map(|party| self.number_of(party)).collect();
        let consult = self.consult_of(agent, call, talk, &place.party);
        let talks = matches!(place.state, CallState::Established | CallState::Held);
        let watches = || self.watches.values().filter(|watch| talks && watch.agent == agent);
        let watch = self
            .watches
            .get(agent)
            .filter(|watch| talk.place(&Party::agent(&watch.agent)).is_some());
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
            dialled: talk.originator == place.party,
            data: talk.data.clone(),
            muted: place.muted,
            recording: talk.recording,
            since: place.since,
            parent: talk.parent_number.filter(|_| talk.originator == place.party),
            purpose: consult.and_then(|consult| consult.purpose),
            consult_answered: consult.is_some_and(|consult| {
                consult
                    .place(&place.party)
                    .is_some_and(|place| place.state != CallState::Dialing)
            }),
            monitoring: watch.is_some(),
            listened_in: watches().any(|watch| watch.mode != SupervisionMode::BargeIn),
            agent_muted: watches().any(|watch| watch.agent_muted) || watch.is_some_and(|watch| watch.agent_muted),
            watched: watch.map(super::Watch::watched),
        })
    }

    fn role(&self, agent: &str, call: SwitchCallId, talk: &Talk, place: &Place) -> Role {
        let me = &place.party;
        if self.is_consult(agent, talk, me) {
            Role::Consult
        } else if place.consulting || self.consult_about(agent, call, me).is_some() {
            Role::Original
        } else if talk.others(place).len() > 1 {
            Role::Conference {
                owner: talk.owner.as_deref() == Some(agent),
            }
        } else {
            Role::Single
        }
    }

    /// The consult of the pair to which this call belongs: itself, or the one about it.
    fn consult_of<'a>(&'a self, agent: &str, call: SwitchCallId, talk: &'a Talk, me: &Party) -> Option<&'a Talk> {
        if self.is_consult(agent, talk, me) {
            Some(talk)
        } else {
            self.consult_about(agent, call, me)
        }
    }

    fn is_consult(&self, agent: &str, talk: &Talk, me: &Party) -> bool {
        let original = talk.parent.and_then(|parent| self.calls.get(&parent));
        talk.leader.as_deref() == Some(agent) && original.is_some_and(|original| original.place(me).is_some())
    }

    fn consult_about(&self, agent: &str, original: SwitchCallId, me: &Party) -> Option<&Talk> {
        let mine = self.calls_at(me).filter_map(|call| self.calls.get(&call));
        let mut consults = mine.filter(|talk| talk.leader.as_deref() == Some(agent) && talk.parent == Some(original));
        consults.next()
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
