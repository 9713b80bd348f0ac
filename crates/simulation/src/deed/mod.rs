//! The commands whose truth is examined: how each is given, what must stand before it, and which facts prove that it took effect. A file a subject.

mod consult;
pub mod facts;
mod joint;
mod leg;
pub(crate) mod media;
mod moving;
mod robot;
mod session;
mod supervision;
mod taking;
mod uncut;

use std::sync::LazyLock;

use callcontrol::{Command, Error, Operation, OperationKey, Result, TargetKind};
use callcontrol_testkit::switch::SwitchEvent;

use crate::scene::{Scene, Stage};
use crate::vendor::Vendor;
use crate::world::World;

pub use uncut::why_not_cut;

/// One command of an agent's.
#[derive(Debug, Clone, Copy)]
pub struct Deed {
    /// Its name in reports.
    pub name: &'static str,
    /// What the capability table is asked.
    pub key: OperationKey,
    /// What must stand before.
    pub stage: Stage,
    /// How it is known that it took effect.
    pub proof: Proof,
    /// Where it is played; everywhere that claims the operation, unless narrowed.
    only: Option<Vendor>,
    build: Build,
}

type Build = fn(&World, &Scene) -> Result<Command>;

/// How it can be known that a command took effect.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    /// By such a fact of this agent in the switch's journal.
    Fact(fn(&str, &SwitchEvent) -> bool),
    /// By a request with this in its path that reached the server: what it changes is no matter of the switch's.
    Path(&'static str),
    /// The same, by the operation that the request's body names.
    Asked(&'static str),
    /// It asks and changes nothing.
    Query,
    /// By the robot session's mode, here the wanted one.
    RobotInsertion,
    /// By the robot's pending words.
    RobotWords,
    /// By how often the robot session's customer was moved.
    RobotMoved,
}

impl Deed {
    /// The command itself.
    ///
    /// # Errors
    /// The scene lacks what the command is about.
    pub fn command(&self, world: &World, scene: &Scene) -> Result<Command> {
        (self.build)(world, scene)
    }

    /// Whether the deed must be at the switch at most once, however its exchange ended. Signing in may be tried again.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.key.operation != Operation::Open
    }

    /// Whether it can be played at this vendor: there the operation is claimed, and the scene can be set.
    #[must_use]
    pub fn is_of(&self, vendor: Vendor) -> bool {
        let stage = match vendor {
            Vendor::HuaweiOifde => self.stage.is_robots() || self.only == Some(vendor),
            Vendor::HuaweiCcGateway | Vendor::GenesysGws => !self.stage.is_robots(),
        };
        let claimed = callcontrol::Registry::built_in()
            .manifest(vendor.id())
            .is_ok_and(|manifest| manifest.support(self.key).is_available());
        stage && claimed && self.only.is_none_or(|only| only == vendor)
    }

    const fn new(name: &'static str, operation: Operation, stage: Stage, proof: Proof, build: Build) -> Self {
        let key = OperationKey {
            operation,
            target: None,
        };
        Self {
            name,
            key,
            stage,
            proof,
            only: None,
            build,
        }
    }

    const fn to(mut self, kind: TargetKind) -> Self {
        self.key.target = Some(kind);
        self
    }

    /// The command is said in the words of one vendor.
    const fn only_at(mut self, vendor: Vendor) -> Self {
        self.only = Some(vendor);
        self
    }
}

/// All of them, in the order of tables; which of them a vendor can do, [`Deed::is_of`] says.
pub static DEEDS: LazyLock<Vec<Deed>> = LazyLock::new(|| {
    let all = [
        session::DEEDS,
        taking::DEEDS,
        leg::DEEDS,
        moving::DEEDS,
        consult::DEEDS,
        joint::DEEDS,
        media::DEEDS,
        supervision::DEEDS,
        robot::DEEDS,
    ];
    all.concat()
});

fn missing(what: &str) -> Error {
    Error::invalid_input(format!("the scene has not {what}"))
}

/// The agent who acts.
pub const ANN: usize = 0;
/// The agent who is called.
pub const BOB: usize = 1;
