//! The silent agent's reply: what goes out, what is refused before, and what is known afterwards.

use callcontrol_core::{
    AdoptState, CallControl, CallRef, CustomerAt, Effect, ErrorKind, EventKind, Evidence, FeedItem, Filter,
    HelpRequest, OpCx, Provenance, Receipt, Result, RobotMode, Say, Verdict,
};
use callcontrol_huawei_oifde::Oifde;
use callcontrol_simulators::oifde::Mischief;
use callcontrol_simulators::scenery;
use serde_json::json;

use crate::support::settings::SETTINGS;
use crate::support::stage::{Stage, voice};
use crate::support::{
    AGENT, Play, ROBOT, Script, TENANT, adapter, adopt, bob, no, open, set_mode, supervised, transfer, yes,
};

fn help() -> HelpRequest {
    HelpRequest::at("node_action_97511f", Some(2))
}

fn question() -> Say {
    Say::words("Could you give me your order number?", help())
}

async fn say(oifde: &Oifde, call: &CallRef, say: Say) -> Result<Receipt> {
    oifde.say(call, say, &OpCx::new()).await
}

#[tokio::test(start_paused = true)]
async fn words_go_out_as_on_the_vendors_page_in_insertion_and_in_supervision() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    for mode in [RobotMode::Insertion, RobotMode::Supervision] {
        let call = adopt(&oifde, &session, ROBOT, AdoptState::RobotVoice(mode)).await;
        say(&oifde, &call, question()).await.expect("accepted");
        let expected = json!({
            "tenantId": TENANT, "callId": ROBOT, "agentId": AGENT, "nodeId": "node_action_97511f", "nodeIndex": 2,
            "replyType": 1, "replyIntentCode": "slientInsertReply", "replyIntentName": "slientInsertReply",
            "replyIntentContent": "Could you give me your order number?", "authToken": "t1"
        });
        assert_eq!(script.last().body, expected);
        assert_eq!(script.last().path, "/oifde/rest/api/flow/receiveDialogrecord");
    }
    let call = adopt(&oifde, &session, ROBOT, AdoptState::RobotText(RobotMode::Supervision)).await;
    let configured = Say::words("It is on its way.", help()).configured("orderStatus", "billing/orderStatus");
    say(&oifde, &call, configured).await.expect("accepted");
    let sent = script.last().body;
    assert_eq!(
        (&sent["replyType"], &sent["replyIntentCode"]),
        (&json!(0), &json!("orderStatus"))
    );
    assert_eq!(sent["replyIntentName"], "billing/orderStatus");
}

#[tokio::test(start_paused = true)]
async fn an_accepted_reply_leaves_the_mode_and_nobody_knows_whether_it_was_heard() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let mut feed = oifde.subscribe(Filter::all());
    let receipt = say(&oifde, &call, question()).await.expect("accepted");
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.evidence, outcome.customer),
        (Verdict::Unknown, Evidence::AcceptedOnly, CustomerAt::Robot)
    );
    say(&oifde, &call, question()).await.expect("accepted again");
    transfer(&oifde, &call, bob()).await.expect("still in supervision");
    oifde.shutdown(&OpCx::new()).await;
    let mut told = Vec::new();
    while let Some(item) = feed.next().await {
        if let FeedItem::Event(event) = item {
            assert_eq!(event.provenance, Provenance::Derived);
            told.push((event.kind.clone(), event.op.clone()));
        }
    }
    let accepted = EventKind::Other {
        name: "reply-accepted".to_owned(),
    };
    assert_eq!(told[0], (accepted, Some(receipt.op)));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_said_is_refused_with_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let sent = script.seen().len();
    for bad in [
        Say::words("", help()),
        Say::words("hello", HelpRequest::at("", None)),
        Say::words("hello", help()).configured("", ""),
    ] {
        let error = say(&oifde, &call, bad).await.expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
    }
    let mut stranger = call.clone();
    stranger.call = callcontrol_core::CallId::new("call-0").expect("valid");
    let error = say(&oifde, &stranger, question()).await.expect_err("unknown call");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(script.seen().len(), sent);
    set_mode(&oifde, &call, RobotMode::Common).await.expect("let go");
    let error = say(&oifde, &call, question()).await.expect_err("the robot is alone");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
    assert_eq!(script.count("/receiveDialogrecord"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reply_whose_answer_is_lost_is_not_sent_again_and_changes_no_mode() {
    for lost in [|| Play::Hang, || Play::Reset, || Play::html(502), || no("10000001")] {
        let script = Script::with_tokens(move |seen| if seen.is("/receiveDialogrecord") { lost() } else { yes() });
        let oifde = adapter(&script);
        let call = supervised(&oifde).await;
        let cx = OpCx::new();
        let error = oifde.say(&call, question(), &cx).await.expect_err("lost");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        let outcome = oifde.outcome_of(&cx.op).expect("kept").wait().await;
        assert_eq!(
            (outcome.verdict, outcome.evidence, outcome.customer),
            (Verdict::Unknown, Evidence::AnswerLost, CustomerAt::Robot)
        );
        assert_eq!(script.count("/receiveDialogrecord"), 1);
        transfer(&oifde, &call, bob()).await.expect("still in supervision");
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_reply_is_being_sent_the_mode_is_not_changed_under_it() {
    let script = Script::with_tokens(|_| yes().late());
    let oifde = adapter(&script);
    let call = supervised(&oifde).await;
    let cx = OpCx::new();
    let second = async {
        tokio::task::yield_now().await;
        transfer(&oifde, &call, bob()).await
    };
    let (first, second) = tokio::join!(oifde.say(&call, question(), &cx), second);
    first.expect("accepted");
    let second = second.expect_err("conflict");
    assert_eq!((second.kind(), second.running()), (ErrorKind::Conflict, Some(&cx.op)));
    assert_eq!(script.changes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_no_request_for_help_waits_for_is_refused_by_the_engine_once() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        let (session, call) = stage.customer(voice()).await;
        let error = say(&stage.oifde, &call, question()).await.expect_err(name);
        assert_ne!(error.kind(), ErrorKind::InvalidState, "{name}");
        assert!(stage.simulator.replies_of(&session).is_empty(), "{name}");
        assert_eq!(stage.sent("/flow/receiveDialogrecord"), 1, "{name}");
        let waiting = stage.simulator.raise_help_request(&session).expect("a help request");
        let help = HelpRequest::at(waiting.node_id, Some(waiting.node_index));
        stage
            .simulator
            .fail_next("/flow/receiveDialogrecord", Mischief::TokensExpire);
        say(&stage.oifde, &call, Say::words("好的", help)).await.expect(name);
        assert_eq!(stage.simulator.replies_of(&session)[0].words, "好的", "{name}");
    }
}

#[tokio::test]
async fn a_reply_reaches_the_robot_over_tcp() {
    let stage = Stage::served(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    assert_eq!(call.session.as_str(), scenery::ANN.0);
    let waiting = stage.simulator.raise_help_request(&session).expect("a help request");
    let help = HelpRequest::at(waiting.node_id, Some(waiting.node_index));
    say(&stage.oifde, &call, Say::words("One moment.", help))
        .await
        .expect("accepted");
    assert_eq!(stage.simulator.help_request_of(&session), None);
    assert_eq!(stage.simulator.replies_of(&session)[0].words, "One moment.");
}
