//! What must be true of a switch at rest, whatever was done to it.

use std::collections::{BTreeMap, BTreeSet};

use super::legs::is_viable;
use super::{
    Agent, AgentState, Call, LegState, Party, PendingKind, Supervision, SupervisionMode, Switch, SwitchCallId,
    SwitchEvent,
};

impl Switch {
    /// Every invariant that does not hold, in words; empty when all is well.
    pub fn check_invariants(&self) -> Vec<String> {
        let mut broken: Vec<String> = self.calls.values().flat_map(broken_in_call).collect();
        broken.extend(
            self.agents
                .keys()
                .flat_map(|id| self.broken_at_agent(&Party::agent(id))),
        );
        broken.extend(self.broken_consults());
        let supervisions = self.supervisions.iter();
        broken.extend(supervisions.flat_map(|(by, running)| self.broken_supervision(by, running)));
        broken.extend(self.broken_books());
        broken.extend(self.broken_endings());
        broken.extend(self.neglected());
        broken
    }

    fn broken_at_agent(&self, agent: &Party) -> Vec<String> {
        let states: Vec<LegState> = self.calls_of(agent).filter_map(|call| call.state_of(agent)).collect();
        let count = |such: fn(LegState) -> bool| states.iter().filter(|state| such(**state)).count();
        let talking = count(|state| state == LegState::Talking);
        let active = count(LegState::is_active);
        let ringing = count(|state| state == LegState::Alerting);
        let signed_out = self
            .agent(agent.name())
            .is_some_and(|agent| agent.state == AgentState::SignedOut);
        let dials = states.contains(&LegState::Dialing);
        complaints(&[
            (talking > 1, format!("{agent} talks in {talking} calls")),
            (
                active > 2 || (active > 1 && !dials),
                format!("{agent} is active in {active} calls"),
            ),
            (
                ringing > 0 && states.len() > 1,
                format!("{agent} is rung while in another call"),
            ),
            (
                signed_out && !states.is_empty(),
                format!("{agent} is signed out but in a call"),
            ),
        ])
    }

    /// A consult is about a live call which its leader is in.
    fn broken_consults(&self) -> Vec<String> {
        let stray = |call: &&Call| {
            let original = self.original_of(call).and_then(|id| self.calls.get(&id));
            call.consult.is_some() && original.is_none_or(|original| original.leg(&call.originator).is_none())
        };
        self.calls
            .values()
            .filter(stray)
            .map(|call| format!("{}: consult about nothing", call.id))
            .collect()
    }

    /// Who listens or whispers is in no call; who has barged in is in one with the agent.
    fn broken_supervision(&self, by: &str, running: &Supervision) -> Vec<String> {
        let (me, watched) = (Party::agent(by), Party::agent(&running.agent));
        let signed_in = |id: &str| self.agent(id).is_some_and(Agent::signed_in);
        let barged_in = running.mode == SupervisionMode::BargeIn;
        complaints(&[
            (me == watched, format!("{me} supervises nobody else")),
            (
                !signed_in(by) || !signed_in(&running.agent),
                format!("{me} supervises {watched}, and one is signed out"),
            ),
            (
                barged_in && self.shared_call(&me, &watched).is_none(),
                format!("{me} barges in on {watched} in no call"),
            ),
            (
                !barged_in && self.calls_of(&me).next().is_some(),
                format!("{me} is in a call while hearing {watched}"),
            ),
        ])
    }

    /// Seats, waiting lists and the lists of the free say the same as the calls.
    fn broken_books(&self) -> Vec<String> {
        let mut seats: BTreeMap<Party, BTreeSet<SwitchCallId>> = BTreeMap::new();
        for call in self.calls.values() {
            for leg in &call.legs {
                seats.entry(leg.party.clone()).or_default().insert(call.id);
            }
        }
        let booked = self.seats.iter().filter(|(_, seats)| !seats.is_empty());
        let waiting = self.calls.values().filter(|call| call.queue.is_some());
        let waiting: BTreeSet<(u64, SwitchCallId)> = waiting.map(|call| (call.wait_order, call.id)).collect();
        let listed: BTreeSet<(u64, SwitchCallId)> = self.waiting.iter().map(|(order, id)| (*order, *id)).collect();
        let mut free: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let ready = self.agents.values().filter(|agent| agent.state == AgentState::Ready);
        for agent in ready.filter(|agent| !seats.contains_key(&Party::agent(&agent.id))) {
            for queue in &agent.queues {
                free.entry(queue).or_default().insert(&agent.id);
            }
        }
        let noted = self.free.iter().filter(|(_, agents)| !agents.is_empty());
        let noted = noted.map(|(queue, agents)| (queue.as_str(), agents.iter().map(String::as_str).collect()));
        complaints(&[
            (
                noted.collect::<BTreeMap<_, _>>() != free,
                "the lists of the free and the agents disagree".into(),
            ),
            (!booked.eq(seats.iter()), "seats and legs disagree".into()),
            (waiting != listed, "waiting list and queued calls disagree".into()),
        ])
    }

    /// Every call ends exactly once, and none that lives has ended.
    fn broken_endings(&self) -> Vec<String> {
        let mut endings: BTreeMap<SwitchCallId, usize> = BTreeMap::new();
        for fact in self.journal.facts() {
            if let SwitchEvent::CallEnded { call, .. } | SwitchEvent::Merged { from: call, .. } = fact {
                *endings.entry(*call).or_default() += 1;
            }
        }
        let past: Vec<&SwitchCallId> = self.past.keys().filter(|id| !self.outlived.contains(id)).collect();
        let ended_once = past.iter().all(|id| endings.get(id) == Some(&1));
        let too_many = endings.len() != past.len();
        complaints(&[(
            !ended_once || too_many,
            format!("endings {endings:?} of past calls {past:?}"),
        )])
    }

    /// No call waits while an agent who could take it is free.
    fn neglected(&self) -> Vec<String> {
        let offer = self.next_offer();
        offer
            .map(|(call, agent)| format!("{call} waits although agent {agent} is free"))
            .into_iter()
            .collect()
    }
}

fn broken_in_call(call: &Call) -> Vec<String> {
    let id = call.id;
    let connected: Vec<&Party> = call.connected().map(|leg| &leg.party).collect();
    let agents = connected.iter().filter(|party| party.as_agent().is_some()).count();
    let customer = call
        .customer
        .as_ref()
        .is_some_and(|customer| connected.contains(&customer));
    let pending = call.pending.as_ref();
    let suspended = pending.is_some_and(|pending| pending.kind == PendingKind::Suspend);
    let reached_for = call.ringing().is_some() || call.queue.is_some();
    let ringing = call.legs.iter().filter(|leg| leg.state == LegState::Alerting).count();
    let has = |state: LegState| call.legs.iter().any(|leg| leg.state == state);
    let asker_left =
        pending.is_some_and(|pending| pending.kind.keeps_agent() && call.leg(&Party::agent(&pending.by)).is_none());
    complaints(&[
        (
            !is_viable(call),
            format!("{id}: somebody is left alone: {:?}", call.legs),
        ),
        (call.ended.is_some(), format!("{id}: ended but alive")),
        (
            customer && agents > 1 && !call.conference,
            format!("{id}: {agents} agents for one customer"),
        ),
        (
            connected.len() > 2 && !call.conference && !suspended,
            format!("{id}: a crowd, not a conference"),
        ),
        (
            call.conference && connected.len() < 3,
            format!("{id}: a conference of {}", connected.len()),
        ),
        (ringing > 1, format!("{id}: {ringing} telephones ring")),
        (
            pending.is_some() && !suspended && !reached_for,
            format!("{id}: {pending:?} but nobody is reached for"),
        ),
        (
            call.tried_by.is_some() && (call.ringing().is_none() || call.ivr() != call.tried_by.as_deref()),
            format!("{id}: a flow tries to pass its caller on, but nobody rings"),
        ),
        (asker_left, format!("{id}: {pending:?} but its agent left")),
        (
            has(LegState::Parked) && !suspended,
            format!("{id}: an agent waits for no IVR"),
        ),
        (
            has(LegState::InIvr) && call.ivr().is_none(),
            format!("{id}: somebody is in no IVR"),
        ),
        (
            has(LegState::Waiting) && call.queue.is_none(),
            format!("{id}: somebody waits in no queue"),
        ),
        (
            has(LegState::Dialing) && !reached_for && call.tone.is_none(),
            format!("{id}: somebody hears ringing, nobody rings"),
        ),
    ])
}

fn complaints(rules: &[(bool, String)]) -> Vec<String> {
    rules
        .iter()
        .filter(|(broken, _)| *broken)
        .map(|(_, words)| words.clone())
        .collect()
}
