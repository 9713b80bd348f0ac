//! The shared handle: events once and in order, listeners that act, listeners that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

#[test]
fn every_listener_hears_the_whole_journal_in_order_from_many_threads() {
    let switch = SharedSwitch::new(office().build());
    let heard = switch.subscribe();
    thread::scope(|scope| {
        for agent in ["ann", "bob", "cas"] {
            let switch = switch.clone();
            scope.spawn(move || {
                for _ in 0..50 {
                    switch.set_ready(agent).unwrap();
                    switch.set_agent_state(agent, AgentState::WrapUp).unwrap();
                }
            });
        }
    });
    let heard: Vec<JournalEntry> = heard.try_iter().collect();
    assert_eq!(heard, switch.journal().entries());
    assert_eq!(heard.len(), 300);
}

#[test]
fn a_listener_may_act_on_the_switch_and_its_events_come_after() {
    let switch = SharedSwitch::new(office().build());
    let told = Arc::new(Mutex::new(Vec::new()));
    let (actor, log) = (switch.clone(), told.clone());
    switch.on_event(Box::new(move |entry| {
        log.lock().unwrap().push(entry.seq);
        if let SwitchEvent::Alerting { call, target, .. } = &entry.what {
            actor.answer(target, *call).unwrap();
        }
    }));
    let call = switch.place_call(CUSTOMER, &ann()).unwrap();
    assert_eq!(switch.customer_at(call), Some(with_agent("ann")));
    let told = told.lock().unwrap().clone();
    assert_eq!(told, (0..switch.journal().next_seq()).collect::<Vec<_>>());
}

#[test]
fn a_listener_that_panics_does_not_silence_the_switch() {
    let switch = SharedSwitch::new(office().build());
    let heard = switch.subscribe();
    switch.on_event(Box::new(|entry| assert!(entry.seq != 0, "first entry")));
    assert!(catch_unwind(AssertUnwindSafe(|| switch.set_ready("ann"))).is_err());
    switch.set_ready("bob").unwrap();
    assert_eq!(heard.try_iter().count(), 2);
}

#[test]
fn a_panic_under_the_lock_does_not_poison_the_switch() {
    let switch = SharedSwitch::new(office().build());
    let heard = switch.subscribe();
    let broken = catch_unwind(AssertUnwindSafe(|| {
        switch.with(|switch| {
            switch.set_ready("ann").unwrap();
            panic!("in the middle")
        })
    }));
    assert!(broken.is_err());
    switch.set_ready("bob").unwrap();
    assert_eq!(heard.try_iter().count(), 2);
}

#[test]
fn the_journal_survives_being_written_down_and_read_back() {
    let (switch, _, _) = consulting(ConsultRequest::three_way());
    let text = serde_json::to_string(switch.journal()).unwrap();
    assert_eq!(&serde_json::from_str::<Journal>(&text).unwrap(), switch.journal());
}
