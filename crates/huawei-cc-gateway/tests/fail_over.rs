//! A gateway with two addresses: when the one in use dies, the agent goes on at the other.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callcontrol_core::{CallControl, Displace, EventKind, FeedItem, Filter, IdSource, SessionState};
use callcontrol_http::{Attempt, BaseUrl, FailoverTransport, InMemoryTransport, NotSent, Trick};
use callcontrol_huawei_cc_gateway::{CcGateway, CcGatewayConfig};
use callcontrol_simulators::cc_gateway::{CcGatewayOptions, CcGatewaySimulator};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::Party;
use support::{cx, sign_in_as, until_session};

#[tokio::test(start_paused = true)]
async fn when_the_address_in_use_dies_the_agent_goes_on_at_the_other_one() {
    let switch = scenery::switch();
    let node = || CcGatewaySimulator::new(switch.clone(), CcGatewayOptions::default());
    let (first, second) = (node(), node());
    let dead = Arc::new(AtomicBool::new(false));
    let is_dead = Arc::clone(&dead);
    let trick = move |_: &Attempt<'_>| match is_dead.load(Ordering::Relaxed) {
        true => Trick::NotSent(NotSent::Refused),
        false => Trick::Pass,
    };
    let base = |name: &str| BaseUrl::parse(&format!("http://{name}.example:8043")).unwrap();
    let one = InMemoryTransport::new(base("one"), first.router()).with_mischief(trick);
    let two = InMemoryTransport::new(base("two"), second.router());
    let transport = FailoverTransport::new(Arc::new(one), [Arc::new(two) as _]);
    let control = CcGateway::new(CcGatewayConfig::default(), Arc::new(transport), IdSource::seeded(7)).unwrap();
    let mut feed = control.subscribe(Filter::all());

    // The platform behind both nodes still holds the agent, so the way back needs leave to take it over.
    let request = sign_in_as(scenery::ANN.0, scenery::ANN.1).displace(Displace::Always);
    control.open(request, &cx()).await.unwrap();
    until_session(&mut feed, SessionState::Active).await;
    assert!(second.requests().all().is_empty(), "the first address is in use");

    dead.store(true, Ordering::Relaxed);
    until_session(&mut feed, SessionState::Recovering).await;
    until_session(&mut feed, SessionState::Active).await;
    assert!(second.is_signed_in(scenery::ANN.0));

    switch
        .place_call(scenery::CUSTOMER, &Party::agent(scenery::ANN.0))
        .unwrap();
    loop {
        let item = tokio::time::timeout(std::time::Duration::from_secs(60), feed.next()).await;
        if matches!(item.unwrap(), Some(FeedItem::Event(event)) if event.kind == EventKind::Offered) {
            break;
        }
    }
}
