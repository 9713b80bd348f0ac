//! The adapter under core's layers: what a deployment allows of emulation, one command at a time on a call, and an operation asked for twice.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use callcontrol_core::{
    CallControl, ConsultStep, CustomerAt, Effect, EmulationPolicy, ErrorKind, Executed, OpCx, OpId, Operation,
    OperationKey, PhoneNumber, QueueRef, Recipe, Requeue, Risk, Stack, StackOptions, Support, Target, TargetKind,
    Transfer, TransferMode, Verdict,
};
use callcontrol_genesys_gws::manifest;
use callcontrol_http::Trick;
use callcontrol_simulators::gws::GwsOptions;
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace};
use support::*;

async fn room() -> Site {
    room_with(GwsOptions::default(), quick(), |_| Trick::Pass).await
}

fn stack(site: &Site, emulation: EmulationPolicy) -> Stack {
    let mut options = StackOptions::default();
    options.emulation = emulation;
    Stack::over(Arc::clone(&site.gws) as Arc<dyn CallControl>, options)
}

fn release_after() -> Transfer {
    Transfer::new(number(scenery::BOB.1), TransferMode::ReleaseAfter)
}

fn to_support() -> Requeue {
    Requeue::connected(Target::Queue(QueueRef::Number(PhoneNumber::new("8001").unwrap())))
}

/// Whether the receipt says that this recipe ran.
fn ran(executed: &Executed, name: &str) -> bool {
    matches!(executed, Executed::Emulated { recipe, .. } if recipe == name)
}

fn key(operation: Operation, kind: TargetKind) -> OperationKey {
    OperationKey::to(operation, kind)
}

#[test]
fn every_recipe_of_the_manifest_has_its_hazards_and_its_story_here() {
    let table = manifest();
    let emulated = table.cells().filter_map(|(key, cell)| match &cell.support {
        Support::Emulated(recipe) => Some((key.operation, recipe)),
        _ => None,
    });
    let mut names = BTreeSet::new();
    for (
        operation,
        Recipe {
            name, hazards, risk, ..
        },
    ) in emulated
    {
        assert!(!hazards.is_empty(), "{name}");
        let is_way_back = matches!(operation, Operation::ConsultCancel | Operation::CancelTransfer);
        let wanted = if is_way_back { Risk::WayBack } else { Risk::Safe };
        assert_eq!(*risk, wanted, "{operation}");
        names.insert(name.clone());
    }
    let told_here = [
        "consult-then-complete",
        "hangup-then-retrieve",
        "transfer-to-routing-point",
    ];
    assert_eq!(names, told_here.map(str::to_owned).into());
}

#[tokio::test(start_paused = true)]
async fn denied_recipes_are_refused_with_the_switch_to_turn_and_nothing_is_sent() {
    let mut site = room().await;
    let call = site.talking().await;
    let stack = stack(&site, EmulationPolicy::Deny);
    site.until_quiet().await;
    let mark = site.sim.requests().mark();
    let transfer = stack
        .transfer(&call.at, release_after(), &OpCx::new())
        .await
        .unwrap_err();
    let requeue = stack.requeue(&call.at, to_support(), &OpCx::new()).await.unwrap_err();
    assert_eq!(site.sim.requests().mark(), mark, "zero requests");
    for (error, operation, kind, recipe) in [
        (
            transfer,
            Operation::ReleaseAfterTransfer,
            TargetKind::Number,
            "consult-then-complete",
        ),
        (
            requeue,
            Operation::RequeueConnected,
            TargetKind::Queue,
            "transfer-to-routing-point",
        ),
    ] {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unsupported, Effect::None));
        let explained = stack.capabilities().explain(key(operation, kind));
        assert_eq!(explained.rule, "policy: set emulation = \"safe\" to allow it");
        let said = error.to_string();
        assert!(said.contains(&explained.rule) && said.contains(recipe), "{said}");
    }
    assert_eq!(site.customer(&call), CustomerPlace::WithAgent(scenery::ANN.0.into()));
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_safe_runs_under_both_policies_that_allow_it_and_says_what_ran() {
    for policy in [EmulationPolicy::Safe, EmulationPolicy::Allow] {
        let mut site = room().await;
        let call = site.talking().await;
        let stack = stack(&site, policy);
        site.behaves(&bob(), Behaviour::Answers);
        let receipt = stack.transfer(&call.at, release_after(), &OpCx::new()).await.unwrap();
        assert!(ran(&receipt.executed, "consult-then-complete"));
        let said = settled(&receipt).await;
        assert_eq!((said.verdict, said.customer), (Verdict::Done, CustomerAt::Target));
        let Executed::Emulated { steps, .. } = &receipt.executed else {
            panic!("a recipe")
        };
        let taken: Vec<String> = receipt.steps().into_iter().map(|step| step.name).collect();
        assert_eq!(*steps, taken, "what was announced is what ran");
        site.sign_out().await;

        let mut site = room().await;
        let call = site.talking().await;
        let stack = self::stack(&site, policy);
        let receipt = stack.requeue(&call.at, to_support(), &OpCx::new()).await.unwrap();
        assert!(ran(&receipt.executed, "transfer-to-routing-point"));
        assert_eq!(settled(&receipt).await.customer, CustomerAt::Queue);
        for (operation, kind) in [
            (Operation::ReleaseAfterTransfer, TargetKind::Agent),
            (Operation::RequeueConnected, TargetKind::Queue),
        ] {
            let support = stack.capabilities().explain(key(operation, kind)).support;
            assert!(matches!(support, Support::Emulated(recipe) if !recipe.hazards.is_empty()));
        }
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_policy_refuses_a_way_back() {
    for policy in [EmulationPolicy::Deny, EmulationPolicy::Safe, EmulationPolicy::Allow] {
        let mut site = room().await;
        let (call, consult) = consulting_bob(&mut site).await;
        let stack = stack(&site, policy);
        let receipt = stack
            .consult_step(&consult, ConsultStep::Cancel, &OpCx::new())
            .await
            .unwrap();
        assert!(ran(&receipt.executed, "hangup-then-retrieve"));
        assert_eq!(settled(&receipt).await.customer, CustomerAt::Agent, "{policy:?}");

        // A transfer that was begun while emulation was allowed, and is taken back after the deployment changed its mind.
        site.behaves(&bob(), Behaviour::Manual);
        let transfer = site
            .gws
            .transfer(&call.at, release_after(), &OpCx::new())
            .await
            .unwrap();
        eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
        let receipt = stack
            .cancel_transfer(&call.at, &transfer.op, &OpCx::new())
            .await
            .unwrap();
        assert!(ran(&receipt.executed, "hangup-then-retrieve"));
        assert_eq!(settled(&receipt).await.customer, CustomerAt::Agent, "{policy:?}");
        assert_eq!(site.customer(&call), CustomerPlace::WithAgent(scenery::ANN.0.into()));
        site.sign_out().await;
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_recipe_runs_another_move_of_the_call_is_a_conflict_and_sends_nothing() {
    let mut site = room().await;
    let call = site.talking().await;
    let stack = stack(&site, EmulationPolicy::Safe);
    let op = OpId::fresh();
    let receipt = stack
        .transfer(&call.at, release_after(), &OpCx::with_op(op.clone()))
        .await
        .unwrap();
    eventually(|| site.switch().with(|switch| switch.ringing_at(&bob()))).await;
    site.until_quiet().await;
    let mark = site.sim.requests().mark();
    let error = stack.requeue(&call.at, to_support(), &OpCx::new()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Conflict, Effect::None),
        "{error}"
    );
    assert!(error.to_string().contains(op.as_str()), "names the first: {error}");
    assert_eq!(site.sim.requests().mark(), mark);
    site.answers(&bob()).await;
    assert!(settled(&receipt).await.is_done());
    site.sign_out().await;
}

#[tokio::test(start_paused = true)]
async fn a_recipe_asked_for_twice_under_one_operation_id_runs_once_and_both_see_the_same_journal() {
    let mut site = room().await;
    let call = site.talking().await;
    site.behaves(&bob(), Behaviour::Answers);
    let stack = stack(&site, EmulationPolicy::Safe);
    let cx = OpCx::with_op(OpId::fresh());
    let (one, other) = tokio::join!(
        stack.transfer(&call.at, release_after(), &cx),
        stack.transfer(&call.at, release_after(), &cx)
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(settled(&one).await, settled(&other).await);
    assert_eq!((one.steps().len(), one.steps()), (3, other.steps()));
    assert_eq!((site.sent("InitiateTransfer"), site.sent("CompleteTransfer")), (1, 1));
    assert_eq!(site.transfers(&call), 1);
    site.sign_out().await;
}
