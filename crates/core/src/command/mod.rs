//! Commands as data. Every operation of [`CallControl`](crate::CallControl) has one variant of [`Command`] and one of [`Reply`], so that a layer
//! (trace, guard, deadline, retry, recorder) is written once over `Command` and not once per verb, and a command can be logged, stored or sent elsewhere.

mod call;
mod conference;
mod consult;
mod data;
mod dispatch;
mod look_up;
mod media;
mod moving;
mod native;
mod refs;
mod session;
mod supervise;

use serde::{Deserialize, Serialize};

pub use call::{AdoptCall, AdoptState, Dial, JoinCalls, JoinStyle, LegAction, RobotMode, TakeCall};
pub use conference::ConferenceOp;
pub use consult::{ConsultIntent, ConsultStep, ConsultStyle, StartConsult};
pub use data::CallDataPatch;
pub use dispatch::{CommandControl, dispatch};
pub use look_up::{Entry, Found, HelpRequest, LookUp, RecordsOf, Say};
pub use media::{Media, MediaAction, Tape};
pub use moving::{Requeue, RequeueState, Transfer, TransferMode};
pub use native::{NativeReply, NativeRequest, Pushed};
pub use refs::{CallRef, ConsultRef, LegRef};
pub use session::{AgentStateRequest, CloseSession, Displace, OpenSession, SessionSetting, SignIn};
pub use supervise::{Supervise, SupervisionMode, SupervisionScope};

use crate::capability::{Operation, OperationKey};
use crate::error::{Error, Result};
use crate::id::{CallId, OpId, SessionId};
use crate::model::{Scope, SessionInfo, Snapshot};
use crate::number::Dtmf;
use crate::receipt::{ConsultStarted, Receipt};
use crate::target::Target;

/// One operation with all that it needs except its context ([`OpCx`](crate::OpCx)).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "command")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are the parameters of the method of the same name in `CallControl`"
)]
pub enum Command {
    /// [`CallControl::open`](crate::CallControl::open)
    Open { request: OpenSession },
    /// [`CallControl::close`](crate::CallControl::close)
    Close { session: SessionId, request: CloseSession },
    /// [`CallControl::set_agent_state`](crate::CallControl::set_agent_state)
    SetAgentState { session: SessionId, to: AgentStateRequest },
    /// [`CallControl::configure`](crate::CallControl::configure)
    Configure {
        session: SessionId,
        setting: SessionSetting,
    },
    /// [`CallControl::adopt`](crate::CallControl::adopt)
    Adopt { session: SessionId, request: AdoptCall },
    /// [`CallControl::dial`](crate::CallControl::dial)
    Dial { session: SessionId, request: Dial },
    /// [`CallControl::take`](crate::CallControl::take)
    Take { session: SessionId, request: TakeCall },
    /// [`CallControl::act`](crate::CallControl::act)
    Act { at: LegRef, what: LegAction },
    /// [`CallControl::transfer`](crate::CallControl::transfer)
    Transfer { call: CallRef, request: Transfer },
    /// [`CallControl::cancel_transfer`](crate::CallControl::cancel_transfer)
    CancelTransfer { call: CallRef, op: OpId },
    /// [`CallControl::consult`](crate::CallControl::consult)
    Consult { call: CallRef, request: StartConsult },
    /// [`CallControl::consult_step`](crate::CallControl::consult_step)
    ConsultStep { consult: ConsultRef, step: ConsultStep },
    /// [`CallControl::requeue`](crate::CallControl::requeue)
    Requeue { call: CallRef, request: Requeue },
    /// [`CallControl::conference`](crate::CallControl::conference)
    Conference { call: CallRef, request: ConferenceOp },
    /// [`CallControl::join`](crate::CallControl::join)
    Join { call: CallRef, request: JoinCalls },
    /// [`CallControl::send_dtmf`](crate::CallControl::send_dtmf)
    SendDtmf { at: LegRef, digits: Dtmf },
    /// [`CallControl::patch_data`](crate::CallControl::patch_data)
    PatchData { call: CallRef, patch: CallDataPatch },
    /// [`CallControl::media`](crate::CallControl::media)
    Media { session: SessionId, request: Media },
    /// [`CallControl::supervise`](crate::CallControl::supervise)
    Supervise { session: SessionId, request: Supervise },
    /// [`CallControl::say`](crate::CallControl::say)
    Say { call: CallRef, request: Say },
    /// [`CallControl::look_up`](crate::CallControl::look_up)
    LookUp { session: Option<SessionId>, what: LookUp },
    /// [`CallControl::snapshot`](crate::CallControl::snapshot)
    Snapshot { scope: Scope },
    /// [`CallControl::native`](crate::CallControl::native)
    Native { request: NativeRequest },
    /// [`CallControl::receive`](crate::CallControl::receive)
    Receive { pushed: Pushed },
}

/// The answer to a [`Command`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reply {
    /// Of `open`.
    Session(SessionInfo),
    /// Of `adopt`.
    Call(CallRef),
    /// Of every command that acts.
    Receipt(Receipt),
    /// Of `consult`.
    Consult(ConsultStarted),
    /// Of `look_up`.
    Found(Found),
    /// Of `snapshot`.
    Snapshot(std::sync::Arc<Snapshot>),
    /// Of `native`, and of `receive`: what to answer to the vendor.
    Native(NativeReply),
}

impl Command {
    /// Which operation, on which kind of target: the key of the capability table.
    #[must_use]
    pub fn key(&self) -> OperationKey {
        match self {
            Self::Open { .. } => Operation::Open.into(),
            Self::Close { .. } => Operation::Close.into(),
            Self::SetAgentState { .. } => Operation::SetAgentState.into(),
            Self::Configure { setting, .. } => setting.operation().into(),
            Self::Adopt { .. } => Operation::Adopt.into(),
            Self::Dial { request, .. } => OperationKey::to(Operation::Dial, request.to.kind()),
            Self::Take { request, .. } => request.operation().into(),
            Self::Act { what, .. } => what.operation().into(),
            Self::Transfer { request, .. } => OperationKey::to(request.mode.operation(), request.to.kind()),
            Self::CancelTransfer { .. } => Operation::CancelTransfer.into(),
            Self::Consult { request, .. } => OperationKey::to(request.style.operation(), request.to.kind()),
            Self::ConsultStep { step, .. } => step.operation().into(),
            Self::Requeue { request, .. } => OperationKey::to(request.state.operation(), request.to.kind()),
            Self::Conference { request, .. } => request.key(),
            Self::Join { request, .. } => request.style.operation().into(),
            Self::SendDtmf { .. } => Operation::SendDtmf.into(),
            Self::PatchData { .. } => Operation::PatchData.into(),
            Self::Media { request, .. } => request.what.operation().into(),
            Self::Supervise { request, .. } => request.operation().into(),
            Self::Say { .. } => Operation::Say.into(),
            Self::LookUp { .. } => Operation::LookUp.into(),
            Self::Snapshot { .. } => Operation::Snapshot.into(),
            Self::Native { .. } => Operation::Native.into(),
            Self::Receive { .. } => Operation::Receive.into(),
        }
    }

    /// The operation's name, as used in errors, traces and tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key().operation.as_str()
    }

    /// The session it belongs to; `None` for sign-in, a snapshot of everything and a pushed message.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Open { .. } | Self::Receive { .. } => None,
            Self::Close { session, .. }
            | Self::SetAgentState { session, .. }
            | Self::Configure { session, .. }
            | Self::Adopt { session, .. }
            | Self::Dial { session, .. }
            | Self::Take { session, .. }
            | Self::Media { session, .. }
            | Self::Supervise { session, .. } => Some(session),
            Self::Act { at, .. } | Self::SendDtmf { at, .. } => Some(&at.session),
            Self::Transfer { call, .. }
            | Self::CancelTransfer { call, .. }
            | Self::Consult { call, .. }
            | Self::Requeue { call, .. }
            | Self::Conference { call, .. }
            | Self::Join { call, .. }
            | Self::Say { call, .. }
            | Self::PatchData { call, .. } => Some(&call.session),
            Self::ConsultStep { consult, .. } => Some(&consult.call.session),
            Self::LookUp { session, .. } => session.as_ref(),
            Self::Snapshot { scope } => scope.session(),
            Self::Native { request } => request.session.as_ref(),
        }
    }

    /// The call it acts on, if it acts on one.
    #[must_use]
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::Act { at, .. } | Self::SendDtmf { at, .. } => Some(&at.call),
            Self::Transfer { call, .. }
            | Self::CancelTransfer { call, .. }
            | Self::Consult { call, .. }
            | Self::Requeue { call, .. }
            | Self::Conference { call, .. }
            | Self::Join { call, .. }
            | Self::Say { call, .. }
            | Self::PatchData { call, .. } => Some(&call.call),
            Self::ConsultStep { consult, .. } => Some(&consult.call.call),
            Self::Take { request, .. } => request.call(),
            Self::Media { request, .. } => request.call.as_ref(),
            Self::Open { .. }
            | Self::Close { .. }
            | Self::SetAgentState { .. }
            | Self::Configure { .. }
            | Self::Adopt { .. }
            | Self::Dial { .. }
            | Self::Supervise { .. }
            | Self::LookUp { .. }
            | Self::Snapshot { .. }
            | Self::Native { .. }
            | Self::Receive { .. } => None,
        }
    }

    /// The targets named in it, for the directory to resolve.
    pub(crate) fn targets_mut(&mut self) -> Vec<&mut Target> {
        match self {
            Self::Dial { request, .. } => vec![&mut request.to],
            Self::Transfer { request, .. } => vec![&mut request.to],
            Self::Consult { request, .. } => vec![&mut request.to],
            Self::Requeue { request, .. } => vec![&mut request.to],
            Self::Conference { request, .. } => request.target_mut().into_iter().collect(),
            Self::Configure { setting, .. } => setting.targets_mut(),
            Self::Take { request, .. } => request.target_mut().into_iter().collect(),
            Self::Supervise { request, .. } => vec![request.target_mut()],
            Self::LookUp { what, .. } => what.target_mut().into_iter().collect(),
            Self::Open { .. }
            | Self::Close { .. }
            | Self::SetAgentState { .. }
            | Self::Adopt { .. }
            | Self::Act { .. }
            | Self::CancelTransfer { .. }
            | Self::ConsultStep { .. }
            | Self::Join { .. }
            | Self::SendDtmf { .. }
            | Self::PatchData { .. }
            | Self::Media { .. }
            | Self::Say { .. }
            | Self::Snapshot { .. }
            | Self::Native { .. }
            | Self::Receive { .. } => Vec::new(),
        }
    }

    /// True when sending it twice changes nothing more than sending it once did, so that even an answer that was lost may be followed by a second attempt.
    #[must_use]
    pub fn is_query(&self) -> bool {
        matches!(self, Self::Snapshot { .. } | Self::LookUp { .. })
    }
}

macro_rules! expect_reply {
    ($(#[$doc:meta] $name:ident, $variant:ident, $type:ty;)*) => {
        impl Reply {
            $(
                #[$doc]
                ///
                /// # Errors
                /// A layer gave the reply of another command: a defect.
                pub fn $name(self) -> Result<$type> {
                    match self {
                        Self::$variant(value) => Ok(value),
                        other => Err(other.unexpected(stringify!($name))),
                    }
                }
            )*
        }
    };
}

expect_reply! {
    #[doc = "The answer to `open`."] into_session, Session, SessionInfo;
    #[doc = "The answer to `adopt`."] into_call, Call, CallRef;
    #[doc = "The answer to a command that acts."] into_receipt, Receipt, Receipt;
    #[doc = "The answer to `consult`."] into_consult, Consult, ConsultStarted;
    #[doc = "The answer to `look_up`."] into_found, Found, Found;
    #[doc = "The answer to `snapshot`."] into_snapshot, Snapshot, std::sync::Arc<Snapshot>;
    #[doc = "The answer to `native` or `receive`."] into_native, Native, NativeReply;
}

impl Reply {
    fn unexpected(&self, wanted: &'static str) -> Error {
        let got = match self {
            Self::Session(_) => "session",
            Self::Call(_) => "call",
            Self::Receipt(_) => "receipt",
            Self::Consult(_) => "consult",
            Self::Found(_) => "found",
            Self::Snapshot(_) => "snapshot",
            Self::Native(_) => "native",
        };
        Error::new(
            crate::ErrorKind::Internal,
            crate::Effect::Unknown,
            format!("a layer answered with {got} where {wanted} was due"),
        )
    }

    /// The receipt inside, if the reply has one.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Receipt(receipt) => Some(receipt),
            Self::Consult(started) => Some(&started.receipt),
            Self::Session(_) | Self::Call(_) | Self::Found(_) | Self::Snapshot(_) | Self::Native(_) => None,
        }
    }
}
