//! An application's function as many a contact centre has it: pass the customer on to a colleague, and to the queue when the colleague does not take the call.
//! Its unit tests, in `tests/`, run with `cargo test -p callcontrol-example-unit-tests`, without a vendor, a network or waiting.

use callcontrol::{
    Call, Effect, EmulationPolicy, Error, ErrorKind, OpCx, OperationKey, Outcome, Result, Support, Target, TargetKind,
    Transfer, TransferMode, Verdict,
};

/// What has become of the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOver {
    /// With the colleague.
    Colleague,
    /// Back in the queue.
    Queue,
    /// Hung up.
    Lost,
    /// Nobody knows; somebody has to look before anything else is done.
    LookFirst,
}

/// Passes the customer on to `colleague`; if the colleague does not take the call, gives it back to `queue`.
///
/// # Errors
/// Those of the commands; the customer is with the agent then, unless the error's effect says otherwise.
pub async fn hand_over(call: &Call, colleague: Target, queue: Target) -> Result<HandOver> {
    let cx = OpCx::new();
    let transfer = Transfer::new(colleague, TransferMode::ReleaseAfter);
    let outcome = match call.transfer_with(transfer, &cx).await {
        Ok(receipt) => receipt.outcome().await,
        // Provably nothing happened, and the colleague cannot be reached.
        Err(error) if error.effect() == Effect::None && error.kind() == ErrorKind::TargetUnavailable => {
            return back_to(call, queue).await;
        }
        // The answer was lost. Sending again could transfer twice, so nothing is sent.
        Err(error) if error.effect() == Effect::Unknown => return Ok(HandOver::LookFirst),
        Err(error) => return Err(error),
    };
    match outcome {
        Outcome {
            verdict: Verdict::Done, ..
        } => Ok(HandOver::Colleague),
        Outcome {
            verdict: Verdict::Unknown,
            ..
        } => Ok(HandOver::LookFirst),
        Outcome {
            customer: callcontrol::CustomerAt::Gone,
            ..
        } => Ok(HandOver::Lost),
        _ => back_to(call, queue).await,
    }
}

async fn back_to(call: &Call, queue: Target) -> Result<HandOver> {
    let outcome = call.requeue(queue).await?.outcome().await;
    match outcome.verdict {
        Verdict::Done => Ok(HandOver::Queue),
        Verdict::Failed | Verdict::Unknown => Ok(HandOver::LookFirst),
    }
}

/// What this application cannot live without, asked at start-up instead of on a live call.
///
/// # Errors
/// Unsupported, with the reason.
pub fn can_work_with(offered: &callcontrol::Capabilities) -> Result<()> {
    let needed = OperationKey::to(callcontrol::Operation::ReleaseAfterTransfer, TargetKind::Agent);
    match offered.support(needed) {
        Support::Unsupported { reason } => Err(Error::unsupported(reason)),
        _ => Ok(()),
    }
}

/// The policy under which [`can_work_with`] is to be asked: recipes that cannot lose a customer are welcome.
pub const POLICY: EmulationPolicy = EmulationPolicy::Safe;
