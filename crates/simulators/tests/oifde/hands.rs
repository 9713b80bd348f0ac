//! The control verbs over HTTP, as a person at a terminal uses them.

use callcontrol_simulators::control;
use callcontrol_simulators::oifde::Delivery;
use callcontrol_simulators::scenery;
use http::StatusCode;
use serde_json::json;

use crate::bench::Bench;

#[tokio::test(start_paused = true)]
async fn a_person_begins_a_session_asks_for_help_and_takes_the_next_turn() {
    let mut bench = Bench::with(|options| options.deliver = Delivery::OnDemand).await;
    let switch_verbs = control::router(bench.sim.switch().clone());
    bench.router = bench.router.merge(switch_verbs).merge(bench.sim.control_router());
    let (status, begun) = bench
        .post("/_control/oifde/sessions", &json!({ "customer": scenery::CUSTOMER }))
        .await;
    assert_eq!((status, &begun["mode"]), (StatusCode::OK, &json!("Supervision")));
    let session = begun["session"].as_str().unwrap().into();
    let which = json!({ "session": begun["session"] });
    let (_, help) = bench.post("/_control/oifde/help", &which).await;
    assert_eq!(
        help["nodeId"],
        json!(bench.sim.help_request_of(&session).unwrap().node_id)
    );
    assert_eq!(
        bench.post("/_control/oifde/deliver", &which).await.0,
        StatusCode::BAD_REQUEST,
        "nothing waits"
    );
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    let (_, delivered) = bench.post("/_control/oifde/deliver", &which).await;
    assert_eq!(
        (&delivered["customer_at"], &delivered["transfer"]),
        (&json!({ "in_queue": scenery::SUPPORT }), &json!("Done"))
    );
    assert_eq!(bench.sim.sessions(), std::slice::from_ref(&session));
    bench.post("/_control/oifde/expire_tokens", &json!({})).await;
    assert_eq!(bench.change(&session, "1").await, "900001");
}

#[tokio::test(start_paused = true)]
async fn a_person_lets_a_transfer_fail_and_ends_the_flow() {
    let mut bench = Bench::new().await;
    bench.router = bench.router.merge(bench.sim.control_router());
    let session = bench.session();
    bench.post("/_control/oifde/fail_next_transfer", &json!({})).await;
    assert_eq!(bench.transfer(&session, "3", "Support").await, "0");
    let (_, seen) = bench
        .post("/_control/oifde/end_flow", &json!({ "session": session.as_str() }))
        .await;
    assert_eq!(
        (&seen["transfer"], &seen["customer_at"]),
        (&json!("Failed(None)"), &json!("gone"))
    );
    let again = bench
        .post("/_control/oifde/end_flow", &json!({ "session": session.as_str() }))
        .await;
    assert_eq!(again.0, StatusCode::BAD_REQUEST, "no flow runs any more");
}

#[tokio::test(start_paused = true)]
async fn a_verb_that_makes_no_sense_says_what_it_takes() {
    let mut bench = Bench::new().await;
    bench.router = bench.sim.control_router();
    for body in [
        json!({}),
        json!({ "customer": "1", "mode": "transfer" }),
        json!({ "customer": "1", "medium": "fax" }),
        json!({ "who": "1" }),
    ] {
        let (status, answer) = bench.post("/_control/oifde/sessions", &body).await;
        assert!(
            status == StatusCode::BAD_REQUEST && answer["error"].is_string(),
            "{body}"
        );
    }
    assert!(bench.sim.sessions().is_empty());
}
