//! Adapter for Huawei OIFDE (also ODFS, OIAP), the flow engine behind Huawei's intelligent IVR and chat robots.
//!
//! The engine lets a *silent agent* change who talks in a robot session ([`LegAction::Robot`](callcontrol_core::LegAction::Robot)) and
//! hand the customer over ([`TransferMode::Blind`](callcontrol_core::TransferMode::Blind)), reply in the robot's name ([`Say`](callcontrol_core::Say))
//! and look records and flows up ([`LookUp`](callcontrol_core::LookUp)), and nothing else. It pushes no events and has no state query: sessions are taken into view with [`adopt`](callcontrol_core::CallControl::adopt), what follows is derived from answers and marked so,
//! and what became of an accepted order is never known. What each operation sends is in `docs/vendors/huawei-oifde.md`.

mod adapter;
mod attempt;
mod calls;
mod capabilities;
mod config;
mod entries;
mod faults;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod link;
mod look_up;
mod mapping;
mod native;
mod outcomes;
mod private;
mod say;
mod session;
mod steer;
mod token;
mod watch;
mod wire;

pub use adapter::Oifde;
pub use capabilities::{ADAPTER_ID, manifest};
pub use config::{Caller, OifdeConfig, SuccessWithoutCode};
