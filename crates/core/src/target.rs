//! Whom a call can be sent to. An application says `queue:billing` ([`Target::Named`]); the deployment's directory turns that into the
//! vendor's own address. Kind and address are kept apart, because capabilities depend on the kind and the wire on the address.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::id::AgentId;
use crate::number::PhoneNumber;
use crate::text::{one_line, steers};

/// Whom a call is sent to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Target {
    /// An agent, by the vendor's id or by his or her number.
    Agent(AgentRef),
    /// A queue, by whatever the vendor calls it.
    Queue(QueueRef),
    /// An IVR flow.
    Ivr(IvrRef),
    /// A system access code (CC-Gateway device type 4).
    AccessCode(Code),
    /// An outside number.
    Number(PhoneNumber),
    /// The agent who served this customer last (OIFDE type 7).
    LastAgent,
    /// The personal queue of an agent (OIFDE type 8).
    QueueOfAgent(AgentId),
    /// A message box instead of a live party (OIFDE types 31 to 33).
    Message(MessageBox),
    /// A logical name such as `queue:billing`, resolved by the directory before anything else happens.
    Named(TargetName),
    /// A vendor's own target kind, passed through unchecked.
    Native(NativeTarget),
}

/// How an agent is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AgentRef {
    /// By the vendor's agent id or work number (CC-Gateway, OIFDE).
    Id(AgentId),
    /// By the number of the agent's phone (Genesys).
    Number(PhoneNumber),
}

/// How a queue is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum QueueRef {
    /// By id, e.g. a CC-Gateway skill id.
    Id(Code),
    /// By name or alias (OIFDE type 3).
    Name(QueueName),
    /// By route or extension code (OIFDE type 1).
    RouteCode(Code),
    /// By the number of its routing point (Genesys).
    Number(PhoneNumber),
}

/// How an IVR flow is addressed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IvrRef {
    /// By access code (CC-Gateway, OIFDE).
    Code(Code),
    /// By number (Genesys).
    Number(PhoneNumber),
}

/// Which message box.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MessageBox {
    /// Of the agent who served this customer last.
    LastAgent,
    /// Of a queue.
    Queue(QueueRef),
    /// Of an agent.
    Agent(AgentId),
}

/// A vendor's own target kind, e.g. OIFDE transfer type 6 with an agreed flow route code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NativeTarget {
    /// The vendor's word or number for the kind.
    pub kind: Code,
    /// The address; may be empty where the vendor wants none.
    pub address: String,
}

/// The kind of a target, as capabilities are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TargetKind {
    /// An agent.
    Agent,
    /// A queue.
    Queue,
    /// An IVR flow.
    Ivr,
    /// A system access code.
    AccessCode,
    /// An outside number.
    Number,
    /// The customer's last agent.
    LastAgent,
    /// An agent's personal queue.
    QueueOfAgent,
    /// A message box.
    Message,
    /// A vendor's own kind.
    Native,
}

impl TargetKind {
    /// All kinds, in the order in which tables list them.
    pub const ALL: [Self; 9] = [
        Self::Agent,
        Self::Queue,
        Self::Ivr,
        Self::AccessCode,
        Self::Number,
        Self::LastAgent,
        Self::QueueOfAgent,
        Self::Message,
        Self::Native,
    ];

    /// The word used in tables, messages and configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Queue => "queue",
            Self::Ivr => "ivr",
            Self::AccessCode => "access-code",
            Self::Number => "number",
            Self::LastAgent => "last-agent",
            Self::QueueOfAgent => "queue-of-agent",
            Self::Message => "message",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Target {
    /// A logical target such as `queue:billing`.
    ///
    /// # Errors
    /// Not of the form `agent:…`, `queue:…`, `ivr:…`, `access-code:…` or `number:…`.
    pub fn named(name: &str) -> Result<Self> {
        TargetName::new(name).map(Self::Named)
    }

    /// An agent by id.
    ///
    /// # Errors
    /// Not a valid agent id.
    pub fn agent(id: &str) -> Result<Self> {
        Ok(Self::Agent(AgentRef::Id(AgentId::new(id)?)))
    }

    /// A queue by id.
    ///
    /// # Errors
    /// Not a valid code.
    pub fn queue_id(id: &str) -> Result<Self> {
        Ok(Self::Queue(QueueRef::Id(Code::new(id)?)))
    }

    /// An IVR flow by access code.
    ///
    /// # Errors
    /// Not a valid code.
    pub fn ivr(code: &str) -> Result<Self> {
        Ok(Self::Ivr(IvrRef::Code(Code::new(code)?)))
    }

    /// An outside number.
    ///
    /// # Errors
    /// Not a valid number.
    pub fn number(number: &str) -> Result<Self> {
        Ok(Self::Number(PhoneNumber::new(number)?))
    }

    /// The kind; a logical name tells it by its prefix.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Agent(_) => TargetKind::Agent,
            Self::Queue(_) => TargetKind::Queue,
            Self::Ivr(_) => TargetKind::Ivr,
            Self::AccessCode(_) => TargetKind::AccessCode,
            Self::Number(_) => TargetKind::Number,
            Self::LastAgent => TargetKind::LastAgent,
            Self::QueueOfAgent(_) => TargetKind::QueueOfAgent,
            Self::Message(_) => TargetKind::Message,
            Self::Named(name) => name.kind(),
            Self::Native(_) => TargetKind::Native,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "{name}"),
            Self::Agent(AgentRef::Id(id)) => write!(f, "agent {id}"),
            Self::Agent(AgentRef::Number(number)) => write!(f, "agent at {number}"),
            Self::Queue(QueueRef::Id(id)) => write!(f, "queue {id}"),
            Self::Queue(QueueRef::Name(name)) => write!(f, "queue \"{}\"", name.as_str()),
            Self::Queue(QueueRef::RouteCode(code)) => write!(f, "queue with route code {code}"),
            Self::Queue(QueueRef::Number(number)) => write!(f, "queue at {number}"),
            Self::Ivr(IvrRef::Code(code)) => write!(f, "ivr {code}"),
            Self::Ivr(IvrRef::Number(number)) => write!(f, "ivr at {number}"),
            Self::AccessCode(code) => write!(f, "access code {code}"),
            Self::Number(number) => write!(f, "number {number}"),
            Self::LastAgent => f.write_str("last agent"),
            Self::QueueOfAgent(agent) => write!(f, "queue of agent {agent}"),
            Self::Message(_) => f.write_str("message box"),
            Self::Native(native) => write!(f, "native target of kind {}", native.kind),
        }
    }
}

/// A logical target of the application: kind, colon, name; e.g. `queue:billing`, `agent:ann`, `ivr:pin-check`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TargetName {
    kind: TargetKind,
    text: String,
}

impl TargetName {
    /// Checks and wraps.
    ///
    /// # Errors
    /// Not of the form `agent:…`, `queue:…`, `ivr:…`, `access-code:…` or `number:…`, or holding characters that a name may not hold.
    pub fn new(text: &str) -> Result<Self> {
        let expected = "expected agent:NAME, queue:NAME, ivr:NAME, access-code:NAME or number:NAME";
        let shown = one_line(text, 60);
        let Some((prefix, name)) = text.split_once(':') else {
            return Err(Error::invalid_input(format!(
                "\"{shown}\" is no logical target, {expected}"
            )));
        };
        let Some(kind) = NAMED_KINDS.into_iter().find(|kind| kind.as_str() == prefix) else {
            return Err(Error::invalid_input(format!(
                "\"{shown}\" has an unknown kind, {expected}"
            )));
        };
        let fits = !name.is_empty()
            && name.len() <= 64
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !fits {
            return Err(Error::invalid_input(format!(
                "\"{shown}\": the name behind the colon has 1 to 64 letters, digits, '-', '_' or '.'"
            )));
        }
        Ok(Self {
            kind,
            text: text.to_owned(),
        })
    }

    /// The kind, told by the prefix.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        self.kind
    }

    /// The whole name with its prefix.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for TargetName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(&text)
    }
}

impl From<TargetName> for String {
    fn from(name: TargetName) -> Self {
        name.text
    }
}

/// A short code of the vendor's: 1 to 64 printable ASCII characters without blanks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

impl Code {
    /// Checks and wraps.
    ///
    /// # Errors
    /// Empty, longer than 64 characters, or holding blanks, control or non-ASCII characters.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        if text.is_empty() || text.len() > 64 || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::invalid_input(format!(
                "the code \"{}\" must have 1 to 64 printable ASCII characters without blanks",
                one_line(&text, 64)
            )));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Code {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

/// A queue's name as the vendor shows it; blanks and any script are allowed, control characters are not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QueueName(String);

impl QueueName {
    /// Checks and wraps.
    ///
    /// # Errors
    /// Empty, longer than 100 characters, or holding control characters or direction marks.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let length = text.chars().count();
        if text.trim().is_empty() || length > 100 || text.chars().any(steers) {
            return Err(Error::invalid_input(format!(
                "the queue name \"{}\" must have 1 to 100 characters, none of them a control character or direction mark",
                one_line(&text, 60)
            )));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QueueName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<QueueName> for String {
    fn from(name: QueueName) -> Self {
        name.0
    }
}

const NAMED_KINDS: [TargetKind; 5] = [
    TargetKind::Agent,
    TargetKind::Queue,
    TargetKind::Ivr,
    TargetKind::AccessCode,
    TargetKind::Number,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logical_target_tells_its_kind() {
        assert_eq!(Target::named("queue:billing").expect("valid").kind(), TargetKind::Queue);
        assert_eq!(Target::named("ivr:pin-check").expect("valid").kind(), TargetKind::Ivr);
        for bad in ["billing", "pool:x", "queue:", "queue:a b", "queue:a\n"] {
            assert!(Target::named(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_outside_number_is_not_shown_in_full() {
        let target = Target::number("2065550100").expect("valid");
        assert!(!format!("{target} {target:?}").contains("5550"));
    }
}
