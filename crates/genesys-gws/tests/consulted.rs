//! The agent on the other side of a colleague's consult, who sends the call on: what the vendor tells of it is its end, and that is no proof.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{
    CallControl, Cause, CustomerAt, Event, EventKind, LegAction, OpCx, Outcome, PhoneNumber, QueueRef, Receipt,
    Requeue, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{GwsFault, GwsOptions, GwsRequests};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, ConsultRequest, CustomerPlace, Party};
use support::*;

/// Bob, with a customer on hold, asks Ann something.
async fn consulted() -> (Site, Known) {
    let mut site = room_with(GwsOptions::default(), quick(), |_| Trick::Pass).await;
    site.behaves(&bob(), Behaviour::Manual);
    let customers = site.switch().with(|switch| {
        let call = switch.place_call(scenery::CUSTOMER, &bob()).unwrap();
        switch.answer(&bob(), call).unwrap();
        switch
            .consult(
                scenery::BOB.0,
                call,
                &Party::agent(scenery::ANN.0),
                ConsultRequest::private(),
            )
            .unwrap();
        call
    });
    let offered = site.event(|event| event.kind == EventKind::Offered).await;
    let mine = Known {
        at: callcontrol_core::CallRef {
            session: site.session.clone(),
            call: offered.call.unwrap(),
        },
        switch: customers,
    };
    assert!(settled(&site.act(&mine, LegAction::Answer).await).await.is_done());
    (site, mine)
}

impl Site {
    /// The server takes the next one, and nothing follows.
    fn takes_in_vain(&self) {
        let fault = GwsFault::Body {
            http: 200,
            body: r#"{"statusCode":0}"#.into(),
        };
        let requests = GwsRequests::Operation("SingleStepTransfer".into());
        self.sim.fail_next(requests, fault);
    }

    async fn sends_on(&self, call: &Known) -> Receipt {
        let blind = Transfer::new(number(scenery::EVE.1), TransferMode::Blind);
        self.gws.transfer(&call.at, blind, &OpCx::new()).await.unwrap()
    }

    fn bob_gives_up(&self, call: &Known) {
        let cancelled = self
            .switch()
            .with(|switch| switch.consult_cancel(scenery::BOB.0, call.switch, true));
        cancelled.unwrap();
    }

    async fn end_of(&mut self, call: &Known) -> Event {
        let of_it = of(call).clone();
        let is_end = |event: &Event| matches!(event.kind, EventKind::Released { .. });
        self.event(|event| event.call.as_ref() == Some(&of_it) && is_end(event))
            .await
    }
}

fn place(outcome: &Outcome) -> (Verdict, CustomerAt) {
    (outcome.verdict, outcome.customer)
}

#[tokio::test(start_paused = true)]
async fn a_colleague_who_cancels_while_the_asked_one_sends_the_call_on_leaves_it_unknown_who_ended_it() {
    let (mut site, call) = consulted().await;
    site.takes_in_vain();
    let receipt = site.sends_on(&call).await;
    site.bob_gives_up(&call);
    let end = site.end_of(&call).await;
    let said = settled(&receipt).await;
    assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Unknown), "{said}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent(scenery::BOB.0.into()));
    let cause = Cause::Unspecified;
    assert_eq!(
        (end.op, end.kind),
        (None, EventKind::Released { cause }),
        "nobody's doing"
    );
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_requeue_of_a_call_in_which_a_colleague_asks_is_no_better_known() {
    let (mut site, call) = consulted().await;
    site.takes_in_vain();
    let requeue = Requeue::connected(Target::Queue(QueueRef::Number(PhoneNumber::new("8001").unwrap())));
    let receipt = site.gws.requeue(&call.at, requeue, &OpCx::new()).await.unwrap();
    site.bob_gives_up(&call);
    site.end_of(&call).await;
    let said = settled(&receipt).await;
    assert_eq!(place(&said), (Verdict::Unknown, CustomerAt::Unknown), "{said}");
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn once_the_colleague_has_handed_the_customer_over_sending_him_on_is_done_again() {
    let (mut site, call) = consulted().await;
    let completed = site
        .switch()
        .with(|switch| switch.consult_complete(scenery::BOB.0, call.switch));
    completed.unwrap();
    site.until_quiet().await;
    site.behaves(&Party::agent(scenery::EVE.0), Behaviour::Answers);
    let receipt = site.sends_on(&call).await;
    let said = settled(&receipt).await;
    assert_eq!(place(&said), (Verdict::Done, CustomerAt::Target), "{said}");
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent(scenery::EVE.0.into()));
    site.sign_out().await;
}
