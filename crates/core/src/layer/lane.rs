//! One steering command at a time on a call, and one move (transfer, consult, requeue) until its outcome is known:
//! a second one gets `Conflict` naming the first, with nothing sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::Service;
use crate::command::{Command, ConferenceOp, Reply};
use crate::context::OpCx;
use crate::error::{Effect, Error, ErrorKind, Result};
use crate::id::{CallId, OpId, SessionId};
use crate::receipt::OutcomeHandle;
use crate::sync::lock;

type Key = (SessionId, CallId);

#[derive(Debug)]
pub(super) struct Lane {
    inner: Arc<dyn Service>,
    running: Mutex<HashMap<Key, Vec<Running>>>,
}

#[derive(Debug)]
struct Running {
    op: OpId,
    name: &'static str,
    moves: bool,
    outcome: Option<OutcomeHandle>,
}

impl Running {
    /// The exchange with the vendor is going on.
    fn is_exchanging(&self) -> bool {
        self.outcome.is_none()
    }

    /// A move whose outcome nobody knows yet.
    fn is_moving(&self) -> bool {
        self.moves && self.outcome.as_ref().is_none_or(|outcome| outcome.peek().is_none())
    }
}

impl Lane {
    pub(super) fn new(inner: Arc<dyn Service>) -> Self {
        Self {
            inner,
            running: Mutex::default(),
        }
    }

    fn enter(&self, key: &Key, command: &Command, op: &OpId) -> Result<()> {
        let moves = is_move(command);
        let mut lanes = lock(&self.running);
        let lane = lanes.entry(key.clone()).or_default();
        lane.retain(|other| other.is_exchanging() || other.is_moving());
        if let Some(other) = lane
            .iter()
            .find(|other| other.is_exchanging() || (moves && other.is_moving()))
        {
            return Err(conflict(other));
        }
        lane.push(Running {
            op: op.clone(),
            name: command.name(),
            moves,
            outcome: None,
        });
        Ok(())
    }

    fn leave(&self, key: &Key, op: &OpId, outcome: Option<&OutcomeHandle>) {
        let mut lanes = lock(&self.running);
        let Some(lane) = lanes.get_mut(key) else {
            return;
        };
        if let Some(at) = lane.iter().position(|running| running.op == *op) {
            match (outcome, lane.get_mut(at)) {
                (Some(outcome), Some(running)) if running.moves => running.outcome = Some(outcome.clone()),
                _ => {
                    lane.swap_remove(at);
                }
            }
        }
        if lane.is_empty() {
            lanes.remove(key);
        }
        if lanes.len() > SWEEP_ABOVE {
            lanes.retain(|_, lane| {
                lane.retain(|other| other.is_exchanging() || other.is_moving());
                !lane.is_empty()
            });
        }
    }
}

#[async_trait]
impl Service for Lane {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let key = match (command.session(), command.call()) {
            (Some(session), Some(call)) if is_steering(&command) => (session.clone(), call.clone()),
            _ => return self.inner.call(command, cx).await,
        };
        self.enter(&key, &command, &cx.op)?;
        let guard = LeaveOnDrop {
            lane: self,
            key: &key,
            op: &cx.op,
        };
        let result = self.inner.call(command, cx).await;
        let outcome = result
            .as_ref()
            .ok()
            .and_then(Reply::receipt)
            .map(|receipt| receipt.outcome_handle().clone());
        std::mem::forget(guard);
        self.leave(&key, &cx.op, outcome.as_ref());
        result
    }
}

/// A panic or an aborted task must not leave the lane occupied.
struct LeaveOnDrop<'a> {
    lane: &'a Lane,
    key: &'a Key,
    op: &'a OpId,
}

impl Drop for LeaveOnDrop<'_> {
    fn drop(&mut self) {
        self.lane.leave(self.key, self.op, None);
    }
}

/// Commands that change where the call or its leg is; tones and data go beside them.
fn is_steering(command: &Command) -> bool {
    match command {
        Command::Act { .. }
        | Command::Transfer { .. }
        | Command::CancelTransfer { .. }
        | Command::Consult { .. }
        | Command::ConsultStep { .. }
        | Command::Take { .. }
        | Command::Join { .. }
        | Command::Requeue { .. } => true,
        Command::Conference { request, .. } => !matches!(request, ConferenceOp::RelayDtmf),
        Command::Open { .. }
        | Command::Close { .. }
        | Command::SetAgentState { .. }
        | Command::Configure { .. }
        | Command::Adopt { .. }
        | Command::Dial { .. }
        | Command::SendDtmf { .. }
        | Command::PatchData { .. }
        | Command::Media { .. }
        | Command::Supervise { .. }
        | Command::Say { .. }
        | Command::LookUp { .. }
        | Command::Snapshot { .. }
        | Command::Native { .. }
        | Command::Receive { .. } => false,
    }
}

/// Commands that give the customer to somebody else, or begin to.
fn is_move(command: &Command) -> bool {
    matches!(
        command,
        Command::Transfer { .. } | Command::Consult { .. } | Command::Requeue { .. }
    )
}

fn conflict(other: &Running) -> Error {
    let stage = if other.is_exchanging() {
        "is being sent"
    } else {
        "waits for its outcome"
    };
    let message = format!("{} {stage} on this call; wait for it or cancel it first", other.name);
    Error::new(ErrorKind::Conflict, Effect::None, message).blocked_by(&other.op)
}

const SWEEP_ABOVE: usize = 4096;
