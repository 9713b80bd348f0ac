//! Real adapters and real JSON against the simulators under tokio's paused clock: one seed, one trace. Four proofs stand on that:
//! crash points ([`crash`]), the feed law ([`feed`]), whole days of a contact centre ([`simulate`]), and a soak in real time over TCP ([`soak`]).

pub mod crash;
pub mod deed;
pub mod dice;
pub mod feed;
pub mod fold;
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
