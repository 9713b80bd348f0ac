//! Random verbs on a small switch: whatever is played, the invariants hold, a refused verb changes nothing, and
//! folding the events gives the same calls as the switch has.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::fake::customer_at;
use crate::race::Follower;

const AGENTS: [&str; 3] = ["ann", "bob", "cas"];
const CALLERS: [&str; 2] = ["555100", "555200"];

#[derive(Debug, Clone, Copy)]
enum Verb {
    Ready,
    Rest,
    SignOut,
    ForceSignOut,
    ForceSignIn,
    Behave(Behaviour),
    Advance,
    PlaceCall,
    Dial,
    Answer,
    Reject,
    NoAnswer,
    HangUp,
    Hold,
    Retrieve,
    DropParty,
    Clear,
    Mute,
    Blind,
    ReleaseAfter,
    CancelTransfer,
    Suspend,
    IvrFinished,
    IvrRoutes,
    IvrTries,
    Requeue,
    Consult(ConsultRequest),
    Complete,
    Cancel(bool),
    Swap,
    Merge,
    ConnectHeld,
    Add,
    Remove,
    SetData,
    RelayDtmf,
    CustomerDigits,
    Supervise(SupervisionMode),
    SwitchSupervision(SupervisionMode),
    StopSupervision,
    Intercept { named: bool },
    MuteMonitored,
    PickUp,
    TakeWaiting,
    Serve,
    Unserve,
}

/// Where a play begins, so that it gets to the interesting places soon.
#[derive(Debug, Clone, Copy)]
enum Scene {
    Quiet,
    InFlow,
    Talking,
    ConsultRings,
    Consulting,
    Conference,
    Supervised(SupervisionMode),
}

#[derive(Debug, Clone)]
struct Step {
    verb: Verb,
    who: Index,
    which: Index,
    to: Index,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_played_nobody_is_stranded_and_the_events_tell_it_all(
        options in options(),
        scene in scene(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut switch = set(scene, options).expect("the scene can be set");
        let mut machine = Follower::default();
        let mut heard = follow(&mut machine, &switch, 0)?;
        for step in &steps {
            let before = switch.clone();
            let reply = play(&mut switch, step);
            let broken = switch.check_invariants();
            prop_assert!(broken.is_empty(), "{broken:#?} after {step:?}\n{}", switch.journal());
            if let Err(refusal) = reply {
                prop_assert!(before == switch, "refused ({refusal}) and yet changed by {step:?}");
            }
            prop_assert_eq!(folded(switch.journal()), seated(&switch), "after {:?}\n{}", step, switch.journal());
            let supervised = supervised(switch.journal());
            prop_assert_eq!(&supervised, &switch.supervisions, "after {:?}\n{}", step, switch.journal());
            places_are_true(&switch)?;
            heard = follow(&mut machine, &switch, heard)?;
        }
    }
}

/// Each new fact is one that the race machine allows, and after them the customer is where the machine says.
fn follow(machine: &mut Follower, switch: &Switch, heard: usize) -> Result<usize, TestCaseError> {
    let now = |call: SwitchCallId, party: &Party| switch.call(call)?.state_of(party);
    for fact in switch.journal().facts().skip(heard) {
        for turn in machine.hear(fact, &now) {
            prop_assert!(turn.step.is_some(), "{turn:?} at {fact:?}\n{}", switch.journal());
        }
    }
    for ((agent, call), pair) in machine.pairs() {
        let live = switch.call(*call).or_else(|| switch.past_call(*call));
        if live.is_some_and(|call| call.customer.as_ref() == Some(&pair.customer)) {
            let place = customer_at(switch.customer_at(*call).as_ref(), agent);
            let says = pair.at.customer_at();
            prop_assert_eq!(place, says, "{} in {}: {}\n{}", agent, call, pair.at, switch.journal());
        }
    }
    machine.retire();
    Ok(switch.journal().facts().count())
}

fn scene() -> impl Strategy<Value = Scene> {
    prop_oneof![
        3 => select(vec![
            Scene::Quiet,
            Scene::InFlow,
            Scene::Talking,
            Scene::ConsultRings,
            Scene::Consulting,
            Scene::Conference,
        ]),
        1 => mode().prop_map(Scene::Supervised),
    ]
}

fn mode() -> impl Strategy<Value = SupervisionMode> {
    select(vec![
        SupervisionMode::Listen,
        SupervisionMode::Whisper,
        SupervisionMode::BargeIn,
    ])
}

fn options() -> impl Strategy<Value = SwitchOptions> {
    let unreachable = || select(vec![Unreachable::Refused, Unreachable::Fails]);
    let behaviour = (
        any::<bool>(),
        select(vec![None, Some(Duration::from_secs(20))]),
        any::<bool>(),
        select(vec![MissedOffer::StaysReady, MissedOffer::BecomesBusy]),
    );
    let outcomes = (
        unreachable(),
        select(vec![UnreachableBlind::Refused, UnreachableBlind::FailsAfterRelease]),
        select(vec![BlindUnanswered::EndsCall, BlindUnanswered::RecallsAgent]),
        unreachable(),
        select(vec![
            UnreachableConsult::Refused,
            UnreachableConsult::Released,
            UnreachableConsult::LeftDialing,
        ]),
    );
    (behaviour, outcomes).prop_map(|(behaviour, outcomes)| {
        let (any_number, ring_timeout, ring_not_ready, missed_offer) = behaviour;
        let (dial, blind, blind_unanswered, release_after, consult) = outcomes;
        SwitchOptions {
            any_number,
            ring_timeout,
            ring_not_ready,
            missed_offer,
            dial,
            blind,
            blind_unanswered,
            release_after,
            consult,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    (verb(), any::<Index>(), any::<Index>(), any::<Index>()).prop_map(|(verb, who, which, to)| Step {
        verb,
        who,
        which,
        to,
    })
}

fn verb() -> impl Strategy<Value = Verb> {
    let rare = select(vec![
        Verb::Rest,
        Verb::SignOut,
        Verb::ForceSignOut,
        Verb::ForceSignIn,
        Verb::Advance,
        Verb::Clear,
        Verb::Mute,
        Verb::SetData,
        Verb::Requeue,
        Verb::IvrRoutes,
        Verb::RelayDtmf,
        Verb::CustomerDigits,
        Verb::NoAnswer,
        Verb::DropParty,
        Verb::MuteMonitored,
        Verb::StopSupervision,
        Verb::Serve,
        Verb::Unserve,
    ]);
    let beside = prop_oneof![
        3 => mode().prop_map(Verb::Supervise),
        3 => mode().prop_map(Verb::SwitchSupervision),
        3 => any::<bool>().prop_map(|named| Verb::Intercept { named }),
        3 => Just(Verb::PickUp),
        1 => Just(Verb::TakeWaiting),
    ];
    let behave = select(vec![
        Behaviour::Manual,
        Behaviour::Manual,
        Behaviour::Answers,
        Behaviour::HangsUpAtOnce,
        Behaviour::Busy,
        Behaviour::Rejects,
        Behaviour::Silent,
        Behaviour::OutOfService,
    ]);
    let style = select(vec![ConsultRequest::private(), ConsultRequest::three_way()]);
    let consult = (style, any::<bool>(), any::<bool>()).prop_map(|(mut how, hold, retrieve)| {
        how.hold_customer = hold;
        how.auto_retrieve = retrieve;
        Verb::Consult(how)
    });
    let common = select(vec![
        Verb::Ready,
        Verb::Dial,
        Verb::Reject,
        Verb::HangUp,
        Verb::Hold,
        Verb::Retrieve,
        Verb::Blind,
        Verb::ReleaseAfter,
        Verb::CancelTransfer,
        Verb::Suspend,
        Verb::IvrFinished,
        Verb::IvrTries,
        Verb::Complete,
        Verb::Cancel(true),
        Verb::Cancel(false),
        Verb::Swap,
        Verb::Merge,
        Verb::ConnectHeld,
        Verb::Add,
        Verb::Remove,
    ]);
    prop_oneof![
        2 => rare,
        1 => behave.prop_map(Verb::Behave),
        3 => consult,
        3 => Just(Verb::PlaceCall),
        5 => Just(Verb::Answer),
        9 => common,
        4 => beside,
    ]
}

fn small_switch(options: SwitchOptions) -> Switch {
    let mut switch = SwitchBuilder::new()
        .options(options)
        .agent("ann", "7001")
        .agent("bob", "7002")
        .agent("cas", "7003")
        .queue("sales")
        .queue("help")
        .ivr("pin", None)
        .outside(CALLERS[0])
        .outside(CALLERS[1])
        .serves("ann", "sales")
        .serves("bob", "sales")
        .serves("cas", "help")
        .build();
    switch.set_auto_idle("cas", false).unwrap();
    switch
}

fn set(scene: Scene, options: SwitchOptions) -> Reply<Switch> {
    let mut switch = small_switch(options);
    if matches!(scene, Scene::Quiet) {
        return Ok(switch);
    }
    if matches!(scene, Scene::InFlow) {
        switch.place_call(CALLERS[0], &Party::ivr("pin"))?;
        return Ok(switch);
    }
    switch.set_ready("ann")?;
    let call = switch.place_call(CALLERS[0], &Party::queue("sales"))?;
    switch.answer(&Party::agent("ann"), call)?;
    if let Scene::Supervised(mode) = scene {
        switch.supervise("cas", "ann", mode)?;
        return Ok(switch);
    }
    if matches!(scene, Scene::Talking) {
        return Ok(switch);
    }
    switch.set_ready("bob")?;
    let consult = switch.consult("ann", call, &Party::agent("bob"), ConsultRequest::private())?;
    if matches!(scene, Scene::ConsultRings) {
        return Ok(switch);
    }
    switch.answer(&Party::agent("bob"), consult)?;
    if matches!(scene, Scene::Conference) {
        switch.merge("ann", consult)?;
    }
    Ok(switch)
}

fn destinations() -> Vec<Party> {
    let mut all: Vec<Party> = AGENTS.iter().map(|id| Party::agent(*id)).collect();
    all.extend(CALLERS.iter().map(|number| Party::outside(*number)));
    all.extend([Party::queue("sales"), Party::queue("help"), Party::ivr("pin")]);
    all.push(Party::outside("999"));
    all
}

/// Plays one step; the call is one of the agent's, or the first when there is none.
fn play(switch: &mut Switch, step: &Step) -> Reply {
    let agent = AGENTS[step.who.index(AGENTS.len())];
    let parties = destinations();
    let to = &parties[step.to.index(parties.len())];
    let mine: Vec<SwitchCallId> = switch.calls_of(&Party::agent(agent)).map(|call| call.id).collect();
    let all: Vec<SwitchCallId> = switch.calls().map(|call| call.id).collect();
    let pick = |ids: &[SwitchCallId]| match ids {
        [] => SwitchCallId::new(1),
        ids => ids[step.which.index(ids.len())],
    };
    let (call, any_call) = (pick(&mine), pick(&all));
    let member = |id: SwitchCallId| {
        let legs = switch.call(id).map(|call| call.legs.as_slice()).unwrap_or_default();
        legs.get(step.to.index(legs.len().max(1)))
            .map_or_else(|| to.clone(), |leg| leg.party.clone())
    };
    let (member, any_member) = (member(call), member(any_call));
    let other = AGENTS[step.to.index(AGENTS.len())];
    let watched = switch.supervision_of(agent).map(|running| running.agent.clone());
    let watched = watched.as_deref().unwrap_or(other);
    let rung = AGENTS
        .into_iter()
        .find(|id| switch.ringing_at(&Party::agent(*id)).is_some());
    let rung = rung.unwrap_or(other);
    let ringing = switch
        .call(any_call)
        .and_then(Call::ringing)
        .cloned()
        .unwrap_or_else(|| any_member.clone());
    match step.verb {
        Verb::Ready => switch.set_ready(agent),
        Verb::Rest => switch.set_agent_state(agent, AgentState::Rest { reason: None }),
        Verb::SignOut => switch.sign_out(agent),
        Verb::ForceSignOut => switch.force_sign_out(agent),
        Verb::ForceSignIn => switch.force_sign_in(agent),
        Verb::Behave(behaviour) => switch.set_behaviour(to, behaviour),
        Verb::Advance => {
            switch.advance(Duration::from_secs(11));
            Ok(())
        }
        Verb::PlaceCall => switch.place_call(CALLERS[step.which.index(2)], to).map(drop),
        Verb::Dial => switch.dial(agent, to).map(drop),
        Verb::Answer => switch.answer(&ringing, any_call),
        Verb::Reject => switch.reject(&ringing, any_call),
        Verb::NoAnswer => switch.no_answer(&ringing),
        Verb::HangUp => switch.hang_up(&any_member, any_call),
        Verb::Hold => switch.hold(agent, call),
        Verb::Retrieve => switch.retrieve(agent, call),
        Verb::DropParty => switch.drop_party(agent, call, &member),
        Verb::Clear => switch.clear(agent, call),
        Verb::Mute => switch.mute(agent, call, true),
        Verb::Blind => switch.transfer_blind(agent, call, to),
        Verb::ReleaseAfter => switch.transfer_release_after(agent, call, to),
        Verb::CancelTransfer => switch.cancel_transfer(agent, call),
        Verb::Suspend => switch.suspend_to_ivr(agent, call, "pin"),
        Verb::IvrFinished => switch.ivr_finished(any_call),
        Verb::IvrRoutes => switch.ivr_routes(any_call, to),
        Verb::IvrTries => switch.ivr_tries(any_call, to),
        Verb::Requeue => switch.requeue_waiting(any_call, to.name()),
        Verb::Consult(how) => switch.consult(agent, call, to, how).map(drop),
        Verb::Complete => switch.consult_complete(agent, call),
        Verb::Cancel(retrieve) => switch.consult_cancel(agent, call, retrieve),
        Verb::Swap => switch.swap(agent, call),
        Verb::Merge => switch.merge(agent, call),
        Verb::ConnectHeld => switch.connect_held(agent, call),
        Verb::Add => switch.conference_add(agent, call, to),
        Verb::Remove => switch.conference_remove(agent, call, &member),
        Verb::SetData => switch.set_data(any_call, [(agent, to.name())]),
        Verb::RelayDtmf => switch.relay_dtmf(agent, call, true),
        Verb::CustomerDigits => switch.customer_digits(any_call, "1#").map(drop),
        Verb::Supervise(mode) => switch.supervise(agent, other, mode),
        Verb::SwitchSupervision(mode) => switch.switch_supervision(agent, watched, mode),
        Verb::StopSupervision => switch.stop_supervision(agent, watched),
        Verb::Intercept { named } => switch.intercept(agent, watched, named.then_some(any_call)),
        Verb::MuteMonitored => switch.mute_monitored(agent, watched, true),
        Verb::PickUp => switch.pick_up(agent, rung).map(drop),
        Verb::TakeWaiting => switch.take_waiting(agent, any_call),
        Verb::Serve => {
            switch.serve(agent, to.name());
            Ok(())
        }
        Verb::Unserve => {
            switch.unserve(agent, to.name());
            Ok(())
        }
    }
}

type Seating = BTreeMap<SwitchCallId, BTreeSet<Party>>;

/// Who is in which call, by the events alone.
fn folded(journal: &Journal) -> Seating {
    let mut calls = Seating::new();
    for fact in journal.facts().cloned() {
        match fact {
            SwitchEvent::CallStarted { call, originator, .. } => {
                calls.insert(call, BTreeSet::from([originator]));
            }
            SwitchEvent::Alerting {
                call, target: party, ..
            }
            | SwitchEvent::PartyJoined { call, party } => {
                calls.entry(call).or_default().insert(party);
            }
            SwitchEvent::SentToIvr { call, ivr, .. } => {
                calls.entry(call).or_default().insert(Party::ivr(ivr));
            }
            SwitchEvent::PartyLeft { call, party, .. } => {
                assert!(
                    calls.entry(call).or_default().remove(&party),
                    "{party} left {call} without being in it"
                );
            }
            SwitchEvent::Merged { from, into } => {
                let moved = calls.remove(&from).unwrap_or_default();
                calls.entry(into).or_default().extend(moved);
            }
            SwitchEvent::CallEnded { call, .. } => {
                let left = calls.remove(&call).unwrap_or_default();
                assert!(left.is_empty(), "{call} ended with {left:?} still in it");
            }
            _ => {}
        }
    }
    calls
}

/// Who supervises whom and how, by the events alone.
fn supervised(journal: &Journal) -> BTreeMap<String, Supervision> {
    let mut running = BTreeMap::<String, Supervision>::new();
    for fact in journal.facts().cloned() {
        match fact {
            SwitchEvent::SupervisionStarted { by, agent, mode } => {
                let begun = Supervision {
                    agent,
                    mode,
                    agent_muted: false,
                };
                assert!(running.insert(by, begun).is_none(), "a second supervision\n{journal}");
            }
            SwitchEvent::SupervisionSwitched { by, mode, .. } => {
                running.get_mut(&by).expect("a supervision").mode = mode;
            }
            SwitchEvent::MonitoredMuted { by, on, .. } => {
                running.get_mut(&by).expect("a supervision").agent_muted = on;
            }
            SwitchEvent::SupervisionEnded { by, agent, .. } => {
                let ended = running.remove(&by).expect("a supervision");
                assert_eq!(ended.agent, agent);
            }
            _ => {}
        }
    }
    running
}

fn seated(switch: &Switch) -> Seating {
    switch
        .calls()
        .map(|call| (call.id, call.legs.iter().map(|leg| leg.party.clone()).collect()))
        .collect()
}

/// A customer who is in a live call is somewhere; one who is in none is gone.
fn places_are_true(switch: &Switch) -> Result<(), TestCaseError> {
    for call in switch.calls.values().chain(switch.past.values()) {
        let Some(customer) = call.customer.as_ref() else {
            continue;
        };
        let live = switch.current_id(call.id).and_then(|id| switch.call(id));
        let inside = live.is_some_and(|live| live.leg(customer).is_some());
        let gone = switch.customer_at(call.id) == Some(CustomerPlace::Gone);
        prop_assert_eq!(gone, !inside, "{} and {}\n{}", call.id, customer, switch.journal());
    }
    Ok(())
}
