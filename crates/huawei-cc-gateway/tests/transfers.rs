//! One-command transfers through the real HTTP client: each cell of the matrix, and its failing ends.

mod support;

use callcontrol_core::{
    CallControl, Cause, CustomerAt, Dial, Direction, Effect, ErrorKind, LegAction, LegState, Outcome, Target, Transfer,
    TransferMode,
};
use callcontrol_testkit::switch::{AgentState, Behaviour, ConsultRequest, CustomerPlace, Party};
use serde_json::json;
use support::{CUSTOMER, HELPER, OUTSIDE, Scene, Talk, agent, cx, number, outcome, queue, switch};

fn ivr() -> Target {
    Target::ivr("1321").expect("code")
}

fn access_code() -> Target {
    Target::AccessCode(callcontrol_core::Code::new("6048").expect("code"))
}

async fn transferred(scene: &mut Scene, to: Target, mode: TransferMode) -> (Talk, Outcome) {
    let talk = scene.talking().await;
    let receipt = scene.transfer(&talk.ours, to, mode).await.expect("accepted");
    let outcome = outcome(&receipt).await;
    assert_eq!(scene.sent("POST", "/voicecall/101/transfer"), 1);
    assert_eq!(
        scene.switch(|switch| switch.journal().transfers_of(talk.call)),
        usize::from(outcome.is_done())
    );
    (talk, outcome)
}

#[tokio::test]
async fn a_blind_transfer_to_an_agent_lets_the_agent_go_at_once() {
    let mut scene = Scene::new().await;
    let (talk, outcome) = transferred(&mut scene, agent(HELPER), TransferMode::Blind).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Target),
        "{outcome}"
    );
    scene
        .switch(|switch| switch.answer(&Party::agent(HELPER), talk.call))
        .expect("rings");
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent(HELPER.into()))
    );
    assert!(scene.view(&talk.ours).is_none());
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 2, "address": "102", "mode": 0})
    );
}

/// A colleague in a call with the customer asks this agent for advice; gives the switch's id of that second call, and ours.
async fn consulted(scene: &mut Scene) -> Talk {
    let helper = Party::agent(HELPER);
    let customers = scene
        .switch(|switch| switch.place_call(CUSTOMER, &helper))
        .expect("a call");
    scene
        .when_rings(&helper, |switch, call| switch.answer(&helper, call))
        .await
        .expect("answers");
    let asks = ConsultRequest::private();
    scene
        .switch(|switch| switch.consult(HELPER, customers, &Party::agent("101"), asks))
        .expect("asks");
    let ours = scene.until_call(LegState::Ringing).await;
    let answered = scene.act(&ours, LegAction::Answer).await.expect("accepted");
    assert!(outcome(&answered).await.is_done());
    Talk { call: customers, ours }
}

#[tokio::test]
async fn a_blind_transfer_out_of_a_colleagues_consult_is_not_proved_by_the_release_that_its_end_would_bring_too() {
    let mut scene = Scene::new().await;
    let talk = consulted(&mut scene).await;
    let order = cx();
    let blind = Transfer::new(queue("26"), TransferMode::Blind);
    let asked = scene.control.transfer(&scene.at(&talk.ours), blind, &order).await;
    assert_eq!(asked.expect_err("something went wrong there").effect(), Effect::Unknown);
    let taken_back = scene.switch(|switch| {
        let consult = switch.consult_about(&Party::agent(HELPER), talk.call)?;
        Some(switch.consult_cancel(HELPER, consult, true))
    });
    taken_back.expect("a consult").expect("taken back");
    let gone = |scene: &Scene| scene.view(&talk.ours).is_none().then_some(());
    scene.until(gone, "the end of the call").await;
    let said = scene.control.outcome_of(&order.op).expect("known").peek();
    assert_eq!(said, None, "the colleague took it away");
}

#[tokio::test]
async fn a_blind_transfer_of_a_customer_whom_a_colleague_has_handed_over_is_done_when_the_agent_is_out() {
    let mut scene = Scene::new().await;
    let talk = consulted(&mut scene).await;
    scene
        .switch(|switch| switch.consult_complete(HELPER, talk.call))
        .expect("hands over");
    let handed_over = |scene: &Scene| (scene.view(&talk.ours)?.direction == Direction::Inbound).then_some(());
    scene.until(handed_over, "the customer").await;
    let moved = scene.transfer(&talk.ours, number(OUTSIDE), TransferMode::Blind).await;
    let said = outcome(&moved.expect("accepted")).await;
    assert_eq!((said.is_done(), said.customer), (true, CustomerAt::Target), "{said}");
}

#[tokio::test]
async fn a_blind_transfer_to_a_queue_leaves_the_customer_in_the_queue() {
    let mut scene = Scene::new().await;
    scene
        .switch(|switch| switch.set_agent_state(HELPER, AgentState::WrapUp))
        .expect("not ready");
    let (talk, outcome) = transferred(&mut scene, queue("26"), TransferMode::Blind).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Queue),
        "{outcome}"
    );
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 1, "address": "26", "mode": 0})
    );
    assert!(matches!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::InQueue(_) | CustomerPlace::Ringing(_))
    ));
}

#[tokio::test]
async fn a_blind_transfer_to_an_ivr_leaves_the_customer_in_the_flow() {
    let mut scene = Scene::new().await;
    let (talk, outcome) = transferred(&mut scene, ivr(), TransferMode::Blind).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Ivr),
        "{outcome}"
    );
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::InIvr("1321".into())));
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 3, "address": "1321", "mode": 0})
    );
}

#[tokio::test]
async fn a_blind_transfer_to_an_access_code_reaches_what_is_behind_it() {
    let mut scene = Scene::new().await;
    let (_, outcome) = transferred(&mut scene, access_code(), TransferMode::Blind).await;
    assert!(outcome.is_done(), "{outcome}");
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 4, "address": "6048", "mode": 0})
    );
}

#[tokio::test]
async fn a_blind_transfer_to_a_number_is_mode_1() {
    let mut scene = Scene::new().await;
    let (talk, outcome) = transferred(&mut scene, number(OUTSIDE), TransferMode::Blind).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Target),
        "{outcome}"
    );
    let body = json!({"devicetype": 5, "address": OUTSIDE, "mode": 1, "mediaability": 0});
    assert_eq!(scene.last_body("/transfer"), body);
    scene
        .switch(|switch| switch.answer(&Party::outside(OUTSIDE), talk.call))
        .expect("rings");
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::AtTarget(Party::outside(OUTSIDE)))
    );
}

#[tokio::test]
async fn a_release_after_transfer_lets_the_agent_go_when_the_target_answers() {
    let targets = [
        (agent(HELPER), Party::agent(HELPER), 2),
        (number(OUTSIDE), Party::outside(OUTSIDE), 5),
        (queue("26"), Party::agent(HELPER), 1),
    ];
    for (to, party, devicetype) in targets {
        let mut scene = Scene::new().await;
        let talk = scene.talking().await;
        let receipt = scene
            .transfer(&talk.ours, to, TransferMode::ReleaseAfter)
            .await
            .expect("accepted");
        assert!(receipt.outcome_handle().peek().is_none(), "nobody has answered");
        scene
            .when_rings(&party, |switch, call| switch.answer(&party, call))
            .await
            .expect("answers");
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{party:?}: {outcome}"
        );
        let body = scene.last_body("/transfer");
        assert_eq!(
            (body["devicetype"].clone(), body["mode"].clone()),
            (json!(devicetype), json!(2))
        );
        assert_eq!(scene.switch(|switch| switch.journal().transfers_of(talk.call)), 1);
    }
}

#[tokio::test]
async fn a_release_after_transfer_to_an_access_code_is_mode_2() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    scene
        .transfer(&talk.ours, access_code(), TransferMode::ReleaseAfter)
        .await
        .expect("accepted");
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 4, "address": "6048", "mode": 2})
    );
}

#[tokio::test]
async fn a_release_after_transfer_to_a_busy_agent_leaves_the_customer_with_the_agent() {
    let busy = switch().behaves(&Party::agent(HELPER), Behaviour::Busy).build();
    let mut scene = Scene::with(busy, |_| {}).await;
    let (talk, outcome) = transferred(&mut scene, agent(HELPER), TransferMode::ReleaseAfter).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (false, CustomerAt::Agent),
        "{outcome}"
    );
    assert!(matches!(outcome.cause, Cause::Vendor(_)), "{outcome}");
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
    assert_eq!(scene.view(&talk.ours).expect("alive").state, LegState::Talking);
}

#[tokio::test]
async fn a_release_after_transfer_ends_when_the_customer_hangs_up_while_the_target_rings() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, agent(HELPER), TransferMode::ReleaseAfter)
        .await
        .expect("accepted");
    scene
        .when_rings(&Party::agent(HELPER), |switch, call| {
            switch.hang_up(&Party::outside(CUSTOMER), call)
        })
        .await
        .expect("hangs up");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.cause.clone(), outcome.customer),
        (Cause::CustomerHungUp, CustomerAt::Gone),
        "{outcome}"
    );
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::Gone));
}

#[tokio::test]
async fn a_suspend_transfer_brings_the_customer_back_from_the_ivr() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, ivr(), TransferMode::Suspend)
        .await
        .expect("accepted");
    assert_eq!(
        scene.last_body("/transfer"),
        json!({"devicetype": 3, "address": "1321", "mode": 1})
    );
    scene.until_call(LegState::Suspended).await;
    assert_eq!(scene.customer_at(talk.call), Some(CustomerPlace::InIvr("1321".into())));
    scene.switch(|switch| switch.ivr_finished(talk.call)).expect("returns");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(scene.until_call(LegState::Talking).await, talk.ours);
}

#[tokio::test]
async fn a_customer_who_hangs_up_in_the_ivr_is_gone() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, ivr(), TransferMode::Suspend)
        .await
        .expect("accepted");
    scene
        .switch(|switch| switch.hang_up(&Party::outside(CUSTOMER), talk.call))
        .expect("hangs up");
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.cause.clone(), outcome.customer),
        (Cause::CustomerHungUp, CustomerAt::Gone),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_blind_transfer_to_nowhere_fails_and_the_agent_keeps_the_customer() {
    let out = switch().behaves(&Party::agent(HELPER), Behaviour::OutOfService).build();
    let mut scene = Scene::with(out, |_| {}).await;
    let (talk, outcome) = transferred(&mut scene, agent(HELPER), TransferMode::Blind).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (false, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
    assert_eq!(scene.view(&talk.ours).expect("alive").state, LegState::Talking);
}

#[tokio::test]
async fn every_cell_outside_the_matrix_is_refused_with_nothing_sent() {
    let mut scene = Scene::new().await;
    let talk = scene.talking().await;
    let sent = scene.commands();
    let refused = [
        (agent(HELPER), TransferMode::Suspend),
        (queue("25"), TransferMode::Suspend),
        (number(OUTSIDE), TransferMode::Suspend),
        (access_code(), TransferMode::Suspend),
        (ivr(), TransferMode::ReleaseAfter),
        (Target::LastAgent, TransferMode::Blind),
        (Target::LastAgent, TransferMode::ReleaseAfter),
    ];
    for (to, mode) in refused {
        let error = scene
            .transfer(&talk.ours, to.clone(), mode)
            .await
            .expect_err("no such cell");
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unsupported, Effect::None),
            "{to} {mode:?}"
        );
    }
    assert_eq!(scene.commands(), sent);
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("101".into()))
    );
}

#[tokio::test]
async fn an_outbound_call_cannot_be_transferred_blindly_to_a_number() {
    let mut scene = Scene::new().await;
    let receipt = scene
        .control
        .dial(&scene.session, Dial::to(number(CUSTOMER)), &cx())
        .await
        .expect("accepted");
    scene
        .when_rings(&Party::outside(CUSTOMER), |switch, call| {
            switch.answer(&Party::outside(CUSTOMER), call)
        })
        .await
        .expect("answers");
    assert!(outcome(&receipt).await.is_done());
    let call = scene.until_call(LegState::Talking).await;
    let sent = scene.commands();
    let error = scene
        .transfer(&call, number(OUTSIDE), TransferMode::Blind)
        .await
        .expect_err("not possible");
    assert_eq!((error.kind(), scene.commands()), (ErrorKind::InvalidState, sent));
}

#[tokio::test]
async fn older_releases_tell_the_result_of_a_transfer_to_a_number_without_a_call() {
    let mut scene = Scene::options(|options| options.trans_out_result = true).await;
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, number(OUTSIDE), TransferMode::ReleaseAfter)
        .await
        .expect("accepted");
    let outside = Party::outside(OUTSIDE);
    scene
        .when_rings(&outside, |switch, call| switch.answer(&outside, call))
        .await
        .expect("answers");
    assert!(outcome(&receipt).await.is_done());
}

#[tokio::test]
async fn the_target_agent_of_a_transfer_sees_the_same_call_and_takes_it() {
    let mut scene = Scene::with(switch().absent_agent("103", "40103").build(), |_| {}).await;
    scene
        .control
        .open(support::sign_in_as("103", "40103"), &cx())
        .await
        .expect("signed in too");
    let talk = scene.talking().await;
    let receipt = scene
        .transfer(&talk.ours, agent("103"), TransferMode::ReleaseAfter)
        .await
        .expect("accepted");
    let mut at = scene.at(&talk.ours);
    at.session = callcontrol_core::SessionId::new("103").expect("id");
    let there = at.session.clone();
    let rings = |scene: &Scene| {
        let mut feed = scene
            .control
            .subscribe(callcontrol_core::Filter::session(there.clone()));
        let first = futures::FutureExt::now_or_never(feed.next()).flatten();
        let Some(callcontrol_core::FeedItem::Snapshot(snapshot)) = first else {
            return None;
        };
        snapshot.call(&there, &talk.ours).map(|view| view.state)
    };
    assert_eq!(scene.until(rings, "the call at the target").await, LegState::Ringing);
    let answered = scene
        .control
        .act(&at.into(), LegAction::Answer, &cx())
        .await
        .expect("accepted");
    assert!(outcome(&answered).await.is_done());
    let outcome = outcome(&receipt).await;
    assert_eq!(
        (outcome.is_done(), outcome.customer),
        (true, CustomerAt::Target),
        "{outcome}"
    );
    assert_eq!(
        scene.customer_at(talk.call),
        Some(CustomerPlace::WithAgent("103".into()))
    );
}
