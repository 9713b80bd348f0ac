//! Cas supervises: listening unnoticed, whispering, barging in, taking the customer over from Ann.

use super::SupervisionMode::{BargeIn, Listen, Whisper};
use super::*;

/// Ann talks with the customer and Cas takes part.
fn supervised(mode: SupervisionMode) -> (Switch, SwitchCallId) {
    let (mut switch, call) = talking(office());
    switch.supervise("cas", "ann", mode).unwrap();
    (switch, call)
}

fn all_three() -> CustomerPlace {
    CustomerPlace::InConference(vec![customer(), ann(), cas()])
}

fn ended(cause: Cause) -> SwitchEvent {
    SwitchEvent::SupervisionEnded {
        by: "cas".into(),
        agent: "ann".into(),
        cause,
    }
}

fn was_told(switch: &Switch, fact: &SwitchEvent) -> bool {
    switch.journal().facts().any(|told| told == fact)
}

#[test]
fn nobody_notices_who_listens_or_whispers() {
    for (mode, words) in [
        (Listen, "agent cas listens to agent ann"),
        (Whisper, "agent cas whispers to agent ann"),
    ] {
        let (mut switch, call) = talking(office());
        let (seq, before) = (switch.journal().next_seq(), switch.call(call).cloned());
        switch.supervise("cas", "ann", mode).unwrap();
        assert_eq!(told_since(&switch, seq), [words]);
        assert_eq!(switch.call(call).cloned(), before);
        assert_eq!(switch.calls_of(&cas()).count(), 0);
        customer_is(&switch, call, with_agent("ann"));
    }
}

#[test]
fn who_supervises_whom_can_be_read_from_either_side() {
    let (mut switch, _) = supervised(Listen);
    switch.supervise("bob", "ann", Whisper).unwrap();
    let running = switch.supervision_of("cas").unwrap();
    assert_eq!((running.agent.as_str(), running.mode), ("ann", Listen));
    assert_eq!(switch.supervisors_of("ann"), ["bob", "cas"]);
    assert_eq!(switch.supervision_of("ann"), None);
    assert!(switch.supervisors_of("bob").is_empty());
}

#[test]
fn barging_in_makes_three_who_talk() {
    let (mut switch, call) = talking(office());
    let seq = switch.journal().next_seq();
    switch.supervise("cas", "ann", BargeIn).unwrap();
    assert_eq!(
        told_since(&switch, seq),
        [
            "agent cas barges in on agent ann",
            "agent cas is engaged",
            "call 1: agent cas joined",
            "call 1: conference of outside 2065550100, agent ann, agent cas",
        ]
        .map(String::from)
    );
    customer_is(&switch, call, all_three());
    assert_eq!(switch.journal().transfers_of(call), 0);
}

#[test]
fn barging_in_on_an_agent_without_calls_is_a_call_of_the_two() {
    let mut switch = office().behaves(&ann(), Behaviour::Rejects).build();
    switch.supervise("cas", "ann", BargeIn).unwrap();
    let call = switch.active_call("ann").unwrap();
    let talk = switch.call(call).unwrap();
    assert_eq!((talk.direction, &talk.originator), (Direction::Internal, &cas()));
    assert_eq!(talk.state_of(&ann()), Some(LegState::Talking));
    assert_eq!(talk.state_of(&cas()), Some(LegState::Talking));
    assert_eq!(switch.customer_at(call), None);
    switch.stop_supervision("cas", "ann").unwrap();
    assert_eq!(switch.calls().count(), 0);
    assert_eq!(switch.check_invariants(), Vec::<String>::new());
}

#[test]
fn an_agent_without_a_working_telephone_is_not_barged_in_on() {
    for (behaviour, refusal) in [
        (Behaviour::Busy, Refusal::Busy(ann())),
        (Behaviour::OutOfService, Refusal::OutOfService(ann())),
    ] {
        let mut switch = office().behaves(&ann(), behaviour).build();
        assert_eq!(switch.supervise("cas", "ann", BargeIn), Err(refusal));
        switch.supervise("cas", "ann", Listen).unwrap();
    }
}

#[test]
fn barging_in_waits_for_no_one_while_the_agent_is_not_talking() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    let needs_talk = Refusal::wrong_state(call, "an agent who is talking");
    assert_eq!(switch.supervise("cas", "ann", BargeIn), Err(needs_talk.clone()));
    switch.answer(&ann(), call).unwrap();
    switch.hold("ann", call).unwrap();
    assert_eq!(switch.supervise("cas", "ann", BargeIn), Err(needs_talk));
    switch.retrieve("ann", call).unwrap();
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    assert_eq!(
        switch.supervise("cas", "ann", BargeIn),
        Err(Refusal::conflict(call, "a transfer"))
    );
}

#[test]
fn only_signed_in_agents_supervise_others_and_only_one_at_a_time() {
    let mut switch = office().absent_agent("dan", "7004").build();
    let not_in = || Err(Refusal::NotSignedIn("dan".into()));
    assert_eq!(switch.supervise("dan", "ann", Listen), not_in());
    assert_eq!(switch.supervise("ann", "dan", Listen), not_in());
    assert_eq!(
        switch.supervise("cas", "eve", Listen),
        Err(Refusal::NoSuchParty(Party::agent("eve")))
    );
    assert_eq!(
        switch.supervise("cas", "cas", Listen),
        Err(Refusal::needs("another agent"))
    );
    switch.supervise("cas", "ann", Listen).unwrap();
    assert_eq!(switch.supervise("cas", "bob", Listen), Err(Refusal::supervising()));
}

#[test]
fn an_agent_in_a_call_supervises_nobody() {
    let (mut switch, call) = talking(office());
    assert_eq!(
        switch.supervise("ann", "bob", Listen),
        Err(Refusal::wrong_state(call, "a supervisor without calls"))
    );
}

#[test]
fn without_a_running_supervision_of_this_agent_nothing_can_be_done_with_it() {
    let (mut switch, call) = supervised(Listen);
    let nothing = || Err(Refusal::needs("a running supervision of this agent"));
    assert_eq!(switch.switch_supervision("cas", "bob", Whisper), nothing());
    assert_eq!(switch.stop_supervision("cas", "bob"), nothing());
    assert_eq!(switch.intercept("bob", "ann", None), nothing());
    assert_eq!(switch.mute_monitored("bob", "ann", true), nothing());
    switch.stop_supervision("cas", "ann").unwrap();
    assert_eq!(switch.intercept("cas", "ann", Some(call)), nothing());
    assert_eq!(
        switch.supervise("cas", "ann", Whisper),
        Ok(()),
        "a stopped supervision can begin anew"
    );
}

#[test]
fn a_supervisor_goes_from_listening_into_the_call_and_out_again() {
    let (mut switch, call) = supervised(Listen);
    switch.switch_supervision("cas", "ann", Whisper).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    switch.switch_supervision("cas", "ann", BargeIn).unwrap();
    customer_is(&switch, call, all_three());
    assert_eq!(
        switch.switch_supervision("cas", "ann", BargeIn),
        Err(Refusal::needs("another mode of supervision"))
    );
    let seq = switch.journal().next_seq();
    switch.switch_supervision("cas", "ann", Listen).unwrap();
    assert_eq!(
        told_since(&switch, seq),
        [
            "agent cas now listens to agent ann",
            "call 1: agent cas left (normal)",
            "agent cas is free",
        ]
        .map(String::from)
    );
    customer_is(&switch, call, with_agent("ann"));
    assert_eq!(switch.supervision_of("cas").unwrap().mode, Listen);
}

#[test]
fn a_stopped_barge_in_leaves_customer_and_agent_talking() {
    let (mut switch, call) = supervised(BargeIn);
    switch.stop_supervision("cas", "ann").unwrap();
    customer_is(&switch, call, with_agent("ann"));
    assert!(was_told(&switch, &ended(Cause::Normal)));
    assert_eq!(switch.supervision_of("cas"), None);
    assert_eq!(switch.calls_of(&cas()).count(), 0);
}

#[test]
fn a_supervisor_who_hangs_up_has_stopped() {
    let (mut switch, call) = supervised(BargeIn);
    switch.hang_up(&cas(), call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    assert!(was_told(&switch, &ended(Cause::AgentHungUp)));
    assert_eq!(switch.supervision_of("cas"), None);
}

#[test]
fn an_agent_who_hangs_up_leaves_the_customer_with_who_barged_in() {
    let (mut switch, call) = supervised(BargeIn);
    switch.hang_up(&ann(), call).unwrap();
    customer_is(&switch, call, with_agent("cas"));
    assert!(was_told(&switch, &ended(Cause::AgentHungUp)));
}

#[test]
fn a_customer_who_hangs_up_leaves_agent_and_supervisor_talking() {
    let (mut switch, call) = supervised(BargeIn);
    switch.hang_up(&customer(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.supervision_of("cas").unwrap().mode, BargeIn);
    switch.clear("ann", call).unwrap();
    assert!(was_told(&switch, &ended(Cause::Dropped)));
    assert_eq!(switch.check_invariants(), Vec::<String>::new());
}

#[test]
fn listening_goes_on_from_call_to_call() {
    let (mut switch, call) = supervised(Listen);
    switch.hang_up(&customer(), call).unwrap();
    let next = switch.place_call(FRIEND, &ann()).unwrap();
    switch.answer(&ann(), next).unwrap();
    switch.switch_supervision("cas", "ann", BargeIn).unwrap();
    assert_eq!(
        switch.customer_at(next),
        Some(CustomerPlace::InConference(vec![friend(), ann(), cas()]))
    );
}

#[test]
fn a_merged_consult_takes_the_barged_in_supervisor_along() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.supervise("cas", "ann", BargeIn).unwrap();
    assert!(switch.call(consult).unwrap().leg(&cas()).is_some());
    switch.merge("ann", consult).unwrap();
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), ann(), bob(), cas()]),
    );
    assert_eq!(switch.supervision_of("cas").unwrap().mode, BargeIn);
}

#[test]
fn a_completed_consult_ends_the_barge_in_and_the_supervisor_talks_on() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.supervise("cas", "ann", BargeIn).unwrap();
    switch.consult_complete("ann", consult).unwrap();
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), bob(), cas()]),
    );
    assert!(was_told(&switch, &ended(Cause::Transferred)));
}

#[test]
fn an_intercepting_supervisor_has_the_customer_and_the_agent_is_free() {
    for mode in [Listen, Whisper, BargeIn] {
        let (mut switch, call) = supervised(mode);
        let seq = switch.journal().next_seq();
        switch.intercept("cas", "ann", None).unwrap();
        let told = told_since(&switch, seq);
        assert_eq!(told[0], "call 1: agent cas takes the caller from agent ann");
        assert!(
            told.contains(&"call 1: agent ann left (transferred)".to_owned()),
            "{told:?}"
        );
        assert!(told.contains(&"agent ann is free".to_owned()), "{told:?}");
        assert_eq!(told.contains(&"call 1: agent cas joined".to_owned()), mode != BargeIn);
        customer_is(&switch, call, with_agent("cas"));
        assert!(was_told(&switch, &ended(Cause::Transferred)));
        assert_eq!(switch.supervision_of("cas"), None);
        assert!(!switch.call(call).unwrap().conference);
        assert_eq!(switch.dial("ann", &bob()).map(drop), Ok(()));
    }
}

#[test]
fn a_held_customer_is_intercepted_by_naming_the_call_and_talks_again() {
    let (mut switch, call) = supervised(Listen);
    switch.hold("ann", call).unwrap();
    let second = switch.dial("ann", &friend()).unwrap();
    switch.answer(&friend(), second).unwrap();
    switch.intercept("cas", "ann", Some(call)).unwrap();
    customer_is(&switch, call, with_agent("cas"));
    customer_is(&switch, second, with_agent("ann"));
}

#[test]
fn of_several_calls_the_talking_one_is_intercepted() {
    let (mut switch, call) = supervised(Listen);
    switch.hold("ann", call).unwrap();
    let second = switch.dial("ann", &friend()).unwrap();
    switch.answer(&friend(), second).unwrap();
    switch.intercept("cas", "ann", None).unwrap();
    customer_is(&switch, second, with_agent("cas"));
    customer_is(&switch, call, held_by("ann"));
}

#[test]
fn a_supervisor_intercepts_out_of_a_conference_that_goes_on() {
    let (mut switch, call, consult) = consulting(ConsultRequest::three_way());
    assert_eq!(switch.current_id(consult), Some(call));
    switch.supervise("cas", "ann", Listen).unwrap();
    switch.intercept("cas", "ann", Some(call)).unwrap();
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), bob(), cas()]),
    );
}

#[test]
fn there_is_nothing_to_intercept_without_a_customer_or_during_a_transfer_or_consult() {
    let mut switch = office().build();
    switch.supervise("cas", "ann", BargeIn).unwrap();
    assert_eq!(
        switch.intercept("cas", "ann", None),
        Err(Refusal::needs("an agent with a customer"))
    );
    let (mut switch, call) = supervised(Listen);
    let elsewhere = switch.place_call(FRIEND, &bob()).unwrap();
    assert_eq!(
        switch.intercept("cas", "ann", Some(elsewhere)),
        Err(Refusal::NotInCall {
            party: ann(),
            call: elsewhere
        })
    );
    switch.hang_up(&friend(), elsewhere).unwrap();
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    assert_eq!(
        switch.intercept("cas", "ann", None),
        Err(Refusal::conflict(call, "a transfer"))
    );
    switch.cancel_transfer("ann", call).unwrap();
    switch.consult("ann", call, &bob(), ConsultRequest::private()).unwrap();
    assert_eq!(
        switch.intercept("cas", "ann", None),
        Err(Refusal::conflict(call, "a consult"))
    );
}

#[test]
fn a_supervisor_switches_the_agents_microphone_off_and_on() {
    let (mut switch, call) = supervised(Whisper);
    switch.mute_monitored("cas", "ann", true).unwrap();
    assert!(switch.supervision_of("cas").unwrap().agent_muted);
    assert!(
        !switch.call(call).unwrap().leg(&ann()).unwrap().muted,
        "the agent's own mute is apart"
    );
    switch.mute_monitored("cas", "ann", false).unwrap();
    assert!(!switch.supervision_of("cas").unwrap().agent_muted);
    let changes = switch.journal().facts().filter_map(|fact| match fact {
        SwitchEvent::MonitoredMuted { on, .. } => Some(*on),
        _ => None,
    });
    assert_eq!(changes.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn supervision_ends_when_supervisor_or_agent_signs_out() {
    for leaver in ["cas", "ann"] {
        for mode in [Listen, BargeIn] {
            let (mut switch, call) = supervised(mode);
            switch.force_sign_out(leaver).unwrap();
            assert!(was_told(&switch, &ended(Cause::SignedOut)), "{leaver} {mode:?}");
            assert_eq!(switch.supervision_of("cas"), None);
            let place = match (leaver, mode) {
                ("cas", _) => with_agent("ann"),
                (_, BargeIn) => with_agent("cas"),
                (_, Listen | Whisper) => CustomerPlace::Gone,
            };
            customer_is(&switch, call, place);
        }
    }
}

#[test]
fn a_supervisor_who_listens_has_no_hand_free_for_calls() {
    let (mut switch, _) = supervised(Listen);
    switch.set_ready("cas").unwrap();
    assert_eq!(switch.dial("cas", &friend()), Err(Refusal::supervising()));
    assert_eq!(switch.place_call(FRIEND, &cas()), Err(Refusal::Busy(cas())));
    assert_eq!(switch.supervise("bob", "cas", BargeIn), Err(Refusal::Busy(cas())));
    switch.serve("cas", "sales");
    let waits = switch.place_call(FRIEND, &sales()).unwrap();
    assert_eq!(switch.take_waiting("cas", waits), Err(Refusal::supervising()));
    assert_eq!(switch.ringing_at(&cas()), None);
    switch.stop_supervision("cas", "ann").unwrap();
    assert_eq!(switch.ringing_at(&cas()), Some(waits));
}

#[test]
fn a_supervisor_busy_with_another_call_must_end_it_before_leaving_the_barge_in() {
    let (mut switch, call) = supervised(BargeIn);
    switch.hold("cas", call).unwrap();
    assert_eq!(switch.dial("cas", &bob()), Err(Refusal::supervising()));
    let consult = switch.consult("cas", call, &bob(), ConsultRequest::private()).unwrap();
    assert_eq!(
        switch.switch_supervision("cas", "ann", Listen),
        Err(Refusal::wrong_state(consult, "a supervisor without other calls"))
    );
    switch.consult_cancel("cas", consult, true).unwrap();
    switch.switch_supervision("cas", "ann", Listen).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn a_shared_switch_has_the_same_supervision() {
    let switch = SharedSwitch::new(talking(office()).0);
    switch.supervise("cas", "ann", Listen).unwrap();
    assert_eq!(switch.supervision_of("cas").map(|running| running.mode), Some(Listen));
    assert_eq!(switch.supervisors_of("ann"), ["cas"]);
    switch.switch_supervision("cas", "ann", BargeIn).unwrap();
    switch.mute_monitored("cas", "ann", true).unwrap();
    switch.intercept("cas", "ann", None).unwrap();
    assert_eq!(switch.supervision_of("cas"), None);
}
