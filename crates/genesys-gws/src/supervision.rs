//! Supervising other agents (vendor page, sections 6 and 9.7): begun and ended at the supervisor's device, changed at the supervisor's own call.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    CallId, Draft, Error, EventKind, OpCx, Operation, Party, Receipt, Result, Supervise, SupervisionMode,
    SupervisionScope,
};

use crate::commands::Order;
use crate::desk::Supervision;
use crate::expectations::World;
use crate::outcomes::Goal;
use crate::session::Session;
use crate::stay::Feature;
use crate::target;
use crate::wire::body::Body;

impl Session {
    /// Begins, changes or ends the supervision of an agent.
    pub(crate) async fn supervise(self: &Arc<Self>, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        let operation = request.operation();
        let number = target::number(request.agent())?.clone();
        self.needs(Feature::Monitoring)?;
        let order = match &request {
            Supervise::Start { mode, scope, .. } => {
                let (scope, calls) = scope_words(*scope)?;
                let body = Body::op(start_word(*mode)?).supervised(&number, scope, calls);
                self.book().supervised = Some(Party::new(number.reveal()));
                self.at_desk(operation, body, Goal::Supervising(Some(*mode)))?
            }
            Supervise::Stop { .. } => {
                self.running()?;
                self.at_desk(
                    operation,
                    Body::op("CancelSupervisorMonitoring"),
                    Goal::Supervising(None),
                )?
            }
            Supervise::Switch { mode, .. } => {
                self.running()?;
                self.at_own_call(operation, Body::op(switch_word(*mode)?), |_| {
                    Goal::Supervising(Some(*mode))
                })
                .await?
            }
            Supervise::MuteAgent { on, .. } => {
                let name = if *on {
                    "MuteMonitoredUser"
                } else {
                    "UnmuteMonitoredUser"
                };
                self.at_own_call(operation, Body::op(name), |call| Goal::AgentMuted(call, *on))
                    .await?
            }
            _ => return Err(Error::unsupported("Web Services has no such way to supervise")),
        };
        self.command(order, cx).await
    }

    fn at_desk(&self, operation: Operation, body: Body, goal: Goal) -> Result<Order> {
        self.desk_permits(&body.name)?;
        Ok(Order {
            operation,
            call: None,
            path: self.desk_path()?,
            body,
            goal,
        })
    }

    /// The operation goes to the supervisor's own call that lists it. The word of that call may follow the word of the device.
    async fn at_own_call(
        self: &Arc<Self>,
        operation: Operation,
        body: Body,
        goal: impl Fn(CallId) -> Goal + Send,
    ) -> Result<Order> {
        let listing = |_: &World| self.book().calls.permitting(&body.name);
        let call = self.until(WORD_OF_THE_CALL, listing).await.ok_or_else(|| {
            Error::invalid_state(format!(
                "none of the supervisor's own calls lists {}; is the supervised agent in a call?",
                body.name
            ))
        })?;
        Ok(Order {
            operation,
            path: self.call_path(&call)?,
            goal: goal(call.clone()),
            call: Some(call),
            body,
        })
    }

    fn running(&self) -> Result<()> {
        match self.book().desk.supervision {
            Some(_) => Ok(()),
            None => Err(Error::invalid_state("this session supervises nobody")),
        }
    }

    /// Tells readers that the supervision changed.
    pub(crate) fn tell_supervision(&self, before: Option<&Supervision>, now: Option<&Supervision>) {
        if before == now {
            return;
        }
        let agent = self.book().supervised.clone();
        let mode = now.and_then(|running| running.mode);
        let kind = EventKind::SupervisionChanged { agent, mode };
        self.hub.publish(Draft::new(self.id.clone(), kind));
        if now.is_none() {
            self.book().supervised = None;
        }
    }
}

fn start_word(mode: SupervisionMode) -> Result<&'static str> {
    match mode {
        SupervisionMode::Listen => Ok("ListenIn"),
        SupervisionMode::Whisper => Ok("Coach"),
        SupervisionMode::BargeIn => Ok("BargeIn"),
        _ => Err(Error::unsupported("Web Services has no such way to supervise")),
    }
}

fn switch_word(mode: SupervisionMode) -> Result<&'static str> {
    match mode {
        SupervisionMode::Listen => Ok("SwitchToListenIn"),
        SupervisionMode::Whisper => Ok("SwitchToCoach"),
        SupervisionMode::BargeIn => Ok("SwitchToBargeIn"),
        _ => Err(Error::unsupported("Web Services has no such way to supervise")),
    }
}

/// `supervisorMonitoringScope` and `supervisorMonitoringMode`. In scope `Call` the supervisor follows the call, in scope `Agent` the agent.
fn scope_words(scope: SupervisionScope) -> Result<(&'static str, &'static str)> {
    match scope {
        SupervisionScope::Call => Ok(("Call", "NextCall")),
        SupervisionScope::NextCall => Ok(("Agent", "NextCall")),
        SupervisionScope::AllCalls => Ok(("Agent", "AllCalls")),
        _ => Err(Error::unsupported("Web Services knows no such scope of supervision")),
    }
}

/// How long the supervisor's call may take to appear after the device has said that the supervision runs.
const WORD_OF_THE_CALL: Duration = Duration::from_millis(500);
