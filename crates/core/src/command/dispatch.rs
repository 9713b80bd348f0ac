//! The one place where commands become method calls, and method calls commands. The round-trip test below keeps the two in step.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    AdoptCall, AgentStateRequest, CallDataPatch, CallRef, CloseSession, Command, ConferenceOp, ConsultRef, ConsultStep,
    Dial, LegAction, LegRef, NativeReply, NativeRequest, OpenSession, Reply, Requeue, StartConsult, Transfer,
};
use crate::capability::Capabilities;
use crate::context::OpCx;
use crate::control::CallControl;
use crate::error::Result;
use crate::event::Filter;
use crate::hub::Feed;
use crate::id::{OpId, SessionId};
use crate::layer::Stack;
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
        Command::Adopt { session, request } => to.adopt(&session, request, cx).await.map(Reply::Call),
        Command::Dial { session, request } => to.dial(&session, request, cx).await.map(Reply::Receipt),
        Command::Act { at, what } => to.act(&at, what, cx).await.map(Reply::Receipt),
        Command::Transfer { call, request } => to.transfer(&call, request, cx).await.map(Reply::Receipt),
        Command::CancelTransfer { call, op } => to.cancel_transfer(&call, &op, cx).await.map(Reply::Receipt),
        Command::Consult { call, request } => to.consult(&call, request, cx).await.map(Reply::Consult),
        Command::ConsultStep { consult, step } => to.consult_step(&consult, step, cx).await.map(Reply::Receipt),
        Command::Requeue { call, request } => to.requeue(&call, request, cx).await.map(Reply::Receipt),
        Command::Conference { call, request } => to.conference(&call, request, cx).await.map(Reply::Receipt),
        Command::SendDtmf { at, digits } => to.send_dtmf(&at, digits, cx).await.map(Reply::Receipt),
        Command::PatchData { call, patch } => to.patch_data(&call, patch, cx).await.map(Reply::Receipt),
        Command::Snapshot { scope } => to.snapshot(scope, cx).await.map(Reply::Snapshot),
        Command::Native { request } => to.native(request, cx).await.map(Reply::Native),
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CallControl for Stack {
    fn info(&self) -> &AdapterInfo {
        self.adapter().info()
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        self.effective_capabilities()
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        self.send(Command::Open { request }, cx).await?.into_session()
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.send(Command::Close { session, request }, cx).await?.into_receipt()
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.send(Command::SetAgentState { session, to }, cx)
            .await?
            .into_receipt()
    }

    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef> {
        let session = session.clone();
        self.send(Command::Adopt { session, request }, cx).await?.into_call()
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        let session = session.clone();
        self.send(Command::Dial { session, request }, cx).await?.into_receipt()
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        let at = at.clone();
        self.send(Command::Act { at, what }, cx).await?.into_receipt()
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.send(Command::Transfer { call, request }, cx).await?.into_receipt()
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        let (call, op) = (call.clone(), op.clone());
        self.send(Command::CancelTransfer { call, op }, cx)
            .await?
            .into_receipt()
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let call = call.clone();
        self.send(Command::Consult { call, request }, cx).await?.into_consult()
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        let consult = consult.clone();
        self.send(Command::ConsultStep { consult, step }, cx)
            .await?
            .into_receipt()
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.send(Command::Requeue { call, request }, cx).await?.into_receipt()
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.send(Command::Conference { call, request }, cx)
            .await?
            .into_receipt()
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        let at = at.clone();
        self.send(Command::SendDtmf { at, digits }, cx).await?.into_receipt()
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        let call = call.clone();
        self.send(Command::PatchData { call, patch }, cx).await?.into_receipt()
    }

    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>> {
        self.send(Command::Snapshot { scope }, cx).await?.into_snapshot()
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.adapter().subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.adapter().outcome_of(op)
    }

    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        self.send(Command::Native { request }, cx).await?.into_native()
    }

    async fn shutdown(&self, cx: &OpCx) {
        self.shut_down(cx).await;
    }
}
