//! What the capabilities do not claim ends here, with nothing on the wire; and what exceeds the vendor's limits.

use std::sync::Arc;

use async_trait::async_trait;

use super::Service;
use crate::capability::{Capabilities, EmulationPolicy, Limits, Support};
use crate::command::{CallDataPatch, Command, Reply};
use crate::context::OpCx;
use crate::control::CallControl;
use crate::error::{Error, Result};
use crate::number::PhoneNumber;
use crate::target::{AgentRef, IvrRef, QueueRef, Target};

#[derive(Debug)]
pub(super) struct Guard {
    inner: Arc<dyn Service>,
    adapter: Arc<dyn CallControl>,
    emulation: EmulationPolicy,
}

impl Guard {
    pub(super) fn new(inner: Arc<dyn Service>, adapter: Arc<dyn CallControl>, emulation: EmulationPolicy) -> Self {
        Self {
            inner,
            adapter,
            emulation,
        }
    }
}

#[async_trait]
impl Service for Guard {
    async fn call(&self, command: Command, cx: &OpCx) -> Result<Reply> {
        let capabilities = with_policy(&self.adapter.capabilities(), self.emulation);
        let answer = capabilities.explain(command.key());
        if let Support::Unsupported { reason } = answer.support {
            return Err(Error::unsupported(format!("{reason} ({})", answer.rule)));
        }
        check_limits(&command, &capabilities.limits)?;
        self.inner.call(command, cx).await
    }
}

/// The manifest under the deployment's policy.
pub(super) fn with_policy(manifest: &Arc<Capabilities>, emulation: EmulationPolicy) -> Arc<Capabilities> {
    if manifest.policy == emulation {
        return Arc::clone(manifest);
    }
    let mut capabilities = Capabilities::clone(manifest);
    capabilities.policy = emulation;
    Arc::new(capabilities)
}

fn check_limits(command: &Command, limits: &Limits) -> Result<()> {
    match command {
        Command::Dial { request, .. } => check_parts(&request.to, request.caller_id.as_ref(), &request.data, limits),
        Command::Transfer { request, .. } => {
            check_parts(&request.to, request.caller_id.as_ref(), &request.data, limits)
        }
        Command::Consult { request, .. } => check_parts(&request.to, request.caller_id.as_ref(), &request.data, limits),
        Command::Requeue { request, .. } => check_parts(&request.to, None, &request.data, limits),
        Command::PatchData { patch, .. } => check_data(patch, limits),
        Command::SendDtmf { digits, .. } => check_tones(digits.reveal().len(), limits),
        Command::Open { .. }
        | Command::Close { .. }
        | Command::SetAgentState { .. }
        | Command::Configure { .. }
        | Command::Take { .. }
        | Command::Adopt { .. }
        | Command::Act { .. }
        | Command::CancelTransfer { .. }
        | Command::ConsultStep { .. }
        | Command::Conference { .. }
        | Command::Join { .. }
        | Command::Media { .. }
        | Command::Supervise { .. }
        | Command::Say { .. }
        | Command::LookUp { .. }
        | Command::Snapshot { .. }
        | Command::Native { .. }
        | Command::Receive { .. } => Ok(()),
    }
}

fn check_parts(to: &Target, caller: Option<&PhoneNumber>, data: &CallDataPatch, limits: &Limits) -> Result<()> {
    let number = match to {
        Target::Number(number)
        | Target::Agent(AgentRef::Number(number))
        | Target::Queue(QueueRef::Number(number))
        | Target::Ivr(IvrRef::Number(number)) => Some(number),
        _ => None,
    };
    for number in number.into_iter().chain(caller) {
        check_number(number, limits)?;
    }
    check_data(data, limits)
}

fn check_number(number: &PhoneNumber, limits: &Limits) -> Result<()> {
    let length = number.reveal().len();
    match limits.number_chars {
        Some(most) if length > most => Err(Error::invalid_input(format!(
            "the number {number} has {length} characters, at most {most} are allowed here"
        ))),
        _ => Ok(()),
    }
}

fn check_data(data: &CallDataPatch, limits: &Limits) -> Result<()> {
    let bytes = data.as_text().map_or(0, |text| text.len());
    match limits.call_data_bytes {
        Some(most) if bytes > most => Err(Error::invalid_input(format!(
            "the call data has {bytes} bytes, at most {most} are allowed here"
        ))),
        _ => Ok(()),
    }
}

fn check_tones(tones: usize, limits: &Limits) -> Result<()> {
    match limits.dtmf_tones {
        Some(most) if tones > most => Err(Error::invalid_input(format!(
            "{tones} tones given, at most {most} are allowed in one command here"
        ))),
        _ => Ok(()),
    }
}
