//! The simulated OIFDE server, asked as a client written from the vendor's manual would ask it.
#![cfg(feature = "huawei-oifde")]
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod anything;
mod bench;
mod dialog;
mod fixtures;
mod hands;
mod mischief;
mod queries;
mod replies;
mod tokens;
mod transfers;
mod unanswered;
mod variants;
mod vectors;
mod work_modes;
