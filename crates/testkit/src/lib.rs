//! Model telephone switch and fake adapter for unit tests of call-control applications.
//!
//! [`switch`] is the truth that the fake adapter and every simulator play on: one deterministic telephone switch
//! whose parties are moved by the test and whose journal tells what really happened.

pub mod fake;
pub mod switch;
