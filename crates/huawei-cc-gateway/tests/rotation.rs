//! Credentials that change every second under fifty agents who are busy all the while: no request is refused, nobody is lost.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{AgentStateRequest, CallControl, Filter, IdSource, Scope, SessionId, SessionState};
use callcontrol_http::{BaseUrl, InMemoryTransport};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::{AuthCode, AuthMode, CcGatewayOptions, CcGatewaySimulator};
use callcontrol_testkit::switch::{SharedSwitch, SwitchBuilder};
use support::{cx, sign_in_as};

const AGENTS: u32 = 50;

#[tokio::test(start_paused = true)]
async fn credentials_that_change_every_second_lose_no_agent_and_no_command() {
    for missing in [AuthCode::NoRight, AuthCode::NotSignedIn] {
        let mut options = CcGatewayOptions::default();
        options.auth = AuthMode::Rotating {
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(2),
        };
        options.poll_wait = Duration::from_millis(500);
        options.missing_guid = missing;
        let mut switch = SwitchBuilder::new();
        let agents: Vec<_> = (0..AGENTS)
            .map(|n| ((1000 + n).to_string(), (40_000 + n).to_string()))
            .collect();
        for (agent, phone) in &agents {
            switch = switch.absent_agent(agent, phone);
        }
        let sim = CcGatewaySimulator::new(SharedSwitch::new(switch.build()), options);
        let base = BaseUrl::parse("http://gateway.example:8043").unwrap();
        let transport = Arc::new(InMemoryTransport::new(base, sim.router()));
        let control = CcGateway::new(CcGatewayConfig::default(), transport, IdSource::seeded(7)).unwrap();
        for (agent, phone) in &agents {
            control.open(sign_in_as(agent, phone), &cx()).await.unwrap();
        }
        let first: Vec<_> = agents.iter().map(|(agent, _)| sim.guid(agent)).collect();
        let busy = agents.iter().map(|(agent, _)| work(&control, agent));
        let done: u32 = futures::future::join_all(busy).await.into_iter().sum();
        assert_eq!(done, AGENTS * ROUNDS);
        let now: Vec<_> = agents.iter().map(|(agent, _)| sim.guid(agent)).collect();
        assert!(
            first.iter().zip(&now).all(|(first, now)| first != now),
            "the credentials changed"
        );
        let snapshot = control.snapshot(Scope::All, &cx()).await.unwrap();
        assert!(
            snapshot
                .sessions
                .values()
                .all(|view| view.state == SessionState::Active)
        );
        assert_eq!(snapshot.sessions.len(), AGENTS as usize);
        let sign_ins = agents
            .iter()
            .map(|(agent, _)| sim.requests().count("PUT", &format!("/onlineagent/{agent}")));
        assert_eq!(sign_ins.sum::<usize>(), AGENTS as usize, "nobody had to sign in again");
        control.shutdown(&cx()).await;
    }
}

/// One agent changes state all the time; each change must be accepted and confirmed.
async fn work(control: &Arc<CcGateway>, agent: &str) -> u32 {
    let session = SessionId::new(agent).unwrap();
    let _feed = control.subscribe(Filter::session(session.clone()));
    let mut done = 0;
    for round in 0..ROUNDS {
        let to = match round % 2 {
            0 => AgentStateRequest::NotReady { reason: None },
            _ => AgentStateRequest::Ready,
        };
        let receipt = control.set_agent_state(&session, to, &cx()).await.expect("accepted");
        done += u32::from(receipt.outcome().await.is_done());
        tokio::time::sleep(Duration::from_millis(170)).await;
    }
    done
}

const ROUNDS: u32 = 40;
