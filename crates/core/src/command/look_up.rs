//! Looking things up at the platform: where calls can go, who waits, what was recorded. Queries change nothing and may be repeated.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Party;
use crate::number::PhoneNumber;
use crate::target::Target;

/// What to look up. An adapter refuses what its platform cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LookUp {
    /// Whether the platform is in service (OIFDE `servicemonitor`).
    Service,
    /// Queues that calls can be sent to.
    Queues,
    /// IVR flows that calls can be sent to.
    Ivrs,
    /// System access codes (CC-Gateway).
    AccessCodes,
    /// Agents and their states.
    Agents,
    /// Calls that wait in a queue (CC-Gateway).
    Waiting {
        /// Which queue.
        queue: Target,
    },
    /// Records of calls (OIFDE).
    Records(RecordsOf),
    /// Recorded transfers (OIFDE).
    Transfers(RecordsOf),
    /// What can be said in the robot's name (OIFDE intentions).
    Replies,
}

impl LookUp {
    pub(crate) fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Self::Waiting { queue } => Some(queue),
            _ => None,
        }
    }
}

/// Whose records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecordsOf {
    /// Of this robot session, by the vendor's id.
    Session(String),
    /// Of this call, by the platform's own id, the one that other products of the site know it by.
    PlatformCall(String),
    /// Of this customer.
    Customer(PhoneNumber),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// In the platform's order.
    pub entries: Vec<Entry>,
}

impl Found {
    /// These entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }
}

/// One thing that was found. Details may be personal, so `Debug` shows their names only.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// What people call it; empty where the platform has no name for it.
    pub name: String,
    /// How a command addresses it, if it is something that calls can go to.
    pub target: Option<Target>,
    /// The platform's id of it, if it is a call or a record.
    pub native: Option<String>,
    /// The id by which the other products of the site know the call.
    pub platform_call: Option<String>,
    /// The customer of the call or record.
    pub customer: Option<Party>,
    /// Everything else that the platform tells, under its own names.
    pub details: BTreeMap<String, String>,
}

impl Entry {
    /// An entry of this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Something that calls can go to.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// A call or a record.
    #[must_use]
    pub fn native(mut self, id: impl Into<String>) -> Self {
        self.native = Some(id.into());
        self
    }

    /// Known to the other products of the site by this id.
    #[must_use]
    pub fn platform_call(mut self, id: impl Into<String>) -> Self {
        self.platform_call = Some(id.into());
        self
    }

    /// Of this customer.
    #[must_use]
    pub fn customer(mut self, customer: Party) -> Self {
        self.customer = Some(customer);
        self
    }

    /// With one more detail.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("target", &self.target)
            .field("native", &self.native)
            .field("platform_call", &self.platform_call)
            .field("customer", &self.customer)
            .field("details", &self.details.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Something an agent says in the robot's name: a reply to the robot's request for help, or, in insertion mode, to the customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Say {
    /// The words.
    pub text: String,
    /// The configured reply whose words they are, by code and name; `None` for free words.
    pub configured: Option<(String, String)>,
    /// The request for help that this answers; the platform cannot be answered without it.
    pub help: HelpRequest,
}

impl Say {
    /// Free words.
    #[must_use]
    pub fn words(text: impl Into<String>, help: HelpRequest) -> Self {
        Self {
            text: text.into(),
            configured: None,
            help,
        }
    }

    /// The words of a configured reply, from [`LookUp::Replies`].
    #[must_use]
    pub fn configured(mut self, code: impl Into<String>, name: impl Into<String>) -> Self {
        self.configured = Some((code.into(), name.into()));
        self
    }
}

impl fmt::Debug for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Say")
            .field("chars", &self.text.chars().count())
            .field("configured", &self.configured.as_ref().map(|(code, _)| code))
            .field("help", &self.help)
            .finish()
    }
}

/// Where in the flow the robot waits for help (OIFDE `nodeId` and `nodeIndex`), as the platform handed it to the agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HelpRequest {
    /// The flow element.
    pub element: String,
    /// Its position in the execution.
    pub position: Option<i64>,
}

impl HelpRequest {
    /// At this element.
    #[must_use]
    pub fn at(element: impl Into<String>, position: Option<i64>) -> Self {
        Self {
            element: element.into(),
            position,
        }
    }
}
