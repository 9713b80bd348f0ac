//! The table of the capabilities against the telephone: every way of moving a call or consulting, with every kind of target. What the manifest claims is
//! done, and the switch's journal says so; what it does not claim is refused, and nothing reaches the gateway.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol_core::{
    AgentId, CallControl, Code, CustomerAt, Effect, ErrorKind, MessageBox, NativeTarget, Operation, OperationKey,
    Outcome, Receipt, Requeue, Result, StartConsult, Target, TargetKind, TransferMode,
};
use callcontrol_huawei_cc_gateway::manifest;
use callcontrol_testkit::switch::{AgentState, CustomerPlace, Party, SwitchEvent, TransferKind};
use support::{HELPER, OUTSIDE, Scene, Talk, agent, cx, number, outcome, queue, switch};

const MOVES: [Operation; 6] = [
    Operation::BlindTransfer,
    Operation::ReleaseAfterTransfer,
    Operation::SuspendTransfer,
    Operation::RequeueConnected,
    Operation::Consult,
    Operation::ConsultThreeWay,
];

/// The vendor's page, section 7, with the two ways of internal help (6.2) and the requeue, which is a blind transfer to a queue.
const DOCUMENTED: usize = 12 + 4 + 1;

fn target(kind: TargetKind) -> Target {
    match kind {
        TargetKind::Agent => agent(HELPER),
        TargetKind::Queue => queue("27"),
        TargetKind::Ivr => Target::ivr("1321").unwrap(),
        TargetKind::AccessCode => Target::AccessCode(Code::new("6048").unwrap()),
        TargetKind::Number => number(OUTSIDE),
        TargetKind::LastAgent => Target::LastAgent,
        TargetKind::QueueOfAgent => Target::QueueOfAgent(AgentId::new(HELPER).unwrap()),
        TargetKind::Message => Target::Message(MessageBox::LastAgent),
        TargetKind::Native => Target::Native(NativeTarget {
            kind: Code::new("2").unwrap(),
            address: HELPER.to_owned(),
        }),
        other => panic!("a kind of target without a row here: {other:?}"),
    }
}

/// Where the gateway sends a call for this kind of target.
fn party(kind: TargetKind) -> Party {
    match kind {
        TargetKind::Agent => Party::agent(HELPER),
        // The access code leads to the queue.
        TargetKind::Queue | TargetKind::AccessCode => Party::queue("27"),
        TargetKind::Ivr => Party::ivr("1321"),
        _ => Party::outside(OUTSIDE),
    }
}

/// Who answers there.
fn telephone(kind: TargetKind) -> Party {
    match kind {
        TargetKind::Number => Party::outside(OUTSIDE),
        _ => Party::agent(HELPER),
    }
}

/// Queue 27 is served by the helper alone, so that nobody gets back what was just given away.
async fn scene() -> Scene {
    let switch = switch().queue("27").serves(HELPER, "27");
    Scene::with(switch.build(), |options| {
        options.access_codes.insert("6048".into(), Party::queue("27"));
    })
    .await
}

async fn command(scene: &Scene, talk: &Talk, operation: Operation, kind: TargetKind) -> Result<Receipt> {
    let consult = |request| scene.consult(&talk.ours, request);
    let to = target(kind);
    match operation {
        Operation::BlindTransfer => scene.transfer(&talk.ours, to, TransferMode::Blind).await,
        Operation::ReleaseAfterTransfer => scene.transfer(&talk.ours, to, TransferMode::ReleaseAfter).await,
        Operation::SuspendTransfer => scene.transfer(&talk.ours, to, TransferMode::Suspend).await,
        Operation::RequeueConnected => {
            let at = scene.at(&talk.ours);
            scene.control.requeue(&at, Requeue::connected(to), &cx()).await
        }
        Operation::Consult => consult(StartConsult::new(to)).await.map(|started| started.receipt),
        _ => consult(StartConsult::new(to).three_way())
            .await
            .map(|started| started.receipt),
    }
}

/// The people and flows do their part.
async fn others_act(scene: &mut Scene, talk: &Talk, operation: Operation, kind: TargetKind) {
    match operation {
        Operation::BlindTransfer | Operation::RequeueConnected => {}
        Operation::SuspendTransfer => {
            scene
                .until(
                    |scene| (scene.customer_at(talk.call) == Some(CustomerPlace::InIvr("1321".into()))).then_some(()),
                    "the customer in the flow",
                )
                .await;
            scene.switch(|switch| switch.ivr_finished(talk.call)).unwrap();
        }
        _ => {
            let telephone = telephone(kind);
            scene
                .when_rings(&telephone, |switch, call| switch.answer(&telephone, call))
                .await
                .unwrap();
        }
    }
}

/// What the journal must say, once and once only.
fn told(fact: &SwitchEvent, talk: &Talk, operation: Operation, kind: TargetKind) -> bool {
    let moved = |wanted: TransferKind| {
        matches!(fact, SwitchEvent::Moved { call, to, kind: how, .. }
            if *call == talk.call && *to == party(kind) && *how == wanted)
    };
    match operation {
        Operation::BlindTransfer | Operation::RequeueConnected => moved(TransferKind::Blind),
        Operation::ReleaseAfterTransfer => moved(TransferKind::ReleaseAfter),
        Operation::SuspendTransfer => matches!(fact, SwitchEvent::ReturnedFromIvr { call, .. } if *call == talk.call),
        _ => matches!(fact, SwitchEvent::ConsultAnswered { .. }),
    }
}

fn customer_must_be(operation: Operation, kind: TargetKind) -> CustomerAt {
    match (operation, kind) {
        (Operation::BlindTransfer | Operation::RequeueConnected, TargetKind::Queue) => CustomerAt::Queue,
        (Operation::BlindTransfer, TargetKind::Ivr) => CustomerAt::Ivr,
        (Operation::SuspendTransfer, _) => CustomerAt::Agent,
        (Operation::Consult, _) => CustomerAt::AgentHeld,
        (Operation::ConsultThreeWay, _) => CustomerAt::Conference,
        _ => CustomerAt::Target,
    }
}

/// Where the customer really is.
fn place_fits(place: &CustomerPlace, operation: Operation, kind: TargetKind) -> bool {
    let blind = matches!(operation, Operation::BlindTransfer | Operation::RequeueConnected);
    match (operation, kind) {
        (Operation::SuspendTransfer, _) => *place == CustomerPlace::WithAgent(support::AGENT.into()),
        (Operation::Consult, _) => *place == CustomerPlace::HeldBy(support::AGENT.into()),
        (Operation::ConsultThreeWay, _) => matches!(place, CustomerPlace::InConference(all) if all.len() == 3),
        (_, TargetKind::Ivr) => *place == CustomerPlace::InIvr("1321".into()),
        (_, TargetKind::Queue | TargetKind::AccessCode) if blind => *place == CustomerPlace::InQueue("27".into()),
        _ if blind => *place == CustomerPlace::Ringing(telephone(kind)),
        (_, TargetKind::Number) => *place == CustomerPlace::AtTarget(Party::outside(OUTSIDE)),
        _ => *place == CustomerPlace::WithAgent(HELPER.into()),
    }
}

async fn claimed(operation: Operation, kind: TargetKind) {
    let cell = OperationKey::to(operation, kind);
    let mut scene = scene().await;
    let talk = scene.talking().await;
    if matches!(operation, Operation::BlindTransfer | Operation::RequeueConnected) && kind != TargetKind::Agent {
        // So that the customer is found in the queue and not at the first free telephone.
        scene
            .switch(|switch| switch.set_agent_state(HELPER, AgentState::WrapUp))
            .unwrap();
    }
    let receipt = command(&scene, &talk, operation, kind).await;
    let receipt = receipt.unwrap_or_else(|error| panic!("{cell} is claimed: {error}"));
    others_act(&mut scene, &talk, operation, kind).await;
    let said: Outcome = outcome(&receipt).await;
    let journal = scene.switch(|switch| switch.journal().clone());
    assert_eq!(
        (said.is_done(), said.customer),
        (true, customer_must_be(operation, kind)),
        "{cell}: {said}\n{journal}"
    );
    let facts = journal.count(|fact| told(fact, &talk, operation, kind));
    assert_eq!(facts, 1, "{cell}: the journal disagrees with \"{said}\"\n{journal}");
    let place = scene.customer_at(talk.call).unwrap();
    assert!(
        place_fits(&place, operation, kind),
        "{cell}: {said}, but {place:?}\n{journal}"
    );
}

async fn unclaimed(scene: &Scene, talk: &Talk, operation: Operation, kind: TargetKind) {
    let cell = OperationKey::to(operation, kind);
    let sent = scene.commands();
    let moments = scene.switch(|switch| switch.journal().next_seq());
    let Err(error) = command(scene, talk, operation, kind).await else {
        panic!("{cell} is not claimed, and is done");
    };
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unsupported, Effect::None),
        "{cell}: {error}"
    );
    assert_eq!(scene.commands(), sent, "{cell}: something was sent");
    assert_eq!(scene.switch(|switch| switch.journal().next_seq()), moments, "{cell}");
}

#[tokio::test]
async fn every_cell_that_is_claimed_is_done_at_the_switch_and_every_other_is_refused_unsent() {
    let manifest = manifest();
    let mut idle = scene().await;
    let talk = idle.talking().await;
    let mut done = 0;
    for operation in MOVES {
        for kind in TargetKind::ALL {
            if manifest.support(OperationKey::to(operation, kind)).is_available() {
                claimed(operation, kind).await;
                done += 1;
            } else {
                unclaimed(&idle, &talk, operation, kind).await;
            }
        }
    }
    assert_eq!(done, DOCUMENTED);
    assert_eq!(
        idle.customer_at(talk.call),
        Some(CustomerPlace::WithAgent(support::AGENT.into()))
    );
}
