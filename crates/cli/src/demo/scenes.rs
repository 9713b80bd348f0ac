//! The application's part of the demo. Nothing in here knows which vendor it runs on: targets are logical names, and what an adapter does not claim is left out,
//! but for one operation that is tried all the same.

use std::time::{Duration, Instant};

use callcontrol::{
    CallDataPatch, Consult, ConsultStep, Dtmf, Operation, OperationKey, Outcome, Receipt, Result as ControlResult,
    RobotMode, StartConsult, Target, TargetKind, TransferMode, Unfinished,
};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Party};

use super::report::{Report, Step};
use super::stage::{Scene, Stage};
use crate::failure::Failure;

/// What a target or customer does while an operation is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    TargetAnswers,
    TargetDoesNotAnswer,
    CustomerHangsUp,
    IvrEnds,
    CustomerPressesKeys,
}

pub(super) async fn play_all(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    leg_and_data(stage, report).await?;
    robot(stage, report).await?;
    transfers(stage, report).await?;
    consults(stage, report).await?;
    conferences(stage, report).await?;
    requeues(stage, report).await?;
    unclaimed(stage, report).await
}

async fn leg_and_data(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    if !claims(stage, Operation::Hold.into()) {
        return Ok(());
    }
    let title = "Ann holds the customer, takes him back, notes the topic, sends a digit, leaves";
    let scene = stage.customer_calls().await?;
    let mut play = Play {
        stage,
        report,
        title,
        scene: &scene,
    };
    play.step(Operation::Hold.into(), scene.call.hold(), Meanwhile::Nothing)
        .await;
    play.step(Operation::Retrieve.into(), scene.call.retrieve(), Meanwhile::Nothing)
        .await;
    if claims(stage, Operation::PatchData.into()) {
        let patch = CallDataPatch::set("topic", "invoice");
        play.step(
            Operation::PatchData.into(),
            scene.call.patch_data(patch),
            Meanwhile::Nothing,
        )
        .await;
    }
    if claims(stage, Operation::SendDtmf.into()) {
        play.step(
            Operation::SendDtmf.into(),
            scene.call.send_dtmf(Dtmf::new("1#")?),
            Meanwhile::Nothing,
        )
        .await;
    }
    play.step(Operation::Release.into(), scene.call.release(), Meanwhile::Nothing)
        .await;
    stage.everybody_hangs_up().await
}

async fn robot(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    let key = Operation::RobotMode.into();
    if !claims(stage, key) {
        return Ok(());
    }
    let scene = stage.customer_calls().await?;
    let title = "Ann speaks for the robot, then lets go";
    let mut play = Play {
        stage,
        report,
        title,
        scene: &scene,
    };
    play.step(key, scene.call.robot_mode(RobotMode::Insertion), Meanwhile::Nothing)
        .await;
    play.step(key, scene.call.robot_mode(RobotMode::Common), Meanwhile::Nothing)
        .await;
    stage.everybody_hangs_up().await
}

async fn transfers(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    use Behaviour::{Busy, Manual};
    use TransferMode::{Blind, ReleaseAfter, Suspend};
    let scenes: [(&'static str, TransferMode, &str, Behaviour, Meanwhile); 11] = [
        (
            "Ann sends the customer to Bob",
            Blind,
            "agent:bob",
            Manual,
            Meanwhile::Nothing,
        ),
        (
            "Ann sends the customer to Bob, who is busy",
            Blind,
            "agent:bob",
            Busy,
            Meanwhile::Nothing,
        ),
        (
            "Ann sends the customer to a queue",
            Blind,
            "queue:support",
            Manual,
            Meanwhile::Nothing,
        ),
        (
            "Ann sends the customer to an IVR flow",
            Blind,
            "ivr:pin-check",
            Manual,
            Meanwhile::Nothing,
        ),
        (
            "Ann sends the customer to an outside number",
            Blind,
            "number:third-party",
            Manual,
            Meanwhile::Nothing,
        ),
        (
            "Ann stays until Bob answers",
            ReleaseAfter,
            "agent:bob",
            Manual,
            Meanwhile::TargetAnswers,
        ),
        (
            "Ann stays, Bob is busy",
            ReleaseAfter,
            "agent:bob",
            Busy,
            Meanwhile::Nothing,
        ),
        (
            "Ann stays, Bob does not answer",
            ReleaseAfter,
            "agent:bob",
            Manual,
            Meanwhile::TargetDoesNotAnswer,
        ),
        (
            "Ann stays, the customer hangs up while Bob rings",
            ReleaseAfter,
            "agent:bob",
            Manual,
            Meanwhile::CustomerHangsUp,
        ),
        (
            "Ann stays until an outside number answers",
            ReleaseAfter,
            "number:third-party",
            Manual,
            Meanwhile::TargetAnswers,
        ),
        (
            "The customer goes through an IVR flow and comes back",
            Suspend,
            "ivr:pin-check",
            Manual,
            Meanwhile::IvrEnds,
        ),
    ];
    for (title, mode, to, bob, meanwhile) in scenes {
        let to = Target::named(to)?;
        let key = OperationKey::to(mode.operation(), to.kind());
        if !claims(stage, key) {
            continue;
        }
        let scene = stage.customer_calls().await?;
        stage.bob(bob);
        stage.third_party(Manual);
        let transfer = async {
            match mode {
                ReleaseAfter => scene.call.release_after_transfer(to).await,
                Suspend => scene.call.suspend_to(to).await,
                _ => scene.call.blind_transfer(to).await,
            }
        };
        Play {
            stage,
            report,
            title,
            scene: &scene,
        }
        .step(key, transfer, meanwhile)
        .await;
        stage.everybody_hangs_up().await?;
    }
    Ok(())
}

async fn consults(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    use Behaviour::{Busy, Manual};
    type Ending = Option<ConsultStep>;
    let (complete, cancel) = (Some(ConsultStep::Complete), Some(ConsultStep::Cancel));
    let scenes: [(&'static str, &str, Behaviour, Meanwhile, Ending); 6] = [
        (
            "Ann asks Bob and hands over",
            "agent:bob",
            Manual,
            Meanwhile::TargetAnswers,
            complete,
        ),
        (
            "Ann asks Bob and takes the customer back",
            "agent:bob",
            Manual,
            Meanwhile::TargetAnswers,
            cancel,
        ),
        ("Ann asks Bob, who is busy", "agent:bob", Busy, Meanwhile::Nothing, None),
        (
            "Ann asks Bob, the customer hangs up while he rings",
            "agent:bob",
            Manual,
            Meanwhile::CustomerHangsUp,
            None,
        ),
        (
            "Ann asks an outside number and hands over",
            "number:third-party",
            Manual,
            Meanwhile::TargetAnswers,
            complete,
        ),
        (
            "Ann asks an outside number and takes the customer back",
            "number:third-party",
            Manual,
            Meanwhile::TargetAnswers,
            cancel,
        ),
    ];
    for (title, to, bob, meanwhile, ending) in scenes {
        let to = Target::named(to)?;
        let key = OperationKey::to(Operation::Consult, to.kind());
        if !claims(stage, key) {
            continue;
        }
        let scene = stage.customer_calls().await?;
        stage.bob(bob);
        stage.third_party(Manual);
        let mut play = Play {
            stage,
            report,
            title,
            scene: &scene,
        };
        let consult = play.consult(key, StartConsult::new(to), meanwhile).await;
        if let (Some(consult), Some(step)) = (consult, ending) {
            if step == ConsultStep::Complete && claims(stage, Operation::ConsultSwap.into()) {
                play.step(Operation::ConsultSwap.into(), consult.swap(), Meanwhile::Nothing)
                    .await;
                play.step(Operation::ConsultSwap.into(), consult.swap(), Meanwhile::Nothing)
                    .await;
            }
            play.end(consult, step).await;
        }
        stage.everybody_hangs_up().await?;
    }
    Ok(())
}

async fn conferences(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    let to = Target::named("number:third-party")?;
    let merged = OperationKey::to(Operation::Consult, TargetKind::Number);
    if claims(stage, merged) && claims(stage, Operation::ConsultMerge.into()) {
        let scene = stage.customer_calls().await?;
        stage.third_party(Behaviour::Manual);
        let title = "Ann asks an outside number, brings all three together, sends digits into the conference";
        let mut play = Play {
            stage,
            report,
            title,
            scene: &scene,
        };
        if let Some(consult) = play
            .consult(
                merged,
                StartConsult::new(to.clone()).for_conference(),
                Meanwhile::TargetAnswers,
            )
            .await
        {
            play.end(consult, ConsultStep::Merge).await;
            play.step(
                Operation::SendDtmf.into(),
                scene.call.conference_dtmf(Dtmf::new("12")?),
                Meanwhile::Nothing,
            )
            .await;
        }
        stage.everybody_hangs_up().await?;
    }
    let three_way = OperationKey::to(Operation::ConsultThreeWay, TargetKind::Number);
    if claims(stage, three_way) && claims(stage, Operation::RelayDtmf.into()) {
        let scene = stage.customer_calls().await?;
        let title = "Ann brings a third-party IVR in, lets the customer's key presses through to it, takes him back";
        let mut play = Play {
            stage,
            report,
            title,
            scene: &scene,
        };
        let request = StartConsult::new(Target::named("number:pin-line")?).three_way();
        if let Some(consult) = play.consult(three_way, request, Meanwhile::Nothing).await {
            play.step(
                Operation::RelayDtmf.into(),
                scene.call.relay_dtmf(),
                Meanwhile::CustomerPressesKeys,
            )
            .await;
            play.end(consult, ConsultStep::Cancel).await;
        }
        stage.everybody_hangs_up().await?;
    }
    Ok(())
}

async fn requeues(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    let connected = OperationKey::to(Operation::RequeueConnected, TargetKind::Queue);
    if claims(stage, connected) {
        let scene = stage.customer_calls().await?;
        let requeue = scene.call.requeue(Target::named("queue:support")?);
        let title = "Ann gives the customer back to a queue";
        Play {
            stage,
            report,
            title,
            scene: &scene,
        }
        .step(connected, requeue, Meanwhile::Nothing)
        .await;
        stage.everybody_hangs_up().await?;
    }
    let waiting = OperationKey::to(Operation::RequeueWaiting, TargetKind::Queue);
    if claims(stage, waiting) {
        let scene = stage.customer_waits().await?;
        let requeue = scene.call.requeue_waiting(Target::named("queue:billing")?);
        let title = "A customer who still waits is moved to another queue";
        Play {
            stage,
            report,
            title,
            scene: &scene,
        }
        .step(waiting, requeue, Meanwhile::Nothing)
        .await;
        let _ = stage
            .switch()
            .hang_up(&Party::outside(scenery::CUSTOMER), scene.at_switch);
    }
    Ok(())
}

/// The first operation of the mission that this adapter does not claim is tried all the same: nothing may go on the wire.
async fn unclaimed(stage: &Stage, report: &mut Report) -> Result<(), Failure> {
    let candidates = [
        OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Agent),
        OperationKey::to(Operation::SuspendTransfer, TargetKind::Ivr),
        OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Ivr),
    ];
    let Some(key) = candidates.into_iter().find(|key| !claims(stage, *key)) else {
        return Ok(());
    };
    let scene = stage.customer_calls().await?;
    let to = if key.target == Some(TargetKind::Ivr) {
        "ivr:pin-check"
    } else {
        "agent:bob"
    };
    let to = Target::named(to)?;
    let attempt = async {
        match key.operation {
            Operation::SuspendTransfer => scene.call.suspend_to(to).await,
            _ => scene.call.release_after_transfer(to).await,
        }
    };
    let title = "What this adapter does not claim is refused with nothing on the wire";
    Play {
        stage,
        report,
        title,
        scene: &scene,
    }
    .step(key, attempt, Meanwhile::Nothing)
    .await;
    stage.everybody_hangs_up().await
}

fn claims(stage: &Stage, key: OperationKey) -> bool {
    stage.support(key).is_available()
}

/// One scene being played: each step is carried out, awaited, compared and reported.
struct Play<'a> {
    stage: &'a Stage,
    report: &'a mut Report,
    title: &'static str,
    scene: &'a Scene,
}

impl Play<'_> {
    async fn step(
        &mut self,
        key: OperationKey,
        command: impl Future<Output = ControlResult<Receipt>>,
        meanwhile: Meanwhile,
    ) {
        let (mark, started) = (self.stage.mark(), Instant::now());
        match command.await {
            Ok(receipt) => {
                self.meanwhile(meanwhile).await;
                let outcome = receipt.outcome().await;
                self.tell(key, mark, started.elapsed(), Ok(&outcome));
            }
            Err(error) => self.tell(key, mark, started.elapsed(), Err(&error)),
        }
    }

    async fn consult(&mut self, key: OperationKey, request: StartConsult, meanwhile: Meanwhile) -> Option<Consult> {
        let (mark, started) = (self.stage.mark(), Instant::now());
        match self.scene.call.start_consult(request).await {
            Ok(consult) => {
                self.meanwhile(meanwhile).await;
                let outcome = consult.answered().await?;
                self.tell(key, mark, started.elapsed(), Ok(&outcome));
                outcome.is_done().then_some(consult)
            }
            Err(error) => {
                self.tell(key, mark, started.elapsed(), Err(&error));
                None
            }
        }
    }

    async fn end(&mut self, consult: Consult, step: ConsultStep) {
        let ending = async {
            let ended = match step {
                ConsultStep::Cancel => consult.cancel().await,
                ConsultStep::Merge => consult.merge().await,
                _ => consult.complete().await,
            };
            ended.map_err(|unfinished: Box<Unfinished>| unfinished.error)
        };
        self.step(step.operation().into(), ending, Meanwhile::Nothing).await;
    }

    /// The other parties' hands.
    async fn meanwhile(&self, what: Meanwhile) {
        let (bob, third) = (Party::agent(scenery::BOB.0), Party::outside(scenery::THIRD_PARTY));
        let switch = self.stage.switch();
        let ringing = || {
            [&bob, &third]
                .into_iter()
                .find(|party| switch.ringing_at(party).is_some())
        };
        match what {
            Meanwhile::Nothing => {}
            Meanwhile::TargetAnswers => {
                if let Some(party) = ringing() {
                    self.stage.answers(party).await;
                }
            }
            Meanwhile::TargetDoesNotAnswer => {
                if let Some(party) = ringing() {
                    let _ = switch.no_answer(party);
                }
            }
            Meanwhile::CustomerHangsUp => {
                let _ = switch.hang_up(&Party::outside(scenery::CUSTOMER), self.scene.at_switch);
            }
            Meanwhile::IvrEnds => {
                let _ = switch.ivr_finished(self.scene.at_switch);
            }
            Meanwhile::CustomerPressesKeys => {
                let _ = switch.customer_digits(self.scene.at_switch, "4711");
            }
        }
    }

    fn tell(&mut self, key: OperationKey, mark: u64, took: Duration, result: Result<&Outcome, &callcontrol::Error>) {
        let (truth, moves) = self.stage.truth(self.scene);
        let step = Step::new(self.stage, self.title, key, took);
        let requests = self.stage.requests_since(mark);
        let (step, agrees) = match result {
            Ok(outcome) => {
                let heard = key.operation != Operation::RelayDtmf || self.stage.keys_reached_the_ivr(self.scene);
                (
                    step.outcome(outcome),
                    heard && agrees(key.operation, outcome, truth, moves),
                )
            }
            // A refusal claims that nothing happened and, where unsupported, that nothing was sent.
            Err(error) => {
                let nothing_sent = requests.is_empty() || error.kind() != callcontrol::ErrorKind::Unsupported;
                (
                    step.refused(error),
                    nothing_sent && moves == 0 && error.effect() == callcontrol::Effect::None,
                )
            }
        };
        self.report.step(&Step {
            requests,
            truth,
            moves,
            agrees,
            ..step
        });
    }
}

/// Whether the outcome says what the switch's journal says. `Unknown` claims nothing.
fn agrees(operation: Operation, outcome: &Outcome, truth: callcontrol::CustomerAt, moves: usize) -> bool {
    let moving = matches!(
        operation,
        Operation::BlindTransfer
            | Operation::ReleaseAfterTransfer
            | Operation::SuspendTransfer
            | Operation::ConsultComplete
            | Operation::RequeueConnected
    );
    match outcome.verdict {
        callcontrol::Verdict::Unknown => true,
        callcontrol::Verdict::Done => {
            let moved = !moving || moves == 1;
            let known = outcome.customer == callcontrol::CustomerAt::Unknown || outcome.customer == truth;
            moved && known
        }
        callcontrol::Verdict::Failed => moves == 0 && outcome.customer == truth,
    }
}
