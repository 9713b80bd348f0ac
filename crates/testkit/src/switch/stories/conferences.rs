//! Three and more in one call: how it comes about and who is left when one goes.

use super::*;

fn conference() -> (Switch, SwitchCallId) {
    let (mut switch, call, consult) = consulting(ConsultRequest::private());
    switch.merge("ann", consult).unwrap();
    (switch, call)
}

#[test]
fn a_merged_consult_lives_on_under_the_original() {
    let (switch, call) = conference();
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), ann(), bob()]),
    );
    assert_eq!(switch.calls().count(), 1);
    assert_eq!(switch.journal().transfers_of(call), 0);
}

#[test]
fn a_three_way_consult_becomes_a_conference_when_answered() {
    let (switch, call, consult) = consulting(ConsultRequest::three_way().without_hold());
    assert_eq!(switch.current_id(consult), Some(call));
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), ann(), bob()]),
    );
    assert_eq!(
        switch.journal().count(|fact| matches!(fact, SwitchEvent::Held { .. })),
        0
    );
}

#[test]
fn whoever_leaves_a_conference_of_three_leaves_two_talking() {
    for (leaver, place) in [
        (ann(), with_agent("bob")),
        (bob(), with_agent("ann")),
        (customer(), CustomerPlace::Gone),
    ] {
        let (mut switch, call) = conference();
        switch.hang_up(&leaver, call).unwrap();
        customer_is(&switch, call, place);
        let call = switch.call(call).unwrap();
        assert_eq!((call.legs.len(), call.conference), (2, false));
    }
}

#[test]
fn a_removed_party_is_out_and_the_agent_keeps_the_customer() {
    let (mut switch, call) = conference();
    switch.conference_remove("ann", call, &bob()).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn a_party_called_straight_into_the_call_joins_when_it_answers() {
    let (mut switch, call) = talking(office());
    switch.conference_add("ann", call, &friend()).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    switch.answer(&friend(), call).unwrap();
    customer_is(
        &switch,
        call,
        CustomerPlace::InConference(vec![customer(), ann(), friend()]),
    );
}

#[test]
fn a_party_that_does_not_come_leaves_the_call_as_it_was() {
    let (mut switch, call) = talking(office());
    switch.conference_add("ann", call, &friend()).unwrap();
    switch.reject(&friend(), call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    switch.transfer_blind("ann", call, &bob()).unwrap();
}

#[test]
fn the_customers_keys_reach_an_ivr_in_the_conference_only_when_relayed() {
    let (mut switch, call) = talking(office());
    assert!(switch.relay_dtmf("ann", call, true).is_err());
    switch.conference_add("ann", call, &Party::ivr("pin")).unwrap();
    assert_eq!(switch.customer_digits(call, "1").unwrap(), None);
    switch.relay_dtmf("ann", call, true).unwrap();
    assert_eq!(switch.customer_digits(call, "2").unwrap().as_deref(), Some("pin"));
}

#[test]
fn an_agent_who_holds_a_conference_leaves_the_others_talking() {
    let (mut switch, call) = conference();
    switch.hold("ann", call).unwrap();
    assert!(matches!(switch.customer_at(call), Some(CustomerPlace::InConference(_))));
    switch.hang_up(&bob(), call).unwrap();
    customer_is(&switch, call, held_by("ann"));
}

#[test]
fn clearing_a_conference_ends_it_for_everybody() {
    let (mut switch, call) = conference();
    switch.clear("bob", call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.calls().count(), 0);
}
