//! Queries about calls, call data and requeuing (sections 8 and 17.8).

use callcontrol_simulators::cc_gateway::{LastCallFlag, SetCallDataMethod};
use callcontrol_simulators::scenery::{ANN, BILLING, BOB, CUSTOMER, OTHER_CUSTOMER, SUPPORT, THIRD_PARTY};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use serde_json::json;

use crate::client::{Desk, ann_talks, customer_calls, gateway, gateway_with};

#[tokio::test(start_paused = true)]
async fn the_current_call_is_described_with_numbers() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let info = ann.data("GET", "callinfo?isNoContainLastCall=true").await.result();
    assert_eq!(
        (&info["callfeature"], &info["caller"], &info["endtime"]),
        (&json!(0), &json!(CUSTOMER), &json!(null))
    );
    let callid = gateway.call_id(call, ANN.0).unwrap();
    assert_eq!(info["callid"], callid.as_str());
    assert_eq!(
        ann.data("GET", &format!("callinfobycallid/{callid}")).await.result(),
        info
    );
    assert_eq!(ann.data("GET", "callinfobycallid/1-1").await.code(), "200-026");
    assert_eq!(ann.data("GET", "allcallid").await.result(), json!([callid]));
    assert_eq!(ann.data("GET", "allcallinfoEx/101").await.result(), json!([callid]));
    assert_eq!(ann.data("GET", "allcallinfo/101").await.result(), json!([info]));
    assert_eq!(ann.data("GET", "remotenumbers").await.result(), json!([CUSTOMER]));
    assert_eq!(ann.data("GET", "holdlist").await.code(), "400-003");
    ann.voice("POST", "hold").await.result();
    assert_eq!(ann.data("GET", "holdlist").await.result()[0]["callid"], callid.as_str());
    assert_eq!(ann.data("GET", "callinfo").await.result(), json!(null));
}

#[tokio::test(start_paused = true)]
async fn a_ringing_call_is_described_before_it_is_answered() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    assert_eq!(ann.data("GET", "callinfobeforeanswer").await.result(), json!(null));
    customer_calls(gateway.switch());
    assert_eq!(
        ann.data("GET", "callinfobeforeanswer").await.result()["caller"],
        CUSTOMER
    );
}

#[tokio::test(start_paused = true)]
async fn the_last_call_is_told_as_the_flag_is_read() {
    for (reading, asks) in [
        (LastCallFlag::TrueExcludes, "false"),
        (LastCallFlag::TrueIncludes, "true"),
    ] {
        let gateway = gateway_with(|options| options.last_call_flag = reading);
        let (ann, _) = ann_talks(&gateway).await;
        ann.voice("DELETE", "release").await.result();
        for flag in ["true", "false"] {
            let info = ann
                .data("GET", &format!("callinfo?isNoContainLastCall={flag}"))
                .await
                .result();
            assert_eq!(info["caller"] == CUSTOMER, flag == asks, "{reading:?} {flag}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_customer_of_a_talk_forwarding_is_no_held_call() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    ann.transfer(5, THIRD_PARTY, 3).await;
    assert_eq!(ann.data("GET", "holdlist").await.code(), "400-003");
    assert_eq!(
        ann.data("GET", "allcallid").await.result(),
        json!([gateway.call_id(call, ANN.0)])
    );
}

#[tokio::test(start_paused = true)]
async fn call_data_is_set_and_read_in_the_old_way_and_the_new() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let callid = gateway.call_id(call, ANN.0).unwrap();
    assert_eq!(ann.data("GET", "appdata").await.result(), json!(""));
    assert_eq!(
        ann.data("PUT", &format!("?calldata=a%20b&callid={callid}"))
            .await
            .code(),
        "0"
    );
    assert_eq!(ann.data("GET", "appdata").await.result(), json!("a b"));
    let path = "calldata/101/setcalldataex";
    for method in ["PUT", "POST"] {
        let body = json!({ "callid": callid, "calldata": method });
        assert_eq!(ann.ask(method, path, Some(body)).await.code(), "0");
        assert_eq!(ann.data("GET", "callinfo").await.result()["calldata"], method);
    }
    let gone = json!({ "callid": "1456401416-9", "calldata": "x" });
    assert_eq!(ann.ask("PUT", path, Some(gone.clone())).await.code(), "400-001");
    gateway.update_options(|options| options.set_call_data = SetCallDataMethod::Post);
    assert_eq!(ann.ask("PUT", path, Some(gone)).await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_moves_to_another_queue_without_an_event() {
    let gateway = gateway();
    let mut bob = Desk::signed_in(&gateway, BOB, 3).await;
    let call = gateway
        .switch()
        .place_call(OTHER_CUSTOMER, &Party::queue(BILLING))
        .unwrap();
    let waiting = bob.data("GET", "waitcallinfo/25").await.result();
    let body = json!({ "callid": waiting[0]["callid"], "skillid": 26 });
    let reply = bob
        .ask("PUT", "calldata/102/assignuserinqueue", Some(body.clone()))
        .await;
    assert_eq!(reply.json(), json!({ "message": "", "retcode": "0", "result": {} }));
    assert_eq!(
        gateway.switch().customer_at(call),
        Some(CustomerPlace::InQueue(SUPPORT.into()))
    );
    assert_eq!(bob.kinds().await, Vec::<String>::new());
    assert_eq!(bob.data("GET", "waitcallinfo/25").await.result(), json!([]));
    assert_eq!(
        bob.data("GET", "waitcallinfo/26").await.result()[0]["callid"],
        body["callid"]
    );
    assert_eq!(gateway.switch().journal().transfers_of(call), 1);
    // Bob does not serve queue 26, where the call is now.
    let back = json!({ "callid": body["callid"], "skillid": "25" });
    assert_eq!(
        bob.ask("PUT", "calldata/102/assignuserinqueue", Some(back.clone()))
            .await
            .code(),
        "100-007"
    );
    gateway.update_options(|options| options.requeue_own_queues_only = false);
    assert_eq!(
        bob.ask("PUT", "calldata/102/assignuserinqueue", Some(back))
            .await
            .code(),
        "0"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_in_conversation_cannot_be_requeued() {
    let gateway = gateway();
    let (ann, call) = ann_talks(&gateway).await;
    let body = json!({ "callid": gateway.call_id(call, ANN.0), "skillid": 26 });
    assert_eq!(
        ann.ask("PUT", "calldata/101/assignuserinqueue", Some(body))
            .await
            .code(),
        "100-007"
    );
    let nothing = json!({ "callid": "1456401416-9" });
    assert_eq!(
        ann.ask("PUT", "calldata/101/assignuserinqueue", Some(nothing))
            .await
            .code(),
        "000-002"
    );
}

#[tokio::test(start_paused = true)]
async fn access_codes_and_queues_are_listed() {
    let gateway = gateway();
    let ann = Desk::signed_in(&gateway, ANN, 4).await;
    let codes = ann.ask("GET", "queuedevice/101/innoinfo", None).await.result();
    assert_eq!(codes[0]["inno"], "6048");
    assert_eq!(
        ann.ask("GET", "queuedevice/101/agentvdnskill", None)
            .await
            .result()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        ann.ask("GET", "queuedevice/101/ivrinfo", None).await.result(),
        json!([{ "access": "1321", "id": 1, "description": "1321", "serviceNo": 1 }])
    );
    gateway.update_options(|options| options.access_codes.clear());
    assert_eq!(ann.ask("GET", "queuedevice/101/innoinfo", None).await.code(), "600-003");
}
