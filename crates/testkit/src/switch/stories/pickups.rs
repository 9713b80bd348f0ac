//! Agents who take what was not meant for them: a colleague's ringing telephone, a call that waits; who serves what.

use super::*;

#[test]
fn a_colleagues_ringing_call_is_picked_up_and_answered() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    let seq = switch.journal().next_seq();
    assert_eq!(switch.pick_up("bob", "ann"), Ok(call));
    assert_eq!(
        told_since(&switch, seq),
        [
            "call 1: agent bob picks it up from agent ann",
            "call 1: agent ann left (cancelled)",
            "agent ann is free",
            "agent bob is engaged",
            "call 1: agent bob rings",
        ]
        .map(String::from)
    );
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
}

#[test]
fn a_queues_offer_that_was_picked_up_and_let_pass_goes_back_to_the_queue() {
    let mut switch = office().build();
    switch.set_ready("bob").unwrap();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.pick_up("cas", "bob").unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(cas()));
    switch.reject(&cas(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
}

#[test]
fn a_transfer_to_a_colleague_succeeds_when_another_picks_it_up() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    switch.pick_up("cas", "bob").unwrap();
    switch.answer(&cas(), call).unwrap();
    customer_is(&switch, call, with_agent("cas"));
    assert_eq!(switch.journal().transfers_of(call), 1);
}

#[test]
fn only_a_customers_ringing_call_is_picked_up_and_only_with_both_hands_free() {
    let mut switch = office().absent_agent("dan", "7004").build();
    assert_eq!(switch.pick_up("bob", "ann"), Err(Refusal::needs("a ringing party")));
    assert_eq!(
        switch.pick_up("bob", "eve"),
        Err(Refusal::NoSuchParty(Party::agent("eve")))
    );
    let internal = switch.dial("ann", &bob()).unwrap();
    assert_eq!(
        switch.pick_up("cas", "bob"),
        Err(Refusal::wrong_state(internal, "a call with a customer"))
    );
    switch.hang_up(&ann(), internal).unwrap();
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    assert_eq!(switch.pick_up("dan", "ann"), Err(Refusal::NotSignedIn("dan".into())));
    assert_eq!(
        switch.pick_up("ann", "ann"),
        Err(Refusal::wrong_state(call, "an agent without calls"))
    );
    switch.supervise("cas", "bob", SupervisionMode::Listen).unwrap();
    assert_eq!(switch.pick_up("cas", "ann"), Err(Refusal::supervising()));
    switch.set_behaviour(&bob(), Behaviour::OutOfService).unwrap();
    assert_eq!(switch.pick_up("bob", "ann"), Err(Refusal::OutOfService(bob())));
    customer_is(&switch, call, CustomerPlace::Ringing(ann()));
}

#[test]
fn an_agent_asks_for_a_waiting_call_without_serving_its_queue() {
    let mut switch = office().build();
    let first = switch.place_call(CUSTOMER, &sales()).unwrap();
    let second = switch.place_call(FRIEND, &sales()).unwrap();
    switch.take_waiting("ann", second).unwrap();
    customer_is(&switch, second, CustomerPlace::Ringing(ann()));
    customer_is(&switch, first, CustomerPlace::InQueue("sales".into()));
    switch.answer(&ann(), second).unwrap();
    customer_is(&switch, second, with_agent("ann"));
    assert_eq!(switch.waiting_in("sales").collect::<Vec<_>>(), [first]);
}

#[test]
fn a_call_asked_for_while_it_is_offered_falls_silent_there() {
    let mut switch = office().build();
    switch.set_ready("bob").unwrap();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.take_waiting("ann", call).unwrap();
    assert_eq!(switch.ringing_at(&bob()), None);
    customer_is(&switch, call, CustomerPlace::Ringing(ann()));
}

#[test]
fn a_call_that_does_not_wait_or_an_agent_with_a_call_asks_in_vain() {
    let (mut switch, call) = talking(office());
    assert_eq!(
        switch.take_waiting("bob", call),
        Err(Refusal::wrong_state(call, "a call that waits in a queue"))
    );
    let waits = switch.place_call(FRIEND, &sales()).unwrap();
    switch.hold("ann", call).unwrap();
    assert_eq!(
        switch.take_waiting("ann", waits),
        Err(Refusal::wrong_state(call, "an agent without calls"))
    );
    let never = SwitchCallId::new(99);
    assert_eq!(switch.take_waiting("bob", never), Err(Refusal::NoSuchCall(never)));
}

#[test]
fn an_agent_who_serves_a_queue_no_longer_is_offered_nothing_more_from_it() {
    let mut switch = office().build();
    switch.set_ready("bob").unwrap();
    let rings = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.unserve("bob", "sales");
    customer_is(&switch, rings, CustomerPlace::Ringing(bob()));
    switch.reject(&bob(), rings).unwrap();
    switch.set_ready("bob").unwrap();
    customer_is(&switch, rings, CustomerPlace::InQueue("sales".into()));
    switch.serve("bob", "sales");
    customer_is(&switch, rings, CustomerPlace::Ringing(bob()));
}

#[test]
fn the_switch_lists_its_ivr_flows() {
    let switch = office().ivr("menu", None).build();
    let flows: Vec<(&str, Option<&str>)> = switch
        .ivrs()
        .map(|ivr| (ivr.code.as_str(), ivr.number.as_deref()))
        .collect();
    assert_eq!(flows, [("menu", None), ("pin", Some("9000"))]);
}
