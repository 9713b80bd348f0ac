//! The adapter seen from outside: over a scripted transport under a paused clock, and through the real HTTP client to the simulator.

#[path = "../support/mod.rs"]
mod support;

mod adopting;
mod callers;
mod credentials;
mod faults;
mod flows;
mod looking_up;
mod outages;
mod saying;
mod secrets;
mod simulator;
mod steering;
mod unsupported;
mod vectors;
mod watching;
