//! Whether a claimed operation kept its word: the outcome against the manifest, and against what really happened.

use callcontrol_core::{
    CustomerAt, Evidence, Executed, LegState, Operation, OperationKey, Outcome, OutcomeSource, Receipt, Reply, Support,
    Verdict,
};

use super::commands::{TONES, TOPIC};
use super::prepare::Scene;
use super::report::{Tried, ensure, fail};
use super::stage::Stage;
use crate::switch::{Party, SwitchEvent};

/// Compares a reply with the manifest and with the truth.
pub(super) async fn verify(
    stage: &Stage,
    key: OperationKey,
    scene: &Scene,
    reply: Reply,
    before: Option<usize>,
) -> Tried {
    let Some(receipt) = reply.receipt() else {
        return answered(stage, key, scene, &reply).await;
    };
    executed(stage, key, receipt)?;
    if stays_until_answered(key.operation) {
        let party = scene.to.as_ref().map(|part| &part.party);
        early(stage, scene, receipt, party).await?;
    }
    let outcome = outcome(stage, key, scene, receipt).await;
    stage.story.remark(format!("outcome of {key}: {outcome}"));
    // Where the vendor knows no sessions there is nobody to sign out.
    let asked = key.operation != Operation::Close;
    if let (Some(before), Some(after)) = (before, stage.harness.requests()) {
        ensure(!asked || after > before, || {
            format!("{key} was accepted and nothing reached the vendor")
        })?;
    }
    verdict(stage, key, &outcome)?;
    stage.settle().await;
    if concerns_the_customer(key.operation) {
        stage.agrees(&outcome, &scene.caller)?;
        let moves = scene.moves + usize::from(moves_the_customer(key.operation));
        stage.moved(&scene.caller, moves)?;
    }
    truth(stage, key, scene, &outcome).await
}

/// Commands whose reply is the answer itself.
async fn answered(stage: &Stage, key: OperationKey, scene: &Scene, reply: &Reply) -> Tried {
    match reply {
        Reply::Session(info) => {
            let cx = callcontrol_core::OpCx::new();
            let state = stage.control.snapshot(callcontrol_core::Scope::All, &cx).await?;
            let seen = state.session(&info.session).map(|view| view.state);
            let active = seen == Some(callcontrol_core::SessionState::Active);
            ensure(active, || format!("signed in, and the session is {seen:?}"))
        }
        Reply::Call(at) => {
            let seen = match &scene.session {
                Some(session) => stage.view(&session.call(at.call.clone())).await?,
                None => None,
            };
            ensure(seen.is_some(), || {
                "the call taken into view is not in the session's state".to_owned()
            })
        }
        Reply::Snapshot(snapshot) => {
            let session = scene
                .session
                .as_ref()
                .and_then(|session| snapshot.session(session.id()));
            ensure(session.is_some(), || {
                "the state that was read lacks the session".to_owned()
            })
        }
        // What the vendor says to its own words is between the two; only a defect has no HTTP status.
        Reply::Native(reply) => ensure((200..600).contains(&reply.status), || {
            format!("{key} was answered with HTTP status {}", reply.status)
        }),
        _ => Ok(()),
    }
}

fn executed(stage: &Stage, key: OperationKey, receipt: &Receipt) -> Tried {
    match (stage.manifest().support(key), &receipt.executed) {
        (Support::Native, Executed::Native) | (Support::Unsupported { .. }, _) => Ok(()),
        (Support::Emulated(recipe), Executed::Emulated { recipe: run, .. }) => ensure(recipe.name == *run, || {
            format!("claimed by the recipe \"{}\", executed by \"{run}\"", recipe.name)
        }),
        (claimed, run) => fail(format!("claimed as {}, executed as {run:?}", claimed.word())),
    }
}

/// While the target rings nothing is settled, and the customer is still in the agent's hands.
async fn early(stage: &Stage, scene: &Scene, receipt: &Receipt, party: Option<&Party>) -> Tried {
    if !matches!(party, Some(Party::Agent(_) | Party::Outside(_))) {
        return Ok(());
    }
    stage.settle().await;
    let truth = stage.harness.customer(&scene.caller);
    ensure(
        truth.is_none_or(|truth| matches!(truth, CustomerAt::Agent | CustomerAt::AgentHeld | CustomerAt::Unknown)),
        || format!("the target only rings, and in truth the customer is {truth:?}: the agent is out too early"),
    )?;
    match receipt.outcome_handle().peek().filter(Outcome::is_done) {
        Some(early) => fail(format!(
            "the target only rings, and the outcome is said to be \"{early}\""
        )),
        None => Ok(()),
    }
}

async fn outcome(stage: &Stage, key: OperationKey, scene: &Scene, receipt: &Receipt) -> Outcome {
    let part = scene.to.as_ref().filter(|_| key.target.is_some());
    stage
        .see_through(receipt, &scene.caller, part.map(|part| &part.party))
        .await
}

fn verdict(stage: &Stage, key: OperationKey, outcome: &Outcome) -> Tried {
    let source = stage.manifest().outcome_source(key);
    match source {
        OutcomeSource::Never => ensure(outcome.verdict == Verdict::Unknown, || {
            format!("its outcome can never be known by the manifest, and it says \"{outcome}\"")
        }),
        _ => ensure(outcome.is_done(), || {
            format!(
                "its outcome is known by {} and should be done, it is \"{outcome}\"",
                source.as_str()
            )
        }),
    }?;
    let empty = outcome.is_done() && matches!(outcome.evidence, Evidence::AcceptedOnly | Evidence::NothingInTime);
    ensure(!empty, || format!("it says done and rests on {:?}", outcome.evidence))
}

/// What must be so at the switch afterwards, where there is one to look at.
async fn truth(stage: &Stage, key: OperationKey, scene: &Scene, outcome: &Outcome) -> Tried {
    if let Some(call) = scene.call.as_ref() {
        match key.operation {
            Operation::Answer | Operation::Retrieve => stage.until_state(call, LegState::Talking).await?,
            Operation::Hold => stage.until_state(call, LegState::Held).await?,
            Operation::Release | Operation::Clear | Operation::ConsultComplete => stage.until_gone(call).await?,
            Operation::ConsultCancel if outcome.customer == CustomerAt::Agent => {
                stage.until_state(call, LegState::Talking).await?;
            }
            _ => {}
        }
        if key.operation == Operation::BlindTransfer && outcome.is_done() {
            let lives = stage.view(call).await?;
            let out = lives.is_none_or(|view| matches!(view.state, LegState::Waiting | LegState::Robot(_)));
            ensure(out, || {
                "the call is transferred, and the session's state still has it".to_owned()
            })?;
        }
    }
    let Some(switch) = stage.harness.switch() else {
        return Ok(());
    };
    let id = scene.caller.call;
    match key.operation {
        Operation::SendDtmf => {
            let sent: String = switch
                .journal()
                .facts()
                .filter_map(|fact| match fact {
                    SwitchEvent::DtmfSent { digits, .. } => Some(digits.clone()),
                    _ => None,
                })
                .collect();
            ensure(sent == TONES, || {
                format!("{} tones were sent, other ones arrived", TONES.len())
            })
        }
        Operation::PatchData => {
            let call = id.and_then(|id| switch.call(id));
            let pair = call.as_ref().and_then(|call| call.data.get(TOPIC.0).cloned());
            let text = call.and_then(|call| call.opaque).unwrap_or_default();
            let there = pair.as_deref() == Some(TOPIC.1) || (text.contains(TOPIC.0) && text.contains(TOPIC.1));
            ensure(there, || "the data was set, and the call does not carry it".to_owned())
        }
        Operation::Mute | Operation::Unmute => {
            let call = id.and_then(|id| switch.call(id));
            let leg = call.and_then(|call| call.leg(&Party::agent(&stage.cast.agent)).map(|leg| leg.muted));
            let wanted = key.operation == Operation::Mute;
            ensure(leg.is_none_or(|muted| muted == wanted), || {
                format!("the agent's microphone should be {}", if wanted { "off" } else { "on" })
            })
        }
        Operation::Close => {
            let out = switch.with(|switch| switch.agent(&stage.cast.agent).map(|agent| !agent.signed_in()));
            ensure(out != Some(false), || {
                "signed out, and the switch still has the agent".to_owned()
            })
        }
        Operation::ListenIn | Operation::Whisper | Operation::BargeIn | Operation::SwitchSupervision => {
            let supervisor = stage.harness.supervisor().map(|(_, id)| id);
            let running = supervisor.and_then(|id| switch.supervision_of(&id));
            ensure(running.is_some(), || {
                "the supervisor takes part, and the switch knows nothing of it".to_owned()
            })
        }
        _ => Ok(()),
    }
}

fn stays_until_answered(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ReleaseAfterTransfer | Operation::Consult | Operation::ConsultThreeWay
    )
}

fn concerns_the_customer(operation: Operation) -> bool {
    moves_the_customer(operation)
        || stays_until_answered(operation)
        || matches!(
            operation,
            Operation::SuspendTransfer
                | Operation::CancelTransfer
                | Operation::ConsultCancel
                | Operation::ConsultSwap
                | Operation::ConsultMerge
                | Operation::Hold
                | Operation::Retrieve
        )
}

fn moves_the_customer(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::BlindTransfer
            | Operation::ReleaseAfterTransfer
            | Operation::ConsultComplete
            | Operation::RequeueConnected
            | Operation::RequeueWaiting
            | Operation::SuspendTransfer
    )
}
