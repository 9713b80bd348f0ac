//! Recording calls (vendor page, section 9.6): four operations without parameters; the call itself tells what the recorder does.

use std::sync::Arc;

use callcontrol_core::{Error, Media, MediaAction, MediaState, OpCx, Receipt, Result, Tape};

use crate::commands::Order;
use crate::outcomes::Goal;
use crate::session::Session;
use crate::stay::Feature;
use crate::wire::body::Body;

impl Session {
    /// Starts, stops, pauses or resumes the recording of a call.
    pub(crate) async fn record(self: &Arc<Self>, request: Media, cx: &OpCx) -> Result<Receipt> {
        let MediaAction::Record(tape) = &request.what else {
            return Err(Error::unsupported("Web Services records calls and nothing else"));
        };
        let call = request
            .call
            .ok_or_else(|| Error::invalid_input("name the call to be recorded"))?;
        self.call(&call)?;
        let (name, state) = words(*tape)?;
        let body = Body::op(name);
        self.needs(Feature::Recording)?;
        self.permit(&call, &body)?;
        let order = Order {
            operation: callcontrol_core::Operation::Record,
            path: self.call_path(&call)?,
            goal: Goal::Taped(call.clone(), state),
            call: Some(call),
            body,
        };
        self.command(order, cx).await
    }
}

fn words(tape: Tape) -> Result<(&'static str, MediaState)> {
    match tape {
        Tape::Start => Ok(("StartCallRecording", MediaState::Running)),
        Tape::Stop => Ok(("StopCallRecording", MediaState::Stopped)),
        Tape::Pause => Ok(("PauseCallRecording", MediaState::Paused)),
        Tape::Resume => Ok(("ResumeCallRecording", MediaState::Running)),
        _ => Err(Error::unsupported("the recorder has no such button")),
    }
}
