//! Calling, answering, holding, hanging up; who is reached by which address.

use std::time::Duration;

use super::*;

#[test]
fn a_call_is_placed_rings_is_answered_and_ends_once() {
    let (mut switch, call) = talking(office());
    switch.hang_up(&customer(), call).unwrap();
    assert_eq!(
        told_since(&switch, 0),
        [
            "call 1: outside 2065550100 calls agent ann",
            "agent ann is engaged",
            "call 1: agent ann rings",
            "call 1: agent ann answered",
            "call 1: outside 2065550100 left (caller hung up)",
            "call 1: agent ann left (caller hung up)",
            "agent ann is free",
            "call 1: ended (caller hung up)",
        ]
        .map(String::from)
    );
    customer_is(&switch, call, CustomerPlace::Gone);
}

#[test]
fn a_held_customer_hears_music_until_retrieved() {
    let (mut switch, call) = talking(office());
    switch.hold("ann", call).unwrap();
    customer_is(&switch, call, held_by("ann"));
    switch.retrieve("ann", call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn an_agent_with_an_active_call_cannot_retrieve_another() {
    let (mut switch, call) = talking(office());
    switch.hold("ann", call).unwrap();
    let second = switch.dial("ann", &bob()).unwrap();
    switch.answer(&bob(), second).unwrap();
    assert!(matches!(switch.retrieve("ann", call), Err(Refusal::WrongState { .. })));
    customer_is(&switch, call, held_by("ann"));
}

#[test]
fn a_customer_who_gives_up_while_it_rings_leaves_the_agent_free() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.calls_of(&ann()).count(), 0);
}

#[test]
fn nobody_answers_within_the_ring_time_out() {
    let mut switch = office().ring_timeout(Duration::from_secs(20)).build();
    let call = switch.dial("ann", &friend()).unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(friend()));
    switch.advance(Duration::from_secs(19));
    assert!(switch.call(call).is_some());
    switch.advance(Duration::from_secs(11));
    let failed = SwitchEvent::DialFailed {
        call,
        by: ann(),
        to: friend(),
        cause: Cause::NoAnswer,
    };
    let entry = switch
        .journal()
        .entries()
        .iter()
        .find(|entry| entry.what == failed)
        .unwrap();
    assert_eq!(entry.at, Duration::from_secs(20));
    assert_eq!(switch.now(), Duration::from_secs(30));
}

#[test]
fn a_busy_number_is_refused_or_fails_as_the_switch_is_set() {
    let mut lenient = office().behaves(&friend(), Behaviour::Busy).build();
    let call = lenient.dial("ann", &friend()).unwrap();
    assert_eq!(lenient.past_call(call).unwrap().ended.unwrap().cause, Cause::Busy);
    let strict = office_with(|options| options.dial = Unreachable::Refused);
    let mut strict = strict.behaves(&friend(), Behaviour::Busy).build();
    assert_eq!(strict.dial("ann", &friend()), Err(Refusal::Busy(friend())));
    assert!(strict.journal().entries().is_empty());
}

#[test]
fn a_number_nobody_declared_is_unknown_unless_any_number_goes() {
    let mut switch = office().build();
    let stranger = Party::outside("555");
    assert_eq!(
        switch.can_reach(&stranger),
        Err(Refusal::UnknownDestination(stranger.clone()))
    );
    let mut options = switch.options().clone();
    options.any_number = true;
    switch.set_options(options);
    let call = switch.dial("ann", &stranger).unwrap();
    switch.answer(&stranger, call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn every_address_leads_to_its_party() {
    let switch = office().build();
    for (dialled, party) in [
        ("7001", ann()),
        ("ann", ann()),
        ("8000", sales()),
        ("R1", sales()),
        ("Sales", sales()),
        ("sales", sales()),
        ("9000", Party::ivr("pin")),
        ("pin", Party::ivr("pin")),
        (CUSTOMER, customer()),
    ] {
        assert_eq!(switch.resolve(dialled), Some(party), "{dialled}");
    }
    assert_eq!(switch.resolve("4711"), None);
}

#[test]
fn an_agent_wraps_up_after_a_call_unless_set_to_stay_ready() {
    let mut switch = office().build();
    for (stays_ready, state) in [(true, AgentState::Ready), (false, AgentState::WrapUp)] {
        switch.set_auto_idle("ann", stays_ready).unwrap();
        switch.set_ready("ann").unwrap();
        let call = switch.place_call(CUSTOMER, &ann()).unwrap();
        switch.answer(&ann(), call).unwrap();
        switch.hang_up(&ann(), call).unwrap();
        assert_eq!(switch.agent("ann").unwrap().state, state);
    }
}

#[test]
fn an_agent_signed_out_by_force_leaves_no_customer_behind() {
    let (mut switch, call) = talking(office());
    assert!(matches!(switch.sign_out("ann"), Err(Refusal::WrongState { .. })));
    switch.force_sign_out("ann").unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.dial("ann", &bob()), Err(Refusal::NotSignedIn("ann".into())));
}

#[test]
fn a_second_sign_in_conflicts_unless_forced() {
    let mut switch = office().build();
    assert!(matches!(switch.sign_in("ann"), Err(Refusal::Conflict { .. })));
    switch.force_sign_in("ann").unwrap();
    let displaced = |fact: &SwitchEvent| {
        matches!(
            fact,
            SwitchEvent::SignedOut {
                cause: Cause::Displaced,
                ..
            }
        )
    };
    assert_eq!(switch.journal().count(displaced), 1);
}

#[test]
fn call_data_stays_with_the_customer_through_a_consult() {
    let (mut switch, call) = talking(office());
    switch.set_data(call, [("topic", "billing")]).unwrap();
    let consult = switch.consult("ann", call, &bob(), ConsultRequest::private()).unwrap();
    assert_eq!(switch.call(consult).unwrap().data["topic"], "billing");
    switch
        .set_data(consult, [("topic", "private note"), ("tier", "gold")])
        .unwrap();
    switch.answer(&bob(), consult).unwrap();
    switch.consult_complete("ann", consult).unwrap();
    let data = &switch.call(call).unwrap().data;
    assert_eq!((data["topic"].as_str(), data["tier"].as_str()), ("billing", "gold"));
    switch.clear_data(call).unwrap();
    assert!(switch.call(call).unwrap().data.is_empty());
}

#[test]
fn only_digits_are_sent_as_tones() {
    let (mut switch, call) = talking(office());
    switch.send_dtmf("ann", call, "12*#").unwrap();
    assert_eq!(switch.send_dtmf("ann", call, "one"), Err(Refusal::Invalid("digits")));
    assert_eq!(
        switch
            .journal()
            .count(|fact| matches!(fact, SwitchEvent::DtmfSent { .. })),
        1
    );
}
