//! Real adapters and real JSON against the simulators under tokio's paused clock: one seed, one trace. Five proofs stand on that:
//! crash points ([`crash`]), the feed law ([`feed`]), whole days of a contact centre ([`simulate`]), a soak in real time over TCP ([`soak`]),
//! and the bars that none of these can show ([`bars`]).

pub mod bars;
pub mod crash;
pub mod deed;
pub mod dice;
mod drill;
pub mod feed;
pub mod fold;
pub mod guard;
pub mod known;
pub mod scene;
pub mod simulate;
pub mod soak;
pub mod truth;
pub mod vendor;
pub mod wire;
pub mod world;

pub use vendor::Vendor;
pub use world::{Setup, World};
