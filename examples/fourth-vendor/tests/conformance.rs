//! Tinbell keeps what every adapter has to keep.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use callcontrol::{AgentId, CallControl, Config, IdSource, OpenSession, Operation, Registry, SessionId, Target};
use callcontrol_http::{Attempt, BaseUrl, InMemoryTransport, NotSent, RequestKind, Trick};
use callcontrol_testkit::conformance::{Cast, Finding, Harness, Mishap};
use callcontrol_testkit::fake::{CUSTOMER, THIRD_PARTY, scenery};
use callcontrol_testkit::switch::{Party, SharedSwitch};
use tinbell::simulator::{PASSWORD, TinbellSimulator};
use tinbell::{Tinbell, TinbellConfig, TinbellFactory};

#[derive(Debug)]
struct Site {
    simulator: TinbellSimulator,
    adapter: Arc<Tinbell>,
    line: Arc<Line>,
}

/// What has gone out, and what is to go wrong next.
#[derive(Debug, Default)]
struct Line {
    sent: Mutex<Vec<String>>,
    waiting: Mutex<Option<(&'static str, Trick)>>,
    cut: AtomicBool,
}

impl Line {
    fn trick(&self, attempt: &Attempt<'_>) -> Trick {
        if attempt.request.kind() == RequestKind::LongPoll {
            let cut = self.cut.load(Ordering::Relaxed);
            return if cut {
                Trick::NotSent(NotSent::Refused)
            } else {
                Trick::Pass
            };
        }
        let path = attempt.request.path().path_and_query();
        let mut waiting = self.waiting.lock().unwrap();
        let trick = waiting
            .take_if(|(words, _)| path.contains(*words))
            .map_or(Trick::Pass, |(_, trick)| trick);
        if !matches!(trick, Trick::NotSent(_)) {
            self.sent.lock().unwrap().push(path);
        }
        trick
    }
}

impl Site {
    fn new() -> Self {
        let simulator = TinbellSimulator::new(scenery());
        let line = Arc::new(Line::default());
        let mischief = Arc::clone(&line);
        let base = BaseUrl::parse("http://tinbell.test").unwrap();
        let transport = InMemoryTransport::new(base, simulator.router())
            .with_mischief(move |attempt: &Attempt<'_>| mischief.trick(attempt));
        let adapter = Tinbell::new(TinbellConfig::default(), Arc::new(transport), IdSource::seeded(1)).unwrap();
        Self {
            simulator,
            adapter,
            line,
        }
    }
}

fn words(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::Open => Some("/v1/sessions"),
        Operation::BlindTransfer => Some("/transfer"),
        _ => None,
    }
}

fn answer(status: u16, body: &'static str) -> Trick {
    Trick::Answer {
        status,
        content_type: "application/json",
        body: body.as_bytes().into(),
    }
}

impl Harness for Site {
    fn adapter(&self) -> Arc<dyn CallControl> {
        Arc::clone(&self.adapter) as Arc<dyn CallControl>
    }

    fn agent(&self) -> OpenSession {
        OpenSession::new(AgentId::new("ann").unwrap()).password(PASSWORD)
    }

    fn cast(&self) -> Cast {
        Cast::new("ann", CUSTOMER)
            .with(Target::agent("bob").unwrap(), Party::agent("bob"))
            .with(Target::queue_id("support").unwrap(), Party::queue("support"))
            .with(Target::ivr("pin-check").unwrap(), Party::ivr("pin-check"))
            .with(Target::number(THIRD_PARTY).unwrap(), Party::outside(THIRD_PARTY))
    }

    fn switch(&self) -> Option<SharedSwitch> {
        Some(self.simulator.switch().clone())
    }

    fn requests(&self) -> Option<usize> {
        Some(self.line.sent.lock().unwrap().len())
    }

    fn requests_for(&self, operation: Operation) -> Option<usize> {
        let words = words(operation)?;
        let sent = self.line.sent.lock().unwrap();
        Some(sent.iter().filter(|path| path.contains(words)).count())
    }

    fn inject(&self, operation: Operation, mishap: Mishap) -> bool {
        let Some(words) = words(operation) else { return false };
        let trick = match mishap {
            Mishap::NotSent => Trick::NotSent(NotSent::Refused),
            Mishap::ReplyLost => Trick::DropReply,
            Mishap::RequestLost => Trick::DropRequest,
            Mishap::Refused => answer(409, r#"{"error":"busy"}"#),
            Mishap::SessionExpired => answer(401, r#"{"error":"expired"}"#),
            _ => return false,
        };
        *self.line.waiting.lock().unwrap() = Some((words, trick));
        true
    }

    fn link(&self, _session: &SessionId, up: bool) -> bool {
        self.line.cut.store(!up, Ordering::Relaxed);
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned(), "tinbell-token".to_owned()]
    }

    fn wrong_password(&self) -> Option<OpenSession> {
        Some(self.agent().password("a-wrong-one"))
    }
}

callcontrol_testkit::conformance!(Site::new);

#[tokio::test(start_paused = true)]
async fn every_row_of_the_manifest_is_proved() {
    let report = callcontrol_testkit::conformance::run(Site::new, &[]).await;
    assert!(report.passed(), "{report}");
    let unproved: Vec<_> = report
        .cells
        .iter()
        .filter(|cell| cell.finding != Finding::Passed)
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
}

#[test]
fn the_facade_takes_it_from_outside_and_checks_its_settings() {
    let registry = Registry::built_in().with(TinbellFactory);
    let file = |settings: &str| {
        let text = format!(
            "adapter = \"tinbell\"\n[tinbell.connection]\nbase-url = \"http://127.0.0.1:1\"\n[tinbell.settings]\n{settings}\n"
        );
        Config::parse(&text, "site.toml").unwrap()
    };
    assert_eq!(registry.connect(&file("")).unwrap().info().id.as_str(), "tinbell");
    let error = registry
        .connect(&file("request-timeout-ms = 1"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("site.toml") && error.contains("request-timeout-ms"),
        "{error}"
    );
    let error = registry.connect(&file("colour = 1")).unwrap_err().to_string();
    assert!(error.contains("colour"), "{error}");
}
