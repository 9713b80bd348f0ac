//! A working day with everything going wrong once, and the search for its secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use callcontrol::*;
use callcontrol_simulators::scenery;
use serde_json::Value;
use tracing_subscriber::util::SubscriberInitExt;

use super::line::{Play, Wired};
use super::support::{ADAPTERS, Site, TELEPHONY};
use super::surface::Surface;

const CANARY_DATA: &str = "canary-of-the-customer";
const CANARY_WORD: &str = "canary-wrong-password";
const CANARY_PROXY: &str = "canary-proxy-password";
const DESTINATION: &str = "90012345";

/// Everything that must not show, by what it is: told beforehand, or read off the requests that the simulator got.
fn secrets_of(wired: &Wired) -> BTreeMap<String, String> {
    let told = [
        ("password", wired.site.secret.as_str()),
        ("wrong password", CANARY_WORD),
        ("call data", CANARY_DATA),
        ("customer's number", scenery::CUSTOMER),
        ("destination", DESTINATION),
    ];
    let mut secrets: BTreeMap<String, String> = told.map(|(kind, text)| (text.to_owned(), kind.to_owned())).into();
    for head in wired.line.heads() {
        secrets.extend(
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .flat_map(credentials_of),
        );
    }
    for request in wired.site.log.all() {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        if let Some(token) = body["authToken"].as_str() {
            secrets.insert(token.to_owned(), "token".to_owned());
        }
    }
    secrets
}

/// The credentials in a header.
fn credentials_of((name, value): (&str, &str)) -> Vec<(String, String)> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "guid" => vec![(value.to_owned(), name)],
        "authorization" => vec![(value.trim_start_matches("Basic ").to_owned(), name)],
        "cookie" => cookies(value),
        _ if name.contains("csrf") => vec![(value.to_owned(), name)],
        _ => Vec::new(),
    }
}

fn cookies(header: &str) -> Vec<(String, String)> {
    let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
    let values = pairs.map(|(name, value)| (value.trim().to_owned(), format!("cookie {}", name.trim())));
    values.filter(|(value, _)| value.len() >= 6).collect()
}

#[tokio::test]
async fn no_secret_of_a_day_shows_on_any_surface() {
    let mut leaks = Vec::new();
    for adapter in ADAPTERS {
        let surface = Surface::default();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(surface.clone())
            .finish();
        let secrets = {
            let _logging = log.set_default();
            let mut secrets = BTreeMap::new();
            for turn in 0..MISHAPS {
                secrets.extend(a_day(adapter, turn, &surface).await);
            }
            secrets
        };
        assert!(
            !surface.lines_with("callcontrol").is_empty(),
            "{adapter}: nothing was logged"
        );
        assert!(
            !surface.lines_with("InvalidInput").is_empty(),
            "{adapter}: nothing was shown"
        );
        let kinds: Vec<&String> = secrets.values().collect();
        for kind in kinds_of(adapter) {
            assert!(
                kinds.iter().any(|known| known.contains(kind)),
                "{adapter}: no {kind} among {kinds:?}"
            );
        }
        for (secret, kind) in secrets {
            let lines = surface.lines_with(&secret).into_iter().take(3);
            leaks.extend(lines.map(|line| format!("{adapter}, {kind}: {line}")));
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
}

/// What each vendor's requests must have carried, or the search has looked for nothing.
fn kinds_of(adapter: &str) -> &'static [&'static str] {
    match adapter {
        "huawei-cc-gateway" => &["guid"],
        "huawei-oifde" => &["token"],
        _ => &["authorization", "cookie", "csrf"],
    }
}

async fn a_day(adapter: &'static str, turn: usize, surface: &Surface) -> BTreeMap<String, String> {
    let wired = Wired::to(Site::guarded(adapter)).await;
    surface.debug(&wired.config);
    surface.debug(&wired.control);
    surface.error(&AgentId::new("1 0 1").unwrap_err());
    surface.error(&PhoneNumber::new("2065550100x").unwrap_err());
    sign_in_badly(&wired, turn, surface).await;

    let (ann, call, _) = wired.talking().await;
    let mut feed = ann.subscribe();
    surface.debug(&ann);
    surface.debug(&call);
    requests(surface);
    wired.line.next(wired.site.transfer_path(), mishap(turn));
    match call
        .transfer_with(transfer(), &OpCx::new().within(Duration::from_millis(700)))
        .await
    {
        Ok(receipt) => shown_receipt(&receipt, surface),
        Err(error) => surface.error(&error),
    }
    wired.line.heal();
    match call.patch_data(CallDataPatch::text(CANARY_DATA)).await {
        Ok(receipt) => shown_receipt(&receipt, surface),
        Err(error) => surface.error(&error),
    }
    match call.transfer(transfer()).await {
        Ok(receipt) => shown_receipt(&receipt, surface),
        Err(error) => surface.error(&error),
    }
    let native = NativeRequest::new("GET", ["nowhere"])
        .session(ann.id().clone())
        .body(format!("{{\"a\":\"{CANARY_DATA}\"}}"));
    surface.debug(&native);
    match wired.control.native(native, &OpCx::new()).await {
        Ok(reply) => surface.debug(&reply),
        Err(error) => surface.error(&error),
    }
    surface.debug(&wired.control.snapshot(Scope::All, &OpCx::new()).await);
    surface.debug(&ann.snapshot().await);
    let mut told = 0;
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_millis(50), feed.next()).await {
        surface.debug(&item);
        told += 1;
    }
    assert!(
        told > 0 || !TELEPHONY.contains(&adapter),
        "{adapter}: the feed told nothing"
    );
    let secrets = secrets_of(&wired);
    if let Err(error) = ann.close(CloseSession::default()).await {
        surface.error(&error);
    }
    wired.stop().await;
    secrets
}

async fn sign_in_badly(wired: &Wired, turn: usize, surface: &Surface) {
    let ann = wired.config.agent("ann").unwrap();
    surface.debug(&ann);
    surface.text(&serde_json::to_string(&ann).unwrap());
    let mut wrong = ann.clone();
    wrong.password = Some(Secret::new(CANARY_WORD));
    wrong.phone = Some(PhoneNumber::new(scenery::CUSTOMER).unwrap());
    surface.debug(&wrong);
    wired.line.always("HTTP/1.1", mishap(turn.min(MISHAPS - 2)));
    let session = Session::open(&wired.control, wrong).await;
    wired.line.heal();
    match session {
        Err(error) => surface.error(&error),
        Ok(session) => drop(session.close(CloseSession::default()).await),
    }
}

/// Answers that repeat what they were asked, in every way in which a server has been seen to do so; and broken ones.
fn mishap(turn: usize) -> Play {
    let json = "application/json";
    match turn {
        0 => Play::Echo("200 OK", json, refusal("987-654", "987", "\"987654\"", "ECHO")),
        1 => Play::Echo("400 Bad Request", json, refusal("000-002", "2", "7", "ECHO")),
        2 => Play::Echo("200 OK", "text/html", "<html>ECHO</html>".to_owned()),
        3 => Play::Echo("500 Internal Server Error", "text/html", "<html>ECHO</html>".to_owned()),
        4 => Play::Echo("503 Service Unavailable", "text/plain", "ECHO".to_owned()),
        5 => Play::Echo("200 OK", json, "ECHO".to_owned()),
        6 => Play::Reset,
        _ => Play::Trickle("HTTP/1.1 200 OK\r\nx-a: b".to_owned(), "b".to_owned()),
    }
}

/// One body that each vendor's adapter reads as a refusal in its own words.
fn refusal(retcode: &str, status: &str, code: &str, said: &str) -> String {
    format!(
        "{{\"message\":\"{said}\",\"retcode\":\"{retcode}\",\"statusCode\":{status},\"statusMessage\":\"{said}\",\"errorCode\":{code},\"errorMsg\":\"{said}\"}}"
    )
}

fn transfer() -> Transfer {
    Transfer::new(Target::number(DESTINATION).unwrap(), TransferMode::Blind).data(CallDataPatch::text(CANARY_DATA))
}

/// Requests as an application would log them.
fn requests(surface: &Surface) {
    let number = PhoneNumber::new(scenery::CUSTOMER).unwrap();
    surface.debug(&transfer());
    surface.debug(&Transfer::new(Target::number(DESTINATION).unwrap(), TransferMode::Blind).caller_id(number.clone()));
    surface.debug(&StartConsult::new(Target::number(DESTINATION).unwrap()));
    surface.debug(&Dial::to(Target::number(DESTINATION).unwrap()));
    surface.debug(&number);
    surface.text(&number);
    surface.debug(&CallDataPatch::text(CANARY_DATA));
    surface.debug(&RawMessage::new(CANARY_DATA));
    surface.debug(&NativeReply::new(200, CANARY_DATA));
    surface.debug(&Pushed::new(CANARY_DATA.as_bytes()).header("Guid", CANARY_DATA));
    surface.debug(&CallData([("note".to_owned(), CANARY_DATA.to_owned())].into()));
    surface.debug(&Secret::new(CANARY_WORD));
    surface.text(&Secret::new(CANARY_WORD));
    surface.debug(&SecretRef::from(Secret::new(CANARY_WORD)));
    surface.debug(&AdoptCall::new("c1", AdoptState::RobotVoice(RobotMode::Supervision)).customer(number));
}

fn shown_receipt(receipt: &Receipt, surface: &Surface) {
    surface.debug(receipt);
    surface.text(&serde_json::to_string(&receipt.op).unwrap());
}

#[test]
fn a_configuration_with_a_proxy_and_its_password_shows_neither_the_file_nor_the_error() {
    let surface = Surface::default();
    for proxy in [
        "http://user:canary-proxy-password@proxy:3128",
        "http://user:canary-proxy-password@:bad",
    ] {
        let file = format!(
            "adapter = \"genesys-gws\"\n[genesys-gws.connection]\nbase-url = \"http://gws:8090\"\nproxy = \"{proxy}\"\n[genesys-gws.agents.ann]\nid = \"ann\"\n"
        );
        match Config::parse(&file, "site.toml") {
            Ok(config) => {
                surface.debug(&config);
                if let Err(error) = Registry::built_in().check(&config) {
                    surface.error(&error);
                }
                match connect(&config) {
                    Ok(control) => surface.debug(&control),
                    Err(error) => surface.error(&error),
                }
            }
            Err(error) => surface.error(&error),
        }
    }
    let lines = surface.lines_with(CANARY_PROXY);
    assert!(lines.is_empty(), "{lines:#?}");
}

/// Members of a recorded message that hold a credential, and what may stand there.
#[test]
fn recorded_fixtures_hold_no_credential_but_the_samples_of_the_vendors_pages() {
    let samples = [
        "…",
        "********",
        "t0123456789abcdef",
        "279fe21d-2caa-4437-84c3-ab9e9dae20f5.AgentGateway1",
    ];
    let mut seen = 0;
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for credential in credentials(&text) {
            seen += 1;
            assert!(
                samples.contains(&credential.as_str()),
                "{}: {credential}",
                file.display()
            );
        }
        assert!(
            !text.to_lowercase().contains("authorization: basic"),
            "{}",
            file.display()
        );
    }
    assert!(seen >= samples.len(), "only {seen} credentials found");
}

fn credentials(text: &str) -> Vec<String> {
    let names = [
        "password",
        "appsecret",
        "authtoken",
        "guid",
        "authorization",
        "cookie",
        "jsessionid",
        "service_token",
    ];
    let mut found = Vec::new();
    for part in text.split("\"").collect::<Vec<_>>().windows(3) {
        let [name, colon, value] = part else { continue };
        if names.contains(&name.to_lowercase().as_str()) && colon.trim() == ":" {
            found.push((*value).to_owned());
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    found.retain(|path| {
        path.extension()
            .is_some_and(|ending| ending == "json" || ending == "txt")
    });
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found
}

const MISHAPS: usize = 8;
