//! A consult: an identity of its own and four ways on. Endings consume the handle; one that is refused gives it back,
//! because the agent must still be able to take the customer back.

use std::fmt;
use std::sync::Arc;

use super::Defaults;
use crate::command::{CallRef, ConsultRef, ConsultStep};
use crate::control::CallControl;
use crate::error::{Error, Result};
use crate::receipt::{Outcome, Receipt};

/// A running consult. Dropping the handle lets the consult stand as it is at the switch; nothing is cancelled.
#[must_use = "a consult leaves the customer on hold until it is completed, cancelled or merged"]
#[derive(Debug)]
pub struct Consult {
    control: Arc<dyn CallControl>,
    consult: ConsultRef,
    started: Option<Receipt>,
    defaults: Defaults,
}

/// An ending that was refused. The consult stands; `consult` still works.
#[derive(Debug)]
pub struct Unfinished {
    /// Why.
    pub error: Error,
    /// The consult, to be ended otherwise.
    pub consult: Consult,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the consult still stands", self.error)
    }
}

impl std::error::Error for Unfinished {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// For callers who give up with `?`: the error remains, the consult stands as it is.
impl From<Box<Unfinished>> for Error {
    fn from(unfinished: Box<Unfinished>) -> Self {
        unfinished.error
    }
}

impl Consult {
    pub(super) fn new(
        control: Arc<dyn CallControl>,
        consult: ConsultRef,
        started: Receipt,
        defaults: Defaults,
    ) -> Self {
        Self {
            control,
            consult,
            started: Some(started),
            defaults,
        }
    }

    /// A handle on a consult that was detached before.
    pub fn reattach(control: &Arc<dyn CallControl>, consult: ConsultRef) -> Self {
        Self {
            control: Arc::clone(control),
            consult,
            started: None,
            defaults: Defaults::default(),
        }
    }

    /// The customer's call.
    #[must_use]
    pub fn customer_call(&self) -> &CallRef {
        &self.consult.call
    }

    /// How the call to the third party came about; `None` on a handle that was reattached.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        self.started.as_ref()
    }

    /// Waits until the third party has answered, or it is certain that it will not. `None` when that can no longer be known.
    pub async fn answered(&self) -> Option<Outcome> {
        match &self.started {
            Some(receipt) => Some(receipt.outcome().await),
            None => match self.control.outcome_of(&self.consult.id) {
                Some(outcome) => Some(outcome.wait().await),
                None => None,
            },
        }
    }

    /// Hands the customer over to the third party and leaves.
    ///
    /// # Errors
    /// Refused: the consult stands and comes back in [`Unfinished`].
    pub async fn complete(self) -> std::result::Result<Receipt, Box<Unfinished>> {
        self.end(ConsultStep::Complete).await
    }

    /// Drops the third party and takes the customer back.
    ///
    /// # Errors
    /// Refused: the consult stands and comes back in [`Unfinished`].
    pub async fn cancel(self) -> std::result::Result<Receipt, Box<Unfinished>> {
        self.end(ConsultStep::Cancel).await
    }

    /// Brings all three together.
    ///
    /// # Errors
    /// Refused: the consult stands and comes back in [`Unfinished`].
    pub async fn merge(self) -> std::result::Result<Receipt, Box<Unfinished>> {
        self.end(ConsultStep::Merge).await
    }

    /// Talks to the other of the two.
    ///
    /// # Errors
    /// Those of [`CallControl::consult_step`].
    pub async fn swap(&self) -> Result<Receipt> {
        self.step(ConsultStep::Swap).await
    }

    /// Gives the handle up; what is returned can be stored and [reattached](Self::reattach).
    #[must_use]
    pub fn detach(self) -> ConsultRef {
        self.consult
    }

    async fn end(self, step: ConsultStep) -> std::result::Result<Receipt, Box<Unfinished>> {
        match self.step(step).await {
            Ok(receipt) => Ok(receipt),
            Err(error) => Err(Box::new(Unfinished { error, consult: self })),
        }
    }

    async fn step(&self, step: ConsultStep) -> Result<Receipt> {
        self.control
            .consult_step(&self.consult, step, &self.defaults.cx())
            .await
    }
}
