//! An IVR flow that passes its caller on and has the caller back when the target cannot be had.

use super::*;

/// What a test lets somebody do about a call.
type Deed = fn(&mut Switch, SwitchCallId);

fn pin() -> Party {
    Party::ivr("pin")
}

fn in_the_flow() -> CustomerPlace {
    CustomerPlace::InIvr("pin".into())
}

/// The customer is with the flow `pin`.
fn listening(office: SwitchBuilder) -> (Switch, SwitchCallId) {
    let mut switch = office.build();
    let call = switch.place_call(CUSTOMER, &pin()).unwrap();
    (switch, call)
}

fn moves(switch: &Switch) -> usize {
    switch.journal().count(|fact| matches!(fact, SwitchEvent::Moved { .. }))
}

#[test]
fn the_flow_stays_until_the_agent_answers() {
    let (mut switch, call) = listening(office());
    let seq = switch.journal().next_seq();
    switch.ivr_tries(call, &bob()).unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
    assert_eq!(switch.call(call).unwrap().state_of(&pin()), Some(LegState::Talking));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
    assert_eq!(
        told_since(&switch, seq),
        [
            "call 1: the caller was moved to agent bob (ivr route)",
            "agent bob is engaged",
            "call 1: agent bob rings",
            "call 1: ivr pin left (transferred)",
            "call 1: agent bob answered",
        ]
        .map(String::from)
    );
}

#[test]
fn a_target_that_turns_the_caller_away_or_does_not_answer_brings_the_caller_back_into_the_flow() {
    let refusals: [(Deed, Cause); 3] = [
        (|switch, call| switch.reject(&bob(), call).unwrap(), Cause::Rejected),
        (|switch, call| switch.hang_up(&bob(), call).unwrap(), Cause::Rejected),
        (|switch, _| switch.no_answer(&bob()).unwrap(), Cause::NoAnswer),
    ];
    for (refuse, cause) in refusals {
        let (mut switch, call) = listening(office());
        switch.ivr_tries(call, &bob()).unwrap();
        let seq = switch.journal().next_seq();
        refuse(&mut switch, call);
        customer_is(&switch, call, in_the_flow());
        assert_eq!(
            told_since(&switch, seq),
            [
                format!("call 1: agent bob left ({cause})"),
                "agent bob is free".into(),
                format!("call 1: ivr pin did not reach agent bob ({cause})"),
                "call 1: in ivr pin".into(),
            ]
        );
        assert_eq!(moves(&switch), 1);
        assert_eq!(switch.customer_digits(call, "1").unwrap().as_deref(), Some("pin"));
    }
}

#[test]
fn a_target_that_rejects_by_itself_or_rings_out_brings_the_caller_back_too() {
    let (mut switch, call) = listening(office().behaves(&friend(), Behaviour::Rejects));
    switch.ivr_tries(call, &friend()).unwrap();
    customer_is(&switch, call, in_the_flow());
    let rings = office().ring_timeout(std::time::Duration::from_secs(20));
    let (mut switch, call) = listening(rings);
    switch.ivr_tries(call, &friend()).unwrap();
    switch.advance(std::time::Duration::from_secs(19));
    customer_is(&switch, call, CustomerPlace::Ringing(friend()));
    switch.advance(std::time::Duration::from_secs(1));
    customer_is(&switch, call, in_the_flow());
}

#[test]
fn an_agent_who_signs_out_while_ringing_leaves_the_caller_in_the_flow() {
    let (mut switch, call) = listening(office());
    switch.ivr_tries(call, &bob()).unwrap();
    switch.force_sign_out("bob").unwrap();
    customer_is(&switch, call, in_the_flow());
}

#[test]
fn a_flow_that_has_its_caller_back_can_try_somebody_else() {
    let (mut switch, call) = listening(office());
    switch.ivr_tries(call, &bob()).unwrap();
    assert!(switch.ivr_tries(call, &cas()).is_err(), "one at a time");
    assert!(switch.ivr_routes(call, &cas()).is_err(), "one at a time");
    assert_eq!(switch.ivr_finished(call), Err(Refusal::conflict(call, "a transfer")));
    switch.reject(&bob(), call).unwrap();
    switch.ivr_tries(call, &cas()).unwrap();
    switch.answer(&cas(), call).unwrap();
    customer_is(&switch, call, with_agent("cas"));
    assert_eq!(moves(&switch), 2, "one for each try");
}

#[test]
fn a_busy_target_is_refused_and_the_flow_has_not_let_go() {
    let (mut switch, call) = listening(office().behaves(&friend(), Behaviour::Busy));
    assert_eq!(switch.ivr_tries(call, &friend()), Err(Refusal::Busy(friend())));
    customer_is(&switch, call, in_the_flow());
    assert_eq!(moves(&switch), 0);
}

#[test]
fn a_queue_has_the_caller_at_once_and_keeps_the_caller_whoever_rejects() {
    let (mut switch, call) = listening(office());
    switch.ivr_tries(call, &sales()).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    assert_eq!(switch.call(call).unwrap().state_of(&pin()), None);
    switch.set_ready("bob").unwrap();
    switch.reject(&bob(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
}

#[test]
fn another_flow_takes_the_caller_over() {
    let office = office().ivr("menu", None);
    let (mut switch, call) = listening(office);
    switch.ivr_tries(call, &Party::ivr("menu")).unwrap();
    customer_is(&switch, call, CustomerPlace::InIvr("menu".into()));
}

#[test]
fn a_caller_who_hangs_up_while_the_target_rings_is_gone_and_the_target_falls_silent() {
    let (mut switch, call) = listening(office());
    switch.ivr_tries(call, &bob()).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.ringing_at(&bob()), None);
}

#[test]
fn a_target_that_answers_and_hangs_up_at_once_had_the_caller() {
    let (mut switch, call) = listening(office().behaves(&friend(), Behaviour::HangsUpAtOnce));
    switch.ivr_tries(call, &friend()).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
}

#[test]
fn a_colleague_may_pick_the_flows_caller_up() {
    let (mut switch, call) = listening(office());
    switch.ivr_tries(call, &bob()).unwrap();
    switch.pick_up("cas", "bob").unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(cas()));
    switch.answer(&cas(), call).unwrap();
    customer_is(&switch, call, with_agent("cas"));
}

#[test]
fn an_agent_who_consults_a_flow_is_not_tried_elsewhere() {
    let (mut switch, call) = talking(office());
    let consult = switch.consult("ann", call, &pin(), ConsultRequest::private()).unwrap();
    let needed = Refusal::wrong_state(consult, "a customer alone with an IVR");
    assert_eq!(switch.ivr_tries(consult, &friend()), Err(needed));
    switch.consult_complete("ann", consult).unwrap();
    customer_is(&switch, call, in_the_flow());
}
