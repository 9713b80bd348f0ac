//! A tolerant client goes through a two-step transfer with every option value: the server is sound with each.

use std::time::Duration;

use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use http::Method;
use serde_json::{Value, json};

use crate::client::{Desk, ann, bob, may, uri};

/// A client that relies on as little as the page allows: ids out of `uri`, states out of snapshots.
struct Tolerant {
    desk: Desk,
    base: Vec<(String, String)>,
}

impl Tolerant {
    async fn start(gws: &GwsSimulator) -> Self {
        let mut desk = Desk::new(gws, "ann");
        let me = desk.get("me").await;
        let text = |name: &str| me.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        if let (Some(header), Some(token)) = (text("x-csrf-header"), text("x-csrf-token")) {
            desk.headers = vec![(header, token)];
        }
        desk.subscribe_anew(&["/v2/me/*"]).await;
        let base = desk.headers.clone();
        let client = Self { desk, base };
        client
            .post(
                "me",
                json!({"operationName": "StartContactCenterSession", "channels": ["voice"]}),
            )
            .await;
        client
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        assert_eq!(self.desk.headers, self.base);
        let got = self.desk.send(Method::POST, path, Some(body.to_string())).await;
        let code = got.json()["statusCode"].clone();
        assert!(code == 0 || code == 7, "{got:?}");
        got.json()
    }

    /// The call of this type with all that it says, once it is in this state.
    async fn call(&self, kind: &str, state: &str) -> Value {
        for _ in 0..50 {
            let calls = self.desk.calls().await;
            let found = calls
                .iter()
                .find(|call| call["callType"] == kind && call["state"] == state);
            if let Some(call) = found {
                return call.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {kind} call is {state}");
    }

    async fn operate(&self, call: &Value, operation: &str, mut body: Value) {
        assert!(
            may(call, operation),
            "{operation} is not among {}",
            call["capabilities"]
        );
        body["operationName"] = json!(operation);
        let path = format!("me/calls/{}", uri(call).rsplit('/').next().unwrap());
        self.post(&path, body).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_two_step_transfer_works_with_every_option_value() {
    let variants = GwsOptions::variants();
    assert!(variants.len() > 60);
    for (name, options) in variants {
        println!("{name}");
        let gws = GwsSimulator::new(scenery::switch(), options);
        gws.switch().sign_in(scenery::BOB.0).unwrap();
        gws.switch().set_behaviour(&bob(), Behaviour::Answers).unwrap();
        let client = Tolerant::start(&gws).await;
        let call = gws.switch().place_call(scenery::CUSTOMER, &ann()).unwrap();
        client
            .operate(&client.call("Inbound", "Ringing").await, "Answer", json!({}))
            .await;
        let talking = client.call("Inbound", "Established").await;
        client
            .operate(
                &talking,
                "InitiateTransfer",
                json!({"destination": {"phoneNumber": "7002"}}),
            )
            .await;
        let consult = client.call("Consult", "Established").await;
        client.operate(&consult, "CompleteTransfer", json!({})).await;
        assert!(client.desk.calls().await.is_empty(), "{name}");
        assert_eq!(
            gws.switch().customer_at(call),
            Some(CustomerPlace::WithAgent("102".into())),
            "{name}"
        );
        assert_eq!(gws.switch().journal().transfers_of(call), 1, "{name}");
        assert_eq!(gws.switch().check_invariants(), Vec::<String>::new(), "{name}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!client.desk.events().await.is_empty(), "{name}");
    }
}

#[test]
fn every_variant_has_a_name_of_its_own_and_differs_from_the_default() {
    let variants = GwsOptions::variants();
    let usual = format!("{:?}", GwsOptions::default());
    let mut names: Vec<&str> = variants.iter().map(|(name, _)| *name).collect();
    for (name, options) in &variants {
        assert_ne!(format!("{options:?}"), usual, "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), variants.len());
}
