//! No secret shows: a canary of every kind that an adapter holds is searched on every surface, logs at the lowest level, `Debug` and `Display`
//! of what an application gets, error chains, panics, recorded fixtures; and no public type comes without somebody having looked at its `Debug`.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod canaries;
#[path = "../faults/line.rs"]
mod line;
#[path = "../support/mod.rs"]
mod support;
mod surface;
mod types;
