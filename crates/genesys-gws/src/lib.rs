//! callcontrol adapter for Genesys Web Services v2 (GWS, HTCC): REST commands, CometD events, one HTTP session per agent.
//!
//! Commands are accepted over HTTP and take effect later; no message names the command that caused it. The adapter ties the two by call and expected
//! effect, asks for the state when nothing was told in time, and says where the customer is. What GWS lacks (a transfer that completes itself, a
//! one-step cancel, a requeue) is made of its other operations as named recipes. See `docs/vendors/genesys-gws.md`.

mod adapter;
mod calls;
mod capabilities;
mod chance;
mod cometd;
mod commands;
mod config;
mod consult;
mod data;
mod desk;
mod expectations;
mod faults;
#[cfg(test)]
mod fixtures;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod identity;
mod intake;
mod journal;
mod link;
mod mapping;
mod native;
mod outcomes;
#[cfg(test)]
mod outcomes_tests;
mod pacer;
mod pump;
mod readiness;
mod recording;
mod release_after;
mod renewal;
mod repeats;
mod resync;
mod roster;
mod session;
mod stay;
mod steps;
mod supervision;
mod target;
mod way_back;
mod wire;

pub use adapter::{ADAPTER_ID, Gws};
pub use capabilities::manifest;
pub use config::{GwsConfig, Seat, SignInAgain, WorkMode};
