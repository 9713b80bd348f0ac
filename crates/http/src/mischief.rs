//! Faults to inject into the in-memory transport, named by the phase of the exchange at which they strike.

use std::time::Duration;

use bytes::Bytes;

use crate::error::NotSent;
use crate::request::Request;

/// Decides per request what goes wrong. Any closure `Fn(&Attempt) -> Trick` will do.
///
/// To keep a simulated run repeatable, decide by the attempt and a seeded source only.
pub trait Mischief: Send + Sync + 'static {
    /// What happens to this request.
    fn trick(&self, attempt: &Attempt<'_>) -> Trick;
}

impl<F: Fn(&Attempt<'_>) -> Trick + Send + Sync + 'static> Mischief for F {
    fn trick(&self, attempt: &Attempt<'_>) -> Trick {
        self(attempt)
    }
}

/// One request about to be sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// How many this transport was asked to send before.
    pub number: u64,
    /// The request; [`Request::kind`] tells polls from operations.
    pub request: &'a Request,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(number: u64, request: &'a Request) -> Self {
        Self { number, request }
    }
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trick {
    /// Nothing goes wrong.
    Pass,
    /// No connection is made: the service sees nothing and the caller is told so.
    NotSent(NotSent),
    /// The connection breaks while the request is being written: the service sees nothing it could act on, and the caller is told that it broke.
    CutRequest,
    /// The request is lost on the way: the service sees nothing, the caller waits until its deadline.
    DropRequest,
    /// The request arrives that much later, perhaps long after the caller gave up.
    DelayRequest(Duration),
    /// The service acts, its reply is lost, and the caller waits until its deadline.
    DropReply,
    /// The service acts, and the connection breaks before the reply's headers.
    Reset,
    /// The service acts, and its reply arrives that much later.
    DelayReply(Duration),
    /// The service acts, and after the reply's headers nothing more comes: the caller waits until its deadline.
    StallBody,
    /// The service acts, and the reply breaks off within the body.
    CutBody,
    /// Somebody in front of the service (a proxy, a login page) answers in its place; the service sees nothing.
    Answer {
        /// The status of that answer.
        status: u16,
        /// Its media type.
        content_type: &'static str,
        /// Its body.
        body: Bytes,
    },
}
