//! The look-ups of section 7, each with its own envelope and paging.

use std::time::Duration;

use callcontrol_simulators::oifde::{CallIdStyle, Flow, FlowEnd, MonitorBody, NewSession, OifdeOptions};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, TENANT};

async fn query(bench: &Bench, name: &str, mut request: Value) -> Value {
    request["tenantId"] = json!(TENANT);
    request["authToken"] = json!(bench.token);
    bench.post(&format!("/oifde/rest/api/{name}"), &request).await.1
}

#[tokio::test(start_paused = true)]
async fn a_cti_call_id_leads_to_the_session() {
    let bench = Bench::new().await;
    let cti = NewSession::new(scenery::CUSTOMER)
        .cti_call_id("1528780879-9581")
        .call_id(CallIdStyle::Timestamp37);
    let session = bench.begin(cti);
    bench.begin(NewSession::new(scenery::OTHER_CUSTOMER));
    let answer = query(&bench, "queryRecordHistory", json!({ "ctiCallId": "1528780879-9581" })).await;
    assert_eq!((&answer["errorCode"], &answer["total"]), (&json!(0), &json!(1)));
    assert_eq!(answer["recordList"][0]["callId"], json!(session.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_record_query_needs_one_of_three_keys_and_pages_as_strings() {
    let bench = Bench::new().await;
    for (request, code) in [
        (json!({}), 10_000_002),
        (json!({ "userMobile": "" }), 10_000_002),
        (json!({ "userMobile": "1", "pageNum": 1 }), 10_000_002),
        (json!({ "userMobile": "1", "pageSize": "7" }), 10_000_002),
        (json!({ "userMobile": "1", "pageNum": "0" }), 10_000_002),
        (json!({ "userMobile": "1", "beginTime": "yesterday" }), 10_000_002),
        (json!({ "userMobile": "1", "pageNum": "1", "pageSize": "5" }), 0),
    ] {
        let answer = query(&bench, "queryRecordHistory", request.clone()).await;
        assert_eq!(answer["errorCode"], json!(code), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn records_come_in_pages_and_within_the_time_asked_for() {
    let bench = Bench::new().await;
    for _ in 0..7 {
        let session = bench.session();
        bench
            .sim
            .switch()
            .hang_up(&Party::outside(scenery::CUSTOMER), bench.sim.call_of(&session).unwrap())
            .unwrap();
        tokio::time::advance(Duration::from_secs(60)).await;
        bench
            .sim
            .update_options(|options| options.token_life = Duration::from_secs(7200));
    }
    let page = |number: &str| json!({ "userMobile": scenery::CUSTOMER, "pageNum": number, "pageSize": "5" });
    for (number, length) in [("1", 5), ("2", 2), ("3", 0)] {
        let answer = query(&bench, "queryRecordHistory", page(number)).await;
        assert_eq!(
            (&answer["total"], answer["recordList"].as_array().unwrap().len()),
            (&json!(7), length)
        );
    }
    let hours = json!({ "userMobile": scenery::CUSTOMER, "beginTime": "2026-01-01 00:01:00", "endTime": "2026-01-01 00:02:30" });
    assert_eq!(query(&bench, "queryRecordHistory", hours).await["total"], json!(2));
}

#[tokio::test(start_paused = true)]
async fn records_come_in_the_order_in_which_sessions_began_whatever_their_ids() {
    let bench = Bench::new().await;
    for id in ["9", "1", "5"] {
        let new = NewSession::new(scenery::CUSTOMER).call_id(CallIdStyle::Given(id.into()));
        let call = bench.sim.call_of(&bench.begin(new)).unwrap();
        bench
            .sim
            .switch()
            .hang_up(&Party::outside(scenery::CUSTOMER), call)
            .unwrap();
    }
    let answer = query(&bench, "queryRecordHistory", json!({ "userMobile": scenery::CUSTOMER })).await;
    let ids = answer["recordList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["callId"].as_str().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), ["9", "1", "5"]);
}

#[tokio::test(start_paused = true)]
async fn running_sessions_and_the_record_flag_are_as_the_options_say() {
    let bench = Bench::with(|options| options.records_running_sessions = false).await;
    let session = bench.session();
    let request = json!({ "callId": session.as_str() });
    assert_eq!(
        query(&bench, "queryRecordHistory", request.clone()).await["total"],
        json!(0)
    );
    bench
        .sim
        .switch()
        .hang_up(&Party::outside(scenery::CUSTOMER), bench.sim.call_of(&session).unwrap())
        .unwrap();
    assert_eq!(
        query(&bench, "queryRecordHistory", request.clone()).await["total"],
        json!(1)
    );
    bench.sim.update_options(|options| options.keeps_records = false);
    assert_eq!(query(&bench, "queryRecordHistory", request).await["total"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn the_latest_call_of_a_customer_comes_as_beans() {
    let bench = Bench::new().await;
    let first = bench.session();
    bench
        .sim
        .switch()
        .hang_up(&Party::outside(scenery::CUSTOMER), bench.sim.call_of(&first).unwrap())
        .unwrap();
    let latest = bench.session();
    let request = json!({ "params": { "userMobile": scenery::CUSTOMER } });
    let answer = query(&bench, "queryHistory", request.clone()).await;
    assert_eq!(
        (&answer["rtnCode"], &answer["beans"]["callId"]),
        (&json!(0), &json!(latest.as_str()))
    );
    bench.sim.update_options(|options| options.null_return_code = true);
    assert_eq!(query(&bench, "queryHistory", request).await["rtnCode"], Value::Null);
    assert_eq!(
        query(&bench, "queryHistory", json!({})).await["rtnCode"],
        json!(10_000_002)
    );
}

#[tokio::test(start_paused = true)]
async fn flows_are_listed_without_an_error_code_and_pages_are_integers() {
    let bench = Bench::with(|options: &mut OifdeOptions| options.flows.push(Flow::ivr(3, "1400", "Survey"))).await;
    let answer = query(
        &bench,
        "queryflows",
        json!({ "source": "IVR", "pageNum": 1, "pageSize": 5 }),
    )
    .await;
    assert!(answer.get("errorCode").is_none());
    let codes: Vec<&str> = answer["flowList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flow| flow["flowCode"].as_str().unwrap())
        .collect();
    assert_eq!(codes, [scenery::PIN_CHECK, "1400"]);
    assert_eq!(
        query(&bench, "queryflows", json!({ "flowName": "Survey" })).await["total"],
        json!(1)
    );
    assert_eq!(
        query(&bench, "queryflows", json!({ "source": "OIFDE" })).await["flowList"][0]["flowCode"],
        json!("9000")
    );
    assert_eq!(
        query(&bench, "queryflows", json!({ "pageNum": "1" })).await["errorCode"],
        json!(10_000_002)
    );
}

#[tokio::test(start_paused = true)]
async fn intentions_need_a_domain_where_the_built_in_silent_agent_system_is_used() {
    let bench = Bench::new().await;
    let request = json!({ "language": "en_US", "pageNum": 1, "pageSize": 5 });
    assert_eq!(
        query(&bench, "intentions/query", request.clone()).await["errorCode"],
        json!(10_000_002)
    );
    for domain in [json!("1"), json!(1)] {
        let mut with_domain = request.clone();
        with_domain["domainInfo"] = json!({ "domainId": domain });
        assert_eq!(query(&bench, "intentions/query", with_domain).await["total"], json!(2));
    }
    bench.sim.update_options(|options| options.silent_use_ipcc = false);
    assert_eq!(query(&bench, "intentions/query", request).await["errorCode"], json!(0));
}

#[tokio::test(start_paused = true)]
async fn an_outside_transfer_is_on_record_once_it_was_carried_out_if_the_option_says_so() {
    let bench = Bench::with(|options| options.records_outside_transfers = true).await;
    let session = bench.session();
    let request = json!({ "callId": session.as_str() });
    assert_eq!(bench.transfer(&session, "5", scenery::THIRD_PARTY).await, "0");
    assert_eq!(
        query(&bench, "queryTransferRecordHistory", request.clone()).await["total"],
        json!(0),
        "it still rings"
    );
    let call = bench.sim.call_of(&session).unwrap();
    bench
        .sim
        .switch()
        .answer(&Party::outside(scenery::THIRD_PARTY), call)
        .unwrap();
    let answer = query(&bench, "queryTransferRecordHistory", request.clone()).await;
    assert_eq!(
        (
            &answer["errorMessage"],
            &answer["transferRecordList"][0]["transfNumber"]
        ),
        (&json!(""), &json!(scenery::THIRD_PARTY))
    );
    bench
        .sim
        .update_options(|options| options.records_outside_transfers = false);
    assert_eq!(
        query(&bench, "queryTransferRecordHistory", request).await["total"],
        json!(0)
    );
}

#[tokio::test(start_paused = true)]
async fn queries_need_a_token_too() {
    let bench = Bench::new().await;
    bench.sim.expire_tokens();
    let record = query(&bench, "queryRecordHistory", json!({ "userMobile": "1" })).await;
    assert_eq!(record["errorCode"], json!(900_001));
    assert_eq!(
        query(&bench, "queryflows", json!({})).await["errorCode"],
        json!(900_001)
    );
    assert_eq!(
        query(&bench, "queryHistory", json!({ "params": { "userMobile": "1" } })).await["rtnCode"],
        json!(900_001)
    );
}

#[tokio::test(start_paused = true)]
async fn list_items_may_carry_members_nobody_documented() {
    let bench = Bench::with(|options| options.unknown_members = true).await;
    let session = bench.session();
    let answer = query(&bench, "queryRecordHistory", json!({ "callId": session.as_str() })).await;
    assert!(answer["recordList"][0]["reserved1"].is_object());
}

#[tokio::test(start_paused = true)]
async fn the_health_check_takes_get_and_post_and_says_400_when_ill() {
    let bench = Bench::new().await;
    let path = "/oifde/rest/api/servicemonitor";
    let good = (StatusCode::OK, json!({ "jvm": { "fullgc": "0", "deadlock": "0" } }));
    assert_eq!(bench.post(path, &json!({})).await, good);
    let get = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(
        tower::ServiceExt::oneshot(bench.router.clone(), get)
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    bench.sim.update_options(|options| options.healthy = false);
    assert_eq!(bench.post(path, &json!({})).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_server_may_say_anything_besides_200() {
    for (body, text) in [
        (MonitorBody::FullGc, "{\"jvm\":{\"deadload\":\"0\",\"fullgc\":\"1\"}}"),
        (MonitorBody::Deadlock, "{\"jvm\":{\"deadload\":\"1\",\"fullgc\":\"0\"}}"),
        (MonitorBody::AsPrinted, "{\"jvm\":{\"deadload\":\"0\",\"fullgc\":\"0\"}"),
        (MonitorBody::Empty, ""),
    ] {
        let change = |options: &mut OifdeOptions| {
            options.monitor_body = body;
            options.deadlock_key = "deadload".into();
        };
        let bench = Bench::with(change).await;
        let (status, answer) = bench
            .post_text("/oifde/rest/api/servicemonitor", String::new())
            .await
            .unwrap();
        assert_eq!(status, StatusCode::OK, "{body:?}");
        let same = serde_json::from_str::<Value>(text).ok() == serde_json::from_str::<Value>(&answer).ok();
        assert!(same && answer.len() == text.len(), "{body:?}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_conversations_that_are_over_the_latest_are_kept_and_one_that_goes_on_is_kept_for_ever() {
    let bench = Bench::with(|options| options.sessions_kept = 3).await;
    let lasting = bench.begin(NewSession::new("2065550001"));
    let mut over = Vec::new();
    for number in 2..9 {
        let session = bench.begin(NewSession::new(format!("206555000{number}")));
        assert!(bench.sim.end_flow(&session, FlowEnd::Normal));
        over.push(session);
    }
    let kept = bench.sim.sessions();
    assert!(
        kept.contains(&lasting) && kept.contains(over.last().unwrap()),
        "{kept:?}"
    );
    assert!(kept.len() <= 4, "{kept:?}");
    assert_eq!(bench.sim.has_ended(over.first().unwrap()), None);
    assert_eq!(bench.change(&lasting, "2").await, "0");
}
