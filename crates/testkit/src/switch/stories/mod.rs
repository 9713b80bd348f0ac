//! What the switch does, told as telephone stories. The office of these stories: Ann, Bob and Cas at their desks,
//! the queue `sales` served by Bob, the IVR flow `pin`, and two telephones outside.

mod conferences;
mod consults;
mod everyday;
mod flows;
mod pickups;
mod queues;
mod sharing;
mod supervision;
mod transfers;

use super::*;

const CUSTOMER: &str = "2065550100";
const FRIEND: &str = "2065550200";

fn office() -> SwitchBuilder {
    SwitchBuilder::new()
        .agent("ann", "7001")
        .agent("bob", "7002")
        .agent("cas", "7003")
        .queue_with(Queue::new("sales").named("Sales").numbered("8000").routed("R1"))
        .serves("bob", "sales")
        .ivr("pin", Some("9000"))
        .outside(CUSTOMER)
        .outside(FRIEND)
}

fn office_with(change: impl FnOnce(&mut SwitchOptions)) -> SwitchBuilder {
    office().configure(change)
}

fn ann() -> Party {
    Party::agent("ann")
}

fn bob() -> Party {
    Party::agent("bob")
}

fn cas() -> Party {
    Party::agent("cas")
}

fn customer() -> Party {
    Party::outside(CUSTOMER)
}

fn friend() -> Party {
    Party::outside(FRIEND)
}

fn sales() -> Party {
    Party::queue("sales")
}

/// The customer talks with Ann.
fn talking(office: SwitchBuilder) -> (Switch, SwitchCallId) {
    let mut switch = office.build();
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    switch.answer(&ann(), call).unwrap();
    (switch, call)
}

/// Ann talks privately with Bob about the customer, who is on hold.
fn consulting(how: ConsultRequest) -> (Switch, SwitchCallId, SwitchCallId) {
    let (mut switch, call) = talking(office());
    let consult = switch.consult("ann", call, &bob(), how).unwrap();
    switch.answer(&bob(), consult).unwrap();
    (switch, call, consult)
}

/// Fails with the timeline when the customer is elsewhere or the switch is not sound.
#[track_caller]
fn customer_is(switch: &Switch, call: SwitchCallId, place: CustomerPlace) {
    assert_eq!(switch.customer_at(call), Some(place), "\n{}", switch.journal());
    assert_eq!(
        switch.check_invariants(),
        Vec::<String>::new(),
        "\n{}",
        switch.journal()
    );
}

/// The timeline from this sequence number on, without numbers and times.
fn told_since(switch: &Switch, seq: u64) -> Vec<String> {
    switch
        .journal()
        .since(seq)
        .iter()
        .map(|entry| entry.what.to_string())
        .collect()
}

fn with_agent(id: &str) -> CustomerPlace {
    CustomerPlace::WithAgent(id.into())
}

fn held_by(id: &str) -> CustomerPlace {
    CustomerPlace::HeldBy(id.into())
}

fn failed_with(switch: &Switch, wanted: TransferKind) -> Option<Cause> {
    switch.journal().facts().rev().find_map(|fact| match fact {
        SwitchEvent::TransferFailed { kind, cause, .. } if *kind == wanted => Some(*cause),
        _ => None,
    })
}
