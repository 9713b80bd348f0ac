//! What became of a command whose outcome is not known: asked from the state, never by sending again.
//!
//! The answer is that of *the possible worlds*. From what the session looked like when the command was given, every [`Situation`](crate::race::Situation) is
//! possible that the command and the acts of the other parties lead to and that looks to the agent as the session looks now. Where all of them agree, that is the
//! answer. Where they do not, it is not known, and nothing is guessed: a leg that vanished does not say who hung up, and a leg that looks as before may still be
//! moved by a request that is under way.

mod commands;
mod worlds;

use std::fmt;
use std::time::Duration;

use crate::capability::{Capabilities, Operation, Support};
use crate::context::OpCx;
use crate::control::CallControl;
use crate::error::{Error, Result};
use crate::hub::{Legs, Origin};
use crate::id::OpId;
use crate::model::Scope;
use crate::receipt::{CustomerAt, Evidence, Outcome, OutcomeHandle, Verdict};

/// What is known of a command after looking for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// It did what was asked.
    Applied(Outcome),
    /// It did not do what was asked and will not any more: refused, in vain, or its purpose is gone. The outcome says where the customer is.
    NotApplied(Outcome),
    /// Nobody can tell (yet). The outcome's customer is where he is seen now, as far as that is certain whatever became of the command. Sending again may do it twice.
    StillUnknown(Outcome),
}

impl Resolution {
    /// The outcome as known now.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        match self {
            Self::Applied(outcome) | Self::NotApplied(outcome) | Self::StillUnknown(outcome) => outcome,
        }
    }

    /// True unless nobody can tell.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::StillUnknown(_))
    }
}

impl From<Outcome> for Resolution {
    fn from(outcome: Outcome) -> Self {
        match outcome.verdict {
            Verdict::Done => Self::Applied(outcome),
            Verdict::Failed => Self::NotApplied(outcome),
            Verdict::Unknown => Self::StillUnknown(outcome),
        }
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Applied(_) => "applied",
            Self::NotApplied(_) => "not applied",
            Self::StillUnknown(_) => "still unknown",
        };
        write!(f, "{word}: {}", self.outcome())
    }
}

/// Finds out what became of an operation, without sending it again.
///
/// *Needs* nothing for an outcome that is known; else a native `snapshot`: a view that the adapter made up itself proves nothing, and the answer is `StillUnknown`.
/// *Behavior*: reads only. A certain answer is recorded as the operation's outcome, late if it had been called unknown; whoever awaits it learns of it. It rests on
/// two looks a moment apart, because a switch takes the two legs of a hand-over away one after the other. It assumes that the agent acts through this layer only.
///
/// # Errors
/// `NotFound` for an operation that was never begun, was refused without effect, or is long past. Those of [`CallControl::snapshot`].
pub async fn resolve(control: &dyn CallControl, op: &OpId, cx: &OpCx) -> Result<Resolution> {
    let Some(handle) = control.outcome_of(op) else {
        return Err(Error::not_found("no such operation is known (any more)"));
    };
    if let Some(known) = certain(&handle) {
        return Ok(known.into());
    }
    let capabilities = control.capabilities();
    let Some(origin) = handle.origin().filter(|origin| is_readable(&capabilities, origin)) else {
        return Ok(doubt(&handle, CustomerAt::Unknown));
    };
    let seen = look(control, origin, cx).await?;
    if let Some(known) = certain(&handle) {
        return Ok(known.into());
    }
    let read = worlds::read(origin, &seen);
    if read.outcome.is_none() {
        return Ok(doubt(&handle, read.customer));
    }
    tokio::time::sleep(A_MOMENT).await;
    let again = worlds::read(origin, &look(control, origin, cx).await?);
    match again.outcome.filter(|outcome| read.outcome.as_ref() == Some(outcome)) {
        Some(outcome) => {
            handle.settle(outcome.by(Evidence::Snapshot));
            Ok(handle
                .peek()
                .map_or_else(|| doubt(&handle, again.customer), Resolution::from))
        }
        None => Ok(certain(&handle).map_or_else(|| doubt(&handle, again.customer), Resolution::from)),
    }
}

/// The view is the vendor's own, and the operation is not a recipe: between two steps of one the session looks like something else.
fn is_readable(capabilities: &Capabilities, origin: &Origin) -> bool {
    let operation = origin.pending.operation;
    let mut ways = capabilities.cells().filter(|(key, _)| key.operation == operation);
    let recipe = ways.any(|(_, cell)| matches!(cell.support, Support::Emulated(_)));
    !recipe && capabilities.support(Operation::Snapshot) == Support::Native
}

fn certain(handle: &OutcomeHandle) -> Option<Outcome> {
    handle.peek().filter(|outcome| outcome.verdict != Verdict::Unknown)
}

async fn look(control: &dyn CallControl, origin: &Origin, cx: &OpCx) -> Result<Legs> {
    let session = &origin.pending.session;
    let snapshot = control.snapshot(Scope::Session(session.clone()), cx).await?;
    Ok(Legs::of(snapshot.session(session)))
}

/// Not known: with the evidence given before, if the outcome was called unknown already.
fn doubt(handle: &OutcomeHandle, customer: CustomerAt) -> Resolution {
    let said = handle.peek().map_or(Evidence::Snapshot, |before| before.evidence);
    Resolution::StillUnknown(Outcome::unknown(said, customer))
}

/// Between the two looks that a certain answer rests on.
const A_MOMENT: Duration = Duration::from_millis(500);
