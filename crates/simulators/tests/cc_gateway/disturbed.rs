//! Events and answers that go wrong on their way (faults of the network, and of the gateway between two servers).

use std::time::Duration;

use callcontrol_simulators::cc_gateway::{AuthMode, Charset, EventMischief, Mischief};
use callcontrol_simulators::scenery::{ANN, EVE};
use http::StatusCode;
use serde_json::json;

use crate::client::{BASE, Desk, gateway, gateway_with};

async fn states(ann: &mut Desk) -> Vec<String> {
    for step in ["saybusy", "cancelbusy", "work"] {
        ann.ask("POST", &format!("onlineagent/101/{step}"), None).await.result();
    }
    ann.kinds().await
}

#[tokio::test(start_paused = true)]
async fn an_event_is_lost_doubled_or_overtaken_once_and_only_where_planned() {
    let [busy, free, work] = [
        "State_SetNotReady_Success",
        "State_CancelNotReady_Success",
        "State_SetWork_Success",
    ];
    let cases = [
        (EventMischief::Lost, vec![busy, work]),
        (EventMischief::Duplicated, vec![busy, free, free, work]),
        (EventMischief::Overtaken, vec![busy, work, free]),
    ];
    for (what, seen) in cases {
        let gateway = gateway();
        let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
        gateway.disturb_event(EVE.0, "State_CancelNotReady", EventMischief::Lost);
        gateway.disturb_event(ANN.0, "State_CancelNotReady", what);
        assert_eq!(states(&mut ann).await, seen, "{what:?}");
        ann.ask("POST", "onlineagent/101/cancelwork", None).await.result();
        ann.kinds().await;
        assert_eq!(states(&mut ann).await, [busy, free, work], "{what:?} counts once");
        gateway.disturb_event(ANN.0, "", what);
        gateway.behave();
        ann.ask("POST", "onlineagent/101/cancelwork", None).await.result();
        assert_eq!(ann.kinds().await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_answer_that_is_lost_takes_its_event_and_its_new_guid_with_it() {
    let timing = AuthMode::Rotating {
        interval: Duration::from_secs(60),
        timeout: Duration::from_secs(120),
    };
    let gateway = gateway_with(|options| options.auth = timing);
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    ann.ask("POST", "onlineagent/101/saybusy", None).await.result();
    gateway.rotate_guid_now(ANN.0);
    gateway.fail_next("agentevent", Mischief::LostReply);
    let request = http::Request::get(format!("{BASE}/agentevent/101")).header("guid", ann.guid.clone().unwrap());
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(gateway.router(), request).await.unwrap();
    assert_eq!(answer.headers().get("set-guid"), None);
    assert!(http_body_util::BodyExt::collect(answer.into_body()).await.is_err());
    assert_ne!(gateway.guid(ANN.0), ann.guid);
    assert_eq!(ann.kinds().await, Vec::<String>::new());
    tokio::time::advance(Duration::from_secs(119)).await;
    let late = ann.poll().await;
    // The old GUID is still good, and the one that was lost is due for its own successor by now.
    assert_eq!((late.code().as_str(), late.new_guid().is_some()), ("0", true));
}

#[tokio::test(start_paused = true)]
async fn the_gateway_is_away_for_some_requests() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    gateway.fail_times(2, "agentevent", &Mischief::Retcode("000-004".into()));
    for code in ["000-004", "000-004", "0"] {
        assert_eq!(ann.poll().await.code(), code);
    }
    gateway.fail_next("", Mischief::HtmlError(StatusCode::BAD_GATEWAY));
    assert_eq!(ann.poll().await.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_come_in_gbk_and_say_so() {
    let gateway = gateway();
    let mut ann = Desk::signed_in(&gateway, ANN, 4).await;
    let eve = Desk::signed_in(&gateway, EVE, 4).await;
    let note = json!({ "agentIds": ["101"], "content": "午餐" });
    for planned in [true, false] {
        eve.ask("POST", "onlineagent/103/sendnoteletex", Some(note.clone()))
            .await
            .result();
        match planned {
            true => gateway.fail_next("agentevent", Mischief::GbkReply),
            false => gateway.update_options(|options| options.charset = Charset::Gbk),
        }
        let request = http::Request::get(format!("{BASE}/agentevent/101")).header("guid", ann.guid.clone().unwrap());
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(gateway.router(), request).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json;charset=GBK");
        let bytes = http_body_util::BodyExt::collect(answer.into_body())
            .await
            .unwrap()
            .to_bytes();
        let gbk = [0xce, 0xe7, 0xb2, 0xcd];
        assert!(bytes.windows(4).any(|four| four == gbk), "{bytes:?}");
    }
    gateway.update_options(|options| options.charset = Charset::Utf8);
    assert_eq!(ann.poll().await.code(), "0");
}
