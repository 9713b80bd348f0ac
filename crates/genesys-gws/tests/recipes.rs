//! What the journal of each recipe says, held against the switch: which steps ran, in which order, how each ended and what was undone, also half-way.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use callcontrol_core::{
    CallControl, Cause, ConsultStep, CustomerAt, Effect, ErrorKind, Executed, LegAction, OpCx, OpId, Outcome,
    OutcomeHandle, PhoneNumber, QueueRef, Receipt, Requeue, SessionState, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::{Attempt, NotSent, Trick};
use callcontrol_simulators::gws::{
    ConsultFailure, EventTiming, GwsFault, GwsOptions, GwsRequests, NotAllowed, Refusals,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use support::*;

/// What is to happen to requests: to the next one with this operation, in the order of the list.
type Orders = Arc<Mutex<VecDeque<(&'static str, Trick)>>>;

/// A contact centre in which things happen to requests as ordered.
struct Room {
    site: Site,
    orders: Orders,
}

async fn room(options: GwsOptions) -> Room {
    let orders = Orders::default();
    let list = Arc::clone(&orders);
    let strike = move |attempt: &Attempt<'_>| {
        let body = attempt.request.body_bytes().map(|body| String::from_utf8_lossy(body));
        let Some(body) = body else { return Trick::Pass };
        let mut list = list.lock().unwrap();
        let fits = |(operation, _): &(&str, Trick)| body.contains(&format!("\"operationName\":\"{operation}\""));
        let at = list.iter().position(fits);
        at.and_then(|at| list.remove(at))
            .map_or(Trick::Pass, |(_, trick)| trick)
    };
    Room {
        site: room_with(options, quick(), strike).await,
        orders,
    }
}

impl Room {
    fn order(&self, operation: &'static str, trick: Trick) {
        self.orders.lock().unwrap().push_back((operation, trick));
    }

    fn refuse(&self, operation: &str) {
        let fault = GwsFault::StatusCode { code: 2, http: 400 };
        self.site
            .sim
            .fail_next(GwsRequests::Operation(operation.to_owned()), fault);
    }

    /// Ann asks for a transfer that completes itself; the handle is there however the command ends.
    async fn release_after(&self, call: &Known) -> (OutcomeHandle, callcontrol_core::Result<Receipt>) {
        let op = OpId::fresh();
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        let cx = OpCx::with_op(op.clone());
        let answer = self.site.gws.transfer(&call.at, request, &cx).await;
        (self.site.gws.outcome_of(&op).unwrap(), answer)
    }

    /// The same, accepted, with Bob behaving so.
    async fn transfer(&mut self, call: &Known, bob_does: Behaviour) -> OutcomeHandle {
        self.site.behaves(&bob(), bob_does);
        let (handle, answer) = self.release_after(call).await;
        let receipt = answer.unwrap();
        let Executed::Emulated { steps, .. } = &receipt.executed else {
            panic!("{:?}", receipt.executed)
        };
        assert_eq!(*steps, ["InitiateTransfer", "wait for Established", "CompleteTransfer"]);
        handle
    }

    /// Waits for the end of everything, and holds what was said against the switch.
    async fn at_rest(&self, call: &Known, handle: &OutcomeHandle, story: &str) -> Outcome {
        handle.wait().await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let said = handle.peek().unwrap();
        assert_true(&self.site, call, &said, story);
        assert!(
            self.site.transfers(call) <= 1 && self.site.sent("CompleteTransfer") <= 1,
            "{story}: moved twice"
        );
        said
    }

    async fn hang_up_customer(&self, call: &Known) {
        let hung_up = |switch: &mut callcontrol_testkit::switch::Switch| switch.hang_up(&customer_phone(), call.switch);
        self.site.switch().with(hung_up).unwrap();
    }

    fn bobs_calls(&self) -> usize {
        self.site.switch().calls_of(&bob()).len()
    }
}

fn steps(handle: &OutcomeHandle) -> Vec<String> {
    handle.steps().iter().map(ToString::to_string).collect()
}

fn place(outcome: &Outcome) -> (Verdict, CustomerAt) {
    (outcome.verdict, outcome.customer)
}

const FAILED_WITH_ANN: (Verdict, CustomerAt) = (Verdict::Failed, CustomerAt::Agent);
const DONE: (Verdict, CustomerAt) = (Verdict::Done, CustomerAt::Target);
const ALL_DONE: [&str; 3] = [
    "InitiateTransfer: done",
    "wait for Established: done",
    "CompleteTransfer: done",
];
const UNDONE: [&str; 2] = ["Hangup (to undo): done", "Retrieve (to undo): done"];

fn held() -> CustomerPlace {
    CustomerPlace::HeldBy(scenery::ANN.0.into())
}

/// A little late, but within everybody's patience.
fn slow() -> Trick {
    Trick::DelayRequest(Duration::from_millis(300))
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_goes_well_has_three_steps_and_nothing_to_undo() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    let handle = room.transfer(&call, Behaviour::Manual).await;
    room.site.event(|event| event.op.is_some()).await;
    eventually(|| (steps(&handle).len() == 2).then_some(())).await;
    assert_eq!(
        steps(&handle),
        ["InitiateTransfer: done", "wait for Established: running"]
    );
    room.site.answers(&bob()).await;
    assert_eq!(place(&room.at_rest(&call, &handle, "well").await), DONE);
    assert_eq!(steps(&handle), ALL_DONE);
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_beginning_is_refused_says_so_and_undoes_only_what_was_done() {
    for (failure, wanted) in [
        (ConsultFailure::ErrorEvent, vec!["InitiateTransfer: failed"]),
        (
            ConsultFailure::HeldThenError,
            vec!["InitiateTransfer: failed", "Retrieve (to undo): done"],
        ),
        (
            ConsultFailure::Released,
            vec![
                "InitiateTransfer: done",
                "wait for Established: failed",
                "Retrieve (to undo): done",
            ],
        ),
        (
            ConsultFailure::LeftDialing,
            vec![
                "InitiateTransfer: done",
                "wait for Established: failed",
                "Hangup (to undo): done",
                "Retrieve (to undo): done",
            ],
        ),
    ] {
        let mut room = room(with(|o| o.consult_failure = failure)).await;
        let call = room.site.talking().await;
        let handle = room.transfer(&call, Behaviour::Busy).await;
        let story = format!("{failure:?}");
        assert_eq!(
            place(&room.at_rest(&call, &handle, &story).await),
            FAILED_WITH_ANN,
            "{story}"
        );
        assert_eq!(steps(&handle), wanted, "{story}");
        assert_eq!(room.site.transfers(&call), 0);
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_refused_by_the_answer_leaves_no_operation_and_no_step_behind() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    room.refuse("InitiateTransfer");
    let op = OpId::fresh();
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
    let cx = OpCx::with_op(op.clone());
    let error = room.site.gws.transfer(&call.at, request, &cx).await.unwrap_err();
    assert_eq!(error.effect(), Effect::None, "{error}");
    assert!(room.site.gws.outcome_of(&op).is_none());
    assert_eq!(
        room.site.customer(&call),
        CustomerPlace::WithAgent(scenery::ANN.0.into())
    );
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_refused_in_silence_failed_at_its_first_step() {
    let mut room = room(with(|o| {
        o.not_allowed = NotAllowed::Event;
        o.refusals = Refusals::Silent;
    }))
    .await;
    let call = room.site.talking().await;
    // The switch does not hear of it, and the server says nothing more.
    let taken = r#"{"statusCode":0}"#.to_owned();
    room.site.sim.fail_next(
        GwsRequests::Operation("InitiateTransfer".into()),
        GwsFault::Body { http: 200, body: taken },
    );
    let handle = room.transfer(&call, Behaviour::Answers).await;
    assert_eq!(place(&room.at_rest(&call, &handle, "silence").await), FAILED_WITH_ANN);
    assert_eq!(steps(&handle), ["InitiateTransfer: failed"]);
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_first_answer_is_lost_goes_on_and_its_journal_with_it() {
    for (trick, wanted, verdict) in [
        (Trick::DropReply, ALL_DONE.to_vec(), DONE),
        (Trick::Reset, ALL_DONE.to_vec(), DONE),
        (
            Trick::DropRequest,
            vec!["InitiateTransfer: unknown"],
            (Verdict::Unknown, CustomerAt::Agent),
        ),
        (Trick::DelayRequest(Duration::from_secs(20)), ALL_DONE.to_vec(), DONE),
    ] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        room.site.behaves(&bob(), Behaviour::Answers);
        let story = format!("{trick:?}");
        room.order("InitiateTransfer", trick);
        let (handle, answer) = room.release_after(&call).await;
        assert_eq!(answer.unwrap_err().effect(), Effect::Unknown, "{story}");
        assert_eq!(place(&room.at_rest(&call, &handle, &story).await), verdict, "{story}");
        assert_eq!(steps(&handle), wanted, "{story}");
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_who_does_not_answer_is_hung_up_and_the_customer_retrieved_unless_the_switch_did_it() {
    for auto_retrieve in [false, true] {
        let mut room = room(with(|o| o.auto_retrieve = auto_retrieve)).await;
        let call = room.site.talking().await;
        let handle = room.transfer(&call, Behaviour::Manual).await;
        let said = room.at_rest(&call, &handle, "no answer").await;
        assert_eq!((place(&said), said.cause), (FAILED_WITH_ANN, Cause::NoAnswer));
        let mut wanted = vec!["InitiateTransfer: done", "wait for Established: failed"];
        wanted.extend(&UNDONE[..if auto_retrieve { 1 } else { 2 }]);
        assert_eq!(steps(&handle), wanted);
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_that_fails_is_undone_and_one_whose_answer_is_lost_is_what_the_switch_says() {
    let undone = |end: &'static str| {
        let mut wanted = vec!["InitiateTransfer: done", "wait for Established: done", end];
        wanted.extend(UNDONE);
        wanted
    };
    for (story, trick, wanted, verdict) in [
        ("refused", None, undone("CompleteTransfer: failed"), FAILED_WITH_ANN),
        ("answer lost", Some(Trick::DropReply), ALL_DONE.to_vec(), DONE),
        ("answer cut", Some(Trick::CutBody), ALL_DONE.to_vec(), DONE),
        (
            "never arrives",
            Some(Trick::DropRequest),
            undone("CompleteTransfer: failed"),
            FAILED_WITH_ANN,
        ),
        (
            "arrives when all is undone",
            Some(Trick::DelayRequest(Duration::from_secs(20))),
            undone("CompleteTransfer: failed"),
            FAILED_WITH_ANN,
        ),
    ] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        match trick {
            Some(trick) => room.order("CompleteTransfer", trick),
            None => room.refuse("CompleteTransfer"),
        }
        let handle = room.transfer(&call, Behaviour::Answers).await;
        assert_eq!(place(&room.at_rest(&call, &handle, story).await), verdict, "{story}");
        assert_eq!(steps(&handle), wanted, "{story}");
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_provably_was_not_sent_is_sent_again_within_its_time() {
    for operation in ["CompleteTransfer", "Retrieve"] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        for _ in 0..2 {
            room.order(operation, Trick::NotSent(NotSent::Refused));
        }
        let behaviour = match operation {
            "CompleteTransfer" => Behaviour::Answers,
            _ => Behaviour::Busy,
        };
        let handle = room.transfer(&call, behaviour).await;
        let said = room.at_rest(&call, &handle, operation).await;
        assert!(room.orders.lock().unwrap().is_empty(), "both tries came to nothing");
        assert_eq!(room.site.sent(operation), 1, "once at the server");
        match operation {
            "CompleteTransfer" => {
                assert_eq!(place(&said), DONE, "{said}");
                assert_eq!(steps(&handle), ALL_DONE, "one step, however many tries");
            }
            _ => {
                assert_eq!(place(&said), FAILED_WITH_ANN, "{said}");
                assert_eq!(steps(&handle).last().unwrap(), "Retrieve (to undo): done");
            }
        }
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_that_cannot_be_sent_at_all_is_undone_after_a_bounded_number_of_tries() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    for _ in 0..100 {
        room.order("CompleteTransfer", Trick::NotSent(NotSent::Refused));
    }
    let handle = room.transfer(&call, Behaviour::Answers).await;
    let said = room.at_rest(&call, &handle, "refused").await;
    assert_eq!(place(&said), FAILED_WITH_ANN, "{said}");
    let tries = 100 - room.orders.lock().unwrap().len();
    assert!((2..=20).contains(&tries), "{tries} tries");
    let mut wanted = vec![
        "InitiateTransfer: done",
        "wait for Established: done",
        "CompleteTransfer: failed",
    ];
    wanted.extend(UNDONE);
    assert_eq!(steps(&handle), wanted);
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_never_sent_again_by_a_recipe() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    let internal = GwsFault::StatusCode { code: 4, http: 500 };
    let which = GwsRequests::Operation("Retrieve".into());
    room.site.sim.fail_next(which, internal);
    let handle = room.transfer(&call, Behaviour::Busy).await;
    let said = room.at_rest(&call, &handle, "refused").await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::AgentHeld), "{said}");
    assert_eq!(steps(&handle).last().unwrap(), "Retrieve (to undo): failed");
    assert_eq!((room.site.sent("Retrieve"), room.site.customer(&call)), (1, held()));
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_stops_half_way_leaves_the_customer_on_hold_and_says_so() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    room.refuse("Hangup");
    let handle = room.transfer(&call, Behaviour::Manual).await;
    let said = room.at_rest(&call, &handle, "hang-up refused").await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::AgentHeld), "{said}");
    assert_eq!(
        steps(&handle)[2..],
        ["Hangup (to undo): failed", "Retrieve (to undo): failed"],
        "the switch retrieves nobody while the consult stands"
    );
    // The agent can still do it by hand.
    let consult = room
        .site
        .gws
        .snapshot(callcontrol_core::Scope::All, &OpCx::new())
        .await
        .unwrap();
    assert_eq!(
        consult.sessions[&room.site.session].calls.len(),
        2,
        "both calls stand, and both are shown"
    );
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_retrieve_whose_answer_is_lost_is_unknown_until_it_shows_and_never_put_down_to_us_when_done_by_hand() {
    for (story, trick, by_hand, end) in [
        ("applied", Trick::DropReply, false, "done"),
        ("late", Trick::DelayRequest(Duration::from_secs(20)), false, "done"),
        ("never, then by hand", Trick::DropRequest, true, "unknown"),
    ] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        room.order("Retrieve", trick);
        let handle = room.transfer(&call, Behaviour::Busy).await;
        if by_hand {
            assert_eq!(handle.wait().await.verdict, Verdict::Unknown, "{story}");
            assert_eq!(steps(&handle).last().unwrap(), "Retrieve (to undo): unknown", "{story}");
            let retrieved = room.site.act(&call, LegAction::Retrieve).await;
            assert!(settled(&retrieved).await.is_done());
            assert_eq!(retrieved.steps(), [], "a native command has no steps");
        }
        let said = room.at_rest(&call, &handle, story).await;
        assert_eq!(place(&said), FAILED_WITH_ANN, "{story}: {said}");
        let last = format!("Retrieve (to undo): {end}");
        assert_eq!(steps(&handle).last(), Some(&last), "{story}");
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_in_any_phase_is_gone_and_leaves_no_consult_dangling() {
    let ringing = [
        "InitiateTransfer: done",
        "wait for Established: failed",
        "Hangup (to undo): done",
    ];
    let handing_over = [
        "InitiateTransfer: done",
        "wait for Established: done",
        "CompleteTransfer: failed",
        "Hangup (to undo): done",
    ];
    for (story, wanted) in [
        ("while the target rings", ringing.to_vec()),
        ("and the consult was never told", ringing.to_vec()),
        ("while the hand-over is on its way", handing_over.to_vec()),
    ] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        let is_untold = story.contains("never told");
        let behaviour = match story.contains("hand-over") {
            true => Behaviour::Answers,
            false => Behaviour::Manual,
        };
        if is_untold {
            room.site.sim.withhold_events(scenery::ANN.0);
        }
        room.order("CompleteTransfer", slow());
        let handle = room.transfer(&call, behaviour).await;
        eventually(|| (room.bobs_calls() == 1).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        room.hang_up_customer(&call).await;
        // Whatever is told of the consult is lost.
        let withheld = room.site.sim.withheld_events(scenery::ANN.0);
        for (at, _) in withheld
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, told)| !told.contains("Released"))
        {
            room.site.sim.drop_event(scenery::ANN.0, at);
        }
        room.site.sim.release_events(scenery::ANN.0);
        let said = room.at_rest(&call, &handle, story).await;
        assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Gone), "{story}: {said}");
        assert_eq!(said.cause, Cause::CustomerHungUp, "{story}");
        assert_eq!(steps(&handle), wanted, "{story}");
        assert_eq!(room.bobs_calls(), 0, "{story}: the consult is left standing");
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_who_hangs_up_before_the_hand_over_gives_the_customer_back() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    room.order("CompleteTransfer", slow());
    let handle = room.transfer(&call, Behaviour::Answers).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let third = room.site.switch().calls_of(&bob()).first().unwrap().id;
    let hung_up = room.site.switch().with(|switch| switch.hang_up(&bob(), third));
    hung_up.unwrap();
    let said = room.at_rest(&call, &handle, "Bob has gone").await;
    assert_eq!((place(&said), said.cause), (FAILED_WITH_ANN, Cause::TargetHungUp));
    assert_eq!(
        steps(&handle),
        [
            "InitiateTransfer: done",
            "wait for Established: done",
            "CompleteTransfer: failed",
            "Retrieve (to undo): done",
        ]
    );
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_taken_back_while_it_rings_records_the_way_back_with_both_commands() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    let handle = room.transfer(&call, Behaviour::Manual).await;
    eventually(|| (room.bobs_calls() == 1).then_some(())).await;
    let cancel = room
        .site
        .gws
        .cancel_transfer(&call.at, handle.op(), &OpCx::new())
        .await
        .unwrap();
    assert_eq!(place(&settled(&cancel).await), (Verdict::Done, CustomerAt::Agent));
    let said = room.at_rest(&call, &handle, "taken back").await;
    assert_eq!((place(&said), said.cause), (FAILED_WITH_ANN, Cause::Cancelled));
    let mut wanted = vec!["InitiateTransfer: done", "wait for Established: failed"];
    wanted.extend(UNDONE);
    assert_eq!(steps(&handle), wanted);
    assert_eq!(steps(cancel.outcome_handle()), ["Hangup: done", "Retrieve: done"]);
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_transfer_cannot_be_taken_back_while_it_is_handed_over_and_nothing_is_undone() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    room.order("CompleteTransfer", slow());
    let handle = room.transfer(&call, Behaviour::Answers).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(steps(&handle).last().unwrap(), "CompleteTransfer: running");
    let error = room
        .site
        .gws
        .cancel_transfer(&call.at, handle.op(), &OpCx::new())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::InvalidState, Effect::None),
        "{error}"
    );
    assert_eq!(place(&room.at_rest(&call, &handle, "too late").await), DONE);
    assert_eq!(steps(&handle), ALL_DONE);
    assert_eq!(room.site.sent("Hangup"), 0);
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_with_the_hand_over_on_its_way_leaves_it_unknown_until_it_is_back() {
    for applied in [true, false] {
        let mut room = room(GwsOptions::default()).await;
        let call = room.site.talking().await;
        room.order("CompleteTransfer", slow());
        let handle = room.transfer(&call, Behaviour::Answers).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        room.site.sim.withhold_events(scenery::ANN.0);
        if applied {
            eventually(|| (room.site.transfers(&call) == 1).then_some(())).await;
        }
        room.site.sim.cut_off();
        let said = handle.wait().await;
        assert_true(&room.site, &call, &said, "in the dark");
        if applied {
            assert_eq!(said.verdict, Verdict::Unknown, "nobody can know: {said}");
            assert!(
                steps(&handle).contains(&"CompleteTransfer: unknown".to_owned()),
                "{:?}",
                steps(&handle)
            );
        }
        room.site.sim.reconnect();
        room.site.sim.release_events(scenery::ANN.0);
        let said = room.at_rest(&call, &handle, "back again").await;
        let is_moved = room.site.transfers(&call) == 1;
        assert_eq!((is_moved, said.is_done()), (applied, applied), "{said}");
        if applied {
            assert!(
                said.late && steps(&handle).contains(&"CompleteTransfer: done".to_owned()),
                "{:?}",
                steps(&handle)
            );
        }
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_in_mid_recipe_leaves_no_step_running() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    let handle = room.transfer(&call, Behaviour::Manual).await;
    eventually(|| (room.bobs_calls() == 1).then_some(())).await;
    room.site
        .sim
        .update_options(|o| o.users[0].password = "another".to_owned());
    room.site.sim.expire_http_sessions();
    loop {
        match room.site.feed.next().await.unwrap() {
            callcontrol_core::FeedItem::Session(notice) if notice.state == SessionState::Lost => break,
            _ => {}
        }
    }
    assert_eq!(handle.peek().unwrap().verdict, Verdict::Unknown);
    assert_eq!(
        steps(&handle),
        ["InitiateTransfer: done", "wait for Established: unknown"]
    );
    room.site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_before_a_requeue_shows_leaves_its_step_unknown() {
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    let taken = r#"{"statusCode":0}"#.to_owned();
    room.site.sim.fail_next(
        GwsRequests::Operation("SingleStepTransfer".into()),
        GwsFault::Body { http: 200, body: taken },
    );
    let receipt = room
        .site
        .gws
        .requeue(&call.at, to_support(), &OpCx::new())
        .await
        .unwrap();
    room.site
        .sim
        .update_options(|o| o.users[0].password = "another".to_owned());
    room.site.sim.expire_http_sessions();
    assert_eq!(settled(&receipt).await.verdict, Verdict::Unknown);
    assert_eq!(steps(receipt.outcome_handle()), ["SingleStepTransfer: unknown"]);
    room.site.sign_out().await;
}

/// Ann takes a consult with Bob back.
async fn taken_back(room: &mut Room, before: impl FnOnce(&Room)) -> (Known, Receipt) {
    let (call, consult) = consulting_bob(&mut room.site).await;
    before(room);
    let cancel = room
        .site
        .gws
        .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
        .await;
    let cancel = cancel.unwrap();
    assert!(
        matches!(&cancel.executed, Executed::Emulated { recipe, steps } if recipe == "hangup-then-retrieve" && *steps == ["Hangup", "Retrieve"])
    );
    (call, cancel)
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_is_taken_back_records_what_the_adapter_did_and_not_what_the_switch_did() {
    for (auto_retrieve, wanted) in [
        (false, &["Hangup: done", "Retrieve: done"][..]),
        (true, &["Hangup: done"]),
    ] {
        let mut room = room(with(|o| o.auto_retrieve = auto_retrieve)).await;
        let (call, cancel) = taken_back(&mut room, |_| ()).await;
        let said = room.at_rest(&call, cancel.outcome_handle(), "taken back").await;
        assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent));
        assert_eq!(steps(cancel.outcome_handle()), wanted);
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_back_whose_steps_fail_or_are_lost_says_which() {
    let hold = (Verdict::Failed, CustomerAt::AgentHeld);
    let with_ann = (Verdict::Done, CustomerAt::Agent);
    type Before = fn(&Room);
    let stories: [(&str, Before, &[&str], _); 5] = [
        (
            "the retrieve is refused",
            |room| room.refuse("Retrieve"),
            &["Hangup: done", "Retrieve: failed"],
            hold,
        ),
        (
            "the answer to the hang-up is lost",
            |room| room.order("Hangup", Trick::DropReply),
            &["Hangup: done", "Retrieve: done"],
            with_ann,
        ),
        (
            "the hang-up never arrives and is sent again",
            |room| room.order("Hangup", Trick::DropRequest),
            &["Hangup: unknown", "Hangup: done", "Retrieve: done"],
            with_ann,
        ),
        (
            "the retrieve never arrives",
            |room| room.order("Retrieve", Trick::DropRequest),
            &["Hangup: done", "Retrieve: unknown"],
            (Verdict::Unknown, CustomerAt::AgentHeld),
        ),
        (
            "the retrieve comes late",
            |room| room.order("Retrieve", Trick::DelayRequest(Duration::from_secs(20))),
            &["Hangup: done", "Retrieve: done"],
            with_ann,
        ),
    ];
    for (story, before, wanted, verdict) in stories {
        let mut room = room(GwsOptions::default()).await;
        let (call, cancel) = taken_back(&mut room, before).await;
        let said = room.at_rest(&call, cancel.outcome_handle(), story).await;
        assert_eq!(place(&said), verdict, "{story}: {said}");
        assert_eq!(steps(cancel.outcome_handle()), wanted, "{story}");
        assert_eq!(cancel.steps(), cancel.outcome_handle().steps());
        room.site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_back_after_somebody_has_gone_does_only_what_is_left_to_do() {
    let mut room_1 = room(GwsOptions::default()).await;
    let (call, consult) = consulting_bob(&mut room_1.site).await;
    let third = room_1.site.switch().calls_of(&bob()).first().unwrap().id;
    room_1
        .site
        .switch()
        .with(|switch| switch.hang_up(&bob(), third))
        .unwrap();
    room_1.site.until_quiet().await;
    let cancel = room_1
        .site
        .gws
        .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
        .await
        .unwrap();
    let said = room_1.at_rest(&call, cancel.outcome_handle(), "Bob has gone").await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Agent));
    assert_eq!(steps(cancel.outcome_handle()), ["Retrieve: done"]);
    room_1.site.sign_out().await;

    let mut room_2 = room(GwsOptions::default()).await;
    let (call, consult) = consulting_bob(&mut room_2.site).await;
    room_2.hang_up_customer(&call).await;
    room_2.site.until_quiet().await;
    let cancel = room_2
        .site
        .gws
        .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
        .await
        .unwrap();
    let said = room_2
        .at_rest(&call, cancel.outcome_handle(), "the customer has gone")
        .await;
    assert_eq!(place(&said), (Verdict::Failed, CustomerAt::Gone));
    assert_eq!(steps(cancel.outcome_handle()), ["Hangup: done"]);
    assert_eq!(room_2.bobs_calls(), 0);
    room_2.site.sign_out().await;
}

fn to_support() -> Requeue {
    Requeue::connected(Target::Queue(QueueRef::Number(PhoneNumber::new("8001").unwrap())))
}

#[tokio::test(start_paused = true)]
async fn a_requeue_has_one_step_that_ends_as_the_operation_does() {
    let (done, unknown, vanished) = (
        (Verdict::Done, CustomerAt::Queue),
        (Verdict::Unknown, CustomerAt::Agent),
        // Moved, or hung up: without an answer nobody can say.
        (Verdict::Unknown, CustomerAt::Unknown),
    );
    for (story, trick, effect, wanted, verdict) in [
        ("accepted", Trick::Pass, None, "done", done),
        (
            "answer lost",
            Trick::DropReply,
            Some(Effect::Unknown),
            "unknown",
            vanished,
        ),
        (
            "never arrives",
            Trick::DropRequest,
            Some(Effect::Unknown),
            "unknown",
            unknown,
        ),
        (
            "comes late",
            Trick::DelayRequest(Duration::from_secs(20)),
            Some(Effect::Unknown),
            "unknown",
            vanished,
        ),
    ] {
        for timing in [
            EventTiming::Free,
            EventTiming::BeforeAnswer(Duration::from_millis(200)),
            EventTiming::AfterAnswer(Duration::from_millis(200)),
        ] {
            let mut room = room(with(|o| o.event_timing = timing)).await;
            let call = room.site.talking().await;
            room.order("SingleStepTransfer", trick.clone());
            let op = OpId::fresh();
            let answer = room
                .site
                .gws
                .requeue(&call.at, to_support(), &OpCx::with_op(op.clone()))
                .await;
            assert_eq!(answer.err().map(|error| error.effect()), effect, "{story}");
            let handle = room.site.gws.outcome_of(&op).unwrap();
            let said = room.at_rest(&call, &handle, story).await;
            assert_eq!(place(&said), verdict, "{story}: {said}");
            assert_eq!(steps(&handle), [format!("SingleStepTransfer: {wanted}")], "{story}");
            assert!(room.site.sent("SingleStepTransfer") <= 1, "{story}");
            room.site.sign_out().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_requeue_that_the_switch_refuses_after_acceptance_failed_at_its_step() {
    let mut room = room(with(|o| o.refusals = Refusals::Event)).await;
    let call = room.site.talking().await;
    room.site.sim.fail_next(
        GwsRequests::Operation("SingleStepTransfer".into()),
        GwsFault::Body {
            http: 200,
            body: r#"{"statusCode":0}"#.to_owned(),
        },
    );
    let receipt = room
        .site
        .gws
        .requeue(&call.at, to_support(), &OpCx::new())
        .await
        .unwrap();
    assert_eq!(steps(receipt.outcome_handle()), ["SingleStepTransfer: running"]);
    room.site.sim.send_error_event(scenery::ANN.0, 527, "no answer");
    let said = room.at_rest(&call, receipt.outcome_handle(), "refused").await;
    assert_eq!(place(&said), FAILED_WITH_ANN, "{said}");
    assert_eq!(steps(receipt.outcome_handle()), ["SingleStepTransfer: failed"]);
    room.site.sign_out().await;
}

/// Everything that can happen to one request of a recipe.
fn cuts() -> Vec<Trick> {
    let (soon, late) = (Duration::from_millis(300), Duration::from_secs(20));
    vec![
        Trick::Pass,
        Trick::NotSent(NotSent::Refused),
        Trick::CutRequest,
        Trick::DropRequest,
        Trick::DelayRequest(soon),
        Trick::DelayRequest(late),
        Trick::DropReply,
        Trick::Reset,
        Trick::DelayReply(soon),
        Trick::DelayReply(late),
        Trick::StallBody,
        Trick::CutBody,
    ]
}

/// One story: what happens to which requests, what Bob does, and when the customer has enough (after the request of the transfer).
async fn cut_story(cut: &[(&'static str, Trick)], bob_does: Behaviour, patience: Option<u64>) -> Verdict {
    let story = format!("{cut:?}, Bob {bob_does:?}, the customer waits {patience:?} ms");
    let mut room = room(GwsOptions::default()).await;
    let call = room.site.talking().await;
    room.orders.lock().unwrap().extend(cut.iter().cloned());
    room.site.behaves(&bob(), bob_does);
    let (op, gws, at) = (OpId::fresh(), Arc::clone(&room.site.gws), call.at.clone());
    let cx = OpCx::with_op(op.clone());
    let asked = tokio::spawn(async move {
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter);
        gws.transfer(&at, request, &cx).await.err().map(|error| error.effect())
    });
    if let Some(patience) = patience {
        tokio::time::sleep(Duration::from_millis(patience)).await;
        // He may have been handed over, or sent away: then it is not Ann whom he leaves.
        let hang_up = |switch: &mut callcontrol_testkit::switch::Switch| switch.hang_up(&customer_phone(), call.switch);
        let _may_be_gone = room.site.switch().with(hang_up);
    }
    let effect = asked.await.unwrap();
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert!(
        room.site.transfers(&call) <= 1 && room.site.sent("CompleteTransfer") <= 1,
        "{story}"
    );
    let handle = room.site.gws.outcome_of(&op);
    if effect == Some(Effect::None) {
        assert!(handle.is_none() && room.site.transfers(&call) == 0, "{story}");
        room.site.sign_out().await;
        return Verdict::Failed;
    }
    let handle = handle.unwrap();
    let (said, taken) = (handle.wait().await, steps(&handle));
    let story = format!("{story}: {said}, {taken:?}");
    let is_moved = room.site.transfers(&call) == 1;
    if said.verdict != Verdict::Unknown {
        assert_eq!(said.is_done(), is_moved, "{story}");
        // Whom he talked to afterwards is no business of the transfer's.
        if patience.is_none() {
            assert_true(&room.site, &call, &said, &story);
        }
    }
    let completed = taken.contains(&"CompleteTransfer: done".to_owned());
    let is_open = taken.contains(&"CompleteTransfer: unknown".to_owned());
    assert!(
        completed == is_moved || (is_open && said.verdict == Verdict::Unknown),
        "{story}"
    );
    assert!(!taken.iter().any(|step| step.ends_with("running")), "{story}");
    if said.customer == CustomerAt::Gone
        && said.verdict != Verdict::Unknown
        && !cut.iter().any(|(cut, _)| *cut == "Hangup")
    {
        assert_eq!(room.bobs_calls(), 0, "{story}: left dangling");
    }
    room.site.sign_out().await;
    said.verdict
}

#[tokio::test(start_paused = true)]
async fn wherever_a_request_of_a_recipe_is_cut_and_whoever_hangs_up_the_journal_and_the_outcome_are_the_switchs() {
    let plots = [
        ("InitiateTransfer", Behaviour::Answers),
        ("InitiateTransfer", Behaviour::Busy),
        ("CompleteTransfer", Behaviour::Answers),
        ("Hangup", Behaviour::Manual),
        ("Retrieve", Behaviour::Busy),
    ];
    let (mut told, mut unknown) = (0, 0);
    for (operation, bob_does) in plots {
        for trick in cuts() {
            for patience in [None, Some(50), Some(1100), Some(3200)] {
                let verdict = cut_story(&[(operation, trick.clone())], bob_does, patience).await;
                told += 1;
                unknown += usize::from(verdict == Verdict::Unknown);
            }
        }
    }
    println!("{told} stories, {unknown} stay unknown");
    assert!(unknown * 10 < told, "{unknown} of {told} stay unknown");
}

#[tokio::test(start_paused = true)]
async fn a_hand_over_and_its_undoing_both_cut_are_never_called_what_they_are_not() {
    let late = Duration::from_secs(20);
    let tricks = [
        Trick::NotSent(NotSent::Refused),
        Trick::CutRequest,
        Trick::DropRequest,
        Trick::DelayRequest(late),
        Trick::DropReply,
    ];
    let (mut told, mut unknown) = (0, 0);
    for complete in &tricks {
        for hang_up in &tricks {
            // He hangs up as Bob answers, when the hand-over is given up, and when Bob is hung up.
            for patience in [None, Some(50), Some(1200), Some(3100), Some(4200)] {
                let cut = [("CompleteTransfer", complete.clone()), ("Hangup", hang_up.clone())];
                let verdict = cut_story(&cut, Behaviour::Answers, patience).await;
                told += 1;
                unknown += usize::from(verdict == Verdict::Unknown);
            }
        }
    }
    println!("{told} stories, {unknown} stay unknown");
    assert!(unknown * 4 < told, "{unknown} of {told} stay unknown");
}

#[tokio::test(start_paused = true)]
async fn wherever_a_way_back_is_cut_and_whoever_hangs_up_the_customer_is_where_it_says() {
    for operation in ["Hangup", "Retrieve"] {
        for trick in cuts() {
            for patience in [None, Some(50), Some(1200)] {
                let story = format!("{operation} {trick:?}, the customer waits {patience:?} ms");
                let mut room = room(GwsOptions::default()).await;
                let (call, consult) = consulting_bob(&mut room.site).await;
                room.order(operation, trick.clone());
                let (op, gws) = (OpId::fresh(), Arc::clone(&room.site.gws));
                let cx = OpCx::with_op(op.clone());
                let asked = tokio::spawn(async move { gws.consult_step(&consult, ConsultStep::Cancel, &cx).await });
                let mut was_over = false;
                if let Some(patience) = patience {
                    tokio::time::sleep(Duration::from_millis(patience)).await;
                    let said = room.site.gws.outcome_of(&op).and_then(|handle| handle.peek());
                    was_over = said.is_some_and(|said| said.is_done());
                    room.hang_up_customer(&call).await;
                }
                let asked = asked.await.unwrap();
                tokio::time::sleep(Duration::from_secs(90)).await;
                if let Err(error) = asked {
                    assert_eq!(error.effect(), Effect::None, "{story}");
                    assert!(room.site.gws.outcome_of(&op).is_none(), "{story}");
                    continue;
                }
                let handle = room.site.gws.outcome_of(&op).unwrap();
                let (said, taken) = (handle.wait().await, steps(&handle));
                let story = format!("{story}: {said}, {taken:?}");
                if !was_over {
                    assert_true(&room.site, &call, &said, &story);
                }
                assert!(!taken.iter().any(|step| step.ends_with("running")), "{story}");
                let retrieved = taken.contains(&"Retrieve: done".to_owned());
                assert!(
                    said.is_done() == (said.customer == CustomerAt::Agent) && said.is_done() == retrieved,
                    "{story}"
                );
                assert!(
                    room.site.sent("Retrieve") <= 1 && room.site.transfers(&call) == 0,
                    "{story}"
                );
                room.site.sign_out().await;
            }
        }
    }
}
