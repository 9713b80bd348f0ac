//! Through the real HTTP client to the simulator: the outcome that the adapter tells against what really happened on the switch.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    AdoptState, AgentId, CallControl, CallRef, Code, Effect, ErrorKind, Evidence, IdSource, MessageBox, NativeRequest,
    NativeTarget, OpCx, OpenSession, QueueName, QueueRef, RobotMode, Secret, SecretRef, SessionId as OurSession,
    Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, NotSent, ReqwestTransport, TransportConfig, Trick};
use callcontrol_huawei_oifde::{Oifde, OifdeConfig};
use callcontrol_simulators::oifde::{
    CallIdStyle, Delivery, ErrorCodeForm, Medium, Mischief, NewSession, OifdeOptions, OifdeSimulator, PublishMode,
    SameMode, SessionId, TokenStyle, TransferStage, WorkMode,
};
use callcontrol_simulators::{Server, scenery};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use serde_json::Value;

use crate::support::{PASSWORD, TENANT, adopt, set_mode, transfer};

/// A simulator on a socket, and the adapter signed in to it as agent Ann.
struct Stage {
    simulator: OifdeSimulator,
    oifde: Arc<Oifde>,
    ann: OurSession,
    server: Server,
}

impl Stage {
    async fn set(change: impl FnOnce(&mut OifdeOptions)) -> Self {
        let (simulator, server) = simulator(change).await;
        let oifde = adapter(&server.base_url(), PASSWORD);
        let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
        let ann = oifde.open(request, &OpCx::new()).await.expect("opened").session;
        Self {
            simulator,
            oifde,
            ann,
            server,
        }
    }

    /// A customer in a robot session, known to both sides.
    async fn customer(&self, new: NewSession) -> (SessionId, CallRef) {
        self.customer_believed(new, RobotMode::Supervision).await
    }

    async fn customer_believed(&self, new: NewSession, mode: RobotMode) -> (SessionId, CallRef) {
        let shown = format!("{new:?}");
        let session = self.simulator.create_session(new).expect("a session");
        let state = if shown.contains("Text") {
            AdoptState::RobotText(mode)
        } else {
            AdoptState::RobotVoice(mode)
        };
        let call = adopt(&self.oifde, &self.ann, session.as_str(), state).await;
        (session, call)
    }

    fn changes(&self) -> usize {
        self.simulator.requests().count("POST", "/flow/changeWorkMode")
    }

    fn tokens(&self) -> usize {
        self.simulator.requests().count("POST", "/gettoken")
    }
}

async fn simulator(change: impl FnOnce(&mut OifdeOptions)) -> (OifdeSimulator, Server) {
    let mut options = OifdeOptions::default();
    options.deliver = Delivery::OnDemand;
    change(&mut options);
    let switch = scenery::switch();
    switch.sign_in(scenery::BOB.0).expect("signed in");
    switch.set_ready(scenery::BOB.0).expect("ready");
    let simulator = OifdeSimulator::new(switch, options);
    let server = Server::start(simulator.router()).await.expect("a port");
    (simulator, server)
}

fn adapter(base: &str, password: &str) -> Arc<Oifde> {
    let base = BaseUrl::parse(base).expect("valid");
    let transport = ReqwestTransport::new(&TransportConfig::new(base)).expect("a transport");
    let config = OifdeConfig::new(TENANT, SecretRef::from(Secret::new(password)));
    Oifde::new(config, Arc::new(transport), IdSource::seeded(1)).expect("valid")
}

fn voice() -> NewSession {
    NewSession::new(scenery::CUSTOMER)
}

fn chat() -> NewSession {
    NewSession::new(scenery::CUSTOMER)
        .medium(Medium::Text)
        .last_agent(scenery::BOB.0)
}

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
        let stage = Stage::set(|_| {}).await;
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
        stage.server.stop().await;
    }
}

#[tokio::test]
async fn watching_taking_over_and_handing_over_work_with_every_setting_of_the_simulator() {
    type Change = fn(&mut OifdeOptions);
    let settings: [Change; 10] = [
        |options| options.error_code = ErrorCodeForm::Documented,
        |options| options.error_code = ErrorCodeForm::String,
        |options| options.error_code = ErrorCodeForm::Integer,
        |options| options.error_code = ErrorCodeForm::AbsentOnSuccess,
        |options| options.error_code = ErrorCodeForm::NullOnSuccess,
        |options| options.error_code = ErrorCodeForm::BareSuccess,
        |options| options.token_fault_status = http_status(401),
        |options| (options.token_style, options.tells_expiry) = (TokenStyle::Jwt, false),
        |options| options.new_token_kills_old = true,
        |options| (options.same_mode, options.unknown_members) = (SameMode::Accepted, true),
    ];
    for change in settings {
        let stage = Stage::set(change).await;
        let (session, call) = stage.customer(voice().call_id(CallIdStyle::Timestamp37)).await;
        set_mode(&stage.oifde, &call, RobotMode::Insertion)
            .await
            .expect("taken over");
        assert_eq!(stage.simulator.mode_of(&session), Some(WorkMode::Insertion));
        stage.simulator.expire_tokens();
        set_mode(&stage.oifde, &call, RobotMode::Supervision)
            .await
            .expect("watching again");
        assert_eq!(stage.simulator.mode_of(&session), Some(WorkMode::Supervision));
        transfer(&stage.oifde, &call, support_queue())
            .await
            .expect("handed over");
        stage.simulator.deliver(&session).expect("an order waits");
        assert_eq!(stage.simulator.transfers_of(&session), 1);
        assert_eq!((stage.changes(), stage.tokens()), (4, 2));
        stage.server.stop().await;
    }
}

fn http_status(status: u16) -> http::StatusCode {
    http::StatusCode::from_u16(status).expect("a status")
}

#[tokio::test]
async fn what_the_client_knows_to_be_illegal_is_not_sent_and_what_it_does_not_know_the_vendor_refuses() {
    let stage = Stage::set(|_| {}).await;
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
    let stage = Stage::set(|_| {}).await;
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
        Mischief::SpoiltAnswer(http_status(502)),
        Mischief::SpoiltAnswer(http_status(200)),
    ] {
        let stage = Stage::set(|_| {}).await;
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
        stage.server.stop().await;
    }
}

#[tokio::test]
async fn a_transfer_that_hangs_until_the_deadline_is_sent_once() {
    let stage = Stage::set(|_| {}).await;
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
    let stage = Stage::set(|_| {}).await;
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
    let (simulator, server) = simulator(|options| options.lock_after = Some(2)).await;
    let oifde = adapter(&server.base_url(), "wrong");
    for _ in 0..5 {
        let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
        let error = oifde.open(request, &OpCx::new()).await.expect_err("refused");
        assert_eq!(
            (error.kind(), error.native_code()),
            (ErrorKind::Credentials, Some("200800002"))
        );
    }
    assert_eq!(simulator.requests().count("POST", "/gettoken"), 1);
    let right = adapter(&server.base_url(), PASSWORD);
    let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
    right
        .open(request, &OpCx::new())
        .await
        .expect("the account was not locked by us");
}

#[tokio::test]
async fn sixty_four_commands_with_expired_tokens_get_one_new_token() {
    let (simulator, server) = simulator(|options| options.lock_after = None).await;
    let oifde = adapter(&server.base_url(), PASSWORD);
    let request = OpenSession::new(AgentId::new(scenery::ANN.0).expect("valid"));
    let ann = oifde.open(request, &OpCx::new()).await.expect("opened").session;
    let mut commands = Vec::new();
    for number in 0..64 {
        let customer = format!("20655502{number:02}");
        simulator.switch().with(|switch| switch.add_outside(&customer));
        let session = simulator.create_session(NewSession::new(customer)).expect("a session");
        let call = adopt(
            &oifde,
            &ann,
            session.as_str(),
            AdoptState::RobotVoice(RobotMode::Supervision),
        )
        .await;
        let oifde = Arc::clone(&oifde);
        commands.push((session, async move { transfer(&oifde, &call, support_queue()).await }));
    }
    simulator.expire_tokens();
    let (sessions, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
    for result in futures::future::join_all(commands.into_iter().map(tokio::spawn)).await {
        result.expect("no panic").expect("accepted");
    }
    for session in sessions {
        simulator.deliver(&session).expect("an order waits");
        assert_eq!(simulator.transfers_of(&session), 1);
    }
    assert_eq!(simulator.requests().count("POST", "/gettoken"), 2);
}

#[tokio::test]
async fn a_proxy_in_the_way_is_named_and_an_unreachable_host_moves_nobody() {
    let stage = Stage::set(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    stage
        .simulator
        .fail_next("/flow/changeWorkMode", Mischief::html(http_status(403)));
    let error = transfer(&stage.oifde, &call, bob()).await.expect_err("403");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Permission, Effect::None));
    assert!(error.to_string().contains("HTML"), "{error}");
    stage.server.stop().await;
    let error = transfer(&stage.oifde, &call, bob()).await.expect_err("nobody listens");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unreachable, Effect::None));
    assert_eq!(stage.simulator.transfers_of(&session), 0);
}

#[tokio::test]
async fn the_token_is_in_every_body_and_in_no_header() {
    let stage = Stage::set(|_| {}).await;
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
    let stage = Stage::set(|_| {}).await;
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
async fn the_vendors_own_words_reach_the_robot() {
    let stage = Stage::set(|_| {}).await;
    let (session, call) = stage.customer(voice()).await;
    set_mode(&stage.oifde, &call, RobotMode::Insertion)
        .await
        .expect("taken over");
    let help = stage.simulator.raise_help_request(&session).expect("a help request");
    let body = serde_json::json!({
        "callId": session.as_str(), "agentId": scenery::ANN.0, "nodeId": help.node_id, "nodeIndex": help.node_index,
        "replyType": 1, "replyIntentCode": "slientInsertReply", "replyIntentContent": "Your order number?",
        "replyIntentName": "slientInsertReply"
    });
    stage.simulator.expire_tokens();
    let request = NativeRequest::new("POST", ["flow", "receiveDialogrecord"]).body(body.to_string());
    let reply = stage.oifde.native(request, &OpCx::new()).await.expect("answered");
    assert!(reply.status == 200 && reply.body.contains('0'), "{}", reply.body);
    assert_eq!(stage.simulator.replies_of(&session)[0].words, "Your order number?");
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
        let mut options = OifdeOptions::default();
        options.deliver = Delivery::OnDemand;
        let simulator = OifdeSimulator::new(scenery::switch(), options);
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
        let config = OifdeConfig::new(TENANT, SecretRef::from(Secret::new(PASSWORD)));
        let oifde = Oifde::new(config, Arc::clone(&transport) as _, IdSource::seeded(1)).expect("valid");
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
