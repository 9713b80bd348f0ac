//! Recording on and off, with its state, its capabilities and its keys.

use callcontrol_simulators::gws::{GwsOptions, GwsSimulator};
use callcontrol_simulators::scenery;
use serde_json::{Value, json};

use crate::client::{Desk, may, talking};

async fn change(desk: &Desk, call: &str, operation: &str) -> (String, Value) {
    desk.does(call, operation).await;
    let told = desk.events().await;
    assert_eq!(told.len(), 1, "{told:?}");
    (
        told[0]["notificationType"].as_str().unwrap().into(),
        told[0]["call"].clone(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_call_is_recorded_paused_resumed_and_no_longer_recorded() {
    let gws = GwsSimulator::new(scenery::switch(), GwsOptions::default().with_every_feature());
    let desk = Desk::start(&gws, "ann").await;
    let (switch_call, name) = talking(&desk, gws.switch()).await;
    let call = desk.calls().await.remove(0);
    assert_eq!(call["recordingState"], "Stopped");
    assert!(may(&call, "StartCallRecording") && !may(&call, "StopCallRecording"));
    for (operation, state, key, next) in [
        ("StartCallRecording", "Recording", "ON", "PauseCallRecording"),
        ("PauseCallRecording", "Paused", "PAUSED", "ResumeCallRecording"),
        ("ResumeCallRecording", "Recording", "ON", "StopCallRecording"),
        ("StopCallRecording", "Stopped", "OFF", "StartCallRecording"),
    ] {
        let (kind, call) = change(&desk, &name, operation).await;
        assert_eq!(kind, "CallRecordingStateChange");
        assert_eq!(
            (&call["recordingState"], &call["userData"]["GSIP_RECORD"]),
            (&json!(state), &json!(key))
        );
        assert!(
            call["userData"]["GSIP_REC_FN"].is_string() && may(&call, next),
            "{call}"
        );
    }
    let kept = gws.switch().call(switch_call).unwrap().data;
    assert_eq!(kept.get("GSIP_RECORD").map(String::as_str), Some("OFF"));
    assert_eq!(
        desk.operate(&name, "PauseCallRecording", json!({})).await.code().1,
        2,
        "nothing runs that could pause"
    );
}

#[tokio::test(start_paused = true)]
async fn the_word_for_a_running_recording_is_a_choice() {
    let mut options = GwsOptions::default().with_every_feature();
    options.recording_word = "Started".into();
    let gws = GwsSimulator::new(scenery::switch(), options);
    let desk = Desk::start(&gws, "ann").await;
    let (_, name) = talking(&desk, gws.switch()).await;
    assert_eq!(
        change(&desk, &name, "StartCallRecording").await.1["recordingState"],
        "Started"
    );
}
