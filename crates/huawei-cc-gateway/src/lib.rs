//! callcontrol adapter for Huawei CC-Gateway (AgentGateway), the agent-side REST interface of Huawei's contact-centre line (AICC, CEC, IPCC).
//!
//! [`CcGateway`] implements [`CallControl`](callcontrol_core::CallControl); [`CcGatewayConfig`] is its part of a deployment's file.
//! Everything else, the vendor's spelling above all, stays inside. What each operation sends and how its outcome is known
//! is listed in `docs/vendors/huawei-cc-gateway.md`.

mod adapter;
mod address;
mod batch;
mod calls;
mod capabilities;
mod commands;
mod config;
mod consult;
mod doubts;
mod errands;
mod faults;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod link;
mod listed;
mod live;
mod mapping;
mod outcomes;
mod pump;
mod push;
mod recovery;
mod resync;
mod session;
mod sessions;
mod sign_in;
mod supervision;
mod task;
mod transfer_table;
mod wire;

#[cfg(test)]
mod fixtures;

pub use adapter::{ADAPTER_ID, CcGateway, manifest};
pub use config::{CallDataMethod, CcGatewayConfig, Events, Queues, RequestCallQuery, SignInAgain};
