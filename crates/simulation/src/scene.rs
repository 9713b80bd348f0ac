//! What stands before a command is given: who is signed in, who talks to whom.

use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, CallId, CallRef, ConferenceOp, ConsultRef, Dial, Effect, Error, ErrorKind, HelpRequest,
    LegAction, LookUp, Media, MediaAction, OpId, Receipt, Result, RobotMode, Session, SessionSetting, StartConsult,
    Supervise, SupervisionMode, Tape, Target, Transfer, TransferMode, Verdict,
};
use callcontrol_simulators::oifde::{NewSession, SessionId};
use callcontrol_testkit::switch::{Behaviour, Party, SwitchCallId};

use crate::deed::media::file;
use crate::deed::{ANN, BOB};
use crate::vendor::Vendor;
use crate::world::{BILLING, DEADLINE, Face, PIN_CHECK, SUPPORT, THIRD_PARTY, World, customer};

/// What must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody is signed in.
    SignedOut,
    /// Ann is signed in and ready.
    Idle,
    /// A customer's call rings at Ann.
    Ringing,
    /// Ann talks to a customer; whoever is called answers.
    Talking,
    /// Ann talks to a customer, and Bob is busy.
    TalkingBobBusy,
    /// Ann's calls are forwarded.
    Forwarding,
    /// Ann talks to a customer and is not heard.
    Muted,
    /// Ann talks to a customer, and the call is recorded.
    Recording,
    /// The same, and the recorder pauses.
    RecordingPaused,
    /// Ann's screen is recorded.
    RecordingScreen,
    /// A file is played at Ann's desk.
    Playing,
    /// The same, and the player pauses.
    PlayingPaused,
    /// A customer's call from a queue rings at Bob.
    RingsAtBob,
    /// A customer waits in the queue that nobody serves, and Ann has taken that call into view.
    Waiting,
    /// Ann holds a customer.
    Held,
    /// Ann holds a customer and talks to the third party, in two calls that have nothing to do with each other.
    TwoCalls,
    /// Ann, a customer and the third party talk.
    Conference,
    /// Ann, a customer and an IVR's number are in a conference.
    ConferenceWithIvr,
    /// Ann's release-after transfer rings at Bob.
    TransferRings,
    /// Ann holds a customer and talks to Bob about it.
    Consulting,
    /// The same with the outside third party.
    ConsultingNumber,
    /// Ann has asked for a three-way consult with Bob, whose telephone rings.
    ThreeWayRings,
    /// Bob talks to a customer, and Ann may supervise him.
    BobTalks,
    /// The same, and Ann listens.
    Supervising,
    /// A robot that Ann supervises talks to a customer.
    Robot,
    /// As before, and Ann has taken the conversation over.
    RobotInserted,
}

impl Stage {
    /// Whether a robot talks, and no agent.
    #[must_use]
    pub fn is_robots(self) -> bool {
        matches!(self, Self::Robot | Self::RobotInserted)
    }
}

/// What stands.
#[derive(Debug, Default)]
pub struct Scene {
    /// Ann's session.
    pub session: Option<Session>,
    /// The customer's call, as Ann has it.
    pub call: Option<CallRef>,
    /// The held call beside it.
    pub held: Option<CallId>,
    /// The same at the switch.
    pub at_switch: Option<SwitchCallId>,
    /// The running consult.
    pub consult: Option<ConsultRef>,
    /// The running transfer.
    pub moving: Option<OpId>,
    /// The robot's session.
    pub robot: Option<SessionId>,
    /// The robot's request for help.
    pub help: Option<HelpRequest>,
}

impl Scene {
    /// Sets the stage.
    ///
    /// # Errors
    /// Something refused on the way: the scene cannot be played on this vendor.
    pub async fn set(world: &World, stage: Stage) -> Result<Self> {
        let mut scene = Self::default();
        if stage == Stage::SignedOut {
            return Ok(scene);
        }
        scene.session = Some(world.sign_in(ANN).await?);
        others_behave(world, stage)?;
        match stage {
            Stage::SignedOut | Stage::Idle => {}
            Stage::Ringing => scene.rings(world).await?,
            Stage::Talking | Stage::TalkingBobBusy => scene.talks(world).await?,
            Stage::Held => scene.holds(world).await?,
            Stage::Forwarding => scene.forwards(world).await?,
            Stage::Muted => scene.mutes(world).await?,
            Stage::Recording => scene.records(world, &[Tape::Start]).await?,
            Stage::RecordingPaused => scene.records(world, &[Tape::Start, Tape::Pause]).await?,
            Stage::RecordingScreen => scene.media(world, MediaAction::RecordScreen(Tape::Start)).await?,
            Stage::Playing => scene.media(world, file()).await?,
            Stage::PlayingPaused => {
                scene.media(world, file()).await?;
                scene.media(world, MediaAction::Player(Tape::Pause)).await?;
            }
            Stage::RingsAtBob => rings_at_bob(world).await?,
            Stage::Waiting => scene.waits(world).await?,
            Stage::TwoCalls => scene.two_calls(world).await?,
            Stage::Conference => scene.conference(world, Target::named("number:third-party")?).await?,
            Stage::ConferenceWithIvr => scene.conference(world, Target::number(PIN_CHECK)?).await?,
            Stage::TransferRings => scene.transfer_rings(world).await?,
            Stage::Consulting => scene.consults(world, world.agent_target(BOB)?).await?,
            Stage::ConsultingNumber => scene.consults(world, Target::named("number:third-party")?).await?,
            Stage::ThreeWayRings => scene.three_way_rings(world).await?,
            Stage::BobTalks => bob_talks(world)?,
            Stage::Supervising => scene.supervises(world).await?,
            Stage::Robot => scene.robot(world).await?,
            Stage::RobotInserted => scene.robot_inserted(world).await?,
        }
        // Whatever is still on its way arrives before the command is given.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(scene)
    }

    /// Ann's session.
    ///
    /// # Errors
    /// She is not signed in.
    pub fn session(&self) -> Result<&Session> {
        self.session.as_ref().ok_or_else(|| not_so("Ann is not signed in"))
    }

    /// The customer's call.
    ///
    /// # Errors
    /// There is none.
    pub fn call(&self) -> Result<&CallRef> {
        self.call.as_ref().ok_or_else(|| not_so("there is no call"))
    }

    async fn rings(&mut self, world: &World) -> Result<()> {
        let ann = Party::agent(&world.desk(ANN)?.id);
        let placed = world.switch.place_call(&customer(0), &ann);
        self.at_switch = Some(placed.map_err(|refusal| not_so(&format!("{refusal:?}")))?);
        let offered = tokio::time::timeout(PATIENCE, self.session()?.next_offered()).await;
        let call = offered
            .ok()
            .flatten()
            .ok_or_else(|| not_so("the call was never offered"))?;
        self.call = Some(call.at().clone());
        Ok(())
    }

    async fn act(&self, world: &World, what: LegAction) -> Result<()> {
        let at = self.call()?.clone().into();
        let receipt = world.control.act(&at, what, &world.cx(DEADLINE)).await?;
        did(&format!("{what:?}"), &receipt).await
    }

    async fn mutes(&mut self, world: &World) -> Result<()> {
        self.talks(world).await?;
        self.act(world, LegAction::Mute).await
    }

    async fn forwards(&self, world: &World) -> Result<()> {
        let to = Some(Target::named("number:third-party")?);
        let setting = SessionSetting::ForwardCalls { to };
        let receipt = world
            .control
            .configure(self.session()?.id(), setting, &world.cx(DEADLINE))
            .await?;
        did("forward-calls", &receipt).await
    }

    async fn records(&mut self, world: &World, buttons: &[Tape]) -> Result<()> {
        self.talks(world).await?;
        for button in buttons {
            self.media(world, MediaAction::Record(*button)).await?;
        }
        Ok(())
    }

    async fn media(&self, world: &World, what: MediaAction) -> Result<()> {
        let words = format!("{what:?}");
        let request = match &self.call {
            Some(at) => Media::of_call(at.call.clone(), what),
            None => Media::at_desk(what),
        };
        let receipt = world
            .control
            .media(self.session()?.id(), request, &world.cx(DEADLINE))
            .await?;
        did(&words, &receipt).await
    }

    /// The call of a customer who waits is known by the vendor's list only.
    async fn waits(&mut self, world: &World) -> Result<()> {
        let placed = world.switch.place_call(&customer(0), &Party::queue(SUPPORT));
        self.at_switch = Some(placed.map_err(|refusal| not_so(&format!("{refusal:?}")))?);
        let session = self.session()?.id().clone();
        let queue = Target::named("queue:support")?;
        let found = world
            .control
            .look_up(Some(&session), LookUp::Waiting { queue }, &world.cx(DEADLINE))
            .await?;
        let native = found.entries.into_iter().find_map(|entry| entry.native);
        let native = native.ok_or_else(|| not_so("the waiting call is not listed"))?;
        let adopt = AdoptCall::new(native, AdoptState::Waiting);
        self.call = Some(world.control.adopt(&session, adopt, &world.cx(DEADLINE)).await?);
        Ok(())
    }

    async fn two_calls(&mut self, world: &World) -> Result<()> {
        self.holds(world).await?;
        self.held = self.call.as_ref().map(|at| at.call.clone());
        let session = self.session()?.id().clone();
        let dial = Dial::to(Target::named("number:third-party")?);
        let receipt = world.control.dial(&session, dial, &world.cx(DEADLINE)).await?;
        did("dial", &receipt).await?;
        let call = receipt.call.clone().ok_or_else(|| not_so("the new call has no id"))?;
        self.call = Some(CallRef { session, call });
        Ok(())
    }

    async fn conference(&mut self, world: &World, with: Target) -> Result<()> {
        self.talks(world).await?;
        let at = self.call()?.clone();
        let receipt = if world.vendor() == Vendor::HuaweiCcGateway {
            let request = StartConsult::new(with).three_way();
            world.control.consult(&at, request, &world.cx(DEADLINE)).await?.receipt
        } else {
            let request = ConferenceOp::Add { to: with };
            world.control.conference(&at, request, &world.cx(DEADLINE)).await?
        };
        did("conference", &receipt).await
    }

    async fn three_way_rings(&mut self, world: &World) -> Result<()> {
        self.talks(world).await?;
        let request = StartConsult::new(world.agent_target(BOB)?).three_way();
        let started = world
            .control
            .consult(self.call()?, request, &world.cx(DEADLINE))
            .await?;
        self.consult = Some(started.consult);
        rung(world, &Party::agent(&world.desk(BOB)?.id)).await
    }

    async fn supervises(&self, world: &World) -> Result<()> {
        bob_talks(world)?;
        let request = Supervise::start(world.agent_target(BOB)?, SupervisionMode::Listen);
        let receipt = world
            .control
            .supervise(self.session()?.id(), request, &world.cx(DEADLINE))
            .await?;
        did("listen-in", &receipt).await
    }

    async fn talks(&mut self, world: &World) -> Result<()> {
        self.rings(world).await?;
        self.act(world, LegAction::Answer).await
    }

    async fn holds(&mut self, world: &World) -> Result<()> {
        self.talks(world).await?;
        self.act(world, LegAction::Hold).await
    }

    async fn transfer_rings(&mut self, world: &World) -> Result<()> {
        self.talks(world).await?;
        if world.vendor() == Vendor::HuaweiCcGateway {
            return self.number_rings(world).await;
        }
        let request = Transfer::new(world.agent_target(BOB)?, TransferMode::ReleaseAfter);
        let receipt = world
            .control
            .transfer(self.call()?, request, &world.cx(DEADLINE))
            .await?;
        self.moving = Some(receipt.op.clone());
        let bob = Party::agent(&world.desk(BOB)?.id);
        rung(world, &bob).await
    }

    /// CC-Gateway takes back nothing but what it forwards to a number.
    async fn number_rings(&mut self, world: &World) -> Result<()> {
        let third = Party::outside(THIRD_PARTY);
        let silent = world.switch.set_behaviour(&third, Behaviour::Silent);
        silent.map_err(|refusal| not_so(&format!("{refusal:?}")))?;
        let request = StartConsult::new(Target::named("number:third-party")?);
        let started = world
            .control
            .consult(self.call()?, request, &world.cx(DEADLINE))
            .await?;
        self.moving = Some(started.receipt.op.clone());
        rung(world, &third).await
    }

    async fn consults(&mut self, world: &World, with: Target) -> Result<()> {
        self.talks(world).await?;
        let request = StartConsult::new(with);
        let started = world
            .control
            .consult(self.call()?, request, &world.cx(DEADLINE))
            .await?;
        let outcome = started.receipt.outcome().await;
        if !outcome.is_done() {
            return Err(not_so(&format!("consult: {outcome}")));
        }
        self.consult = Some(started.consult);
        Ok(())
    }

    async fn robot(&mut self, world: &World) -> Result<()> {
        let Face::Oifde(robots) = &world.face else {
            return Err(not_so("there are no robots here"));
        };
        let new = NewSession::new(customer(0)).agent(&world.desk(ANN)?.id);
        let robot = robots
            .create_session(new)
            .map_err(|refusal| not_so(&format!("{refusal:?}")))?;
        let adopt = AdoptCall::new(robot.as_str(), AdoptState::RobotVoice(RobotMode::Supervision));
        let call = world
            .control
            .adopt(self.session()?.id(), adopt, &world.cx(DEADLINE))
            .await?;
        self.at_switch = robots.call_of(&robot);
        self.call = Some(call);
        self.robot = Some(robot);
        Ok(())
    }

    async fn robot_inserted(&mut self, world: &World) -> Result<()> {
        self.robot(world).await?;
        self.act(world, LegAction::Robot(RobotMode::Insertion)).await?;
        if let (Face::Oifde(robots), Some(robot)) = (&world.face, &self.robot) {
            let raised = robots.raise_help_request(robot);
            self.help = raised.map(|help| HelpRequest::at(help.node_id, Some(help.node_index)));
        }
        Ok(())
    }
}

/// Bob and the outside party are there and do what the stage needs.
fn others_behave(world: &World, stage: Stage) -> Result<()> {
    let bob = world.desk(BOB)?.id.clone();
    let behaviour = match stage {
        Stage::TalkingBobBusy => Behaviour::Busy,
        Stage::TransferRings | Stage::ThreeWayRings | Stage::RingsAtBob => Behaviour::Manual,
        _ => Behaviour::Answers,
    };
    let refused = |refusal| not_so(&format!("{refusal:?}"));
    world.switch.sign_in(&bob).map_err(refused)?;
    if stage != Stage::Waiting {
        world.switch.set_ready(&bob).map_err(refused)?;
    }
    world
        .switch
        .set_behaviour(&Party::agent(bob), behaviour)
        .map_err(refused)?;
    let third = Party::outside(THIRD_PARTY);
    world.switch.set_behaviour(&third, Behaviour::Answers).map_err(refused)
}

fn bob_talks(world: &World) -> Result<()> {
    let bob = Party::agent(&world.desk(BOB)?.id);
    let placed = world.switch.place_call(&customer(1), &bob);
    placed.map(drop).map_err(|refusal| not_so(&format!("{refusal:?}")))
}

async fn rings_at_bob(world: &World) -> Result<()> {
    let placed = world.switch.place_call(&customer(0), &Party::queue(BILLING));
    placed.map(drop).map_err(|refusal| not_so(&format!("{refusal:?}")))?;
    rung(world, &Party::agent(&world.desk(BOB)?.id)).await
}

/// A step on the way to the scene must not fail.
async fn did(what: &str, receipt: &Receipt) -> Result<()> {
    let outcome = receipt.outcome().await;
    if outcome.verdict == Verdict::Failed {
        return Err(not_so(&format!("{what}: {outcome}")));
    }
    Ok(())
}

async fn rung(world: &World, party: &Party) -> Result<()> {
    for _ in 0..100 {
        if world.switch.ringing_at(party).is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(not_so("the target's telephone never rang"))
}

fn not_so(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidState,
        Effect::None,
        format!("the scene cannot be set: {what}"),
    )
}

const PATIENCE: Duration = Duration::from_secs(60);
