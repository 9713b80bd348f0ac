//! Adapter `tinbell` for the made-up vendor Tinbell: a JSON API and a numbered event stream over HTTP. An example of how to write an adapter;
//! `docs/write-an-adapter.md` goes through it file by file.

mod adapter;
mod capabilities;
mod commands;
mod config;
mod factory;
mod faults;
mod mapping;
mod pump;
mod session;
pub mod simulator;
mod wire;

pub use adapter::{ADAPTER_ID, Tinbell};
pub use capabilities::manifest;
pub use config::TinbellConfig;
pub use factory::TinbellFactory;
