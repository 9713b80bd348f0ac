//! One call-control API over Huawei CC-Gateway, Huawei OIFDE and Genesys Web Services v2; which one it is, is one line of the deployment's configuration.
//!
//! ```no_run
//! use callcontrol::{Config, OpenSession, Session, Target, connect};
//!
//! # async fn run() -> callcontrol::Result<()> {
//! let config = Config::load("callcontrol.toml")?; // adapter = "genesys-gws"
//! let control = connect(&config)?;
//! let ann = Session::open(&control, config.agent("ann")?).await?;
//!
//! let Some(call) = ann.next_offered().await else { return Ok(()) };
//! call.answer().await?;
//!
//! let consult = call.consult(Target::named("agent:bob")?).await?;
//! match consult.answered().await {
//!     Some(outcome) if outcome.is_done() => {
//!         let outcome = consult.complete().await?.outcome().await;
//!         println!("{outcome}"); // done, customer with the target
//!     }
//!     _ => {
//!         consult.cancel().await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Everything of [`callcontrol_core`] is re-exported here: applications name this crate only.

mod composite;
mod config;
mod connection;
mod factory;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod matrix;
mod registry;

pub use callcontrol_core::*;
pub use composite::{COMPOSITE_ID, Composite, CompositeConfig, JoinBy};
pub use config::{Config, Settings};
pub use factory::AdapterFactory;
pub use matrix::{Matrix, TargetTable};
pub use registry::{Registry, connect};
