//! What can go wrong between a command and its answer, on request of a test.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Operation};

use super::{Shared, lock};

/// What the next command meets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No connection: nothing reaches the switch.
    NotSent,
    /// The switch refuses, with this kind of error.
    Refused(ErrorKind),
    /// The switch acts and its answer is lost.
    ReplyLost,
    /// The request is lost on its way; no answer comes.
    RequestLost,
    /// The answer comes after this long.
    Late(Duration),
    /// Somebody else signs in with this agent before the command arrives.
    Displaced,
    /// The session has expired.
    SessionLost,
}

/// What a fault leaves of a command.
pub(super) enum Course {
    /// Carry it out.
    Act,
    /// Do not; answer so.
    Fail(Error),
    /// Carry it out, then answer so.
    ActThenFail(Error),
}

impl Shared {
    /// Takes the fault that waits for this operation, if any, and plays its timing.
    pub(super) async fn course_of(&self, operation: Operation) -> Course {
        let fault = {
            let mut faults = lock(&self.faults);
            let at = faults
                .iter()
                .position(|(only, _)| only.is_none_or(|only| only == operation));
            at.map(|at| faults.remove(at).1)
        };
        match fault {
            None => Course::Act,
            Some(Fault::NotSent) => Course::Fail(Error::new(
                ErrorKind::Unreachable,
                Effect::None,
                "connection refused (asked for by the test)",
            )),
            Some(Fault::Refused(kind)) => {
                Course::Fail(Error::new(kind, Effect::None, "refused (asked for by the test)"))
            }
            Some(Fault::ReplyLost) => Course::ActThenFail(lost()),
            Some(Fault::RequestLost) => Course::Fail(lost()),
            Some(Fault::Late(delay)) => {
                tokio::time::sleep(delay).await;
                Course::Act
            }
            Some(Fault::Displaced) => Course::Fail(Error::new(
                ErrorKind::Displaced,
                Effect::None,
                "somebody else signed in with this agent",
            )),
            Some(Fault::SessionLost) => Course::Fail(Error::new(
                ErrorKind::SessionLost,
                Effect::None,
                "the session has expired",
            )),
        }
    }
}

fn lost() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        Effect::Unknown,
        "no answer (asked for by the test)",
    )
}
