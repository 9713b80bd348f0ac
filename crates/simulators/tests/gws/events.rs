//! Notifications in the hands of a test: kept back, let go in any order, doubled, lost, or left to chance.

use std::time::Duration;

use callcontrol_simulators::gws::EventMischief;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::AgentState;
use serde_json::json;

use crate::client::{Desk, OK, gws, talking};

#[tokio::test(start_paused = true)]
async fn what_is_kept_back_is_let_go_in_the_order_of_the_test() {
    let gws = gws(|_| {});
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    gws.withhold_events("101");
    desk.does(&name, "Hold").await;
    desk.does(&name, "Retrieve").await;
    desk.does(&name, "MuteCall").await;
    assert!(desk.heard().await.is_empty(), "answered, and nothing told");
    let waiting = gws.withheld_events("101");
    assert!(waiting[0].starts_with("StatusChange Held 00A1"), "{waiting:?}");
    assert!(gws.release_event("101", 1) && gws.repeat_event("101", 0) && gws.drop_event("101", 1));
    assert_eq!(
        desk.heard().await,
        ["StatusChange Established Inbound", "StatusChange Held Inbound"]
    );
    assert_eq!(gws.withheld_events("101").len(), 1);
    assert!(!gws.release_event("101", 7), "there is none");
    gws.release_events("101");
    assert_eq!(desk.heard().await, ["StatusChange Held Inbound"]);
    desk.does(&name, "UnmuteCall").await;
    assert_eq!(desk.heard().await.len(), 1, "nothing is kept back any more");
}

#[tokio::test(start_paused = true)]
async fn chance_loses_doubles_and_delays_and_does_the_same_again() {
    let story = async |seed: u64| {
        let gws = gws(|_| {});
        let desk = Desk::start(&gws, "ann").await;
        let (_, name) = talking(&desk, gws.switch()).await;
        let mischief = EventMischief {
            seed,
            lost: 20,
            doubled: 20,
            late: 40,
            delay: Duration::from_millis(500),
        };
        gws.update_options(|options| options.event_mischief = Some(mischief));
        for turn in 0..10 {
            desk.does(&name, if turn % 2 == 0 { "Hold" } else { "Retrieve" }).await;
        }
        let mut heard = desk.heard().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        heard.extend(desk.heard().await);
        heard
    };
    let first = story(1).await;
    assert_eq!(first, story(1).await, "the same seed, the same losses");
    let in_order: Vec<_> = (0..10)
        .map(|turn| {
            format!(
                "StatusChange {} Inbound",
                if turn % 2 == 0 { "Held" } else { "Established" }
            )
        })
        .collect();
    assert_ne!(first, in_order);
    assert_ne!(first, story(2).await);
}

#[tokio::test(start_paused = true)]
async fn a_sample_of_the_vendors_can_be_sent_as_it_is() {
    let gws = gws(|_| {});
    let mut desk = Desk::start(&gws, "ann").await;
    desk.subscribe_anew(&["/v2/me"]).await;
    let sample = json!({"notificationType": "PasswordChangeError", "errorMessage": "too short", "errorCode": 1});
    gws.send_event("101", "/v2/me", sample.clone());
    assert_eq!(desk.events().await, [sample]);
    gws.send_error_event("101", 415, "Invalid Destination DN");
    assert!(desk.events().await.is_empty(), "errors go to the calls' topic");
}

#[tokio::test(start_paused = true)]
async fn five_hundred_desks_hear_only_of_themselves() {
    use callcontrol_simulators::gws::{DEFAULT_PASSWORD, GwsOptions, GwsSimulator, GwsUser};
    use callcontrol_testkit::switch::{Party, SharedSwitch, Switch};

    let mut builder = Switch::builder().outside(scenery::CUSTOMER);
    let mut options = GwsOptions::default();
    for number in 0..500 {
        builder = builder.absent_agent(&format!("a{number}"), &format!("{}", 10_000 + number));
        let user = GwsUser::new(&format!("user{number}"), DEFAULT_PASSWORD, &format!("a{number}"));
        options.users.push(user);
    }
    let gws = GwsSimulator::new(SharedSwitch::new(builder.build()), options);
    let mut desks = Vec::new();
    for number in 0..500 {
        desks.push(Desk::start(&gws, &format!("user{number}")).await);
    }
    let call = gws
        .switch()
        .place_call(scenery::CUSTOMER, &Party::agent("a77"))
        .unwrap();
    gws.switch().set_agent_state("a78", AgentState::Ready).unwrap();
    for (number, desk) in desks.iter().enumerate() {
        let expected: &[&str] = match number {
            77 => &["StatusChange Ringing Inbound"],
            78 => &["DeviceStateChangeMessage"],
            _ => &[],
        };
        assert_eq!(desk.heard().await, expected, "desk {number}");
    }
    assert_eq!(desks[77].get("me").await.code(), OK);
    assert!(gws.switch().call(call).is_some());
}
