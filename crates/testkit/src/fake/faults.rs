//! What can go wrong between a command and its answer, on request of a test.

use std::time::Duration;

use callcontrol_core::{Effect, Error, ErrorKind, Operation, SessionId, SessionState};

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
    /// The request arrives after this long, its answer at once after that.
    Late(Duration),
    /// The switch acts at once; its answer comes after this long.
    LateReply(Duration),
    /// Somebody else signs in with this agent before the command arrives: it is refused and the session is over.
    Displaced,
    /// The session has expired: the command is refused and the session is over.
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
    /// Carry it out, wait, then answer.
    ActThenWait(Duration),
}

impl Shared {
    /// Takes the fault that waits for this operation, if any, and plays its timing. Counts what reaches the switch.
    pub(super) async fn course_of(&self, operation: Operation, of: Option<(&SessionId, &str)>) -> Course {
        let fault = {
            let mut faults = lock(&self.faults);
            let at = faults
                .iter()
                .position(|(only, _)| only.is_none_or(|only| only == operation));
            at.map(|at| faults.remove(at).1)
        };
        if fault != Some(Fault::NotSent) {
            lock(&self.requests).push(operation);
        }
        match fault {
            None => Course::Act,
            Some(Fault::NotSent) => Course::Fail(refuse(
                ErrorKind::Unreachable,
                "connection refused, asked for by the test",
            )),
            Some(Fault::Refused(kind)) => Course::Fail(refuse(kind, "refused, asked for by the test")),
            Some(Fault::ReplyLost) => Course::ActThenFail(lost()),
            Some(Fault::RequestLost) => Course::Fail(lost()),
            Some(Fault::Late(delay)) => {
                tokio::time::sleep(delay).await;
                Course::Act
            }
            Some(Fault::LateReply(delay)) => Course::ActThenWait(delay),
            Some(Fault::Displaced) => {
                if let Some((_, agent)) = of {
                    // An agent who is signed out already cannot be displaced; the answer is the same.
                    let _ = self.switch.force_sign_in(agent);
                }
                Course::Fail(refuse(ErrorKind::Displaced, "somebody else signed in with this agent"))
            }
            Some(Fault::SessionLost) => {
                if let Some((session, agent)) = of {
                    self.expire(session, agent);
                }
                Course::Fail(refuse(ErrorKind::SessionLost, "the session has expired"))
            }
        }
    }

    /// The vendor forgets the session; its calls go on at the switch.
    pub(super) fn expire(&self, session: &SessionId, agent: &str) {
        self.hub
            .set_session_state(session, SessionState::Lost, "the session has expired");
        lock(&self.sessions).remove(session);
        // With calls up the switch keeps the agent at the telephone; only the desk is gone.
        let _ = self.switch.sign_out(agent);
    }
}

fn refuse(kind: ErrorKind, why: &str) -> Error {
    Error::new(kind, Effect::None, why)
}

fn lost() -> Error {
    Error::new(
        ErrorKind::ConnectionLost,
        Effect::Unknown,
        "no answer, asked for by the test",
    )
}
