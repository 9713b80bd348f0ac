//! The contract that every adapter implements and every application holds as `Arc<dyn CallControl>`.
//! There are no default bodies: what an adapter lacks is one visible line that returns `Unsupported`.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::capability::Capabilities;
use crate::command::{
    AdoptCall, AgentStateRequest, CallDataPatch, CallRef, CloseSession, ConferenceOp, ConsultRef, ConsultStep, Dial,
    Found, JoinCalls, LegAction, LegRef, LookUp, Media, NativeReply, NativeRequest, OpenSession, Pushed, Requeue, Say,
    SessionSetting, StartConsult, Supervise, TakeCall, Transfer,
};
use crate::context::OpCx;
use crate::error::Result;
use crate::event::Filter;
use crate::hub::Feed;
use crate::id::{OpId, SessionId};
use crate::model::{AdapterInfo, Scope, SessionInfo, Snapshot};
use crate::number::Dtmf;
use crate::receipt::{ConsultStarted, OutcomeHandle, Receipt};

/// Call control at one vendor's platform.
///
/// *Behavior* of every method that acts:
/// * an error carries its effect; effect `None` means that the switch provably did nothing;
/// * `Ok` means *accepted* by the vendor; what became of it is the receipt's outcome;
/// * what the capability table does not claim returns [`Unsupported`](crate::ErrorKind::Unsupported) with nothing sent;
/// * one request per command (a recipe: one per step); a command that may have moved a caller is never sent twice;
/// * dropping the future neither un-sends nor corrupts: the outcome stays available through [`outcome_of`](Self::outcome_of).
#[async_trait]
pub trait CallControl: Send + Sync + Debug + 'static {
    /// Adapter id, vendor product, version.
    fn info(&self) -> &AdapterInfo;

    /// What can be done here and how.
    fn capabilities(&self) -> Arc<Capabilities>;

    /// Signs an agent in and starts the event pump.
    ///
    /// *Needs* `open`. *Behavior*: wrong credentials are tried once; an agent signed in elsewhere is displaced only if asked for.
    /// *Effect*: a failed sign-in leaves no pump running. *Events*: session notice `Active`, then agent state.
    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo>;

    /// Signs an agent out and stops the event pump.
    ///
    /// *Needs* `close`. *Behavior*: refused with `InvalidState` while a call is up unless forced, where the vendor does so. *Events*: session notice `Closed`.
    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt>;

    /// Asks for another agent state. *Needs* `set-agent-state`. *Events*: `AgentStateChanged`.
    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt>;

    /// Changes a standing setting of the session: forwarding, do-not-disturb, automatic answer, which queues send calls.
    ///
    /// *Needs* the operation of the setting. *Behavior*: outcome done when the vendor has taken it over.
    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt>;

    /// Takes a call into the session's view by the vendor's own id. *Needs* `adopt`. Nothing is sent unless the state is to be asked for.
    async fn adopt(&self, session: &SessionId, request: AdoptCall, cx: &OpCx) -> Result<CallRef>;

    /// Calls somebody. *Needs* `dial`. *Effect*: never repeated. *Events*: `Dialing`, `Alerting`, then `Established` or `DialFailed`.
    /// The outcome is done when the far side answers.
    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt>;

    /// Has a call offered here that rings at another agent or waits in a queue.
    ///
    /// *Needs* `pick-up` or `take-waiting`. *Behavior*: outcome done when it rings here; taking it is [`act`](Self::act) with `Answer`.
    /// *Effect*: never repeated. *Events*: `Offered`.
    async fn take(&self, session: &SessionId, request: TakeCall, cx: &OpCx) -> Result<Receipt>;

    /// Answers, holds, retrieves, mutes, releases … the session's own leg. *Needs* the operation of the action. *Events*: those of the new state.
    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt>;

    /// Moves a call in one command.
    ///
    /// *Needs* `blind-transfer`, `release-after-transfer` or `suspend-transfer` for the kind of target.
    /// *Behavior*: outcome done when the agent is out (blind), the target has answered (release-after), the customer is back (suspend).
    /// Failed says why and where the customer is: with release-after and suspend never lost unless he hung up.
    /// *Effect*: never repeated. *Events*: `Released` or `TransferFailed`; suspend: `ReturnedFromIvr`.
    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt>;

    /// Takes a running transfer or consult of this call back, given the operation that began it. *Needs* `cancel-transfer`.
    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt>;

    /// Holds the customer and calls a third party.
    ///
    /// *Needs* `consult` or `consult-three-way` for the kind of target. *Behavior*: outcome done when the third party answers;
    /// failed tells whether the customer is back with the agent or still on hold. *Effect*: never repeated. *Events*: `Held`, `Dialing`/`Alerting`, `Established`.
    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted>;

    /// Goes on with a consult. *Needs* the operation of the step. *Behavior*: a refused step leaves the consult as it was.
    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt>;

    /// Puts a connected call back into a queue, or moves a waiting one. *Needs* `requeue-connected` or `requeue-waiting`. *Effect*: never repeated.
    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt>;

    /// Adds or removes a conference party, or lets the customer's key presses through. *Needs* the operation.
    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt>;

    /// Joins the call that the session talks in with one that it holds. *Needs* `join-conference` or `connect-calls`.
    ///
    /// *Behavior*: `call` is the one it talks in. Outcome done when all three talk, or when the agent is out and the two are connected. *Effect*: never repeated.
    async fn join(&self, call: &CallRef, request: JoinCalls, cx: &OpCx) -> Result<Receipt>;

    /// Sends tones. *Needs* `send-dtmf`. *Effect*: never repeated (digits would be entered twice).
    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt>;

    /// Changes a call's business data. *Needs* `patch-data`. *Events*: `DataChanged` where the vendor tells.
    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt>;

    /// Records, pauses the recording, plays a file. *Needs* `record`, `record-screen` or `play`. *Events*: `RecordingChanged`, `PlaybackChanged` where the vendor tells.
    async fn media(&self, session: &SessionId, request: Media, cx: &OpCx) -> Result<Receipt>;

    /// Listens to an agent's calls, whispers, barges in, takes over. *Needs* the operation of the request and the vendor's supervisor right.
    ///
    /// *Behavior*: a supervisor who lacks the right gets `Forbidden`. *Events*: `SupervisionChanged` where the vendor tells.
    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt>;

    /// Says something in the robot's name. *Needs* `say` (OIFDE). *Effect*: never repeated (the customer would hear it twice).
    async fn say(&self, call: &CallRef, request: Say, cx: &OpCx) -> Result<Receipt>;

    /// Looks something up at the platform: where calls can go, who waits, what was recorded, whether it is in service.
    ///
    /// *Needs* `look-up`. *Behavior*: what this platform cannot be asked is `Unsupported`; nothing there is an empty answer. `session`: with whose credential, where the vendor needs one.
    async fn look_up(&self, session: Option<&SessionId>, what: LookUp, cx: &OpCx) -> Result<Found>;

    /// The state as known now, asked from the vendor where it can be asked. *Needs* `snapshot`.
    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>>;

    /// The feed of events; its first item is a snapshot.
    fn subscribe(&self, filter: Filter) -> Feed;

    /// The outcome of an operation by its id, also after its future was dropped or its answer was lost. `None` when unknown or long past.
    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle>;

    /// One request in the vendor's own words. *Needs* `native`. Nothing about its effect is known to this layer.
    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply>;

    /// Takes in one message that the vendor pushed at the application's HTTP server, and gives what to answer to the vendor. *Needs* `receive`.
    ///
    /// *Behavior*: the sender's token is checked before anything is read; one that does not fit is answered as the vendor expects, and nothing is published.
    /// *Events*: those in the message, in their order.
    async fn receive(&self, pushed: Pushed, cx: &OpCx) -> Result<NativeReply>;

    /// Stops every pump and waits for it. Sessions are signed out where that is possible within the context's deadline.
    async fn shutdown(&self, cx: &OpCx);
}
