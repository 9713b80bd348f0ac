//! A Bayeux (CometD) client over long polling: a state machine without I/O, clock or randomness of its own, and a thin driver.
//! Nothing in this folder knows a vendor; it is kept so that it can become a crate.
//!
//! * [`message`]: what travels, read tolerantly;
//! * [`machine`]: events in, actions out; every rule of the protocol is here;
//! * [`advice`]: what the server asks of its clients;
//! * [`backoff`]: how long to wait after the n-th failure, with the pace given from outside;
//! * [`driver`]: performs the actions over a [`Port`](driver::Port).

mod advice;
pub(crate) mod backoff;
pub(crate) mod driver;
pub(crate) mod machine;
#[cfg(test)]
mod machine_tests;
pub(crate) mod message;
