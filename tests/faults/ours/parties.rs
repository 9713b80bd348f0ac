//! Rows 63 and 64: customers who vanish, and targets who do not take the call. What is said of the customer is so.

use std::time::Duration;

use callcontrol::*;
use callcontrol_http::Trick;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Party};
use tokio::time::sleep;

use super::stage::{ADAPTERS, OIFDE, Stage, TELEPHONY, Talk};

/// Longer than an adapter takes to find out what became of something.
pub(super) const REST: Duration = Duration::from_secs(120);

/// Somebody to send the customer to: how the vendor is told, and who it is.
#[derive(Clone)]
pub(super) struct Somebody {
    pub(super) target: Target,
    pub(super) party: Party,
}

/// Bob, and the outside party.
pub(super) fn people(stage: &Stage) -> [Somebody; 2] {
    let bob = Somebody {
        target: stage.to_bob(),
        party: stage.bob(Behaviour::Manual),
    };
    let third = Somebody {
        target: Target::number(scenery::THIRD_PARTY).unwrap(),
        party: Party::outside(scenery::THIRD_PARTY),
    };
    [bob, third]
}

pub(super) fn claims(stage: &Stage, operation: Operation, target: &Target) -> bool {
    let key = OperationKey::to(operation, target.kind());
    stage.control.capabilities().explain(key).support.is_available()
}

/// What is said of the customer agrees with the switch, where it is said.
pub(super) fn true_of_the_customer(stage: &Stage, talk: &Talk, outcome: &Outcome, what: &str) {
    let (truth, _) = stage.truth(talk.at_switch);
    let said = outcome.customer;
    assert!(
        said == truth || said == CustomerAt::Unknown,
        "{}, {what}: \"{outcome}\", and he is {truth}",
        stage.adapter
    );
}

/// Neither Ann nor the target has a call in which nobody is left to talk to.
fn nobody_dangles(stage: &Stage, somebody: &Somebody, what: &str) {
    for party in [&Party::agent(scenery::ANN.0), &somebody.party] {
        let calls = stage.switch().calls_of(party);
        assert!(
            calls.is_empty(),
            "{}, {what}: {party:?} still has {calls:?}",
            stage.adapter
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_before_the_transfer_arrives_is_gone_and_nobody_is_moved() {
    for adapter in ADAPTERS {
        let stage = Stage::new(adapter);
        let talk = stage.talks().await;
        sleep(Duration::from_secs(1)).await;
        let third = people(&stage)[1].clone();
        stage
            .line
            .next(stage.command_path(), Trick::DelayRequest(Duration::from_secs(2)));
        let transfer = tokio::spawn({
            let (call, to) = (talk.call.clone(), third.target.clone());
            async move { call.blind_transfer(to).await }
        });
        sleep(Duration::from_secs(1)).await;
        stage.customer_hangs_up(talk.at_switch);
        match transfer.await.unwrap() {
            Ok(receipt) => {
                let outcome = receipt.outcome().await;
                assert_ne!(outcome.verdict, Verdict::Done, "{adapter}: {outcome}");
                true_of_the_customer(&stage, &talk, &outcome, "accepted");
            }
            Err(error) => assert_ne!(error.effect(), Effect::Applied, "{adapter}: {error}"),
        }
        sleep(REST).await;
        assert_eq!(stage.truth(talk.at_switch).1, 0, "{adapter}");
        if adapter != OIFDE {
            nobody_dangles(&stage, &third, "before");
            assert!(
                talk.ann.snapshot().await.unwrap().unwrap().calls.is_empty(),
                "{adapter}"
            );
        }
        stage.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_while_the_target_rings_is_gone_and_the_target_falls_silent() {
    let mut played = 0;
    for adapter in TELEPHONY {
        for at in 0..2 {
            for operation in [Operation::ReleaseAfterTransfer, Operation::Consult] {
                let stage = Stage::new(adapter);
                let talk = stage.talks().await;
                sleep(Duration::from_secs(1)).await;
                let somebody = people(&stage)[at].clone();
                if !claims(&stage, operation, &somebody.target) {
                    continue;
                }
                let what = format!("{operation:?} to {:?}", somebody.party);
                let (receipt, consult) = begin(&talk, operation, &somebody.target).await;
                sleep(Duration::from_secs(2)).await;
                assert!(
                    stage.switch().ringing_at(&somebody.party).is_some(),
                    "{adapter}, {what}: silent"
                );
                stage.customer_hangs_up(talk.at_switch);
                let outcome = receipt.outcome().await;
                assert_eq!(
                    (outcome.verdict, outcome.customer),
                    (Verdict::Failed, CustomerAt::Gone),
                    "{adapter}, {what}: {outcome}"
                );
                assert_eq!(outcome.cause, Cause::CustomerHungUp, "{adapter}, {what}");
                sleep(Duration::from_secs(2)).await;
                freed(consult).await;
                sleep(REST).await;
                assert_eq!(stage.truth(talk.at_switch).1, 0, "{adapter}, {what}");
                nobody_dangles(&stage, &somebody, &what);
                stage.stop().await;
                played += 1;
            }
        }
    }
    assert!(played >= 6, "only {played} of them could be played");
}

/// A release-after transfer or a consult that the vendor has accepted.
async fn begin(talk: &Talk, operation: Operation, to: &Target) -> (Receipt, Option<Consult>) {
    if operation == Operation::ReleaseAfterTransfer {
        return (talk.call.release_after_transfer(to.clone()).await.unwrap(), None);
    }
    let consult = talk.call.consult(to.clone()).await.unwrap();
    (consult.receipt().unwrap().clone(), Some(consult))
}

/// The agent gives the consult up; that it is over already is no mistake of the agent's.
pub(super) async fn freed(consult: Option<Consult>) {
    if let Some(consult) = consult
        && let Ok(receipt) = consult.cancel().await
    {
        receipt.outcome().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_hangs_up_during_the_consult_is_gone_and_the_agent_is_freed() {
    for adapter in TELEPHONY {
        for (at, swapped) in [(0, false), (1, false), (0, true)] {
            let stage = Stage::new(adapter);
            let talk = stage.talks().await;
            sleep(Duration::from_secs(1)).await;
            let somebody = people(&stage)[at].clone();
            stage
                .switch()
                .set_behaviour(&somebody.party, Behaviour::Answers)
                .unwrap();
            let what = format!("{:?}, swapped {swapped}", somebody.party);
            let consult = talk.call.consult(somebody.target.clone()).await.unwrap();
            assert!(consult.answered().await.unwrap().is_done(), "{adapter}, {what}");
            if swapped {
                let can = stage
                    .control
                    .capabilities()
                    .explain(Operation::ConsultSwap)
                    .support
                    .is_available();
                if !can {
                    continue;
                }
                assert!(
                    consult.swap().await.unwrap().outcome().await.is_done(),
                    "{adapter}, {what}"
                );
            }
            stage.customer_hangs_up(talk.at_switch);
            sleep(Duration::from_secs(2)).await;
            let ended = match consult.complete().await {
                Ok(receipt) => {
                    let outcome = receipt.outcome().await;
                    assert_ne!(outcome.verdict, Verdict::Done, "{adapter}, {what}: {outcome}");
                    true_of_the_customer(&stage, &talk, &outcome, &what);
                    None
                }
                Err(unfinished) => {
                    assert_eq!(
                        unfinished.error.effect(),
                        Effect::None,
                        "{adapter}, {what}: {}",
                        unfinished.error
                    );
                    Some(unfinished.consult)
                }
            };
            freed(ended).await;
            sleep(REST).await;
            assert_eq!(stage.truth(talk.at_switch), (CustomerAt::Gone, 0), "{adapter}, {what}");
            let ann = stage.switch().calls_of(&Party::agent(scenery::ANN.0));
            let view = talk.ann.snapshot().await.unwrap().unwrap();
            assert_eq!(view.calls.len(), ann.len(), "{adapter}, {what}: {:?}", view.calls);
            for (id, _) in view.calls {
                let released = talk.ann.call(id).release().await;
                assert!(
                    released.is_ok(),
                    "{adapter}, {what}: a call that cannot be left: {released:?}"
                );
                sleep(Duration::from_secs(2)).await;
            }
            nobody_dangles(&stage, &somebody, &what);
            stage.stop().await;
        }
    }
}

/// What may be said of a target that does not take the call.
fn may_be_said(behaviour: Behaviour, cause: &Cause) -> bool {
    let told = match behaviour {
        Behaviour::Busy => &[Cause::Busy, Cause::NoAnswer][..],
        Behaviour::Silent | Behaviour::Manual => &[Cause::NoAnswer],
        Behaviour::Rejects => &[Cause::Rejected, Cause::Busy, Cause::NoAnswer],
        Behaviour::OutOfService => &[
            Cause::OutOfService,
            Cause::InvalidDestination,
            Cause::NoAnswer,
            Cause::Busy,
        ],
        _ => &[Cause::TargetHungUp, Cause::Normal, Cause::NoAnswer, Cause::Rejected],
    };
    told.contains(cause) || matches!(cause, Cause::Unspecified | Cause::Vendor(_))
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_take_the_call_leaves_the_customer_with_the_agent() {
    let behaviours = [
        Behaviour::Busy,
        Behaviour::Silent,
        Behaviour::Rejects,
        Behaviour::OutOfService,
    ];
    let mut played = 0;
    for adapter in TELEPHONY {
        for behaviour in behaviours {
            for (at, operation) in [
                (0, Operation::ReleaseAfterTransfer),
                (1, Operation::ReleaseAfterTransfer),
                (0, Operation::Consult),
                (1, Operation::Consult),
            ] {
                let stage = Stage::new(adapter);
                let talk = stage.talks().await;
                sleep(Duration::from_secs(1)).await;
                let somebody = people(&stage)[at].clone();
                if !claims(&stage, operation, &somebody.target) {
                    continue;
                }
                stage.switch().set_behaviour(&somebody.party, behaviour).unwrap();
                let what = format!("{operation:?} to {:?} who is {behaviour:?}", somebody.party);
                does_not_take_it(&stage, &talk, operation, &somebody, behaviour, &what).await;
                stage.stop().await;
                played += 1;
            }
        }
    }
    assert!(played >= 24, "only {played} of them could be played");
}

async fn does_not_take_it(
    stage: &Stage,
    talk: &Talk,
    operation: Operation,
    somebody: &Somebody,
    behaviour: Behaviour,
    what: &str,
) {
    let adapter = stage.adapter;
    let accepted = match operation {
        Operation::ReleaseAfterTransfer => talk
            .call
            .release_after_transfer(somebody.target.clone())
            .await
            .map(|receipt| (receipt, None)),
        _ => talk
            .call
            .consult(somebody.target.clone())
            .await
            .map(|consult| (consult.receipt().unwrap().clone(), Some(consult))),
    };
    match accepted {
        Err(error) => assert_eq!(error.effect(), Effect::None, "{adapter}, {what}: {error}"),
        Ok((receipt, consult)) => {
            if behaviour == Behaviour::Silent {
                sleep(Duration::from_secs(5)).await;
                stage.switch().no_answer(&somebody.party).unwrap();
            }
            let outcome = receipt.outcome().await;
            assert_ne!(outcome.verdict, Verdict::Done, "{adapter}, {what}: {outcome}");
            assert!(may_be_said(behaviour, &outcome.cause), "{adapter}, {what}: {outcome}");
            sleep(Duration::from_secs(2)).await;
            true_of_the_customer(stage, talk, &outcome, what);
            freed(consult).await;
        }
    }
    sleep(REST).await;
    let (place, moves) = stage.truth(talk.at_switch);
    assert!(
        matches!(place, CustomerAt::Agent | CustomerAt::AgentHeld),
        "{adapter}, {what}: {place}"
    );
    assert_eq!(moves, 0, "{adapter}, {what}");
    let state = talk.call.view().await.unwrap().map(|view| view.state);
    let expected = if place == CustomerAt::Agent {
        LegState::Talking
    } else {
        LegState::Held
    };
    assert_eq!(state, Some(expected), "{adapter}, {what}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_answers_and_hangs_up_at_once_leaves_nothing_false_behind() {
    for adapter in TELEPHONY {
        for (at, operation) in [
            (0, Operation::ReleaseAfterTransfer),
            (1, Operation::ReleaseAfterTransfer),
            (0, Operation::Consult),
            (1, Operation::Consult),
        ] {
            let stage = Stage::new(adapter);
            let talk = stage.talks().await;
            sleep(Duration::from_secs(1)).await;
            let somebody = people(&stage)[at].clone();
            if !claims(&stage, operation, &somebody.target) {
                continue;
            }
            stage
                .switch()
                .set_behaviour(&somebody.party, Behaviour::HangsUpAtOnce)
                .unwrap();
            let what = format!("{operation:?} to {:?}", somebody.party);
            let (receipt, consult) = begin(&talk, operation, &somebody.target).await;
            let outcome = receipt.outcome().await;
            sleep(Duration::from_secs(2)).await;
            let (place, moves) = stage.truth(talk.at_switch);
            let handed_over = moves == 1;
            assert!(
                outcome.verdict != Verdict::Done || handed_over || consult.is_some(),
                "{adapter}, {what}: {outcome}"
            );
            assert!(
                !(outcome.verdict == Verdict::Failed && handed_over),
                "{adapter}, {what}: {outcome}, and he is {place}"
            );
            if outcome.verdict == Verdict::Failed {
                true_of_the_customer(&stage, &talk, &outcome, &what);
            }
            freed(consult).await;
            sleep(REST).await;
            let (place, _) = stage.truth(talk.at_switch);
            let lives = talk.call.view().await.unwrap().is_some();
            assert_eq!(
                lives,
                matches!(place, CustomerAt::Agent | CustomerAt::AgentHeld),
                "{adapter}, {what}: {place}"
            );
            stage.stop().await;
        }
    }
}
