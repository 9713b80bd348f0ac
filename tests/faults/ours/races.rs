//! Rows 65 to 67: two who act at the same time, endings that are refused, and recipes that fail half-way. The switch's order counts, and there is a way back.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use callcontrol_simulators::gws::{GwsFault, GwsRequests};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Party};
use tokio::time::sleep;

use super::parties::{REST, freed, people, true_of_the_customer};
use super::stage::{CC_GATEWAY, Face, GWS, OIFDE, Stage, TELEPHONY};

/// The target answers while the taking back is on its way, or just after it arrived.
#[tokio::test(start_paused = true)]
async fn when_the_target_answers_while_cancel_is_under_way_the_switchs_order_wins() {
    for adapter in TELEPHONY {
        for at in 0..2 {
            for answers_first in [true, false] {
                let stage = Stage::new(adapter);
                let talk = stage.talks().await;
                sleep(Duration::from_secs(1)).await;
                let somebody = people(&stage)[at].clone();
                let what = format!("{:?}, answers first: {answers_first}", somebody.party);
                let consult = talk.call.consult(somebody.target.clone()).await.unwrap();
                let started = consult.receipt().unwrap().clone();
                sleep(Duration::from_secs(2)).await;
                let rings = stage.switch().ringing_at(&somebody.party).unwrap();
                let late = Duration::from_millis(if answers_first { 1_000 } else { 0 });
                stage.line.next(stage.command_path(), Trick::DelayRequest(late));
                let cancel = tokio::spawn(consult.cancel());
                sleep(Duration::from_millis(500)).await;
                let answered = stage.switch().answer(&somebody.party, rings);
                assert_eq!(answered.is_ok(), answers_first, "{adapter}, {what}: {answered:?}");
                match cancel.await.unwrap() {
                    Ok(receipt) => {
                        let outcome = receipt.outcome().await;
                        sleep(Duration::from_secs(2)).await;
                        true_of_the_customer(&stage, &talk, &outcome, &what);
                    }
                    Err(unfinished) => {
                        assert_eq!(
                            unfinished.error.effect(),
                            Effect::None,
                            "{adapter}, {what}: {}",
                            unfinished.error
                        );
                        freed(Some(unfinished.consult)).await;
                    }
                }
                let first = started.outcome().await;
                assert!(
                    answers_first || first.verdict != Verdict::Done,
                    "{adapter}, {what}: {first}"
                );
                sleep(REST).await;
                let (place, moves) = stage.truth(talk.at_switch);
                assert_eq!(moves, 0, "{adapter}, {what}");
                assert!(
                    matches!(place, CustomerAt::Agent | CustomerAt::AgentHeld),
                    "{adapter}, {what}: {place}"
                );
                assert!(
                    stage.switch().calls_of(&somebody.party).is_empty(),
                    "{adapter}, {what}: the target still has a call"
                );
                stage.stop().await;
            }
        }
    }
}

/// The customer comes back from the flow while the agent hangs up: whoever is first at the switch.
#[tokio::test(start_paused = true)]
async fn when_the_customer_comes_back_while_the_agent_hangs_up_the_switchs_order_wins() {
    for comes_back_first in [true, false] {
        let stage = Stage::new(CC_GATEWAY);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let flow = Target::ivr(scenery::PIN_CHECK).unwrap();
        let suspended = talk.call.suspend_to(flow).await.unwrap();
        sleep(Duration::from_secs(2)).await;
        assert_eq!(stage.truth(talk.at_switch).0, CustomerAt::Ivr);
        let late = Duration::from_millis(if comes_back_first { 1_000 } else { 0 });
        stage.line.next(stage.command_path(), Trick::DelayRequest(late));
        let release = tokio::spawn({
            let call = talk.call.clone();
            async move { call.release().await }
        });
        sleep(Duration::from_millis(500)).await;
        // Refused where the agent's hanging up has ended it all.
        let came_back = stage.switch().ivr_finished(talk.at_switch);
        let what = format!("comes back first: {comes_back_first}, {came_back:?}");
        match release.await.unwrap() {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                true_of_the_customer(&stage, &talk, &outcome, &what);
            }
            Err(error) => assert_eq!(error.effect(), Effect::None, "{what}: {error}"),
        }
        let outcome = suspended.outcome().await;
        sleep(REST).await;
        let came_back_to_us = came_back.is_ok() && comes_back_first;
        assert!(
            outcome.verdict != Verdict::Done || came_back.is_ok(),
            "{what}: {outcome}"
        );
        assert!(
            outcome.verdict != Verdict::Failed || !came_back_to_us,
            "{what}: {outcome}"
        );
        let at_switch = stage.switch().calls_of(&Party::agent(scenery::ANN.0)).len();
        assert_eq!(
            talk.ann.snapshot().await.unwrap().unwrap().calls.len(),
            at_switch,
            "{what}"
        );
        stage.stop().await;
    }
}

fn refusal(adapter: &str) -> Trick {
    let body = match adapter {
        CC_GATEWAY => r#"{"message":"","retcode":"200-012"}"#,
        _ => r#"{"statusCode":6,"statusMessage":"no such call"}"#,
    };
    Trick::Answer {
        status: 200,
        content_type: "application/json",
        body: body.as_bytes().into(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_completion_gives_the_consult_back_and_it_can_still_be_cancelled() {
    for adapter in TELEPHONY {
        for at in 0..2 {
            let stage = Stage::new(adapter);
            let talk = stage.talks().await;
            sleep(Duration::from_secs(1)).await;
            let somebody = people(&stage)[at].clone();
            stage
                .switch()
                .set_behaviour(&somebody.party, Behaviour::Answers)
                .unwrap();
            let what = format!("{:?}", somebody.party);
            let consult = talk.call.consult(somebody.target.clone()).await.unwrap();
            assert!(consult.answered().await.unwrap().is_done(), "{adapter}, {what}");
            stage.line.next(stage.command_path(), refusal(adapter));
            let unfinished = consult.complete().await.unwrap_err();
            assert_eq!(
                unfinished.error.effect(),
                Effect::None,
                "{adapter}, {what}: {}",
                unfinished.error
            );
            let (place, moves) = stage.truth(talk.at_switch);
            assert_eq!((place, moves), (CustomerAt::AgentHeld, 0), "{adapter}, {what}");
            let view = talk.call.view().await.unwrap().unwrap();
            // CC-Gateway forwards the talk within the one call: it shows that Ann talks to somebody else.
            let talks_to_another = view
                .parties
                .iter()
                .all(|party| party.address.as_str() != scenery::CUSTOMER);
            assert!(
                view.state == LegState::Held || talks_to_another,
                "{adapter}, {what}: unannounced: {view:?}"
            );
            let outcome = unfinished.consult.cancel().await.unwrap().outcome().await;
            assert_eq!(
                (outcome.verdict, outcome.customer),
                (Verdict::Done, CustomerAt::Agent),
                "{adapter}, {what}: {outcome}"
            );
            assert_eq!(stage.truth(talk.at_switch), (CustomerAt::Agent, 0), "{adapter}, {what}");
            stage.stop().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_recipe_that_fails_half_way_is_undone_and_its_journal_tells_each_step() {
    let stage = Stage::new(GWS);
    let talk = stage.talks().await;
    sleep(Duration::from_secs(1)).await;
    let somebody = people(&stage)[0].clone();
    let Face::Gws(simulator) = &stage.face else {
        unreachable!()
    };
    let refused = GwsFault::StatusCode { code: 6, http: 200 };
    simulator.fail_next(GwsRequests::Operation("CompleteTransfer".into()), refused);
    let receipt = talk.call.release_after_transfer(somebody.target).await.unwrap();
    assert!(matches!(receipt.executed, Executed::Emulated { .. }), "{receipt:?}");
    sleep(Duration::from_secs(2)).await;
    let rings = stage.switch().ringing_at(&somebody.party).unwrap();
    stage.switch().answer(&somebody.party, rings).unwrap();
    let outcome = receipt.outcome().await;
    assert_eq!(
        (outcome.verdict, outcome.customer),
        (Verdict::Failed, CustomerAt::Agent),
        "{outcome}"
    );
    assert_eq!(stage.truth(talk.at_switch), (CustomerAt::Agent, 0));
    let steps = receipt.steps();
    let failed = steps
        .iter()
        .position(|step| step.end == StepEnd::Failed && !step.compensates);
    let undone = steps
        .iter()
        .rposition(|step| step.end == StepEnd::Done && step.compensates);
    assert!(failed.is_some() && failed < undone, "{steps:?}");
    assert!(
        steps.iter().take(failed.unwrap()).all(|step| step.end == StepEnd::Done),
        "{steps:?}"
    );
    stage.stop().await;
}

/// Only where a recipe has steps can one of them fail; these vendors have none.
#[test]
fn no_recipe_of_commands_is_claimed_where_every_command_is_the_vendors_own() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        for adapter in [CC_GATEWAY, OIFDE] {
            let stage = Stage::new(adapter);
            let capabilities = stage.control.capabilities();
            let emulated = capabilities
                .cells()
                .filter(|(_, cell)| matches!(cell.support, Support::Emulated { .. }));
            let operations: Vec<_> = emulated.map(|(key, _)| key.operation).collect();
            // A snapshot sends no command.
            assert!(
                operations.iter().all(|operation| *operation == Operation::Snapshot),
                "{adapter}: {operations:?}"
            );
        }
    });
}
