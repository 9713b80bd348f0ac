//! A shutdown with commands on their way: each ends, none is said to be done that was not shown, the idle agents are signed out, no task is left.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::time::Duration;

use callcontrol_core::{
    AgentStateRequest, CallControl, CallRef, Effect, ErrorKind, Evidence, LegAction, OpCx, Scope, SessionId, Transfer,
    TransferMode, Verdict,
};
use callcontrol_http::{Attempt, Trick};
use callcontrol_huawei_cc_gateway::CcGatewayConfig;
use callcontrol_testkit::switch::{CustomerPlace, Party};
use support::{AGENT, CUSTOMER, HELPER, PHONE, agent, cx, in_process, sign_in_as};

fn alive() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn a_transfer_under_way_ends_as_unknown_and_no_task_is_left() {
    let before = alive();
    // Its answer comes after everything is over.
    let trick = |attempt: &Attempt<'_>| match attempt.request.path().shape().ends_with("/transfer") {
        true => Trick::DelayReply(Duration::from_secs(5)),
        false => Trick::Pass,
    };
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), trick);
    sim.switch().with(|switch| switch.set_ready(HELPER)).unwrap();
    let session = SessionId::new(AGENT).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    let call = sim
        .switch()
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let snapshot = control.snapshot(Scope::All, &cx()).await.unwrap();
    let ours = snapshot.session(&session).unwrap().calls.keys().next().unwrap().clone();
    let at = CallRef {
        session: session.clone(),
        call: ours,
    };
    let answered = control.act(&at.clone().into(), LegAction::Answer, &cx()).await.unwrap();
    assert!(answered.outcome().await.is_done());

    let order = cx();
    let transfer = Transfer::new(agent(HELPER), TransferMode::ReleaseAfter);
    let sending = control.transfer(&at, transfer, &order);
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        control.shutdown(&OpCx::new().within(Duration::from_secs(3))).await;
        control.outcome_of(&order.op).unwrap().wait().await
    };
    let (sent, said) = tokio::join!(sending, stopping);
    assert_eq!(
        (said.verdict, said.evidence),
        (Verdict::Unknown, Evidence::SessionEnded),
        "{said}"
    );
    assert!(sent.is_ok_and(|receipt| {
        receipt
            .outcome_handle()
            .peek()
            .is_some_and(|said| said.verdict == Verdict::Unknown)
    }));
    assert_eq!(sim.requests().count("POST", "/transfer"), 1);
    let place = sim.switch().with(|switch| switch.customer_at(call)).unwrap();
    assert_eq!(
        place,
        CustomerPlace::WithAgent(AGENT.into()),
        "a call that is up does not end with us"
    );
    // The gateway's own side of a poll goes on until its wait is over.
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(alive(), before, "tasks left");

    let busy = AgentStateRequest::NotReady { reason: None };
    let error = control.set_agent_state(&session, busy, &cx()).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Closed, Effect::None));
}

#[tokio::test(start_paused = true)]
async fn every_idle_agent_is_signed_out_also_from_a_broken_link() {
    let before = alive();
    let (sim, control) = in_process(|_| {}, CcGatewayConfig::default(), support::all_well);
    for (who, phone) in [(AGENT, PHONE), (HELPER, "40102")] {
        control
            .open(
                sign_in_as(who, phone).displace(callcontrol_core::Displace::Always),
                &cx(),
            )
            .await
            .unwrap();
    }
    sim.fail_times(
        2,
        "agentevent",
        &callcontrol_simulators::cc_gateway::Mischief::LostReply,
    );
    tokio::time::sleep(Duration::from_secs(11)).await;
    control.shutdown(&cx()).await;
    assert!(!sim.is_signed_in(AGENT) && !sim.is_signed_in(HELPER));
    assert_eq!(sim.requests().count("DELETE", "/logout"), 2);
    assert_eq!(alive(), before, "tasks left");
}
