//! The fault catalogue, row by row: which test shows each row, per adapter where they differ. `docs/faults.md` is made from these tables,
//! and a test that is named and not there fails here. Tests that need the whole application stand beside the rows they show.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod events;
mod hostile;
mod line;
mod meeting;
mod ours;
mod resources;
mod sending;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod time;
