//! A tolerant client gets along with every setting of the unknowns (section 13).

use std::collections::{BTreeMap, BTreeSet};

use callcontrol_simulators::oifde::{Delivery, OifdeOptions, OifdeSimulator, WorkMode};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::CustomerPlace;
use http::StatusCode;
use serde_json::{Value, json};

use crate::bench::{Bench, MODE, TENANT};

/// What a client that follows the recommendations reads as success.
fn accepted(status: StatusCode, answer: &Value) -> bool {
    let code = answer.get("errorCode").unwrap_or(&Value::Null);
    let success = code.is_null() || *code == json!(0) || *code == json!("0");
    status.is_success() && answer.is_object() && success
}

#[tokio::test(start_paused = true)]
async fn a_tolerant_client_gets_a_token_and_goes_from_watching_to_speaking_to_handing_over() {
    for (name, options) in OifdeOptions::variants() {
        let on_demand = options.deliver == Delivery::OnDemand;
        let sim = OifdeSimulator::new(scenery::switch(), options);
        let router = sim.router();
        let mut bench = Bench {
            sim,
            router,
            token: String::new(),
        };
        let (status, answer) = bench
            .post(
                "/oifde/rest/api/gettoken",
                &json!({ "appKey": TENANT, "appSecret": "oifde-secret" }),
            )
            .await;
        assert!(accepted(status, &answer), "{name}: {status} {answer}");
        bench.token = answer["authToken"].as_str().unwrap().to_owned();
        let session = bench.session();
        for request in [
            bench.mode_request(&session, "2"),
            bench.transfer_request(&session, "3", "Support"),
        ] {
            let (status, answer) = bench.post(MODE, &request).await;
            assert!(accepted(status, &answer), "{name}: {status} {answer}");
        }
        assert_eq!(bench.sim.mode_of(&session), Some(WorkMode::Transfer), "{name}");
        if on_demand {
            bench.sim.deliver(&session).unwrap();
        }
        let place = CustomerPlace::InQueue(scenery::SUPPORT.into());
        assert_eq!(bench.sim.customer_at(&session), Some(place), "{name}");
        assert_eq!(bench.sim.transfers_of(&session), 1, "{name}");
    }
}

/// The options of this server as `Debug` shows them, by field.
fn fields(options: &OifdeOptions) -> BTreeMap<String, String> {
    let printed = format!("{options:#?}");
    let mut fields = BTreeMap::<String, String>::new();
    let mut last = String::new();
    for line in printed.lines().filter(|line| line.starts_with("    ")) {
        if let Some((name, value)) = line.split_once(": ").filter(|_| !line.starts_with("     ")) {
            last = name.trim().to_owned();
            fields.insert(last.clone(), value.to_owned());
        } else if let Some(value) = fields.get_mut(&last) {
            value.push_str(line);
        }
    }
    fields
}

#[test]
fn every_option_that_is_no_mere_datum_has_a_variant() {
    let usual = fields(&OifdeOptions::default());
    let mut varied = BTreeSet::new();
    for (name, options) in OifdeOptions::variants() {
        let other = fields(&options);
        let differ: Vec<&String> = usual.keys().filter(|field| usual[*field] != other[*field]).collect();
        assert!(!differ.is_empty(), "{name} is the default");
        varied.extend(differ.into_iter().cloned());
    }
    let left: Vec<&str> = usual
        .keys()
        .filter(|field| !varied.contains(*field))
        .map(String::as_str)
        .collect();
    let data = [
        "api_password",
        "component_accounts",
        "digital_assistants",
        "epoch",
        "flows",
        "intentions",
        "message_box",
        "other_tenants",
        "robot_ivr",
        "sessions_kept",
        "system_accounts",
        "tenant_id",
    ];
    assert_eq!(left, data);
}

#[test]
fn no_two_variants_have_one_name() {
    let names: Vec<&str> = OifdeOptions::variants().into_iter().map(|(name, _)| name).collect();
    let different: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), different.len());
}
