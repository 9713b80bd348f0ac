//! The three adapters as vendors of the conformance suite: each over its simulator, called in memory under the paused clock.

mod cc_gateway;
mod door;
mod gws;
mod matrix;
mod oifde;

pub(crate) use cc_gateway::CcGatewayHarness;
pub(crate) use gws::GwsHarness;
pub(crate) use matrix::page;
pub(crate) use oifde::OifdeHarness;
