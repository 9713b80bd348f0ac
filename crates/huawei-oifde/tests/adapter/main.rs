//! The adapter seen from outside: over a scripted transport under a paused clock, and through the real HTTP client to the simulator.

#[path = "../support/mod.rs"]
mod support;

mod adopting;
mod credentials;
mod faults;
mod secrets;
mod simulator;
mod steering;
mod unsupported;
