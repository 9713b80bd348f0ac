//! What an adapter can do, as data: per operation and kind of target *native*, *emulated* or *unsupported*, how the outcome can be known, and why.
//! Whatever the table does not list is unsupported; nothing is claimed by silence.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::target::TargetKind;

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Every operation, one word each; the same word in CLI, docs, traces and errors.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$doc])* $name,)*
        }

        impl Operation {
            /// All operations, in the order in which tables list them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    /// Sign an agent in.
    Open => "open",
    /// Sign an agent out.
    Close => "close",
    /// Ready, not ready, wrap-up, rest.
    SetAgentState => "set-agent-state",
    /// Send the session's calls elsewhere.
    ForwardCalls => "forward-calls",
    /// Turn the session's calls away.
    DoNotDisturb => "do-not-disturb",
    /// Let the platform answer for the agent.
    AutoAnswer => "auto-answer",
    /// Be ready after each call.
    AutoReady => "auto-ready",
    /// Accept queue calls at all.
    AcceptCalls => "accept-calls",
    /// Choose the queues that send calls.
    SelectQueues => "select-queues",
    /// Take a call into view by the vendor's id.
    Adopt => "adopt",
    /// Call somebody.
    Dial => "dial",
    /// Have a call offered here that rings at another agent.
    PickUp => "pick-up",
    /// Have a call offered here that waits in a queue.
    TakeWaiting => "take-waiting",
    /// Take a ringing call.
    Answer => "answer",
    /// Hold.
    Hold => "hold",
    /// Take a held call back.
    Retrieve => "retrieve",
    /// Mute.
    Mute => "mute",
    /// Unmute.
    Unmute => "unmute",
    /// Leave the call.
    Release => "release",
    /// End the call for everybody.
    Clear => "clear",
    /// Change who talks in a robot session.
    RobotMode => "robot-mode",
    /// Transfer, agent out at once.
    BlindTransfer => "blind-transfer",
    /// Transfer, agent out when the target answers.
    ReleaseAfterTransfer => "release-after-transfer",
    /// Transfer to an IVR flow and back.
    SuspendTransfer => "suspend-transfer",
    /// Take a running transfer back.
    CancelTransfer => "cancel-transfer",
    /// Hold the customer and call a third party.
    Consult => "consult",
    /// The same, all three hearing each other.
    ConsultThreeWay => "consult-three-way",
    /// Hand over after consulting.
    ConsultComplete => "consult-complete",
    /// Drop the third party, take the customer back.
    ConsultCancel => "consult-cancel",
    /// Talk to the other of the two.
    ConsultSwap => "consult-swap",
    /// Join all three.
    ConsultMerge => "consult-merge",
    /// Give a connected call back to a queue.
    RequeueConnected => "requeue-connected",
    /// Move a waiting call to another queue.
    RequeueWaiting => "requeue-waiting",
    /// Bring a party into a conference in one step.
    ConferenceAdd => "conference-add",
    /// Put a party out of a conference.
    ConferenceRemove => "conference-remove",
    /// Join the current call and a held one into a conference.
    JoinConference => "join-conference",
    /// Connect the current call and a held one, and leave.
    ConnectCalls => "connect-calls",
    /// Let the customer's key presses through to a third-party IVR.
    RelayDtmf => "relay-dtmf",
    /// Send tones.
    SendDtmf => "send-dtmf",
    /// Change business data.
    PatchData => "patch-data",
    /// Record a call: start, stop, pause, resume.
    Record => "record",
    /// Record the agent's screen.
    RecordScreen => "record-screen",
    /// Play a file: start, stop, pause, resume, go on and back.
    Play => "play",
    /// Hear an agent's call, heard by nobody.
    ListenIn => "listen-in",
    /// Speak to a supervised agent only.
    Whisper => "whisper",
    /// Speak to everybody in a supervised agent's call.
    BargeIn => "barge-in",
    /// Change between these three.
    SwitchSupervision => "switch-supervision",
    /// No longer supervise.
    StopSupervision => "stop-supervision",
    /// Take a supervised agent's customer over.
    Intercept => "intercept",
    /// Keep a supervised agent from being heard.
    MuteAgent => "mute-agent",
    /// Sign another agent out.
    SignAgentOut => "sign-agent-out",
    /// Say something in the robot's name.
    Say => "say",
    /// Look something up at the platform.
    LookUp => "look-up",
    /// Read the state.
    Snapshot => "snapshot",
    /// The vendor's own words.
    Native => "native",
    /// Take in a message that the vendor pushed.
    Receive => "receive",
}

impl Operation {
    /// True for operations whose capability depends on the kind of target.
    #[must_use]
    pub fn has_target(self) -> bool {
        matches!(
            self,
            Self::Dial
                | Self::BlindTransfer
                | Self::ReleaseAfterTransfer
                | Self::SuspendTransfer
                | Self::Consult
                | Self::ConsultThreeWay
                | Self::RequeueConnected
                | Self::RequeueWaiting
                | Self::ConferenceAdd
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Operation and, where it matters, kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperationKey {
    /// What.
    pub operation: Operation,
    /// On which kind of target.
    pub target: Option<TargetKind>,
}

impl OperationKey {
    /// An operation on a kind of target.
    #[must_use]
    pub fn to(operation: Operation, target: TargetKind) -> Self {
        Self {
            operation,
            target: Some(target),
        }
    }
}

impl From<Operation> for OperationKey {
    fn from(operation: Operation) -> Self {
        Self {
            operation,
            target: None,
        }
    }
}

impl fmt::Display for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            Some(target) => write!(f, "{} to {target}", self.operation),
            None => write!(f, "{}", self.operation),
        }
    }
}

/// How an operation is had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "support")]
#[non_exhaustive]
pub enum Support {
    /// The vendor does it in one command.
    Native,
    /// We do it with several of the vendor's commands.
    Emulated(Recipe),
    /// It cannot be had here.
    Unsupported {
        /// Why, in a sentence a person can act on.
        reason: String,
    },
}

impl Support {
    /// `native`, `emulated` or `unsupported`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Emulated(_) => "emulated",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// True unless unsupported.
    #[must_use]
    pub fn is_available(&self) -> bool {
        !matches!(self, Self::Unsupported { .. })
    }
}

/// A named emulation: which of the vendor's commands stand in, and what can go wrong that could not with a native command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its name, e.g. `consult-then-complete`.
    pub name: String,
    /// What differs from a native operation, one sentence each.
    pub hazards: Vec<String>,
    /// How careful a deployment must be to allow it.
    pub risk: Risk,
}

/// How careful a deployment must be to allow a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Risk {
    /// The only way back out of a state that we allowed to be entered: never refused, whatever the policy.
    WayBack,
    /// Cannot lose the customer: allowed by `safe` and `allow`.
    Safe,
    /// Can leave the customer in a worse place than a refusal would: allowed by `allow` only.
    Hazardous,
}

/// What the deployment allows of emulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EmulationPolicy {
    /// Native operations only.
    Deny,
    /// Also recipes that cannot lose a customer.
    #[default]
    Safe,
    /// All recipes.
    Allow,
}

impl EmulationPolicy {
    /// Whether this policy lets a recipe run.
    #[must_use]
    pub fn allows(self, risk: Risk) -> bool {
        match risk {
            Risk::WayBack => true,
            Risk::Safe => self != Self::Deny,
            Risk::Hazardous => self == Self::Allow,
        }
    }

    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Safe => "safe",
            Self::Allow => "allow",
        }
    }
}

/// How the outcome of an accepted command can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OutcomeSource {
    /// The answer itself is the outcome.
    Answer,
    /// An event that names the call and the result.
    CorrelatedEvent,
    /// An event that fits; nothing ties it to the command but call, expected effect and time.
    InferredEvent,
    /// Only by asking.
    Poll,
    /// Not at all: outcomes are `Unknown` by contract.
    Never,
}

impl OutcomeSource {
    /// The word in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::CorrelatedEvent => "correlated event",
            Self::InferredEvent => "inferred event",
            Self::Poll => "poll",
            Self::Never => "never",
        }
    }
}

/// One row of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// How it is had.
    #[serde(flatten)]
    pub support: Support,
    /// How its outcome can be known.
    pub outcome: OutcomeSource,
}

/// Bounds that are checked before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limits {
    /// Longest business data in bytes.
    pub call_data_bytes: Option<usize>,
    /// Longest number in characters.
    pub number_chars: Option<usize>,
    /// Most tones in one command.
    pub dtmf_tones: Option<usize>,
}

/// What an adapter can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Capabilities {
    #[serde(with = "cell_list")]
    cells: BTreeMap<OperationKey, Cell>,
    /// Bounds that are checked before anything is sent.
    pub limits: Limits,
    /// The deployment's emulation policy.
    #[serde(default)]
    pub policy: EmulationPolicy,
}

/// An answer to "can I?" with the rule that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// About what.
    pub key: OperationKey,
    /// The effective answer.
    pub support: Support,
    /// Which rule decided, and which switch to turn.
    pub rule: String,
}

impl Capabilities {
    /// A table without a row: nothing is supported.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a native operation.
    #[must_use]
    pub fn native(self, key: impl Into<OperationKey>, outcome: OutcomeSource) -> Self {
        self.cell(key, Support::Native, outcome)
    }

    /// Adds an emulated operation.
    #[must_use]
    pub fn emulated(self, key: impl Into<OperationKey>, recipe: Recipe, outcome: OutcomeSource) -> Self {
        self.cell(key, Support::Emulated(recipe), outcome)
    }

    /// States why an operation cannot be had; better than the general sentence.
    #[must_use]
    pub fn unsupported(self, key: impl Into<OperationKey>, reason: impl Into<String>) -> Self {
        self.cell(
            key,
            Support::Unsupported { reason: reason.into() },
            OutcomeSource::Never,
        )
    }

    fn cell(mut self, key: impl Into<OperationKey>, support: Support, outcome: OutcomeSource) -> Self {
        self.cells.insert(key.into(), Cell { support, outcome });
        self
    }

    /// The manifest as the adapter wrote it, without the deployment's policy.
    pub fn cells(&self) -> impl Iterator<Item = (&OperationKey, &Cell)> {
        self.cells.iter()
    }

    /// How the outcome of an operation can be known.
    #[must_use]
    pub fn outcome_source(&self, key: OperationKey) -> OutcomeSource {
        self.cells.get(&key).map_or(OutcomeSource::Never, |cell| cell.outcome)
    }

    /// The effective answer: manifest, then policy.
    #[must_use]
    pub fn support(&self, key: impl Into<OperationKey>) -> Support {
        self.explain(key).support
    }

    /// The error for an operation that is not to be had, with the reason.
    #[must_use]
    pub fn refuse(&self, key: impl Into<OperationKey>) -> Error {
        let key = key.into();
        match self.support(key) {
            Support::Unsupported { reason } => Error::unsupported(reason),
            Support::Native | Support::Emulated(_) => Error::unsupported(format!("this adapter has no way to {key}")),
        }
    }

    /// The effective answer with the rule that decided.
    #[must_use]
    pub fn explain(&self, key: impl Into<OperationKey>) -> Explanation {
        let key = key.into();
        let (support, rule) = match self.cells.get(&key).map(|cell| &cell.support) {
            None => {
                let reason = format!("this adapter has no way to {key}");
                (
                    Support::Unsupported { reason },
                    "not in the adapter's manifest".to_owned(),
                )
            }
            Some(Support::Emulated(recipe)) if !self.policy.allows(recipe.risk) => {
                let wanted = if recipe.risk == Risk::Safe { "safe" } else { "allow" };
                let reason = format!(
                    "{key} is only possible by the recipe \"{}\", which emulation = \"{}\" refuses",
                    recipe.name,
                    self.policy.as_str()
                );
                let rule = format!("policy: set emulation = \"{wanted}\" to allow it");
                (Support::Unsupported { reason }, rule)
            }
            Some(support) => (support.clone(), "the adapter's manifest".to_owned()),
        };
        Explanation { key, support, rule }
    }
}

/// What an application cannot live without; checked at start-up instead of on a live call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    needed: Vec<(OperationKey, bool)>,
}

impl Requirements {
    /// Nothing needed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Needs this operation, natively or by an allowed recipe.
    #[must_use]
    pub fn needs(mut self, key: impl Into<OperationKey>) -> Self {
        self.needed.push((key.into(), false));
        self
    }

    /// Needs this operation and an outcome that can be known.
    #[must_use]
    pub fn needs_known_outcome(mut self, key: impl Into<OperationKey>) -> Self {
        self.needed.push((key.into(), true));
        self
    }

    /// Compares with what a deployment offers.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) listing everything that is missing, each with its rule.
    pub fn check(&self, offered: &Capabilities) -> crate::Result<()> {
        let missing: Vec<String> = self
            .needed
            .iter()
            .filter_map(|(key, known)| {
                let answer = offered.explain(*key);
                if let Support::Unsupported { reason } = answer.support {
                    return Some(format!("{reason} ({})", answer.rule));
                }
                let blind = *known && offered.outcome_source(*key) == OutcomeSource::Never;
                blind.then(|| format!("the outcome of {key} cannot be known with this adapter"))
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "this deployment lacks what the application needs: {}",
            missing.join("; ")
        )))
    }
}

/// A map with a structured key is a list in JSON.
mod cell_list {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Row {
        #[serde(flatten)]
        key: OperationKey,
        #[serde(flatten)]
        cell: Cell,
    }

    pub(super) fn serialize<S: Serializer>(
        cells: &BTreeMap<OperationKey, Cell>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(cells.iter().map(|(key, cell)| Row {
            key: *key,
            cell: cell.clone(),
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<OperationKey, Cell>, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|row| (row.key, row.cell)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Capabilities {
        let recipe = Recipe {
            name: "consult-then-complete".into(),
            hazards: vec![],
            risk: Risk::Safe,
        };
        Capabilities::none()
            .native(
                OperationKey::to(Operation::BlindTransfer, TargetKind::Number),
                OutcomeSource::InferredEvent,
            )
            .emulated(
                OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Number),
                recipe,
                OutcomeSource::InferredEvent,
            )
    }

    #[test]
    fn what_is_not_listed_is_unsupported() {
        let key = OperationKey::to(Operation::SuspendTransfer, TargetKind::Ivr);
        assert!(!sample().support(key).is_available());
    }

    #[test]
    fn policy_deny_refuses_a_recipe_and_says_which_switch_to_turn() {
        let mut capabilities = sample();
        let key = OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Number);
        assert_eq!(capabilities.support(key).word(), "emulated");
        capabilities.policy = EmulationPolicy::Deny;
        let answer = capabilities.explain(key);
        assert_eq!(answer.support.word(), "unsupported");
        assert!(answer.rule.contains("emulation = \"safe\""), "{}", answer.rule);
    }

    #[test]
    fn requirements_name_everything_that_is_missing() {
        let wanted = Requirements::none()
            .needs(Operation::Hold)
            .needs(OperationKey::to(Operation::BlindTransfer, TargetKind::Queue));
        let error = wanted.check(&sample()).expect_err("missing");
        assert!(error.to_string().contains("hold") && error.to_string().contains("blind-transfer to queue"));
    }

    #[test]
    fn the_table_survives_json() {
        let text = serde_json::to_string(&sample()).expect("json");
        let back: Capabilities = serde_json::from_str(&text).expect("json");
        assert_eq!(back, sample());
    }
}
