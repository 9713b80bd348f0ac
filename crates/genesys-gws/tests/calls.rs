//! Single calls through the real HTTP client to the simulated server: each operation's outcome is held against the switch.

mod support;

use callcontrol_core::{
    AgentState, CallControl, CallDataPatch, CloseSession, CustomerAt, Dial, Dtmf, Effect, ErrorKind, EventKind, Filter,
    LegAction, LegRef, LegState, OpCx, Scope, SessionState, Transfer, TransferMode, Verdict,
};
use callcontrol_simulators::gws::GwsOptions;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchEvent};
use support::*;

#[tokio::test]
async fn an_agent_signs_in_stream_first_and_signs_out_stay_last() {
    let site = site().await;
    let requests = site.sim.requests().all();
    let told: Vec<String> = requests
        .iter()
        .map(|request| {
            let word = [
                "/meta/handshake",
                "/meta/subscribe",
                "/meta/connect",
                "StartContactCenterSession",
                "\"Ready\"",
            ]
            .iter()
            .find(|word| request.body.contains(**word));
            word.map_or_else(
                || format!("{} {}?{}", request.method, request.path, request.query),
                |word| (*word).to_owned(),
            )
        })
        .collect();
    assert_eq!(
        told[..4],
        [
            "GET /api/v2/me?subresources=devices%2Cchannels%2Cfeatures",
            "/meta/handshake",
            "/meta/subscribe",
            "/meta/connect"
        ]
    );
    let start = told
        .iter()
        .position(|word| word == "StartContactCenterSession")
        .expect("started");
    let snapshot = told
        .iter()
        .position(|word| word.starts_with("GET /api/v2/me?subresources=devices%2Ccalls"))
        .expect("asked");
    assert!(3 < start && start < snapshot, "{told:?}");
    let basic = requests
        .iter()
        .filter(|request| request.headers.iter().any(|(name, _)| name == "authorization"));
    assert_eq!(basic.count(), 1, "Basic once, cookies from then on");

    let view = site.gws.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
    assert_eq!(view.session(&site.session).expect("known").state, SessionState::Active);
    let gws = site.gws.clone();
    let closed = gws
        .close(&site.session, CloseSession::default(), &OpCx::new())
        .await
        .expect("signed out");
    assert!(settled(&closed).await.is_done());
    let last = site.sim.requests().all();
    assert!(last.last().expect("some").body.contains("EndContactCenterSession"));
    let ways_out: Vec<&str> = ["/meta/unsubscribe", "/meta/disconnect", "EndContactCenterSession"]
        .into_iter()
        .filter(|word| last.iter().any(|request| request.body.contains(word)))
        .collect();
    let place = |word: &str| last.iter().position(|request| request.body.contains(word));
    assert_eq!(ways_out.len(), 3, "{ways_out:?}");
    assert!(
        place("/meta/unsubscribe") < place("/meta/disconnect")
            && place("/meta/disconnect") < place("EndContactCenterSession"),
        "topics, then the stream, then the stay"
    );
    let left = &last[place("/meta/unsubscribe").expect("left")].body;
    assert!(
        left.contains("/v2/me/calls") && left.contains("/v2/me/devices"),
        "{left}"
    );
    assert!(
        site.switch()
            .with(|switch| !switch.agent(scenery::ANN.0).expect("known").signed_in())
    );
}

#[tokio::test]
async fn a_call_rings_is_answered_held_retrieved_muted_and_released() {
    let mut site = site().await;
    let call = site.talking().await;
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    for (action, customer) in [
        (LegAction::Hold, CustomerAt::AgentHeld),
        (LegAction::Retrieve, CustomerAt::Agent),
        (LegAction::Mute, CustomerAt::Agent),
        (LegAction::Unmute, CustomerAt::Agent),
    ] {
        let outcome = settled(&site.act(&call, action).await).await;
        assert!(outcome.is_done(), "{action:?}: {outcome}");
        assert_eq!(outcome.customer, customer, "{action:?}");
        assert!(matches_truth(outcome.customer, &site.customer(&call)), "{action:?}");
    }
    let released = settled(&site.act(&call, LegAction::Release).await).await;
    assert!(released.is_done());
    assert_eq!(
        (released.customer, site.customer(&call)),
        (CustomerAt::Gone, CustomerPlace::Gone)
    );
    site.event(|event| matches!(event.kind, EventKind::Released { .. }))
        .await;
    site.sign_out().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_while_ringing_is_unanswered() {
    let mut site = site().await;
    let call = site.ringing().await;
    site.switch()
        .with(|switch| switch.hang_up(&customer_phone(), call.switch))
        .expect("hangs up");
    let event = site.event(|event| event.kind == EventKind::Unanswered).await;
    assert_eq!(event.call.as_ref(), Some(of(&call)));
    let at: LegRef = call.at.clone().into();
    let error = site
        .gws
        .act(&at, LegAction::Answer, &OpCx::new())
        .await
        .expect_err("gone");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::NotFound, Effect::None));
    site.sign_out().await;
}

#[tokio::test]
async fn a_blind_transfer_takes_the_agent_out_and_moves_the_caller_once() {
    let mut site = site().await;
    let call = site.talking().await;
    let request =
        Transfer::new(number(scenery::BOB.1), TransferMode::Blind).data(CallDataPatch::set("Topic", "Billing"));
    let receipt = site
        .gws
        .transfer(&call.at, request, &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&receipt).await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Target, "{outcome}");
    assert!(matches_truth(outcome.customer, &site.customer(&call)));
    assert_eq!(site.transfers(&call), 1);
    assert_eq!(site.sent("SingleStepTransfer"), 1);
    site.sign_out().await;
}

#[tokio::test]
async fn a_blind_transfer_to_somebody_busy_leaves_the_caller_with_the_agent_however_the_server_tells_it() {
    use callcontrol_simulators::gws::Refusals;
    for refusals in [Refusals::Event, Refusals::Silent] {
        let mut options = GwsOptions::default();
        options.refusals = refusals;
        let mut site = site_with(options).await;
        let call = site.talking().await;
        site.behaves(&bob(), Behaviour::Busy);
        let request = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
        let receipt = site
            .gws
            .transfer(&call.at, request, &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Failed, CustomerAt::Agent),
            "{refusals:?}: {outcome}"
        );
        assert!(matches_truth(outcome.customer, &site.customer(&call)), "{refusals:?}");
        assert_eq!(site.transfers(&call), 0);
        site.sign_out().await;
    }
}

#[tokio::test]
async fn an_http_refusal_is_an_error_that_did_nothing() {
    use callcontrol_simulators::gws::Refusals;
    let mut options = GwsOptions::default();
    options.refusals = Refusals::Http;
    let mut site = site_with(options).await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Busy);
    let request = Transfer::new(number(scenery::BOB.1), TransferMode::Blind);
    let error = site
        .gws
        .transfer(&call.at, request, &OpCx::new())
        .await
        .expect_err("refused");
    assert_eq!(error.effect(), Effect::None, "{error}");
    assert!(error.native_code().is_some(), "{error}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent("101".into()));
    site.sign_out().await;
}

#[tokio::test]
async fn a_requeue_sends_the_call_to_the_queues_number_as_a_named_recipe() {
    use callcontrol_core::{Executed, PhoneNumber, QueueRef, Requeue, Target};
    let mut site = site().await;
    let call = site.talking().await;
    let support = Target::Queue(QueueRef::Number(PhoneNumber::new("8001").expect("valid")));
    let receipt = site
        .gws
        .requeue(&call.at, Requeue::connected(support), &OpCx::new())
        .await
        .expect("accepted");
    assert!(matches!(&receipt.executed, Executed::Emulated { recipe, .. } if recipe == "transfer-to-routing-point"));
    let outcome = settled(&receipt).await;
    assert!(outcome.is_done() && outcome.customer == CustomerAt::Queue, "{outcome}");
    site.customer_is(&call, &CustomerPlace::InQueue(scenery::SUPPORT.into()))
        .await;
    site.sign_out().await;
}

#[tokio::test]
async fn an_outgoing_call_is_done_when_answered_and_failed_when_not() {
    let mut site = site().await;
    site.behaves(&Party::outside(scenery::THIRD_PARTY), Behaviour::Answers);
    let dial = Dial::to(number(scenery::THIRD_PARTY));
    let receipt = site
        .gws
        .dial(&site.session, dial, &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&receipt).await;
    assert!(outcome.is_done(), "{outcome}");
    let event = site.event(|event| event.kind == EventKind::Established).await;
    let at = LegRef {
        session: site.session.clone(),
        call: event.call.expect("a call"),
    };
    let released = site
        .gws
        .act(&at, LegAction::Release, &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&released).await.is_done());

    site.behaves(&Party::outside(scenery::OTHER_CUSTOMER), Behaviour::Rejects);
    let dial = Dial::to(number(scenery::OTHER_CUSTOMER));
    let receipt = site
        .gws
        .dial(&site.session, dial, &OpCx::new())
        .await
        .expect("accepted");
    let outcome = settled(&receipt).await;
    assert_eq!(outcome.verdict, Verdict::Failed, "{outcome}");
    site.sign_out().await;
}

#[tokio::test]
async fn tones_reach_the_call_and_the_outcome_says_so() {
    let mut site = site().await;
    let call = site.talking().await;
    let at: LegRef = call.at.clone().into();
    let digits = Dtmf::new("12#").expect("valid");
    let receipt = site.gws.send_dtmf(&at, digits, &OpCx::new()).await.expect("accepted");
    assert!(settled(&receipt).await.is_done());
    let sent = site
        .switch()
        .journal()
        .count(|fact| matches!(fact, SwitchEvent::DtmfSent { digits, .. } if digits == "12#"));
    assert_eq!(sent, 1);
    site.sign_out().await;
}

#[tokio::test]
async fn call_data_are_set_replaced_and_removed() {
    let mut site = site().await;
    let call = site.talking().await;
    let data = |site: &Site| {
        let view = site.gws.subscribe(Filter::all());
        drop(view);
        site.switch().call(call.switch).expect("live").data
    };
    for patch in [
        CallDataPatch::set("CustomerId", "4711").and("Mood", "fine"),
        CallDataPatch::set("Mood", "better"),
        CallDataPatch::remove("CustomerId"),
    ] {
        let receipt = site
            .gws
            .patch_data(&call.at, patch.clone(), &OpCx::new())
            .await
            .expect("accepted");
        let outcome = settled(&receipt).await;
        assert!(
            outcome.is_done() && outcome.customer == CustomerAt::Agent,
            "{patch:?}: {outcome}"
        );
    }
    let now = data(&site);
    assert_eq!(now.get("Mood").map(String::as_str), Some("better"));
    assert!(!now.contains_key("CustomerId"));
    let receipt = site
        .gws
        .patch_data(&call.at, CallDataPatch::clear(), &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&receipt).await.is_done());
    assert!(data(&site).is_empty());
    let error = site
        .gws
        .patch_data(&call.at, CallDataPatch::text("note"), &OpCx::new())
        .await
        .expect_err("text");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    site.sign_out().await;
}

#[tokio::test]
async fn readiness_changes_and_is_told() {
    let mut site = site().await;
    let receipt = site
        .gws
        .set_agent_state(&site.session, not_ready(), &OpCx::new())
        .await
        .expect("accepted");
    assert!(settled(&receipt).await.is_done());
    let is_not_ready = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::AgentStateChanged {
                state: AgentState::NotReady { .. }
            }
        )
    };
    site.event(|event| is_not_ready(&event.kind)).await;
    site.sign_out().await;
}

#[tokio::test]
async fn what_the_call_does_not_permit_now_is_refused_with_nothing_sent() {
    let mut site = site().await;
    let call = site.ringing().await;
    let mark = site.sim.requests().mark();
    let at: LegRef = call.at.clone().into();
    for action in [LegAction::Hold, LegAction::Release] {
        let error = site.gws.act(&at, action, &OpCx::new()).await.expect_err("ringing");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::InvalidState, Effect::None),
            "{action:?}"
        );
    }
    let request = Transfer::new(number("7002"), TransferMode::Blind);
    let error = site
        .gws
        .transfer(&call.at, request, &OpCx::new())
        .await
        .expect_err("ringing");
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    let commands = site.sim.requests().since(mark);
    assert!(
        commands.iter().all(|request| !request.body.contains("operationName")),
        "{commands:?}"
    );
    let snapshot = site.gws.snapshot(Scope::All, &OpCx::new()).await.expect("asked");
    assert_eq!(
        snapshot.call(&site.session, of(&call)).expect("known").state,
        LegState::Ringing
    );
    site.sign_out().await;
}
