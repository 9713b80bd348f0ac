//! The vendor's spelling: what goes over the wire and comes back. Pure; nothing outside this crate sees these types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(crate) struct SignIn<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) force: bool,
    pub(crate) ready: bool,
}

/// Holds a credential, so it has no `Debug`.
#[derive(Deserialize)]
pub(crate) struct SignedIn {
    pub(crate) session: String,
    pub(crate) token: String,
}

/// One body for every command on a call; what a command does not need is left out.
#[derive(Default, Serialize)]
pub(crate) struct Order<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) when: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digits: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) set: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) error: String,
}

/// Answer of the event stream.
#[derive(Deserialize)]
pub(crate) struct Events {
    pub(crate) events: Vec<Event>,
}

/// Answer of the listing of a session's calls: the state as of event `n`.
#[derive(Deserialize)]
pub(crate) struct Listing {
    pub(crate) n: u64,
    pub(crate) ready: bool,
    pub(crate) calls: Vec<Call>,
}

#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) n: u64,
    #[serde(flatten)]
    pub(crate) what: What,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(crate) enum What {
    /// A call is so now.
    Call(Call),
    /// A call is no longer the agent's.
    Gone { call: String, reason: String },
    /// The agent is or is not ready.
    State { ready: bool },
    /// What was ordered under this tag has come about.
    Done { tag: String },
    /// What was ordered under this tag has failed.
    Failed { tag: String, reason: String },
    /// A type that this adapter does not know yet.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(crate) struct Call {
    pub(crate) call: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) parties: Vec<String>,
    #[serde(default)]
    pub(crate) consult_for: Option<String>,
    #[serde(default)]
    pub(crate) data: BTreeMap<String, String>,
}
