//! The other way through the table: what is not claimed is refused, by the adapter itself and under the layers, and nothing goes out.

use callcontrol_core::{
    CallControl, Effect, EmulationPolicy, ErrorKind, OpCx, Operation, OperationKey, Risk, Support, TargetKind, dispatch,
};

use super::commands::command;
use super::prepare::Scene;
use super::report::{Stop, Tried, ensure, fail, skip};
use super::run::{Stand, play};
use super::stage::Stage;

/// Every operation on every kind of target.
fn everything() -> impl Iterator<Item = OperationKey> {
    Operation::ALL.iter().flat_map(|operation| {
        let kinds = TargetKind::ALL
            .into_iter()
            .map(|kind| OperationKey::to(*operation, kind));
        let with_target = kinds.filter(|key| key.operation.has_target());
        let without = (!operation.has_target()).then(|| OperationKey::from(*operation));
        with_target.chain(without)
    })
}

pub(super) async fn what_is_not_claimed_is_refused_unsent(stand: &Stand<'_>) -> Tried {
    play(stand.stage(), async |stage| {
        let scene = somewhere(stage).await?;
        let manifest = stage.manifest();
        let mut wrong = Vec::new();
        for key in everything().filter(|key| !manifest.support(*key).is_available()) {
            let command = command(stage, key, &scene)?;
            // The layers' tests of the suite see to it that a session is not closed or opened under the others.
            for (control, who) in [(&stage.control, "under the layers"), (&stage.bare, "by itself")] {
                if let Err(Stop::Fail(why)) = refused(stage, &**control, command.clone()).await {
                    wrong.push(format!("{key} {who}: {why}"));
                }
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            fail(wrong.join("\n"))
        }
    })
    .await
}

pub(super) async fn what_the_policy_forbids_is_refused_unsent(stand: &Stand<'_>) -> Tried {
    let stage = stand.stage_under(EmulationPolicy::Deny);
    play(stage, async |stage| {
        let scene = somewhere(stage).await?;
        let manifest = stage.manifest();
        let emulated = manifest.cells().filter_map(|(key, cell)| match &cell.support {
            Support::Emulated(recipe) => Some((*key, recipe.risk)),
            _ => None,
        });
        let emulated: Vec<(OperationKey, Risk)> = emulated.collect();
        if emulated.is_empty() {
            return skip("nothing is emulated");
        }
        let mut wrong = Vec::new();
        for (key, risk) in emulated {
            if EmulationPolicy::Deny.allows(risk) {
                continue;
            }
            let command = command(stage, key, &scene)?;
            if let Err(Stop::Fail(why)) = refused(stage, &*stage.control, command).await {
                wrong.push(format!("{key} under emulation = \"deny\": {why}"));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            fail(wrong.join("\n"))
        }
    })
    .await
}

pub(super) async fn the_manifest_states_how_every_outcome_is_known(stand: &Stand<'_>) -> Tried {
    let stage = stand.stage();
    let manifest = stage.manifest();
    for (key, cell) in manifest.cells() {
        let fits = key.target.is_some() == key.operation.has_target();
        ensure(fits, || {
            format!("the manifest's row \"{key}\" can never be asked for: target kind and operation do not fit")
        })?;
        let reasoned = match &cell.support {
            Support::Unsupported { reason } => !reason.trim().is_empty(),
            Support::Emulated(recipe) => !recipe.name.is_empty() && !recipe.hazards.is_empty(),
            _ => true,
        };
        ensure(reasoned, || {
            format!("the manifest's row \"{key}\" gives no reason, no name or no hazards")
        })?;
    }
    stage.strike().await;
    Ok(())
}

/// An agent with a call, or at least signed in, so that a command that is not refused would really do something.
async fn somewhere(stage: &Stage) -> Tried<Scene> {
    match stage.talking().await {
        Ok(talk) => {
            stage.settle().await;
            Ok(talk.into())
        }
        Err(Stop::Skip(_)) => Ok(Scene {
            session: Some(stage.sign_in().await?),
            ..Scene::default()
        }),
        Err(stop) => Err(stop),
    }
}

async fn refused(stage: &Stage, control: &dyn CallControl, command: callcontrol_core::Command) -> Tried {
    let before = (stage.harness.requests(), journal(stage));
    let reply = dispatch(control, command, &OpCx::new()).await;
    let after = (stage.harness.requests(), journal(stage));
    match reply {
        Ok(_) => fail("not claimed, and accepted"),
        Err(error) => {
            let told = error.kind() == ErrorKind::Unsupported && error.effect() == Effect::None;
            ensure(told, || format!("not claimed, Unsupported was due, got: {error}"))?;
            ensure(before.0 == after.0, || "not claimed, and a request went out".to_owned())?;
            ensure(before.1 == after.1, || {
                "not claimed, and something happened at the switch".to_owned()
            })
        }
    }
}

fn journal(stage: &Stage) -> Option<u64> {
    stage.harness.switch().map(|switch| switch.journal().next_seq())
}
