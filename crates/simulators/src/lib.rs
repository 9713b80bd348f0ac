//! Simulators of three vendors' servers over one model switch: develop and test against them without a vendor's laboratory.
//!
//! Each is written from the vendor's documentation alone and shares nothing with the adapters, so that the two can prove each other.
//! Each is an [`axum::Router`]: call it in-process, or [serve](serve::Server) it on a socket.

#[cfg(feature = "huawei-cc-gateway")]
pub mod cc_gateway;
mod clock;
pub mod control;
#[cfg(all(
    any(test, fuzzing),
    feature = "huawei-cc-gateway",
    feature = "huawei-oifde",
    feature = "genesys-gws"
))]
pub mod fuzzing;
#[cfg(feature = "genesys-gws")]
pub mod gws;
pub mod log;
#[cfg(feature = "huawei-oifde")]
pub mod oifde;
pub mod scenery;
pub mod serve;

pub use clock::run_switch_clock;
pub use log::{LoggedRequest, RequestLog};
pub use serve::Server;
