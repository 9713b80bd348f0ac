//! Through the real HTTP client to the simulator: the outcome that the adapter tells against what really happened on the switch.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AdoptState, AgentId, CallControl, Code, Effect, ErrorKind, Evidence, HelpRequest, LookUp, MessageBox,
    NativeRequest, NativeTarget, OpCx, OpenSession, QueueName, QueueRef, RobotMode, Say, Target, Transfer,
    TransferMode, Verdict,
};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, NotSent, Trick};
use callcontrol_simulators::oifde::{Mischief, NewSession, PublishMode, TransferStage, WorkMode};
use callcontrol_simulators::{Server, scenery};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use serde_json::Value;

use crate::support::settings::{SETTINGS, status};
use crate::support::stage::{Stage, adapter_at, adapter_over, chat, simulator, voice};
use crate::support::{PASSWORD, adopt, set_mode, transfer};

fn bob() -> Target {
    Target::agent(scenery::BOB.0).expect("valid")
}

fn support_queue() -> Target {
    Target::Queue(QueueRef::Name(QueueName::new("Support").expect("valid")))
}

fn code(text: &str) -> Code {
    Code::new(text).expect("valid")
}

#[tokio::test]
async fn each_transfer_type_moves_the_customer_once_and_to_the_right_place() {
    let agent = || AgentId::new(scenery::BOB.0).expect("valid");
    let name = || QueueRef::Name(QueueName::new("Support").expect("valid"));
    let assistant = NativeTarget {
        kind: code("6"),
        address: "9600".to_owned(),
    };
    let rings_at_bob = || CustomerPlace::Ringing(Party::agent(scenery::BOB.0));
    let in_support = || CustomerPlace::InQueue(scenery::SUPPORT.to_owned());
    let ivr = |code: &str| CustomerPlace::InIvr(code.to_owned());
    for (new, to, place) in [
        (
            voice(),
            Target::Queue(QueueRef::RouteCode(code("2600"))),
            Some(in_support()),
        ),
        (
            voice(),
            Target::ivr(scenery::PIN_CHECK).expect("valid"),
            Some(ivr(scenery::PIN_CHECK)),
        ),
        (voice(), support_queue(), Some(in_support())),
        (voice(), bob(), Some(rings_at_bob())),
        (
            voice(),
            Target::number(scenery::THIRD_PARTY).expect("valid"),
            Some(CustomerPlace::Ringing(Party::outside(scenery::THIRD_PARTY))),
        ),
        (voice(), Target::Native(assistant), Some(ivr("9600"))),
        (chat(), Target::LastAgent, Some(rings_at_bob())),
        (chat(), Target::QueueOfAgent(agent()), None),
        (chat(), Target::Message(MessageBox::LastAgent), None),
        (chat(), Target::Message(MessageBox::Queue(name())), None),
        (chat(), Target::Message(MessageBox::Agent(agent())), None),
    ] {
        let stage = Stage::served(|_| {}).await;
        let (session, call) = stage.customer(new).await;
        let outcome = transfer(&stage.oifde, &call, to.clone())
            .await
            .expect("accepted")
            .outcome()
            .await;
        assert_eq!(
            (outcome.verdict, outcome.evidence),
            (Verdict::Unknown, Evidence::AcceptedOnly),
            "{to}"
        );
        assert_eq!(
            stage.simulator.transfers_of(&session),
            0,
            "the robot has its turn first"
        );
        let report = stage.simulator.deliver(&session).expect("an order waits");
        assert!(!matches!(report.stage, TransferStage::Failed(_)), "{to}: {report:?}");
        assert_eq!(stage.simulator.transfers_of(&session), 1, "{to}");
        if place.is_some() {
            assert_eq!(stage.simulator.customer_at(&session), place, "{to}");
        }
        assert_eq!((stage.changes(), stage.tokens()), (1, 1));
        stage.stop().await;
    }
}

#[tokio::test]
async fn what_the_client_knows_to_be_illegal_is_not_sent_and_what_it_does_not_know_the_vendor_refuses() {
    let stage = Stage::served(|_| {}).await;
    let (_, known) = stage
        .customer_believed(voice().mode(PublishMode::Common), RobotMode::Common)
        .await;
    let error = set_mode(&stage.oifde, &known, RobotMode::Supervision)
        .await
        .expect_err("0 to 1");
    assert_eq!((error.kind(), stage.changes()), (ErrorKind::InvalidState, 0));
    let other = NewSession::new(scenery::OTHER_CUSTOMER).mode(PublishMode::Common);
    let (session, mistaken) = stage.customer(other).await;
    let error = transfer(&stage.oifde, &mistaken, bob()).await.expect_err("in mode 0");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::VendorUnknown, Effect::None),
        "{error}"
    );
    assert!(error.native_code().is_some_and(|code| code != "0"), "{error}");
    assert_eq!((stage.changes(), stage.simulator.transfers_of(&session)), (1, 0));
}

#[tokio::test]
async fn letting_go_is_for_good() {
    let stage = Stage::served(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    set_mode(&stage.oifde, &call, RobotMode::Common).await.expect("let go");
    assert_eq!(stage.simulator.mode_of(&session), Some(WorkMode::Common));
    let error = transfer(&stage.oifde, &call, bob()).await.expect_err("1 to 0 to 3");
    assert_eq!((error.kind(), stage.changes()), (ErrorKind::InvalidState, 1));
}

#[tokio::test]
async fn a_transfer_whose_reply_is_lost_moved_the_customer_once() {
    for mischief in [
        Mischief::ReplyLost,
        Mischief::Truncated,
        Mischief::SpoiltAnswer(status(502)),
        Mischief::SpoiltAnswer(status(200)),
    ] {
        let stage = Stage::served(|_| {}).await;
        let (session, call) = stage.customer(voice()).await;
        stage.simulator.fail_next("/flow/changeWorkMode", mischief);
        let cx = OpCx::new().within(Duration::from_secs(5));
        let request = Transfer::new(support_queue(), TransferMode::Blind);
        let error = stage.oifde.transfer(&call, request, &cx).await.expect_err("lost");
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        let error = transfer(&stage.oifde, &call, bob()).await.expect_err("unknown mode");
        assert_eq!(error.kind(), ErrorKind::InvalidState);
        stage.simulator.deliver(&session).expect("the switch had the order");
        assert_eq!((stage.changes(), stage.simulator.transfers_of(&session)), (1, 1));
        stage.stop().await;
    }
}

#[tokio::test]
async fn a_transfer_that_hangs_until_the_deadline_is_sent_once() {
    let stage = Stage::served(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    stage.simulator.fail_next("/flow/changeWorkMode", Mischief::Held);
    let cx = OpCx::new().within(Duration::from_millis(200));
    let request = Transfer::new(support_queue(), TransferMode::Blind);
    let error = stage.oifde.transfer(&call, request, &cx).await.expect_err("held");
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Timeout, Effect::Unknown),
        "{error}"
    );
    assert_eq!(stage.simulator.transfers_of(&session), 0);
    assert_eq!(stage.simulator.release_held().await, 1);
    stage.simulator.deliver(&session).expect("it came late");
    assert_eq!((stage.changes(), stage.simulator.transfers_of(&session)), (1, 1));
}

#[tokio::test]
async fn a_busy_or_unknown_target_shows_after_success_was_returned_and_is_not_told() {
    let stage = Stage::served(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    stage.simulator.fail_next_transfer();
    let outcome = transfer(&stage.oifde, &call, bob())
        .await
        .expect("accepted")
        .outcome()
        .await;
    assert_eq!(outcome.verdict, Verdict::Unknown);
    let report = stage.simulator.deliver(&session).expect("an order waits");
    assert!(matches!(report.stage, TransferStage::Failed(_)), "{report:?}");
    assert_eq!(stage.simulator.transfers_of(&session), 0);
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let simulator = simulator(|options| options.lock_after = Some(2));
    let server = Server::start(simulator.router()).await.expect("a port");
    let oifde = adapter_at(&server.base_url(), "wrong");
    for _ in 0..5 {
        let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
        let error = oifde.open(request, &OpCx::new()).await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.native_code()),
            (ErrorKind::Credentials, Some("200800002"))
        );
    }
    assert_eq!(simulator.requests().count("POST", "/gettoken"), 1);
    let right = adapter_at(&server.base_url(), PASSWORD);
    let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
    right
        .open(request, &OpCx::new())
        .await
        .expect("the account was not locked by us");
}

/// 64 tasks at once, whose token has expired: transfers, replies and look-ups. How many tokens were asked for after the first.
async fn tokens_for_sixty_four_tasks(stage: &Stage) -> usize {
    let mut robots = Vec::new();
    for number in 0..48 {
        let customer = format!("20655502{number:02}");
        stage.simulator.switch().with(|switch| switch.add_outside(&customer));
        let (session, call) = stage.customer(NewSession::new(customer)).await;
        let help = stage.simulator.raise_help_request(&session).expect("a help request");
        robots.push((session, call, HelpRequest::at(help.node_id, Some(help.node_index))));
    }
    stage.simulator.expire_tokens();
    let mut tasks = Vec::new();
    for (number, (_, call, help)) in robots.iter().enumerate() {
        let (oifde, call, help) = (Arc::clone(&stage.oifde), call.clone(), help.clone());
        tasks.push(tokio::spawn(async move {
            match number % 2 {
                0 => transfer(&oifde, &call, support_queue()).await.map(drop),
                _ => oifde
                    .say(&call, Say::words("One moment.", help), &OpCx::new())
                    .await
                    .map(drop),
            }
        }));
    }
    for _ in 48..64 {
        let oifde = Arc::clone(&stage.oifde);
        tasks.push(tokio::spawn(async move {
            oifde.look_up(None, LookUp::Ivrs, &OpCx::new()).await.map(drop)
        }));
    }
    assert_eq!(tasks.len(), 64);
    for result in futures::future::join_all(tasks).await {
        result.expect("no panic").expect("accepted");
    }
    for (number, (session, ..)) in robots.iter().enumerate() {
        let (moved, said) = if number % 2 == 0 { (1, 0) } else { (0, 1) };
        stage.simulator.deliver(session);
        assert_eq!(stage.simulator.transfers_of(session), moved);
        assert_eq!(stage.simulator.replies_of(session).len(), said);
    }
    stage.tokens() - 1
}

#[tokio::test]
async fn sixty_four_tasks_with_an_expired_token_get_one_new_one_over_tcp() {
    let stage = Stage::served(|_| {}).await;
    assert_eq!(tokens_for_sixty_four_tasks(&stage).await, 1);
}

#[tokio::test(start_paused = true)]
async fn sixty_four_tasks_with_an_expired_token_get_one_new_one_whatever_the_vendor_does_with_old_tokens() {
    for (name, change) in SETTINGS {
        let stage = Stage::in_memory(change).await;
        assert_eq!(tokens_for_sixty_four_tasks(&stage).await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_proxy_in_the_way_is_named_and_an_unreachable_host_moves_nobody() {
    let stage = Stage::served(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    stage
        .simulator
        .fail_next("/flow/changeWorkMode", Mischief::html(status(403)));
    let error = transfer(&stage.oifde, &call, bob()).await.expect_err("403");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Permission, Effect::None));
    assert!(error.to_string().contains("HTML"), "{error}");
    stage.stop().await;
    let error = transfer(&stage.oifde, &call, bob()).await.expect_err("nobody listens");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::None));
    assert_eq!(stage.simulator.transfers_of(&session), 0);
}

#[tokio::test]
async fn the_token_is_in_every_body_and_in_no_header() {
    let stage = Stage::served(|_| {}).await;
    let (_, call) = stage.customer(voice()).await;
    transfer(&stage.oifde, &call, support_queue()).await.expect("accepted");
    let requests = stage.simulator.requests().all();
    let sent = requests
        .iter()
        .find(|request| request.path.ends_with("/changeWorkMode"))
        .expect("sent");
    let body: Value = serde_json::from_str(&sent.body).expect("JSON");
    let token = body["authToken"].as_str().expect("a token").to_owned();
    assert!(!token.is_empty());
    for request in requests {
        assert!(
            request
                .headers
                .iter()
                .all(|(name, value)| name != "authorization" && !value.contains(&token))
        );
        assert!(!request.path.contains(&token) && request.query.is_empty());
    }
}

#[tokio::test]
async fn a_session_is_found_by_its_cti_call_id() {
    let stage = Stage::served(|_| {}).await;
    let session = stage
        .simulator
        .create_session(voice().cti_call_id("1528780879-9581"))
        .expect("a session");
    let call = adopt(
        &stage.oifde,
        &stage.ann,
        "cti:1528780879-9581",
        AdoptState::RobotVoice(RobotMode::Supervision),
    )
    .await;
    transfer(&stage.oifde, &call, support_queue()).await.expect("accepted");
    stage.simulator.deliver(&session).expect("an order waits");
    assert_eq!(stage.simulator.transfers_of(&session), 1);
}

#[tokio::test]
async fn the_vendors_own_words_reach_the_engine() {
    let stage = Stage::served(|_| {}).await;
    stage.simulator.expire_tokens();
    for request in [
        NativeRequest::new("POST", ["queryflows"]).body("{}"),
        NativeRequest::new("GET", ["servicemonitor"]),
    ] {
        assert_eq!(
            stage
                .oifde
                .native(request, &OpCx::new())
                .await
                .expect("answered")
                .status,
            200
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_on_the_way_the_customer_moves_at_most_once_and_no_error_lies_about_it() {
    let proxy = Trick::Answer {
        status: 502,
        content_type: "text/html",
        body: "<html>bad gateway</html>".into(),
    };
    for (trick, effect, moved) in [
        (Trick::NotSent(NotSent::Refused), Effect::None, 0),
        (Trick::NotSent(NotSent::Dns), Effect::None, 0),
        (Trick::DropRequest, Effect::Unknown, 0),
        (Trick::DelayRequest(Duration::from_secs(60)), Effect::Unknown, 1),
        (Trick::DropReply, Effect::Unknown, 1),
        (Trick::Reset, Effect::Unknown, 1),
        (Trick::DelayReply(Duration::from_secs(60)), Effect::Unknown, 1),
        (Trick::CutBody, Effect::Unknown, 1),
        (proxy, Effect::Unknown, 0),
    ] {
        let simulator = simulator(|_| {});
        let base = BaseUrl::parse("https://oiap.example").expect("valid");
        let planned = trick.clone();
        // Request 0 is gettoken, request 1 the transfer.
        let mischief = move |attempt: &Attempt<'_>| {
            if attempt.number == 1 {
                planned.clone()
            } else {
                Trick::Pass
            }
        };
        let transport = Arc::new(InMemoryTransport::new(base, simulator.router()).with_mischief(mischief));
        let oifde = adapter_over(Arc::clone(&transport) as _, PASSWORD, |_| {});
        let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
        let ann = oifde.open(request, &OpCx::new()).await.expect("opened").session;
        let session = simulator.create_session(voice()).expect("a session");
        let state = AdoptState::RobotVoice(RobotMode::Supervision);
        let call = adopt(&oifde, &ann, session.as_str(), state).await;
        let error = transfer(&oifde, &call, support_queue()).await.expect_err("mischief");
        assert_eq!(error.effect(), effect, "{trick:?}: {error}");
        transport.quiesce().await;
        assert_eq!(transport.attempts(), 2, "{trick:?}");
        assert_eq!(simulator.deliver(&session).is_some(), moved == 1, "{trick:?}");
        assert_eq!(simulator.transfers_of(&session), moved, "{trick:?}");
    }
}
