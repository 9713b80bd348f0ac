//! What stands before a command is given: who is signed in, who talks to whom.

use std::time::Duration;

use callcontrol::{
    AdoptCall, AdoptState, CallRef, ConsultRef, Effect, Error, ErrorKind, HelpRequest, LegAction, OpId, Result,
    RobotMode, Session, StartConsult, Target, Transfer, TransferMode,
};
use callcontrol_simulators::oifde::{NewSession, SessionId};
use callcontrol_testkit::switch::{Behaviour, Party, SwitchCallId};

use crate::deed::{ANN, BOB};
use crate::vendor::Vendor;
use crate::world::{DEADLINE, Face, THIRD_PARTY, World, customer};

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
    /// Ann holds a customer.
    Held,
    /// Ann's release-after transfer rings at Bob.
    TransferRings,
    /// Ann holds a customer and talks to Bob about it.
    Consulting,
    /// Bob talks to a customer, and Ann may supervise him.
    BobTalks,
    /// A robot that Ann supervises talks to a customer.
    Robot,
    /// As before, and Ann has taken the conversation over.
    RobotInserted,
}

/// What stands.
#[derive(Debug, Default)]
pub struct Scene {
    /// Ann's session.
    pub session: Option<Session>,
    /// The customer's call, as Ann has it.
    pub call: Option<CallRef>,
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
            Stage::TransferRings => scene.transfer_rings(world).await?,
            Stage::Consulting => scene.consults(world).await?,
            Stage::BobTalks => bob_talks(world)?,
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
        let outcome = receipt.outcome().await;
        if outcome.verdict == callcontrol::Verdict::Failed {
            return Err(not_so(&format!("{what:?}: {outcome}")));
        }
        Ok(())
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

    async fn consults(&mut self, world: &World) -> Result<()> {
        self.talks(world).await?;
        let request = StartConsult::new(world.agent_target(BOB)?);
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
        Stage::TransferRings => Behaviour::Manual,
        _ => Behaviour::Answers,
    };
    let refused = |refusal| not_so(&format!("{refusal:?}"));
    world.switch.sign_in(&bob).map_err(refused)?;
    world.switch.set_ready(&bob).map_err(refused)?;
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
