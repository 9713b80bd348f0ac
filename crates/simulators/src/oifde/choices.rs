//! The kinds of choice that [`OifdeOptions`](super::OifdeOptions) offers.

/// The shape of tokens; both occur in the documentation's masked samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenStyle {
    /// Short alphanumerics.
    #[default]
    Short,
    /// Three dotted parts beginning with `eyJ`.
    Jwt,
}

/// How `errorCode` is spelt in answers. `gettoken` always has one; the dialog protocol's `ret` and `queryHistory`'s `rtnCode` stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorCodeForm {
    /// As each interface's page says: here a string, there an integer, elsewhere absent on success.
    #[default]
    Documented,
    /// A string everywhere.
    String,
    /// An integer everywhere.
    Integer,
    /// Absent on success everywhere.
    AbsentOnSuccess,
    /// `null` on success everywhere.
    NullOnSuccess,
    /// On success neither code nor message, so that the answer of a mode change is `{}`.
    BareSuccess,
}

/// Codes for refusals whose code the vendor does not publish (section 9). The defaults are made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Codes {
    /// No such session, or one that is over.
    pub session_unknown: u32,
    /// Another agent is bound to the session.
    pub wrong_agent: u32,
    /// The session is not in supervision or insertion, or in the mode asked for already.
    pub wrong_state: u32,
    /// A transfer type that does not exist.
    pub bad_type: u32,
    /// A transfer type that the session's medium does not allow.
    pub wrong_medium: u32,
    /// A reply to a help request that is not pending.
    pub no_help_request: u32,
    /// A token that is missing altogether: 900001 by its published meaning, or 10000002 as any mandatory member.
    pub token_missing: u32,
    /// A token killed by a newer one.
    pub token_superseded: u32,
}

impl Default for Codes {
    fn default() -> Self {
        Self {
            session_unknown: 20_900_001,
            wrong_agent: 20_900_002,
            wrong_state: 20_900_003,
            bad_type: 20_900_004,
            wrong_medium: 20_900_005,
            no_help_request: 20_900_006,
            token_missing: 900_001,
            token_superseded: 900_002,
        }
    }
}

/// What a switch to the mode that is on already gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameMode {
    /// The code for a wrong state.
    #[default]
    Refused,
    /// Success, and nothing changes.
    Accepted,
}

/// When a fault that could be known at once shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaultTime {
    /// In the answer.
    #[default]
    AtOnce,
    /// The order is accepted, and the transfer fails.
    Late,
    /// Never: the transfer is carried out.
    Never,
}

/// What the route value of transfer type 8, the queue of a given agent, names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentQueueRoute {
    /// The agent, or else the queue.
    #[default]
    Either,
    /// The agent's work number; the call goes to the first queue the agent serves.
    Agent,
    /// The queue's name.
    QueueName,
}

/// Who takes the access party's next turn after a transfer was accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// The simulator itself, as soon as the answer is settled.
    #[default]
    Immediately,
    /// The test, with [`deliver`](super::OifdeSimulator::deliver) or over the dialog protocol.
    OnDemand,
}

/// What becomes of a customer whose transfer's target rang and did not answer, was busy by then, or turned the call away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnansweredTransfer {
    /// The robot kept its leg: the flow goes on at its failure branch.
    #[default]
    ReturnsToRobot,
    /// The robot was out: the call ends.
    EndsCall,
}

/// In which mode a failed transfer leaves its session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModeAfterFailure {
    /// Back in supervision or insertion, as before.
    #[default]
    AsBefore,
    /// The robot goes on alone.
    Common,
    /// In transfer mode for ever.
    Transfer,
}

/// The body of a `servicemonitor` that says 200. The documentation tells health by the status alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MonitorBody {
    /// `"0"` twice.
    #[default]
    Good,
    /// `fullgc` is `"1"`.
    FullGc,
    /// The second key is `"1"`.
    Deadlock,
    /// Without its last brace, as the vendor's sample is printed.
    AsPrinted,
    /// Nothing.
    Empty,
}
