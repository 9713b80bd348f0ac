//! Waiting, being offered, being passed over, being moved to another queue; IVRs that pass callers on.

use super::*;

fn busy_hour() -> SwitchBuilder {
    office().serves("cas", "sales").queue("help").serves("ann", "help")
}

#[test]
fn a_call_waits_until_an_agent_of_the_queue_is_ready() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    switch.set_ready("ann").unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    switch.set_ready("bob").unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
}

#[test]
fn the_agent_idle_longest_is_offered_the_call_waiting_longest() {
    let mut switch = busy_hour().build();
    switch.set_ready("cas").unwrap();
    switch.set_ready("bob").unwrap();
    let first = switch.place_call(CUSTOMER, &sales()).unwrap();
    let second = switch.place_call(FRIEND, &sales()).unwrap();
    assert_eq!(
        (switch.ringing_at(&cas()), switch.ringing_at(&bob())),
        (Some(first), Some(second))
    );
}

#[test]
fn a_rejected_offer_goes_to_the_next_agent_and_not_back() {
    let mut switch = busy_hour().build();
    switch.set_ready("bob").unwrap();
    switch.set_ready("cas").unwrap();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.reject(&bob(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(cas()));
    switch.no_answer(&cas()).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    switch.set_ready("bob").unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
}

#[test]
fn an_agent_who_misses_an_offer_becomes_busy_where_the_switch_says_so() {
    let mut switch = office_with(|options| options.missed_offer = MissedOffer::BecomesBusy).build();
    switch.set_ready("bob").unwrap();
    switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.no_answer(&bob()).unwrap();
    assert_eq!(
        switch.agent("bob").unwrap().state,
        AgentState::Busy {
            reason: Some("missed".into())
        }
    );
}

#[test]
fn a_waiting_call_is_moved_to_another_queue_while_it_rings() {
    let mut switch = busy_hour().build();
    switch.set_ready("bob").unwrap();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.requeue_waiting(call, "help").unwrap();
    assert_eq!(switch.ringing_at(&bob()), None);
    customer_is(&switch, call, CustomerPlace::InQueue("help".into()));
    assert_eq!(switch.journal().transfers_of(call), 1);
    switch.set_ready("ann").unwrap();
    switch.answer(&ann(), call).unwrap();
    assert!(matches!(
        switch.requeue_waiting(call, "sales"),
        Err(Refusal::WrongState { .. })
    ));
}

#[test]
fn an_agent_freed_by_a_transfer_is_offered_the_next_call() {
    let mut switch = busy_hour().build();
    switch.set_ready("bob").unwrap();
    let first = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.answer(&bob(), first).unwrap();
    let second = switch.place_call(FRIEND, &sales()).unwrap();
    switch.transfer_blind("bob", first, &ann()).unwrap();
    assert_eq!(switch.ringing_at(&bob()), Some(second));
}

#[test]
fn a_full_queue_turns_callers_and_transfers_away() {
    let (mut switch, call) = talking(office().behaves(&sales(), Behaviour::Busy));
    assert_eq!(switch.place_call(FRIEND, &sales()), Err(Refusal::Busy(sales())));
    assert_eq!(
        switch.transfer_blind("ann", call, &sales()),
        Err(Refusal::Busy(sales()))
    );
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn an_ivr_passes_its_caller_on_to_a_queue() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &Party::ivr("pin")).unwrap();
    customer_is(&switch, call, CustomerPlace::InIvr("pin".into()));
    switch.ivr_routes(call, &sales()).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    assert_eq!(switch.journal().transfers_of(call), 0);
}

#[test]
fn a_caller_who_gives_up_in_the_queue_is_gone() {
    let mut switch = office().build();
    let call = switch.place_call(CUSTOMER, &sales()).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.waiting_in("sales").count(), 0);
}

#[test]
fn an_ivr_passes_nobody_on_while_another_party_is_called_in() {
    let (mut switch, call) = talking(office());
    switch
        .consult("ann", call, &Party::ivr("pin"), ConsultRequest::three_way())
        .unwrap();
    switch.conference_add("ann", call, &sales()).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    assert_eq!(
        switch.ivr_routes(call, &friend()),
        Err(Refusal::conflict(call, "a transfer"))
    );
    assert_eq!(switch.check_invariants(), Vec::<String>::new());
}
