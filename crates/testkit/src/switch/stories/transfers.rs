//! Blind, release-after and suspend transfers, and what the target or the customer can do to them.

use super::*;

const REACHES_NOBODY: [(Behaviour, Cause); 3] = [
    (Behaviour::Busy, Cause::Busy),
    (Behaviour::OutOfService, Cause::OutOfService),
    (Behaviour::Rejects, Cause::Rejected),
];

#[test]
fn blind_the_agent_is_out_at_once_and_the_target_rings() {
    let (mut switch, call) = talking(office());
    switch.transfer_blind("ann", call, &bob()).unwrap();
    assert_eq!(switch.calls_of(&ann()).count(), 0);
    assert_eq!(switch.call(call).unwrap().transferred_from.as_deref(), Some("ann"));
    customer_is(&switch, call, CustomerPlace::Ringing(bob()));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
    assert_eq!(switch.journal().transfers_of(call), 1);
}

#[test]
fn blind_to_a_busy_target_is_refused_and_the_call_stays() {
    let (mut switch, call) = talking(office().behaves(&bob(), Behaviour::Busy));
    assert_eq!(switch.transfer_blind("ann", call, &bob()), Err(Refusal::Busy(bob())));
    customer_is(&switch, call, with_agent("ann"));
    assert_eq!(switch.journal().transfers_of(call), 0);
}

#[test]
fn blind_to_a_busy_target_can_also_fail_after_the_agent_is_out() {
    let office = office_with(|options| options.blind = UnreachableBlind::FailsAfterRelease);
    let (mut switch, call) = talking(office.behaves(&bob(), Behaviour::Busy));
    switch.transfer_blind("ann", call, &bob()).unwrap();
    assert_eq!(failed_with(&switch, TransferKind::Blind), Some(Cause::Busy));
    customer_is(&switch, call, CustomerPlace::Gone);
}

#[test]
fn blind_unanswered_the_agent_is_rung_again_where_the_switch_recalls() {
    let (mut switch, call) = talking(office_with(|options| {
        options.blind_unanswered = BlindUnanswered::RecallsAgent
    }));
    switch.transfer_blind("ann", call, &friend()).unwrap();
    switch.no_answer(&friend()).unwrap();
    customer_is(&switch, call, CustomerPlace::Ringing(ann()));
    switch.answer(&ann(), call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn blind_to_a_queue_the_agent_is_out_when_the_queue_has_the_call() {
    let (mut switch, call) = talking(office());
    let seq = switch.journal().next_seq();
    switch.transfer_blind("ann", call, &sales()).unwrap();
    assert_eq!(
        told_since(&switch, seq),
        [
            "call 1: agent ann transfers to queue sales (blind)",
            "call 1: agent ann moved the caller to queue sales (blind)",
            "call 1: waits in queue sales",
            "call 1: transfer to queue sales succeeded (blind)",
            "call 1: agent ann left (transferred)",
            "agent ann is free",
        ]
        .map(String::from)
    );
    customer_is(&switch, call, CustomerPlace::InQueue("sales".into()));
}

#[test]
fn release_after_the_agent_talks_on_until_the_target_answers() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    assert!(matches!(
        switch.transfer_blind("ann", call, &cas()),
        Err(Refusal::Conflict { .. })
    ));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
    assert_eq!(switch.calls_of(&ann()).count(), 0);
    assert_eq!(switch.journal().transfers_of(call), 1);
}

#[test]
fn release_after_to_somebody_who_cannot_be_reached_the_agent_keeps_the_customer() {
    for (behaviour, cause) in REACHES_NOBODY {
        let (mut switch, call) = talking(office().behaves(&friend(), behaviour));
        switch.transfer_release_after("ann", call, &friend()).unwrap();
        assert_eq!(failed_with(&switch, TransferKind::ReleaseAfter), Some(cause));
        customer_is(&switch, call, with_agent("ann"));
        assert_eq!(switch.journal().transfers_of(call), 0);
    }
}

#[test]
fn release_after_to_a_queue_lasts_until_an_agent_of_it_answers() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &sales()).unwrap();
    customer_is(&switch, call, with_agent("ann"));
    switch.set_ready("bob").unwrap();
    customer_is(&switch, call, with_agent("ann"));
    switch.answer(&bob(), call).unwrap();
    customer_is(&switch, call, with_agent("bob"));
}

#[test]
fn release_after_cancelled_the_target_falls_silent() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    switch.cancel_transfer("ann", call).unwrap();
    assert_eq!(failed_with(&switch, TransferKind::ReleaseAfter), Some(Cause::Cancelled));
    assert!(matches!(switch.answer(&bob(), call), Err(Refusal::NotInCall { .. })));
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn release_after_answered_before_the_cancel_the_answer_wins() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    switch.answer(&bob(), call).unwrap();
    assert!(matches!(
        switch.cancel_transfer("ann", call),
        Err(Refusal::NotInCall { .. })
    ));
    customer_is(&switch, call, with_agent("bob"));
}

#[test]
fn release_after_the_customer_hangs_up_while_the_target_rings() {
    let (mut switch, call) = talking(office());
    switch.transfer_release_after("ann", call, &bob()).unwrap();
    switch.hang_up(&customer(), call).unwrap();
    assert_eq!(
        failed_with(&switch, TransferKind::ReleaseAfter),
        Some(Cause::CallerHungUp)
    );
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(switch.ringing_at(&bob()), None);
}

#[test]
fn release_after_the_target_answers_and_hangs_up_at_once() {
    let (mut switch, call) = talking(office().behaves(&friend(), Behaviour::HangsUpAtOnce));
    switch.transfer_release_after("ann", call, &friend()).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    assert_eq!(
        switch.past_call(call).unwrap().ended.unwrap().cause,
        Cause::TargetHungUp
    );
    assert_eq!(switch.journal().transfers_of(call), 1);
}

#[test]
fn suspended_the_customer_comes_back_from_the_ivr_to_the_same_agent() {
    let (mut switch, call) = talking(office());
    switch.suspend_to_ivr("ann", call, "pin").unwrap();
    customer_is(&switch, call, CustomerPlace::InIvr("pin".into()));
    assert_eq!(switch.call(call).unwrap().state_of(&ann()), Some(LegState::Parked));
    assert_eq!(switch.customer_digits(call, "1234").unwrap().as_deref(), Some("pin"));
    switch.ivr_finished(call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn suspended_the_agent_hangs_up_and_the_customer_ends_with_the_flow() {
    let (mut switch, call) = talking(office());
    switch.suspend_to_ivr("ann", call, "pin").unwrap();
    switch.hang_up(&ann(), call).unwrap();
    customer_is(&switch, call, CustomerPlace::InIvr("pin".into()));
    switch.ivr_finished(call).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
}

#[test]
fn suspended_the_customer_hangs_up_in_the_ivr_and_the_agent_is_free() {
    let (mut switch, call) = talking(office());
    switch.suspend_to_ivr("ann", call, "pin").unwrap();
    switch.hang_up(&customer(), call).unwrap();
    assert_eq!(failed_with(&switch, TransferKind::Suspend), Some(Cause::CallerHungUp));
    customer_is(&switch, call, CustomerPlace::Gone);
}

#[test]
fn suspended_and_cancelled_the_agent_has_the_customer_again() {
    let (mut switch, call) = talking(office());
    switch.suspend_to_ivr("ann", call, "pin").unwrap();
    switch.cancel_transfer("ann", call).unwrap();
    customer_is(&switch, call, with_agent("ann"));
}

#[test]
fn an_ivr_that_hangs_up_at_once_leaves_its_other_caller_alone() {
    let (mut switch, call) = talking(office());
    let other = switch.place_call(FRIEND, &Party::ivr("pin")).unwrap();
    switch
        .set_behaviour(&Party::ivr("pin"), Behaviour::HangsUpAtOnce)
        .unwrap();
    switch.transfer_blind("ann", call, &Party::ivr("pin")).unwrap();
    customer_is(&switch, call, CustomerPlace::Gone);
    customer_is(&switch, other, CustomerPlace::InIvr("pin".into()));
}
