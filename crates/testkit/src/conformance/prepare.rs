//! What must have happened before an operation can be tried: a call that rings, is held, waits; a consult, a conference, a transfer under way.

use callcontrol_core::{
    AdoptCall, AdoptState, Call, CallId, ConsultRef, Dial, LegState, LookUp, OpCx, OpId, Operation, OperationKey,
    Session, StartConsult, Supervise, SupervisionMode, TargetKind, Transfer, TransferMode, Verdict,
};

use super::report::{Tried, ensure, fail, skip};
use super::stage::{Stage, Talk};
use super::{Caller, Deed, Part};
use crate::switch::Behaviour;

/// What a command can point at.
#[derive(Default)]
pub(super) struct Scene {
    pub(super) session: Option<Session>,
    pub(super) call: Option<Call>,
    pub(super) caller: Caller,
    /// Whom the operation is about.
    pub(super) to: Option<Part>,
    /// A call that is not in view yet.
    pub(super) adopt: Option<AdoptCall>,
    /// The other call of the session, on hold.
    pub(super) held: Option<CallId>,
    pub(super) consult: Option<ConsultRef>,
    /// A transfer under way.
    pub(super) running: Option<OpId>,
    /// How often the customer was moved before.
    pub(super) moves: usize,
}

impl From<Talk> for Scene {
    fn from(talk: Talk) -> Self {
        Self {
            session: Some(talk.session),
            call: Some(talk.call),
            caller: talk.caller,
            ..Self::default()
        }
    }
}

/// Sets the scene for an operation.
pub(super) async fn prepare(stage: &Stage, key: OperationKey) -> Tried<Scene> {
    let mut scene = match key.operation {
        Operation::Open => Scene::default(),
        Operation::Close
        | Operation::SetAgentState
        | Operation::ForwardCalls
        | Operation::DoNotDisturb
        | Operation::AutoAnswer
        | Operation::AutoReady
        | Operation::AcceptCalls
        | Operation::SelectQueues
        | Operation::Dial
        | Operation::RecordScreen
        | Operation::Play
        | Operation::LookUp
        | Operation::Snapshot
        | Operation::Native
        | Operation::Receive => session_only(stage).await?,
        Operation::Adopt => adoptable(stage).await?,
        Operation::PickUp => colleague_rings(stage).await?,
        Operation::TakeWaiting | Operation::RequeueWaiting => waiting(stage).await?,
        Operation::Answer => ringing(stage).await?,
        Operation::Hold
        | Operation::Mute
        | Operation::Release
        | Operation::Clear
        | Operation::BlindTransfer
        | Operation::ReleaseAfterTransfer
        | Operation::SuspendTransfer
        | Operation::Consult
        | Operation::ConsultThreeWay
        | Operation::RequeueConnected
        | Operation::ConferenceAdd
        | Operation::SendDtmf
        | Operation::PatchData
        | Operation::Record => stage.talking_for(key).await?.into(),
        Operation::RobotMode | Operation::Say => robot(stage).await?,
        Operation::Retrieve => held(stage).await?,
        Operation::Unmute => muted(stage).await?,
        Operation::CancelTransfer => transferring(stage).await?,
        Operation::ConsultComplete | Operation::ConsultCancel | Operation::ConsultSwap | Operation::ConsultMerge => {
            consulting(
                stage,
                &BOTH,
                &consulted(stage),
                key.operation == Operation::ConsultMerge,
            )
            .await?
        }
        Operation::ConferenceRemove => conference(stage, &consulted(stage)).await?,
        Operation::RelayDtmf => conference(stage, &stage.harness.key_reader().into_iter().collect::<Vec<_>>()).await?,
        Operation::JoinConference | Operation::ConnectCalls => two_calls(stage).await?,
        Operation::ListenIn | Operation::Whisper | Operation::BargeIn | Operation::SignAgentOut => {
            supervisor(stage, key.operation != Operation::SignAgentOut).await?
        }
        Operation::SwitchSupervision | Operation::StopSupervision | Operation::Intercept | Operation::MuteAgent => {
            listening(stage).await?
        }
        _ => return skip(format!("the suite does not know how to try {}", key.operation)),
    };
    if let Some(kind) = key.target {
        let part = stage.part(kind)?;
        let behaviour = match kind {
            TargetKind::Queue | TargetKind::QueueOfAgent | TargetKind::Message => None,
            _ => Some(Behaviour::Manual),
        };
        if let Some(behaviour) = behaviour {
            // A party that cannot be told how to behave does as it does.
            stage.harness.play(&Deed::Behaves(&part.party, behaviour));
        }
        scene.to = Some(part);
    }
    scene.moves = stage.harness.moves(&scene.caller).unwrap_or_default();
    Ok(scene)
}

async fn session_only(stage: &Stage) -> Tried<Scene> {
    let session = stage.sign_in().await?;
    Ok(Scene {
        session: Some(session),
        to: stage.cast.part(TargetKind::Queue).cloned(),
        ..Scene::default()
    })
}

async fn adoptable(stage: &Stage) -> Tried<Scene> {
    let mut scene = session_only(stage).await?;
    let (caller, adopt) = match stage.harness.customer_waits() {
        Some((caller, adopt, queue)) => (caller, known(&scene, adopt, &queue).await?),
        None => match stage.harness.customer_calls() {
            Some(super::Arrival::Adopt(caller, adopt)) => (caller, adopt),
            _ => return skip("the harness has no call that can be taken into view"),
        },
    };
    scene.caller = caller;
    scene.adopt = Some(adopt);
    Ok(scene)
}

async fn waiting(stage: &Stage) -> Tried<Scene> {
    if !stage.claims(Operation::Adopt) {
        return skip("a waiting call cannot be taken into view, adopt is not claimed");
    }
    let session = stage.sign_in().await?;
    let Some((caller, adopt, queue)) = stage.harness.customer_waits() else {
        return skip("the harness cannot let a customer wait in a queue");
    };
    let mut scene = Scene {
        session: Some(session.clone()),
        caller,
        ..Scene::default()
    };
    let adopt = known(&scene, adopt, &queue).await?;
    scene.call = Some(session.adopt(adopt).await?);
    scene.to = Some(queue);
    Ok(scene)
}

/// How a waiting call is taken into view: as the harness says, else by what the platform says of its queue.
async fn known(scene: &Scene, adopt: Option<AdoptCall>, queue: &Part) -> Tried<AdoptCall> {
    if let Some(adopt) = adopt {
        return Ok(adopt);
    }
    let Some(session) = &scene.session else {
        return fail("nobody is signed in");
    };
    let queue = queue.target.clone();
    let found = session.look_up(LookUp::Waiting { queue }).await?;
    match found.entries.into_iter().find_map(|entry| entry.native) {
        Some(native) => Ok(AdoptCall::new(native, AdoptState::Waiting)),
        None => fail("a customer waits in the queue, and the platform is said to know of none"),
    }
}

async fn colleague_rings(stage: &Stage) -> Tried<Scene> {
    let mut scene = session_only(stage).await?;
    let colleague = stage.part(TargetKind::Agent)?;
    stage.must(Deed::Behaves(&colleague.party, Behaviour::Manual))?;
    stage.must(Deed::OtherIsCalled(&colleague.party))?;
    scene.to = Some(colleague);
    Ok(scene)
}

async fn ringing(stage: &Stage) -> Tried<Scene> {
    let session = stage.sign_in().await?;
    let (call, caller) = stage.customer_calls(&session).await?;
    Ok(Scene {
        session: Some(session),
        call: Some(call),
        caller,
        ..Scene::default()
    })
}

async fn robot(stage: &Stage) -> Tried<Scene> {
    let Some((caller, adopt)) = stage.harness.robot_calls() else {
        return skip("the harness has no robot that a customer could call");
    };
    let session = stage.sign_in().await?;
    let call = session.adopt(adopt).await?;
    Ok(Scene {
        session: Some(session),
        call: Some(call),
        caller,
        ..Scene::default()
    })
}

async fn held(stage: &Stage) -> Tried<Scene> {
    let talk = stage.talking().await?;
    if !stage.claims(Operation::Hold) {
        return skip("a call cannot be held first, hold is not claimed");
    }
    talk.call.hold().await?.outcome().await;
    stage.until_state(&talk.call, LegState::Held).await?;
    Ok(talk.into())
}

async fn muted(stage: &Stage) -> Tried<Scene> {
    let talk = stage.talking().await?;
    if !stage.claims(Operation::Mute) {
        return skip("the agent cannot be muted first, mute is not claimed");
    }
    talk.call.mute().await?.outcome().await;
    Ok(talk.into())
}

async fn transferring(stage: &Stage) -> Tried<Scene> {
    let modes = [Operation::ReleaseAfterTransfer, Operation::SuspendTransfer];
    let kinds = [TargetKind::Agent, TargetKind::Number, TargetKind::Ivr];
    let wanted = stage.harness.can_be_taken_back();
    let wanted = wanted.and_then(|key| Some((key.operation, stage.cast.part(key.target?)?.clone())));
    let Some((operation, part)) = wanted.or_else(|| stage.claimed(&modes, &kinds)) else {
        return skip("no transfer that stays under way is claimed");
    };
    let talk = stage.talking().await?;
    stage.must(Deed::Behaves(&part.party, Behaviour::Manual))?;
    let (cx, to) = (OpCx::new(), part.target);
    let running = match operation {
        Operation::SuspendTransfer => {
            talk.call
                .transfer_with(Transfer::new(to, TransferMode::Suspend), &cx)
                .await?
        }
        Operation::ReleaseAfterTransfer => {
            let transfer = Transfer::new(to, TransferMode::ReleaseAfter);
            talk.call.transfer_with(transfer, &cx).await?
        }
        Operation::ConsultThreeWay => {
            let request = StartConsult::new(to).three_way();
            stage.control.consult(talk.call.at(), request, &cx).await?.receipt
        }
        _ => {
            stage
                .control
                .consult(talk.call.at(), StartConsult::new(to), &cx)
                .await?
                .receipt
        }
    };
    let early = running.within(stage.harness.settling()).await;
    ensure(early.is_none(), || {
        format!("nobody has answered, and the transfer is settled already: {early:?}")
    })?;
    let mut scene = Scene::from(talk);
    scene.running = Some(cx.op);
    Ok(scene)
}

async fn consulting(stage: &Stage, styles: &[Operation], parts: &[Part], to_be_merged: bool) -> Tried<Scene> {
    let talk = stage.talking().await?;
    let Some((operation, part)) = stage.claimed_for(styles, parts) else {
        return skip("no consult with such a party is claimed, or the harness names none");
    };
    stage.must(Deed::Behaves(&part.party, Behaviour::Manual))?;
    let request = StartConsult::new(part.target.clone());
    let request = match operation {
        Operation::ConsultThreeWay => request.three_way(),
        _ if to_be_merged => request.for_conference(),
        _ => request,
    };
    let consult = talk.call.start_consult(request).await?;
    if let Some(receipt) = consult.receipt() {
        let answered = stage.see_through(receipt, &talk.caller, Some(&part.party)).await;
        ensure(answered.verdict != Verdict::Failed, || {
            format!("the third party answered, but: {answered}")
        })?;
    }
    let mut scene = Scene::from(talk);
    scene.consult = Some(consult.detach());
    scene.to = Some(part);
    stage.settle().await;
    Ok(scene)
}

async fn conference(stage: &Stage, parts: &[Part]) -> Tried<Scene> {
    if stage.claimed_for(&[Operation::ConsultThreeWay], parts).is_some() {
        return consulting(stage, &[Operation::ConsultThreeWay], parts, false).await;
    }
    if !stage.claims(Operation::ConsultMerge) {
        return skip("no conference can be made first: neither consult-merge nor a three-way consult is claimed");
    }
    let scene = consulting(stage, &[Operation::Consult], parts, true).await?;
    let Some(consult) = scene.consult.clone() else {
        return fail("a consult without its reference");
    };
    let consult = callcontrol_core::Consult::reattach(&stage.control, consult);
    let merged = consult.merge().await?.outcome().await;
    ensure(merged.verdict != Verdict::Failed, || {
        format!("making a conference first: {merged}")
    })?;
    stage.settle().await;
    Ok(scene)
}

async fn two_calls(stage: &Stage) -> Tried<Scene> {
    let talk = stage.talking().await?;
    if !stage.claims(Operation::Hold) || !stage.claims(OperationKey::to(Operation::Dial, TargetKind::Number)) {
        return skip("two calls need hold and dial to a number, which are not both claimed");
    }
    let third = stage.part(TargetKind::Number)?;
    talk.call.hold().await?.outcome().await;
    stage.until_state(&talk.call, LegState::Held).await?;
    stage.must(Deed::Behaves(&third.party, Behaviour::Manual))?;
    let dialled = talk.session.dial(Dial::to(third.target.clone())).await?;
    let outcome = stage.see_through(&dialled, &talk.caller, Some(&third.party)).await;
    ensure(outcome.verdict != Verdict::Failed, || {
        format!("dialling a second party: {outcome}")
    })?;
    stage.settle().await;
    let view = talk.session.snapshot().await?;
    let second = view.and_then(|view| {
        let mut calls = view.calls.into_iter();
        calls
            .find(|(id, call)| id != talk.call.id() && call.state == LegState::Talking)
            .map(|(id, _)| id)
    });
    let Some(second) = second else {
        return fail("the agent has dialled and been answered, and the state shows no second call");
    };
    let held = talk.call.id().clone();
    Ok(Scene {
        call: Some(talk.session.call(second)),
        session: Some(talk.session),
        caller: talk.caller,
        held: Some(held),
        ..Scene::default()
    })
}

/// The supervisor is signed in, the colleague too, in a call or not.
async fn supervisor(stage: &Stage, in_a_call: bool) -> Tried<Scene> {
    let Some((sign_in, _)) = stage.harness.supervisor() else {
        return skip("the harness has no supervisor");
    };
    let colleague = stage.part(TargetKind::Agent)?;
    let session = Session::open(&stage.control, sign_in).await?;
    stage.must(Deed::Behaves(&colleague.party, Behaviour::Manual))?;
    if in_a_call {
        stage.must(Deed::OtherIsCalled(&colleague.party))?;
        stage.must(Deed::Answers(&colleague.party))?;
    }
    stage.settle().await;
    Ok(Scene {
        session: Some(session),
        to: Some(colleague),
        ..Scene::default()
    })
}

async fn listening(stage: &Stage) -> Tried<Scene> {
    if !stage.claims(Operation::ListenIn) {
        return skip("nobody can listen first, listen-in is not claimed");
    }
    let scene = supervisor(stage, true).await?;
    if let (Some(session), Some(colleague)) = (&scene.session, &scene.to) {
        let request = Supervise::start(colleague.target.clone(), SupervisionMode::Listen);
        let outcome = session.supervise(request).await?.outcome().await;
        ensure(outcome.verdict != Verdict::Failed, || {
            format!("listening first: {outcome}")
        })?;
    }
    stage.settle().await;
    Ok(scene)
}

/// Who can be consulted, in order of preference.
fn consulted(stage: &Stage) -> Vec<Part> {
    let kinds = [
        TargetKind::Agent,
        TargetKind::Number,
        TargetKind::Ivr,
        TargetKind::Queue,
    ];
    kinds
        .iter()
        .filter_map(|kind| stage.cast.part(*kind).cloned())
        .collect()
}

const BOTH: [Operation; 2] = [Operation::Consult, Operation::ConsultThreeWay];
