//! A canary: password, tokens and numbers must show on no surface, at no log level, even where the vendor echoes them.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use callcontrol_core::{
    AdoptState, AgentId, CallControl, CallDataPatch, Error, HelpRequest, LookUp, OpCx, OpenSession, PhoneNumber,
    RecordsOf, RobotMode, Say, Secret, SecretRef, Target, Transfer, TransferMode,
};
use callcontrol_huawei_oifde::{Caller, OifdeConfig};
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;

use crate::support::{Play, Script, Seen, TENANT, adapter_with, adopt, grant, open};

const CANARY_PASSWORD: &str = "canary-pässword \"7\"";
const CANARY_TOKEN: &str = "CANARYtoken";
const CANARY_NUMBER: &str = "4915550100555";
const CANARY_DATA: &str = "canary data of the customer";

#[derive(Clone, Default)]
struct Surface(Arc<Mutex<Vec<u8>>>);

impl Surface {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("whole")).into_owned()
    }
}

impl io::Write for Surface {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn everything_of(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?} {:?}\n", error.native());
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = writeln!(shown, "{cause} {cause:?}");
        source = cause.source();
    }
    shown
}

fn assert_silent(shown: &str) {
    for canary in [CANARY_PASSWORD, "canary-p", CANARY_TOKEN, CANARY_NUMBER, CANARY_DATA] {
        assert!(!shown.contains(canary), "\"{canary}\" is in: {shown}");
    }
}

fn canary_config() -> OifdeConfig {
    OifdeConfig::new(TENANT, SecretRef::from(Secret::new(CANARY_PASSWORD)))
}

fn internal_canary_config() -> OifdeConfig {
    let mut config = canary_config();
    config.caller = Caller::Internal;
    config.app_key = Some("ipcc".to_owned());
    config
}

/// Answers that repeat what they were told, escaped and plain.
fn echoes(told: &Value) -> Vec<Play> {
    let plain: Vec<_> = texts(told);
    let all = format!("{told} {}", plain.join(" "));
    let code = if told["authToken"].is_null() {
        &told["appSecret"]
    } else {
        &told["authToken"]
    };
    let mut plays = vec![
        Play::Reply(200, "text/html", format!("<html>{all}</html>")),
        Play::Reply(200, "application/json", all.clone()),
        Play::Json(json!({ "errorCode": code, "errorMsg": all })),
        Play::Json(json!({ "errorCode": "10000002", "errorMsg": all })),
        Play::Json(json!({ "errorCode": [code] })),
        Play::Hang,
        Play::Reset,
    ];
    for status in [302, 400, 401, 403, 404, 429, 500, 502, 503, 504] {
        plays.push(Play::Reply(status, "text/html", format!("<html>{all}</html>")));
        plays.push(Play::status(status, &json!({ "errorCode": "7", "errorMsg": all })));
        plays.push(Play::Reply(status, "text/plain", all.clone()));
    }
    plays
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

async fn transfers_against_an_echo(surface: &mut String) {
    for number in 0..echoes(&Value::Null).len() {
        let script = Script::new(move |seen| match seen.is("/gettoken") {
            true => grant(CANARY_TOKEN),
            false => echoes(&seen.body).remove(number),
        });
        let oifde = adapter_with(canary_config(), &script);
        let session = open(&oifde).await;
        let call = adopt(&oifde, &session, "s1", AdoptState::RobotVoice(RobotMode::Supervision)).await;
        let request = Transfer::new(Target::number(CANARY_NUMBER).expect("valid"), TransferMode::Blind)
            .data(CallDataPatch::text(CANARY_DATA))
            .caller_id(PhoneNumber::new(CANARY_NUMBER).expect("valid"));
        let _ = write!(surface, "{request:?}");
        let error = oifde
            .transfer(&call, request, &OpCx::new())
            .await
            .expect_err("an echo is no success");
        surface.push_str(&everything_of(&error));
        let _ = write!(surface, "{oifde:?} {:?} {:?}", oifde.capabilities(), oifde.info());
    }
}

/// The token of the body or, for callers that send it there, of the header.
fn told(seen: &Seen) -> Value {
    let mut told = seen.body.clone();
    if let Some(token) = seen.headers.get("token") {
        told["authToken"] = String::from_utf8_lossy(token.as_bytes()).into();
    }
    told
}

async fn replies_and_look_ups_against_an_echo(surface: &mut String, settings: fn() -> OifdeConfig) {
    for number in 0..echoes(&Value::Null).len() {
        let script = Script::new(move |seen| match seen.is("/gettoken") {
            true => grant(CANARY_TOKEN),
            false => echoes(&told(seen)).remove(number),
        });
        let oifde = adapter_with(settings(), &script);
        let session = open(&oifde).await;
        let call = adopt(&oifde, &session, "s1", AdoptState::RobotVoice(RobotMode::Supervision)).await;
        let say = Say::words(CANARY_DATA, HelpRequest::at("node_1", Some(2)));
        let _ = write!(surface, "{say:?}");
        let error = oifde
            .say(&call, say, &OpCx::new())
            .await
            .expect_err("an echo is no success");
        surface.push_str(&everything_of(&error));
        let customer = RecordsOf::Customer(PhoneNumber::new(CANARY_NUMBER).expect("valid"));
        for what in [
            LookUp::Records(customer.clone()),
            LookUp::Transfers(customer),
            LookUp::Ivrs,
            LookUp::Replies,
        ] {
            let _ = write!(surface, "{what:?}");
            let error = oifde
                .look_up(None, what, &OpCx::new())
                .await
                .expect_err("an echo is no success");
            surface.push_str(&everything_of(&error));
        }
    }
}

/// The second question about a customer of whom there are no records.
async fn latest_calls_against_an_echo(surface: &mut String) {
    for number in 0..echoes(&Value::Null).len() {
        let script = Script::new(move |seen| match seen {
            seen if seen.is("/gettoken") => grant(CANARY_TOKEN),
            seen if seen.is("/queryHistory") => {
                let mut told = seen.body.clone();
                told["customer"] = told["params"]["userMobile"].take();
                echoes(&told).remove(number)
            }
            _ => Play::Json(json!({ "errorCode": 0, "total": 0 })),
        });
        let oifde = adapter_with(canary_config(), &script);
        let customer = RecordsOf::Customer(PhoneNumber::new(CANARY_NUMBER).expect("valid"));
        let error = oifde
            .look_up(None, LookUp::Records(customer), &OpCx::new())
            .await
            .expect_err("an echo is no success");
        surface.push_str(&everything_of(&error));
    }
}

async fn records_that_hold_everything(surface: &mut String) {
    let script = Script::with_tokens(|seen| {
        let row = json!({ "callId": "s1", "transfNumber": CANARY_NUMBER, "callSorId": CANARY_NUMBER, "echo": texts(&seen.body) });
        Play::Json(json!({ "errorCode": 0, "recordList": [row], "transferRecordList": [row] }))
    });
    let mut settings = canary_config();
    settings.ask_transfer_records = true;
    let oifde = adapter_with(settings, &script);
    let session = open(&oifde).await;
    let call = adopt(&oifde, &session, "s1", AdoptState::Ask).await;
    let call = adopt(
        &oifde,
        &call.session,
        "s1",
        AdoptState::RobotVoice(RobotMode::Supervision),
    )
    .await;
    let _ = write!(surface, "{:?}", oifde.snapshot(Default::default(), &OpCx::new()).await);
    let request = Transfer::new(Target::number(CANARY_NUMBER).expect("valid"), TransferMode::Blind);
    let receipt = oifde.transfer(&call, request, &OpCx::new()).await.expect("accepted");
    let _ = write!(surface, "{receipt:?} {:?}", receipt.outcome().await);
    let customer = RecordsOf::Customer(PhoneNumber::new(CANARY_NUMBER).expect("valid"));
    let found = oifde
        .look_up(None, LookUp::Records(customer), &OpCx::new())
        .await
        .expect("records");
    assert_eq!(
        found.entries[0].details["callSorId"], CANARY_NUMBER,
        "what was asked for is there"
    );
    let _ = write!(surface, "{found:?} {oifde:?}");
}

#[tokio::test(start_paused = true)]
async fn an_echoed_token_does_not_come_out_of_a_look_up_either() {
    let script = Script::new(|seen| match seen.is("/gettoken") {
        true => grant(CANARY_TOKEN),
        false => Play::Json(json!({ "errorCode": 0, "flowList": [{ "flowName": "f", "echo": texts(&seen.body) }] })),
    });
    let oifde = adapter_with(canary_config(), &script);
    let found = oifde.look_up(None, LookUp::Ivrs, &OpCx::new()).await.expect("flows");
    let echo = &found.entries[0].details["echo"];
    assert!(echo.contains("IVR") && !echo.contains(CANARY_TOKEN), "{echo}");
}

/// Fixtures are for everybody to read: in a recorded one somebody's secret would stand.
#[test]
fn fixtures_hold_masked_secrets_and_the_pages_sample_token_only() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/huawei-oifde");
    let mut secrets = 0;
    for entry in std::fs::read_dir(folder).expect("fixtures") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let fixture: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("text")).expect("JSON");
        for (name, allowed) in [
            ("appSecret", "********"),
            ("authToken", "t0123456789abcdef"),
            ("auth_token", "t0123456789abcdef"),
        ] {
            for value in [&fixture[name], &fixture["inparams"][name]] {
                assert!(value.is_null() || value == allowed, "{}: {name}", path.display());
                secrets += usize::from(!value.is_null());
            }
        }
    }
    assert!(secrets > 5, "only {secrets} found: are the fixtures still there?");
}

async fn sign_ins_against_an_echo(surface: &mut String) {
    for number in 0..echoes(&Value::Null).len() {
        let script = Script::new(move |seen| echoes(&seen.body).remove(number));
        let oifde = adapter_with(canary_config(), &script);
        let request = OpenSession::new(AgentId::new("10001").expect("valid")).password(CANARY_PASSWORD);
        let _ = write!(surface, "{request:?}");
        for _ in 0..2 {
            let error = oifde
                .open(request.clone(), &OpCx::new())
                .await
                .expect_err("an echo is no success");
            surface.push_str(&everything_of(&error));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_shows_in_debug_errors_or_logs_even_when_the_vendor_echoes_it() {
    let log = Surface::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let mut shown = format!("{:?}", canary_config());
    async {
        transfers_against_an_echo(&mut shown).await;
        sign_ins_against_an_echo(&mut shown).await;
        replies_and_look_ups_against_an_echo(&mut shown, canary_config).await;
        replies_and_look_ups_against_an_echo(&mut shown, internal_canary_config).await;
        latest_calls_against_an_echo(&mut shown).await;
        records_that_hold_everything(&mut shown).await;
    }
    .with_subscriber(subscriber)
    .await;
    assert_silent(&shown);
    assert!(log.text().contains("gettoken"), "the log was not listened to");
    assert_silent(&log.text());
}
