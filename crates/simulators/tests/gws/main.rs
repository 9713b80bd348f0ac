//! The simulated Genesys Web Services, asked as a client written from the vendor's manual would ask.
#![cfg(feature = "genesys-gws")]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod acks;
mod advice;
mod bayeux;
mod calls;
mod client;
mod conferences;
mod consults;
mod devices;
mod events;
mod fixtures;
mod mischief;
mod play;
mod recording;
mod recovery;
mod sessions;
mod shapes;
mod supervision;
mod variants;
mod web;
