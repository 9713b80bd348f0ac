//! Asking afterwards whether a transfer to a number was recorded: only a new record of this session and this number settles its outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use callcontrol_core::{
    AdoptState, CallControl, CloseSession, CustomerAt, Effect, EventKind, Evidence, FeedItem, Filter, OpCx, Provenance,
    RobotMode, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_huawei_oifde::OifdeConfig;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::stage::{Stage, voice};
use crate::support::{
    Play, ROBOT, Script, adapter, adapter_with, adopt, bob, config, no, open, supervised, transfer, yes,
};

const NUMBER: &str = "88880006";

fn asking() -> OifdeConfig {
    let mut settings = config();
    settings.ask_transfer_records = true;
    settings
}

fn number() -> Target {
    Target::number(NUMBER).expect("valid")
}

fn record(session: &str, number: &str) -> Value {
    json!({ "id": "1", "callId": session, "transfNumber": number })
}

/// Records as they are at each time they are asked for; the last ones stay.
fn recording(lists: Vec<Vec<Value>>) -> Arc<Script> {
    let mut asked = 0;
    Script::with_tokens(move |seen| {
        if !seen.is("/queryTransferRecordHistory") {
            return yes();
        }
        let list = &lists[asked.min(lists.len() - 1)];
        asked += 1;
        Play::Json(json!({ "errorCode": 0, "errorMessage": "", "total": list.len(), "transferRecordList": list }))
    })
}

fn asked(script: &Script) -> usize {
    script.count("/queryTransferRecordHistory")
}

#[tokio::test(start_paused = true)]
async fn a_new_record_of_this_session_and_number_says_that_the_target_was_reached() {
    let script = recording(vec![vec![], vec![], vec![record(ROBOT, NUMBER)]]);
    let oifde = adapter_with(asking(), &script);
    let call = supervised(&oifde).await;
    let mut feed = oifde.subscribe(Filter::all());
    let begun = Instant::now();
    let receipt = transfer(&oifde, &call, number()).await.expect("accepted");
    assert_eq!(receipt.outcome_handle().peek(), None, "accepted, and not more");
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.evidence, outcome.customer),
        (Verdict::Done, Evidence::Snapshot, CustomerAt::Target)
    );
    assert_eq!(begun.elapsed(), Duration::from_secs(10), "asked every five seconds");
    assert_eq!((asked(&script), script.changes()), (3, 1));
    let body = script.last().body;
    assert_eq!((&body["callId"], &body["pageNum"]), (&json!(ROBOT), &json!("1")));
    let mut kinds = Vec::new();
    oifde.shutdown(&OpCx::new()).await;
    while let Some(item) = feed.next().await {
        if let FeedItem::Event(event) = item {
            assert_eq!(
                (event.provenance, &event.op),
                (Provenance::Derived, &Some(receipt.op.clone()))
            );
            kinds.push(event.kind.clone());
        }
    }
    assert_eq!(kinds.last(), Some(&EventKind::Transferred));
}

#[tokio::test(start_paused = true)]
async fn what_shows_nothing_new_leaves_the_outcome_unknown_when_the_time_is_over() {
    let (other_session, other_number) = (record("s-2", NUMBER), record(ROBOT, "88880007"));
    for lists in [
        vec![vec![]],
        vec![vec![], vec![other_session, other_number]],
        vec![vec![record(ROBOT, NUMBER)]],
    ] {
        let script = recording(lists);
        let oifde = adapter_with(asking(), &script);
        let call = supervised(&oifde).await;
        let begun = Instant::now();
        let outcome = transfer(&oifde, &call, number())
            .await
            .expect("accepted")
            .outcome()
            .await;
        assert_eq!(
            (outcome.verdict, outcome.evidence, outcome.customer),
            (Verdict::Unknown, Evidence::AcceptedOnly, CustomerAt::Unknown)
        );
        assert_eq!(begun.elapsed(), Duration::from_secs(120));
        let count = asked(&script);
        assert_eq!(count, 1 + 24);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(asked(&script), count, "asking has an end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_transfer_to_the_same_number_does_not_take_the_first_ones_record() {
    let script = recording(vec![vec![], vec![record(ROBOT, NUMBER)]]);
    let oifde = adapter_with(asking(), &script);
    let call = supervised(&oifde).await;
    assert!(
        transfer(&oifde, &call, number())
            .await
            .expect("accepted")
            .outcome()
            .await
            .is_done()
    );
    let call = adopt(
        &oifde,
        &call.session,
        ROBOT,
        AdoptState::RobotVoice(RobotMode::Supervision),
    )
    .await;
    let again = transfer(&oifde, &call, number())
        .await
        .expect("accepted")
        .outcome()
        .await;
    assert_eq!(again.verdict, Verdict::Unknown);
}

#[tokio::test(start_paused = true)]
async fn without_the_setting_and_for_other_targets_nothing_is_asked() {
    for (settings, to) in [(config(), number()), (asking(), bob())] {
        let script = recording(vec![vec![record(ROBOT, NUMBER)]]);
        let oifde = adapter_with(settings, &script);
        let call = supervised(&oifde).await;
        let receipt = transfer(&oifde, &call, to).await.expect("accepted");
        let outcome = receipt.outcome_handle().peek().expect("settled at once");
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AcceptedOnly)
        );
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(asked(&script), 0);
    }
    let oifde = adapter(&Script::willing());
    assert!(format!("{oifde:?}").contains("tasks: 0"));
}

#[tokio::test(start_paused = true)]
async fn where_the_records_cannot_be_counted_before_the_transfer_goes_out_all_the_same() {
    for failure in [
        || no("7"),
        || Play::html(403),
        || Play::Hang,
        || Play::Reset,
        || Play::Json(json!({})),
    ] {
        let script = Script::with_tokens(move |seen| if seen.is("RecordHistory") { failure() } else { yes() });
        let oifde = adapter_with(asking(), &script);
        let call = supervised(&oifde).await;
        let receipt = transfer(&oifde, &call, number()).await.expect("accepted");
        let outcome = receipt.outcome_handle().peek().expect("settled at once");
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AcceptedOnly)
        );
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!((asked(&script), script.changes()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_fails_on_the_way_is_asked_again_at_the_next_time() {
    let count = Arc::new(AtomicUsize::new(0));
    let script = Script::with_tokens(move |seen| {
        if !seen.is("/queryTransferRecordHistory") {
            return yes();
        }
        let list = |list: Value| Play::Json(json!({ "errorCode": 0, "transferRecordList": list }));
        match count.fetch_add(1, Ordering::Relaxed) {
            0 => list(json!([])),
            1 => Play::html(503),
            2 => Play::Hang,
            _ => list(json!([record(ROBOT, NUMBER)])),
        }
    });
    let oifde = adapter_with(asking(), &script);
    let call = supervised(&oifde).await;
    assert!(
        transfer(&oifde, &call, number())
            .await
            .expect("accepted")
            .outcome()
            .await
            .is_done()
    );
    assert_eq!((asked(&script), script.changes()), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn asking_ends_with_the_session_with_a_shutdown_and_with_the_adapter() {
    for end in 0..3 {
        let script = recording(vec![vec![]]);
        let oifde = adapter_with(asking(), &script);
        let session = open(&oifde).await;
        let call = adopt(&oifde, &session, ROBOT, AdoptState::RobotVoice(RobotMode::Supervision)).await;
        let receipt = transfer(&oifde, &call, number()).await.expect("accepted");
        let cx = OpCx::new();
        match end {
            0 => drop(
                oifde
                    .close(&session, CloseSession::default(), &cx)
                    .await
                    .expect("closed"),
            ),
            1 => oifde.shutdown(&cx).await,
            _ => {}
        }
        if end < 2 {
            let outcome = receipt.outcome_handle().peek().expect("settled by the end");
            assert_eq!(
                (outcome.verdict, outcome.evidence),
                (Verdict::Unknown, Evidence::SessionEnded)
            );
        }
        let kept = (end == 0).then(|| Arc::clone(&oifde));
        drop(oifde);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(asked(&script), 1, "end {end}");
        drop(kept);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_or_lost_transfer_is_not_watched() {
    for (play, effect) in [(no("42"), Effect::None), (Play::Reset, Effect::Unknown)] {
        let mut play = Some(play);
        let script = Script::with_tokens(move |seen| match seen.is("/changeWorkMode") {
            true => play.take().expect("sent once"),
            false => Play::Json(json!({ "errorCode": 0 })),
        });
        let oifde = adapter_with(asking(), &script);
        let call = supervised(&oifde).await;
        let error = transfer(&oifde, &call, number()).await.expect_err("not accepted");
        assert_eq!(error.effect(), effect);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(asked(&script), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_count_before_leaves_most_of_the_time_to_the_transfer() {
    let script = Script::with_tokens(|seen| if seen.is("RecordHistory") { Play::Hang } else { yes() });
    let oifde = adapter_with(asking(), &script);
    let call = supervised(&oifde).await;
    let begun = Instant::now();
    let cx = OpCx::new().within(Duration::from_secs(4));
    let request = Transfer::new(number(), TransferMode::Blind);
    oifde.transfer(&call, request, &cx).await.expect("accepted");
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn at_the_simulator_done_is_said_only_where_the_switch_says_so() {
    for (recorded, answers, done) in [(true, true, true), (true, false, false), (false, true, false)] {
        let change =
            |options: &mut callcontrol_simulators::oifde::OifdeOptions| options.records_outside_transfers = recorded;
        let stage = Stage::configured(change, |config| config.ask_transfer_records = true).await;
        let (session, call) = stage.customer(voice()).await;
        let to = Target::number(scenery::THIRD_PARTY).expect("valid");
        let receipt = transfer(&stage.oifde, &call, to).await.expect("accepted");
        stage.next_turn(&session).await.expect("an order waits");
        if answers {
            let third = Party::outside(scenery::THIRD_PARTY);
            let ringing = stage.simulator.call_of(&session).expect("a call");
            stage.simulator.switch().answer(&third, ringing).expect("answered");
        }
        let outcome = receipt.outcome().await;
        assert_eq!(outcome.is_done(), done, "recorded: {recorded}, {outcome}");
    }
}
