//! Look-ups: what is asked, what is made of the answer in each of the vendor's envelopes, and where it ends.

use std::sync::Arc;

use callcontrol_core::{
    CallControl, Effect, Entry, ErrorKind, Found, LookUp, OpCx, PhoneNumber, RecordsOf, Result, SessionId, Target,
};
use callcontrol_huawei_oifde::Oifde;
use callcontrol_simulators::oifde::{Mischief, OifdeOptions};
use callcontrol_simulators::scenery;
use serde_json::{Value, json};

use crate::support::settings::{SETTINGS, status};
use crate::support::stage::{Stage, voice};
use crate::support::{Play, ROBOT, Script, TENANT, adapter, adapter_with, config, no, open};

async fn find(oifde: &Oifde, what: LookUp) -> Result<Found> {
    oifde.look_up(None, what, &OpCx::new()).await
}

fn fixture(name: &str) -> Value {
    let path = format!(
        "{}/../../tests/fixtures/huawei-oifde/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("JSON")
}

fn of_session() -> RecordsOf {
    RecordsOf::Session(ROBOT.to_owned())
}

fn of_customer() -> RecordsOf {
    RecordsOf::Customer(PhoneNumber::new(scenery::CUSTOMER).expect("valid"))
}

fn answering(path: &'static str, body: Value) -> Arc<Script> {
    Script::with_tokens(move |seen| {
        if seen.is(path) {
            Play::Json(body.clone())
        } else {
            no("42")
        }
    })
}

#[tokio::test(start_paused = true)]
async fn requests_and_answers_are_those_of_the_vendors_page() {
    let replies = || {
        let mut settings = config();
        settings.domain_id = Some("1".to_owned());
        settings
    };
    for (what, path, name) in [
        (LookUp::Ivrs, "/queryflows", "queryflows"),
        (
            LookUp::Records(of_session()),
            "/queryRecordHistory",
            "query-record-history",
        ),
        (
            LookUp::Transfers(of_session()),
            "/queryTransferRecordHistory",
            "query-transfer-record-history",
        ),
        (LookUp::Replies, "/intentions/query", "intentions-query"),
    ] {
        let script = answering(path, fixture(&format!("{name}-response")));
        let oifde = adapter_with(replies(), &script);
        let found = find(&oifde, what).await.expect(name);
        let mut expected = fixture(&format!("{name}-request"));
        let names = expected.as_object_mut().expect("an object");
        names.remove("beginTime");
        names.remove("endTime");
        if names.remove("ctiCallId").is_some() {
            names.insert("callId".to_owned(), ROBOT.into());
        }
        names.insert("authToken".to_owned(), "t1".into());
        let size = if names["pageNum"].is_string() {
            json!("100")
        } else {
            json!(100)
        };
        names.insert("pageSize".to_owned(), size);
        assert_eq!(script.last().body, expected);
        assert_eq!(found.entries.len(), 1, "{name}");
        assert_eq!(script.seen().len(), 2, "{name}: one token, one page");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_found_can_be_used() {
    let flows = adapter(&answering("/queryflows", fixture("queryflows-response")));
    let found = find(&flows, LookUp::Ivrs).await.expect("flows");
    let flow = &found.entries[0];
    assert_eq!(
        (flow.name.as_str(), &flow.target),
        ("PIN check", &Target::ivr("1321").ok())
    );
    assert_eq!(flow.details["flowCode"], "1321");
    let records = adapter(&answering(
        "/queryRecordHistory",
        fixture("query-record-history-response"),
    ));
    let found = find(&records, LookUp::Records(of_session())).await.expect("records");
    assert_eq!(found.entries[0].native.as_deref(), Some(ROBOT));
    assert_eq!(found.entries[0].details["ctiCallId"], "1528780879-9581");
    let shown = format!("{found:?}");
    assert!(!shown.contains(scenery::CUSTOMER), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn of_a_customer_without_records_the_latest_call_is_found() {
    for first in [
        json!({ "errorCode": 0, "total": 0, "recordList": [] }),
        json!({ "errorCode": 20_900_042 }),
    ] {
        let answer = first.clone();
        let script = Script::with_tokens(move |seen| match seen.is("/queryHistory") {
            true => Play::Json(fixture("query-history-response")),
            false => Play::Json(answer.clone()),
        });
        let oifde = adapter(&script);
        let found = find(&oifde, LookUp::Records(of_customer())).await.expect("the latest");
        let mut expected = fixture("query-history-request");
        expected["authToken"] = "t1".into();
        assert_eq!(script.last().body, expected);
        assert_eq!(found.entries.len(), 1);
        assert_eq!(found.entries[0].native.as_deref(), Some(ROBOT));
        assert_eq!(found.entries[0].details["callSorId"], scenery::CUSTOMER);
    }
    for nothing in [json!({ "rtnCode": null }), json!({ "rtnCode": 0, "beans": {} })] {
        let script = Script::with_tokens(move |seen| match seen.is("/queryHistory") {
            true => Play::Json(nothing.clone()),
            false => Play::Json(json!({ "errorCode": 0 })),
        });
        let found = find(&adapter(&script), LookUp::Records(of_customer()))
            .await
            .expect("nobody");
        assert_eq!(found, Found::default());
    }
}

#[tokio::test(start_paused = true)]
async fn both_refusals_of_a_customers_records_give_the_first_reason() {
    let script = Script::with_tokens(|seen| match seen.is("/queryHistory") {
        true => Play::Json(json!({ "rtnCode": 8 })),
        false => no("7"),
    });
    let error = find(&adapter(&script), LookUp::Records(of_customer()))
        .await
        .expect_err("refused");
    assert_eq!(error.native_code(), Some("7"));
    let script = Script::with_tokens(|_| no("10000002"));
    find(&adapter(&script), LookUp::Records(of_customer()))
        .await
        .expect_err("refused");
    assert_eq!(
        script.count("/queryHistory"),
        0,
        "a request that is wrong is not made again in another form"
    );
}

/// `count` flows in pages, by the rules or, without `pages`, always the first page.
fn flows(count: usize, total: bool, pages: bool) -> Arc<Script> {
    Script::with_tokens(move |seen| {
        let page = match pages {
            true => usize::try_from(seen.body["pageNum"].as_u64().expect("a number")).expect("small"),
            false => 1,
        };
        let list: Vec<_> = (100 * (page - 1)..count.min(100 * page))
            .map(|number| json!({ "flowCode": number.to_string(), "flowName": format!("flow {number}") }))
            .collect();
        let mut answer = json!({ "errorMsg": "", "flowList": list });
        if total {
            answer["total"] = count.into();
        }
        Play::Json(answer)
    })
}

#[tokio::test(start_paused = true)]
async fn all_pages_are_read_and_no_more() {
    for (count, told, requests) in [
        (0, true, 1),
        (1, true, 1),
        (100, true, 1),
        (101, true, 2),
        (250, true, 3),
        (0, false, 1),
        (99, false, 1),
        (100, false, 2),
        (250, false, 3),
    ] {
        let script = flows(count, told, true);
        let found = find(&adapter(&script), LookUp::Ivrs).await.expect("flows");
        assert_eq!(found.entries.len(), count);
        assert_eq!(script.count("/queryflows"), requests, "{count} {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_ends_at_its_bound_and_with_a_server_that_knows_no_pages() {
    let script = flows(5000, true, true);
    assert_eq!(
        find(&adapter(&script), LookUp::Ivrs)
            .await
            .expect("flows")
            .entries
            .len(),
        1000
    );
    assert_eq!(script.count("/queryflows"), 10);
    let mut settings = config();
    settings.look_up_entries = 150;
    let script = flows(5000, true, true);
    let found = find(&adapter_with(settings, &script), LookUp::Ivrs)
        .await
        .expect("flows");
    assert_eq!((found.entries.len(), script.count("/queryflows")), (150, 2));
    let script = flows(5000, true, false);
    let found = find(&adapter(&script), LookUp::Ivrs).await.expect("flows");
    assert_eq!((found.entries.len(), script.count("/queryflows")), (100, 2));
}

#[tokio::test(start_paused = true)]
async fn every_envelope_is_read_alike() {
    let row = json!([{ "callId": ROBOT }]);
    for answer in [
        json!({ "errorCode": 0, "errorMsg": "", "total": 1, "recordList": row }),
        json!({ "errorCode": "0", "errorMessage": "", "total": "1", "recordList": row }),
        json!({ "errorCode": null, "total": 1, "recordList": row }),
        json!({ "rtnCode": 0, "rtnMsg": "", "recordList": row }),
        json!({ "ret": 0, "recordList": row }),
        json!({ "recordList": row, "more": [1, { "deep": true }] }),
    ] {
        let oifde = adapter(&answering("/queryRecordHistory", answer.clone()));
        let found = find(&oifde, LookUp::Records(of_session())).await;
        assert_eq!(
            found.expect("found").entries[0].native.as_deref(),
            Some(ROBOT),
            "{answer}"
        );
    }
    for (answer, text) in [
        (json!({ "errorCode": 10_000_002, "errorMsg": "no key" }), "no key"),
        (json!({ "errorCode": "10000002", "errorMessage": "no key" }), "no key"),
        (json!({ "rtnCode": 10_000_002, "rtnMsg": "no key" }), "no key"),
        (json!({ "ret": "10000002" }), "10000002"),
    ] {
        let oifde = adapter(&answering("/queryRecordHistory", answer));
        let error = find(&oifde, LookUp::Records(of_session())).await.expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        assert!(error.to_string().contains(text), "{error}");
    }
    for strange in [json!({}), json!([]), json!({ "errorCode": 0, "recordList": 7 })] {
        let oifde = adapter(&answering("/queryRecordHistory", strange));
        let error = find(&oifde, LookUp::Records(of_session())).await.expect_err("strange");
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cautious_deployment_still_reads_answers_that_are_documented_without_a_code() {
    let mut settings = config();
    settings.success_without_code = callcontrol_huawei_oifde::SuccessWithoutCode::Unknown;
    let oifde = adapter_with(settings, &answering("/queryflows", fixture("queryflows-response")));
    assert_eq!(find(&oifde, LookUp::Ivrs).await.expect("flows").entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_oifde_cannot_be_asked_is_refused_with_nothing_sent() {
    let script = Script::willing();
    let oifde = adapter(&script);
    let session = open(&oifde).await;
    let queue = Target::queue_id("25").expect("valid");
    for (what, kind) in [
        (LookUp::Queues, ErrorKind::Unsupported),
        (LookUp::Agents, ErrorKind::Unsupported),
        (LookUp::AccessCodes, ErrorKind::Unsupported),
        (LookUp::Waiting { queue }, ErrorKind::Unsupported),
        (
            LookUp::Records(RecordsOf::Session(String::new())),
            ErrorKind::InvalidInput,
        ),
        (
            LookUp::Records(RecordsOf::PlatformCall("a b".to_owned())),
            ErrorKind::InvalidInput,
        ),
        (
            LookUp::Transfers(RecordsOf::Session("1\n2".to_owned())),
            ErrorKind::InvalidInput,
        ),
    ] {
        let error = oifde
            .look_up(Some(&session), what, &OpCx::new())
            .await
            .expect_err("refused");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
    }
    let stranger = SessionId::new("77").expect("valid");
    let error = oifde
        .look_up(Some(&stranger), LookUp::Ivrs, &OpCx::new())
        .await
        .expect_err("never opened");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(script.seen().len(), 1);
}

fn state_of(found: &Found) -> &str {
    &found.entries[0].details["state"]
}

#[tokio::test(start_paused = true)]
async fn the_service_is_asked_without_a_token_and_its_answer_read_in_every_form() {
    for (status, body, state) in [
        (200, r#"{"jvm":{"fullgc":"0","deadlock":"0"}}"#, "healthy"),
        (200, r#"{"jvm":{"fullgc":"0","deadload":"0"}"#, "healthy"),
        (200, r#"{"jvm":{"fullgc":"1","deadload":"0"}}"#, "impaired"),
        (200, "", "healthy"),
        (400, "", "abnormal"),
        (400, r#"{"jvm":{"fullgc":"1","deadlock":"0"}}"#, "abnormal"),
    ] {
        let script = Script::new(move |_| Play::Reply(status, "application/json", body.to_owned()));
        let found = find(&adapter(&script), LookUp::Service).await.expect(state);
        assert_eq!(state_of(&found), state, "{status} {body}");
        let seen = script.last();
        assert_eq!(
            (seen.method, seen.path.as_str()),
            ("GET", "/oifde/rest/api/servicemonitor")
        );
        assert_eq!((seen.body, script.seen().len()), (Value::Null, 1));
    }
    for (play, kind) in [
        (Play::html(200), ErrorKind::Protocol),
        (Play::html(403), ErrorKind::Permission),
        (Play::html(503), ErrorKind::VendorFailure),
        (Play::Refused, ErrorKind::Unreachable),
        (Play::Json(json!(["hello"])), ErrorKind::Protocol),
    ] {
        let mut play = Some(play);
        let script = Script::new(move |_| play.take().expect("asked once"));
        let error = find(&adapter(&script), LookUp::Service)
            .await
            .expect_err("no answer of the engine's");
        assert_eq!((error.kind(), error.effect()), (kind, Effect::None), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn replies_that_need_a_domain_say_which_setting_is_missing() {
    let stage = Stage::in_memory(|_| {}).await;
    let error = find(&stage.oifde, LookUp::Replies).await.expect_err("no domain");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::None));
    assert!(error.to_string().contains("domain-id"), "{error}");
    let free = |options: &mut OifdeOptions| options.silent_use_ipcc = false;
    find(&Stage::in_memory(free).await.oifde, LookUp::Replies)
        .await
        .expect("no domain is needed here");
}

fn names(found: &Found) -> Vec<&str> {
    found.entries.iter().map(|entry: &Entry| entry.name.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn everything_is_found_at_the_simulator_with_every_setting() {
    for (name, change) in SETTINGS {
        let stage = Stage::configured(change, |config| config.domain_id = Some("1".to_owned())).await;
        let options = stage.simulator.options();
        let (session, _) = stage.customer(voice().cti_call_id("1528780879-9581")).await;
        let ask = |what| find(&stage.oifde, what);
        assert_eq!(state_of(&ask(LookUp::Service).await.expect(name)), "healthy", "{name}");
        assert_eq!(names(&ask(LookUp::Ivrs).await.expect(name)), ["PIN check"], "{name}");
        let replies = ask(LookUp::Replies).await.expect(name);
        assert_eq!(names(&replies), ["billing/orderStatus", "billing/invoice"], "{name}");
        for of in [
            RecordsOf::Session(session.as_str().to_owned()),
            RecordsOf::PlatformCall("1528780879-9581".to_owned()),
        ] {
            let found = ask(LookUp::Records(of)).await.unwrap_or_default();
            let visible = options.keeps_records && options.records_running_sessions;
            assert_eq!(found.entries.len(), usize::from(visible), "{name}");
            let id = found.entries.first().and_then(|entry| entry.native.as_deref());
            assert!(id.is_none_or(|id| id == session.as_str()), "{name}");
        }
        let of_customer = ask(LookUp::Records(of_customer())).await.unwrap_or_default();
        assert!(
            of_customer
                .entries
                .iter()
                .all(|entry| entry.native.as_deref() == Some(session.as_str())),
            "{name}"
        );
        assert_eq!(
            ask(LookUp::Transfers(of_session())).await.expect(name),
            Found::default(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn look_ups_go_over_tcp_and_survive_an_expired_token() {
    let stage = Stage::served(|options| options.token_fault_status = status(401)).await;
    stage.simulator.fail_next("/queryflows", Mischief::TokensExpire);
    let found = find(&stage.oifde, LookUp::Ivrs).await.expect("flows");
    assert_eq!(names(&found), ["PIN check"]);
    assert_eq!((stage.tokens(), stage.sent("/queryflows")), (2, 2));
    assert_eq!(TENANT, stage.simulator.options().tenant_id);
    stage.simulator.update_options(|options| options.healthy = false);
    assert_eq!(
        state_of(&find(&stage.oifde, LookUp::Service).await.expect("an answer")),
        "abnormal"
    );
    stage.stop().await;
}
