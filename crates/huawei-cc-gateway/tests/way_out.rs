//! A consult of which nobody knows whether it was begun bars the agent's way out for no longer than the doubt lasts, and no longer than somebody asks.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallControl, CallId, CallRef, ConsultRef, ConsultStep, CustomerAt, Effect, ErrorKind, Evidence, LegAction,
    LegState, OpCx, Outcome, Receipt, Result, Scope, SessionId, StartConsult, Target, Transfer, TransferMode,
};
use callcontrol_http::{Attempt, Bytes, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::{CcGatewaySimulator, Mischief};
use callcontrol_testkit::switch::{CustomerPlace, Party, SwitchCallId};
use support::{AGENT, CUSTOMER, HELPER, OUTSIDE, PHONE, agent, in_process, number, queue, sign_in_as};

struct Desk {
    sim: CcGatewaySimulator,
    control: Arc<CcGateway>,
    call: SwitchCallId,
    at: CallRef,
}

fn cx() -> OpCx {
    OpCx::new().within(Duration::from_secs(10))
}

async fn breath() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// An agent in a call, on a link that does `what` to the request that begins a consult.
async fn desk(what: Trick) -> Desk {
    desk_at(&["/innerhelp", "/transfer"], what).await
}

/// The same, with `what` done to the requests whose path ends so.
async fn desk_at(ends: &'static [&'static str], what: Trick) -> Desk {
    let trick = move |attempt: &Attempt<'_>| {
        let shape = attempt.request.path().shape();
        match ends.iter().any(|end| shape.ends_with(end)) {
            true => what.clone(),
            false => Trick::Pass,
        }
    };
    let (sim, control) = in_process(
        |options| options.poll_wait = Duration::from_millis(500),
        CcGatewayConfig::default(),
        trick,
    );
    sim.switch().with(|switch| switch.set_ready(HELPER)).unwrap();
    control.open(sign_in_as(AGENT, PHONE), &cx()).await.unwrap();
    let call = sim
        .switch()
        .with(|switch| switch.place_call(CUSTOMER, &Party::queue("25")))
        .unwrap();
    breath().await;
    let session = SessionId::new(AGENT).unwrap();
    let (ours, _) = legs(&control).await.pop().unwrap();
    let at = CallRef { session, call: ours };
    let desk = Desk { sim, control, call, at };
    assert!(desk.act(LegAction::Answer).await.unwrap().outcome().await.is_done());
    breath().await;
    desk
}

async fn legs(control: &CcGateway) -> Vec<(CallId, LegState)> {
    let snapshot = control.snapshot(Scope::All, &cx()).await.unwrap();
    let view = snapshot.session(&SessionId::new(AGENT).unwrap()).unwrap().clone();
    view.calls.into_iter().map(|(call, view)| (call, view.state)).collect()
}

impl Desk {
    async fn act(&self, what: LegAction) -> Result<Receipt> {
        self.control.act(&self.at.clone().into(), what, &cx()).await
    }

    /// Begins a consult whose answer does not come; gives what is left to go on.
    async fn consult(&self, to: Target) -> ConsultRef {
        let cx = cx();
        let asked = self.control.consult(&self.at, StartConsult::new(to), &cx).await;
        assert_eq!(asked.unwrap_err().effect(), Effect::Unknown);
        ConsultRef {
            id: cx.op.clone(),
            call: self.at.clone(),
        }
    }

    async fn step(&self, consult: &ConsultRef, step: ConsultStep) -> Result<Receipt> {
        self.control.consult_step(consult, step, &cx()).await
    }

    /// From here on the gateway loses every event, or none any more.
    fn loses_events(&self, loses: bool) {
        self.sim
            .update_options(|options| options.event_queue = if loses { 0 } else { 1000 });
    }

    fn place(&self) -> CustomerPlace {
        self.sim.switch().with(|switch| switch.customer_at(self.call)).unwrap()
    }

    fn sent(&self, method: &str, end: &str) -> usize {
        self.sim.requests().count(method, end)
    }

    /// The agent hangs up with the customer and with nobody else.
    async fn hangs_up(&self) -> Outcome {
        let released = self.act(LegAction::Release).await.unwrap();
        let said = released.within(Duration::from_secs(30)).await.unwrap();
        assert_eq!((said.is_done(), said.customer), (true, CustomerAt::Gone), "{said}");
        assert_eq!(self.place(), CustomerPlace::Gone);
        assert_eq!(self.sent("DELETE", "/release"), 0, "that would hand the customer over");
        said
    }

    async fn hangs_up_plainly(&self) {
        assert!(self.act(LegAction::Release).await.unwrap().outcome().await.is_done());
        assert_eq!(self.place(), CustomerPlace::Gone);
        self.control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_help_that_was_never_asked_for_is_in_nobodys_way_once_the_gateway_is_asked() {
    for what in [Trick::CutRequest, Trick::DropRequest] {
        for to in [agent(HELPER), queue("26")] {
            let desk = desk(what.clone()).await;
            desk.consult(to).await;
            desk.hangs_up().await;
            desk.control.shutdown(&cx()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_help_that_never_was_the_call_can_be_held_and_consulted_for_again() {
    let desk = desk(Trick::CutRequest).await;
    let first = desk.consult(agent(HELPER)).await;
    breath().await;
    breath().await;
    assert!(desk.act(LegAction::Hold).await.unwrap().outcome().await.is_done());
    assert!(desk.act(LegAction::Retrieve).await.unwrap().outcome().await.is_done());
    let said = desk.control.outcome_of(&first.id).unwrap().peek();
    assert!(
        said.is_none_or(|said| !said.is_done() && said.customer != CustomerAt::Gone),
        "nothing has shown it"
    );
    let error = desk.step(&first, ConsultStep::Cancel).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
    assert_eq!(legs(&desk.control).await, [(desk.at.call.clone(), LegState::Talking)]);
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_to_the_agent_who_was_to_be_consulted_does_not_make_the_lost_help_one_that_bars_the_way() {
    let desk = desk_at(&["/innerhelp"], Trick::CutRequest).await;
    let consult = desk.consult(agent(HELPER)).await;
    breath().await;
    breath().await;
    let transfer = Transfer::new(agent(HELPER), TransferMode::ReleaseAfter);
    let transferred = desk.control.transfer(&desk.at, transfer, &cx()).await.unwrap();
    breath().await;
    let helper = Party::agent(HELPER);
    let rejected = desk.sim.switch().with(|switch| {
        let call = switch.calls_of(&helper).next().map(|call| call.id).unwrap();
        switch.reject(&helper, call)
    });
    rejected.unwrap();
    assert_eq!(transferred.outcome().await.customer, CustomerAt::Agent);
    let error = desk.step(&consult, ConsultStep::Cancel).await.unwrap_err();
    assert!(error.to_string().contains("lists no such consult"), "{error}");
    desk.hangs_up().await;
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_help_that_was_accepted_without_an_id_and_is_not_listed_is_in_nobodys_way() {
    let accepted = Trick::Answer {
        status: 200,
        content_type: "application/json",
        body: Bytes::from_static(br#"{"message":"","retcode":"0"}"#),
    };
    let desk = desk_at(&["/innerhelp"], accepted).await;
    let asked = StartConsult::new(agent(HELPER));
    let started = desk.control.consult(&desk.at, asked, &cx()).await.unwrap();
    // Something is lost, so that there is a doubt at all.
    desk.sim.fail_next("agentevent", Mischief::LostReply);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let error = desk.step(&started.consult, ConsultStep::Cancel).await.unwrap_err();
    assert!(error.to_string().contains("lists no such consult"), "{error}");
    desk.hangs_up().await;
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_help_that_nothing_has_shown_was_not_begun_once_its_request_cannot_arrive_any_more() {
    for gap in [false, true] {
        let desk = desk(Trick::CutRequest).await;
        let consult = desk.consult(agent(HELPER)).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let said = || desk.control.outcome_of(&consult.id).unwrap().peek();
        assert_eq!(said(), None, "it may still arrive");
        if gap {
            desk.sim.fail_next("agentevent", Mischief::LostReply);
        }
        tokio::time::sleep(Duration::from_secs(140)).await;
        match gap {
            false => {
                let said = said().unwrap();
                assert_eq!(
                    (said.is_done(), said.is_unknown(), said.customer, said.evidence),
                    (false, false, CustomerAt::Agent, Evidence::Snapshot)
                );
                let error = desk.step(&consult, ConsultStep::Cancel).await.unwrap_err();
                assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
            }
            true => assert_eq!(said(), None, "it may have been there and gone unheard"),
        }
        desk.hangs_up_plainly().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_does_not_list_leaves_time_for_the_command_itself() {
    let desk = desk(Trick::CutRequest).await;
    desk.sim
        .fail_times(9, "allcallid", &Mischief::SlowReply(Duration::from_secs(60)));
    desk.consult(agent(HELPER)).await;
    let begun = tokio::time::Instant::now();
    let short = OpCx::new().within(Duration::from_secs(4));
    let at = desk.at.clone().into();
    let refused = desk.control.act(&at, LegAction::Release, &short).await.unwrap_err();
    assert_eq!(
        (refused.kind(), begun.elapsed()),
        (ErrorKind::InvalidState, Duration::from_secs(2)),
        "{refused}"
    );
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_help_that_is_there_though_its_answer_was_lost_is_found_and_cancelled() {
    for deaf in [false, true] {
        let desk = desk(Trick::Reset).await;
        desk.loses_events(deaf);
        let consult = desk.consult(agent(HELPER)).await;
        breath().await;
        let error = desk.act(LegAction::Release).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
        assert!(
            error.to_string().contains(consult.id.as_str()),
            "the way out is named: {error}"
        );
        desk.loses_events(false);
        let cancelled = desk.step(&consult, ConsultStep::Cancel).await.unwrap();
        let said = cancelled.within(Duration::from_secs(30)).await.unwrap();
        assert_eq!(
            (said.is_done(), said.customer),
            (true, CustomerAt::Agent),
            "deaf {deaf}: {said}"
        );
        assert_eq!(desk.place(), CustomerPlace::WithAgent(AGENT.into()));
        breath().await;
        assert!(desk.act(LegAction::Release).await.unwrap().outcome().await.is_done());
        desk.control.shutdown(&cx()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_talk_forwarding_in_doubt_is_ended_by_asking_the_gateway_to_take_it_back() {
    let desk = desk(Trick::CutRequest).await;
    let consult = desk.consult(number(OUTSIDE)).await;
    breath().await;
    let error = desk.act(LegAction::Release).await.unwrap_err();
    assert!(
        error.to_string().contains(consult.id.as_str()) && error.to_string().contains("cancel it first"),
        "{error}"
    );
    let none = desk.step(&consult, ConsultStep::Cancel).await.unwrap_err();
    assert_eq!((none.native_code(), none.effect()), (Some("200-012"), Effect::None));
    desk.hangs_up().await;
    desk.control.shutdown(&cx()).await;
}

#[tokio::test(start_paused = true)]
async fn a_talk_forwarding_whose_answer_was_lost_is_shown_by_its_events() {
    let desk = desk(Trick::Reset).await;
    let consult = desk.consult(number(OUTSIDE)).await;
    breath().await;
    let states: Vec<LegState> = legs(&desk.control).await.into_iter().map(|(_, state)| state).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    let cancelled = desk.step(&consult, ConsultStep::Cancel).await.unwrap();
    assert_eq!(cancelled.outcome().await.customer, CustomerAt::Agent);
    breath().await;
    assert_eq!(legs(&desk.control).await, [(desk.at.call.clone(), LegState::Talking)]);
    desk.hangs_up_plainly().await;
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_begins_late_after_all_is_shown_and_can_be_cancelled() {
    for to in [agent(HELPER), number(OUTSIDE)] {
        let desk = desk(Trick::DelayRequest(Duration::from_secs(20))).await;
        let consult = desk.consult(to.clone()).await;
        if to == agent(HELPER) {
            breath().await;
            breath().await;
            assert!(desk.act(LegAction::Mute).await.unwrap().outcome().await.is_done());
        }
        tokio::time::sleep(Duration::from_secs(15)).await;
        let states: Vec<LegState> = legs(&desk.control).await.into_iter().map(|(_, state)| state).collect();
        assert_eq!(states.len(), 2, "{to}: {states:?}");
        let error = desk.act(LegAction::Release).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidState,
            "{to}: it would hand the customer over"
        );
        let cancelled = desk.step(&consult, ConsultStep::Cancel).await.unwrap();
        assert_eq!(cancelled.outcome().await.customer, CustomerAt::Agent, "{to}");
        breath().await;
        desk.hangs_up_plainly().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_help_whose_end_was_lost_is_over_when_the_gateway_lists_it_no_more() {
    let desk = desk(Trick::Pass).await;
    let started = desk
        .control
        .consult(&desk.at, StartConsult::new(agent(HELPER)), &cx())
        .await
        .unwrap();
    breath().await;
    desk.loses_events(true);
    let helper = Party::agent(HELPER);
    let rejected = desk.sim.switch().with(|switch| {
        let call = switch.calls_of(&helper).next().map(|call| call.id).unwrap();
        switch.reject(&helper, call)
    });
    rejected.unwrap();
    assert!(desk.act(LegAction::Release).await.is_err(), "nothing was told");
    assert_eq!(legs(&desk.control).await, [(desk.at.call.clone(), LegState::Talking)]);
    let error = desk.step(&started.consult, ConsultStep::Complete).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    desk.loses_events(false);
    desk.hangs_up_plainly().await;
}
