//! Model telephone switch, fake adapter for unit tests of call-control applications, and conformance suite for adapters.
//!
//! [`switch`] is the truth that the fake adapter and every simulator play on: one deterministic telephone switch
//! whose parties are moved by the test and whose journal tells what really happened. [`fake`] is for those who write applications, [`mod@conformance`] for those who write adapters.

pub mod conformance;
pub mod fake;
mod race;
pub mod switch;
