//! The consult with its four endings, and everybody hanging up in the middle of it.

use super::*;

#[test]
fn a_private_consult_holds_the_customer_and_is_handed_over() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    customer_is(&switch, call, held_by("ann"));
    customer_is(&switch, consult, held_by("ann"));
    switch.consult_complete("ann", consult).unwrap();
    customer_is(&switch, call, with_agent("bob"));
    customer_is(&switch, consult, with_agent("bob"));
    assert_eq!(switch.current_id(consult), Some(call));
    assert_eq!(switch.calls_of(&ann()).count(), 0);
    assert_eq!(switch.journal().transfers_of(call), 1);
}

#[test]
fn a_call_is_known_by_the_id_of_one_that_went_into_it_as_long_as_it_lives_whatever_is_forgotten() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.consult_complete("ann", consult).unwrap();
    switch.forget_before(switch.journal().next_seq());
    assert_eq!(switch.current_id(consult), Some(call));
    switch.hold("bob", call).unwrap();
    switch.forget_before(switch.journal().next_seq());
    assert_eq!(switch.current_id(consult), Some(call));
    assert_eq!(switch.check_invariants(), Vec::<String>::new());
    switch.hang_up(&customer(), call).unwrap();
    switch.forget_before(switch.journal().next_seq());
    assert_eq!((switch.current_id(consult), switch.past_calls()), (None, 0));
    assert_eq!(switch.check_invariants(), Vec::<String>::new());
}

#[test]
fn a_consult_completed_while_the_target_rings_leaves_the_customer_with_the_ringing() {
    let (mut switch, call) = talking(office());
    let consult = switch.consult("ann", call, &bob(), ConsultRequest::private()).unwrap();
    switch.consult_complete("ann", call).unwrap();
    customer_is(&switch, consult, CustomerPlace::Ringing(bob()));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
}

#[test]
fn a_consult_with_a_queue_completed_early_leaves_the_customer_in_the_queue() {
    let (mut switch, call) = talking(office());
    let consult = switch
        .consult("ann", call, &sales(), ConsultRequest::private())
        .unwrap();
    customer_is(&switch, call, held_by("ann"));
    switch.consult_complete("ann", consult).unwrap();
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
    switch.set_ready("bob").unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
}

#[test]
fn a_cancelled_consult_brings_the_customer_back_or_leaves_the_hold() {
    for (retrieve, place) in [(true, with_agent("ann")), (false, held_by("ann"))] {
        let (mut switch, call, consult) = consulting(ConsultRequest::private());
        switch.consult_cancel("ann", consult, retrieve).unwrap();
        customer_is(&switch, call, place);
        assert_eq!(switch.calls_of(&bob()).count(), 0);
    }
}

#[test]
fn a_failed_consult_leaves_what_the_request_says() {
    for (how, place) in [
        (ConsultRequest::private(), held_by("ann")),
        (ConsultRequest::private().with_auto_retrieve(), with_agent("ann")),
    ] {
        let (mut switch, call) = talking(office());
        let consult = switch.consult("ann", call, &bob(), how).unwrap();
        switch.no_answer(&bob()).unwrap();
        customer_is(&switch, call, place);
        assert_eq!(switch.past_call(consult).unwrap().ended.unwrap().cause, Cause::NoAnswer);
    }
}

#[test]
fn a_consult_with_somebody_unreachable_ends_as_the_switch_is_set() {
    for (option, place) in [
        (UnreachableConsult::Refused, with_agent("ann")),
        (UnreachableConsult::Released, held_by("ann")),
        (UnreachableConsult::LeftDialing, held_by("ann")),
    ] {
        let office = office_with(|options| options.consult = option).behaves(&bob(), Behaviour::Busy);
        let (mut switch, call) = talking(office);
        let consult = switch.consult("ann", call, &bob(), ConsultRequest::private());
        assert_eq!(consult.is_ok(), option != UnreachableConsult::Refused);
        customer_is(&switch, call, place);
        let dialling = consult.ok().and_then(|consult| switch.call(consult)).is_some();
        assert_eq!(dialling, option == UnreachableConsult::LeftDialing);
        if dialling {
            assert!(switch.consult_complete("ann", call).is_err());
            switch.consult_cancel("ann", call, true).unwrap();
            customer_is(&switch, call, with_agent("ann"));
        }
    }
}

#[test]
fn the_customer_hangs_up_during_the_consult_and_the_agents_talk_on() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.hang_up(&customer(), call).unwrap();
    customer_is(&switch, consult, CustomerPlace::Gone);
    assert!(switch.consult_complete("ann", consult).is_err());
    switch.hang_up(&ann(), consult).unwrap();
    assert_eq!(switch.calls().count(), 0);
}

#[test]
fn the_consulted_agent_hangs_up_and_the_customer_is_still_on_hold() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.hang_up(&bob(), consult).unwrap();
    let ended = |fact: &SwitchEvent| {
        matches!(
            fact,
            SwitchEvent::ConsultEnded {
                cause: Cause::TargetHungUp,
                ..
            }
        )
    };
    assert_eq!(switch.journal().count(ended), 1);
    customer_is(&switch, call, held_by("ann"));
}

#[test]
fn hanging_up_the_consult_cancels_it() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private().with_auto_retrieve());
    switch.hang_up(&ann(), consult).unwrap();
    assert_eq!(
        switch
            .journal()
            .count(|fact| matches!(fact, SwitchEvent::ConsultCancelled { .. })),
        1
    );
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn a_swap_puts_the_consulted_agent_on_hold_and_back() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.swap("ann", call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    assert_eq!(switch.call(consult).unwrap().state_of(&ann()), Some(LegState::Held));
    switch.swap("ann", call).unwrap();
    customer_is(&switch, call, held_by("ann"));
}

#[test]
fn the_customer_hangs_up_between_swap_and_complete() {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.swap("ann", consult).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    assert!(switch.consult_complete("ann", consult).is_err());
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.call(consult).unwrap().state_of(&ann()), Some(LegState::Held));
}

#[test]
fn a_held_and_an_active_call_are_connected_without_a_consult() {
    let (mut switch, call) = talking(office());
    switch.hold("ann", call).unwrap();
    let second = switch.dial("ann", &friend()).unwrap();
    switch.answer(&friend(), second).unwrap();
    switch.connect_held("ann", call).unwrap();
    customer_is(&switch, call, CustomerPlace::AtTarget(friend()));
    assert_eq!(switch.calls_of(&ann()).count(), 0);
}

#[test]
fn a_consult_follows_its_original_into_another_call() {
    let (mut switch, _, consult) = consulting(ConsultRequest::private());
    let about = switch
        .consult("bob", consult, &cas(), ConsultRequest::private())
        .unwrap();
    switch.consult_complete("ann", consult).unwrap();
    switch.answer(&cas(), about).unwrap();
    switch.consult_complete("bob", about).unwrap();
    customer_is(&switch, about, with_agent("cas"));
}

#[test]
fn a_three_way_consult_about_a_call_that_came_to_wait_does_not_join_it() {
    let mut switch = office().queue("help").build();
    let call = switch.dial("bob", &ann()).unwrap();
    switch.answer(&ann(), call).unwrap();
    let how = ConsultRequest::three_way().without_hold();
    let consult = switch.consult("ann", call, &friend(), how).unwrap();
    switch.transfer_blind("bob", call, &Party::queue("help")).unwrap();
    switch.answer(&friend(), consult).unwrap();
    assert_eq!(switch.current_id(consult), Some(consult));
    assert_eq!(
        switch.check_invariants(),
        Vec::<String>::new(),
        "\n{}",
        switch.journal()
    );
}
