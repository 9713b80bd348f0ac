//! The one place where commands become method calls, and method calls commands. The round-trip test below keeps the two in step.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{
    AdoptCall, AgentStateRequest, CallDataPatch, CallRef, CloseSession, Command, ConferenceOp, ConsultRef, ConsultStep,
    Dial, Found, JoinCalls, LegAction, LegRef, LookUp, Media, NativeReply, NativeRequest, OpenSession, Pushed, Reply,
    Requeue, Say, SessionSetting, StartConsult, Supervise, TakeCall, Transfer,
};
use crate::capability::Capabilities;
use crate::context::OpCx;
use crate::control::CallControl;
use crate::error::Result;
use crate::event::Filter;
use crate::hub::Feed;
use crate::id::{OpId, SessionId};
use crate::model::{AdapterInfo, Scope, SessionInfo, Snapshot};
use crate::number::Dtmf;
use crate::receipt::{ConsultStarted, OutcomeHandle, Receipt};

/// Calls the method that `command` stands for.
///
/// # Errors
/// Those of the method.
pub async fn dispatch(to: &dyn CallControl, command: Command, cx: &OpCx) -> Result<Reply> {
    match command {
        Command::Open { request } => to.open(request, cx).await.map(Reply::Session),
        Command::Close { session, request } => to.close(&session, request, cx).await.map(Reply::Receipt),
        Command::SetAgentState { session, to: state } => {
            to.set_agent_state(&session, state, cx).await.map(Reply::Receipt)
        }
        Command::Configure { session, setting } => to.configure(&session, setting, cx).await.map(Reply::Receipt),
        Command::Adopt { session, request } => to.adopt(&session, request, cx).await.map(Reply::Call),
        Command::Dial { session, request } => to.dial(&session, request, cx).await.map(Reply::Receipt),
        Command::Take { session, request } => to.take(&session, request, cx).await.map(Reply::Receipt),
        Command::Act { at, what } => to.act(&at, what, cx).await.map(Reply::Receipt),
        Command::Transfer { call, request } => to.transfer(&call, request, cx).await.map(Reply::Receipt),
        Command::CancelTransfer { call, op } => to.cancel_transfer(&call, &op, cx).await.map(Reply::Receipt),
        Command::Consult { call, request } => to.consult(&call, request, cx).await.map(Reply::Consult),
        Command::ConsultStep { consult, step } => to.consult_step(&consult, step, cx).await.map(Reply::Receipt),
        Command::Requeue { call, request } => to.requeue(&call, request, cx).await.map(Reply::Receipt),
        Command::Conference { call, request } => to.conference(&call, request, cx).await.map(Reply::Receipt),
        Command::Join { call, request } => to.join(&call, request, cx).await.map(Reply::Receipt),
        Command::SendDtmf { at, digits } => to.send_dtmf(&at, digits, cx).await.map(Reply::Receipt),
        Command::PatchData { call, patch } => to.patch_data(&call, patch, cx).await.map(Reply::Receipt),
        Command::Media { session, request } => to.media(&session, request, cx).await.map(Reply::Receipt),
        Command::Supervise { session, request } => to.supervise(&session, request, cx).await.map(Reply::Receipt),
        Command::Say { call, request } => to.say(&call, request, cx).await.map(Reply::Receipt),
        Command::LookUp { session, what } => to.look_up(session.as_ref(), what, cx).await.map(Reply::Found),
        Command::Snapshot { scope } => to.snapshot(scope, cx).await.map(Reply::Snapshot),
        Command::Native { request } => to.native(request, cx).await.map(Reply::Native),
        Command::Receive { pushed } => to.receive(pushed, cx).await.map(Reply::Native),
    }
}

/// A call control that takes its commands as data: one method for all verbs. Whatever implements it is a [`CallControl`]; layers and composites are written so.
#[async_trait]
pub trait CommandControl: Send + Sync + Debug + 'static {
    /// See [`CallControl::info`].
    fn info(&self) -> &AdapterInfo;

    /// See [`CallControl::capabilities`].
    fn capabilities(&self) -> Arc<Capabilities>;

    /// Carries out a command; the reply is that of the method that the command stands for.
    async fn command(&self, command: Command, cx: &OpCx) -> Result<Reply>;

    /// See [`CallControl::subscribe`].
    fn subscribe(&self, filter: Filter) -> Feed;

    /// See [`CallControl::outcome_of`].
    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle>;

    /// See [`CallControl::shutdown`].
    async fn shutdown(&self, cx: &OpCx);
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<T: CommandControl> CallControl for T {
    fn info(&self) -> &AdapterInfo {
        CommandControl::info(self)
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        CommandControl::capabilities(self)
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        self.command(Command::Open { request }, cx).await?.into_session()
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Close { session, request }, cx)
            .await?
            .into_receipt()
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::SetAgentState { session, to }, cx)
            .await?
            .into_receipt()
    }

    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Configure { session, setting }, cx)
            .await?
            .into_receipt()
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef> {
        let session = session.clone();
        self.command(Command::Adopt { session, request }, cx).await?.into_call()
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Dial { session, request }, cx)
            .await?
            .into_receipt()
    }

    async fn take(&self, session: &SessionId, request: TakeCall, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Take { session, request }, cx)
            .await?
            .into_receipt()
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        let at = at.clone();
        self.command(Command::Act { at, what }, cx).await?.into_receipt()
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::Transfer { call, request }, cx)
            .await?
            .into_receipt()
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        let (call, op) = (call.clone(), op.clone());
        self.command(Command::CancelTransfer { call, op }, cx)
            .await?
            .into_receipt()
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let call = call.clone();
        self.command(Command::Consult { call, request }, cx)
            .await?
            .into_consult()
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        let consult = consult.clone();
        self.command(Command::ConsultStep { consult, step }, cx)
            .await?
            .into_receipt()
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::Requeue { call, request }, cx)
            .await?
            .into_receipt()
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::Conference { call, request }, cx)
            .await?
            .into_receipt()
    }

    async fn join(&self, call: &CallRef, request: JoinCalls, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::Join { call, request }, cx).await?.into_receipt()
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        let at = at.clone();
        self.command(Command::SendDtmf { at, digits }, cx).await?.into_receipt()
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::PatchData { call, patch }, cx)
            .await?
            .into_receipt()
    }

    async fn media(&self, session: &SessionId, request: Media, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Media { session, request }, cx)
            .await?
            .into_receipt()
    }

    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.command(Command::Supervise { session, request }, cx)
            .await?
            .into_receipt()
    }

    async fn say(&self, call: &CallRef, request: Say, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.command(Command::Say { call, request }, cx).await?.into_receipt()
    }

    async fn look_up(&self, session: Option<&SessionId>, what: LookUp, cx: &OpCx) -> Result<Found> {
        let session = session.cloned();
        self.command(Command::LookUp { session, what }, cx).await?.into_found()
    }

    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>> {
        self.command(Command::Snapshot { scope }, cx).await?.into_snapshot()
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        CommandControl::subscribe(self, filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        CommandControl::outcome_of(self, op)
    }

    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        self.command(Command::Native { request }, cx).await?.into_native()
    }

    async fn receive(&self, pushed: Pushed, cx: &OpCx) -> Result<NativeReply> {
        self.command(Command::Receive { pushed }, cx).await?.into_native()
    }

    async fn shutdown(&self, cx: &OpCx) {
        CommandControl::shutdown(self, cx).await;
    }
}
