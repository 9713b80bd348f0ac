//! The simulated CC-Gateway, asked with raw requests as a client written from the vendor's manual would ask, and
//! compared with the switch's own journal.
#![cfg(feature = "huawei-cc-gateway")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may")]

mod calls;
mod client;
mod consults;
mod data;
mod days;
mod disturbed;
mod events;
mod fixtures;
mod flows;
mod lives;
mod mischief;
mod offered;
mod options;
mod poll_all;
mod polling;
mod push;
mod quality;
mod requests;
mod sign_in;
mod tcp;
mod tls;
mod transfers;
mod worlds;
