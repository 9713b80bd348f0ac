//! The contract, method by method: check, resolve, build, send.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterId, AdapterInfo, AdoptCall, AgentStateRequest, CallControl, CallDataPatch, CallId, CallRef, Capabilities,
    CloseSession, ConferenceOp, ConsultRef, ConsultStarted, ConsultStep, CustomerAt, Dial, Displace, Dtmf, Error,
    Evidence, Feed, Filter, Found, Hub, IdSource, JoinCalls, LegAction, LegRef, LookUp, Media, NativeReply,
    NativeRequest, OpCx, OpId, OpenSession, Operation, OperationKey, Outcome, OutcomeHandle, Pushed, Receipt, Requeue,
    Result, Say, Scope, SessionId, SessionInfo, SessionSetting, SignIn, Snapshot, StartConsult, Supervise, TakeCall,
    TargetKind, Transfer, TransferMode,
};
use callcontrol_http::Transport;
use tokio::time::Instant;

use crate::capabilities::{TRANSFER_TO_ROUTING_POINT, manifest};
use crate::chance;
use crate::commands::Order;
use crate::config::GwsConfig;
use crate::identity::is_of_a_consult;
use crate::journal::ROUTING_STEPS;
use crate::native::native_parts;
use crate::outcomes::{Answer, Goal};
use crate::pacer::Pacer;
use crate::readiness;
use crate::roster::Roster;
use crate::session::Session;
use crate::target;
use crate::wire::body::Body;

/// The adapter's id in a configuration.
pub const ADAPTER_ID: &str = "genesys-gws";

/// Call control over Genesys Web Services v2.
pub struct Gws {
    info: AdapterInfo,
    config: Arc<GwsConfig>,
    transport: Arc<dyn Transport>,
    pub(crate) hub: Hub,
    pub(crate) roster: Roster,
    pacer: Arc<Pacer>,
}

impl Gws {
    /// An adapter over `transport`, whose base URL is the Web Services host (without `/api/v2`). No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](callcontrol_core::ErrorKind::Config) naming the key that is out of bounds.
    pub fn new(config: GwsConfig, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<Self>> {
        config.validate()?;
        let pacer = Pacer::new(chance::draw(&ids));
        Ok(Arc::new(Self {
            info: AdapterInfo {
                id: AdapterId::new(ADAPTER_ID)?,
                product: "Genesys Web Services v2".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            config: Arc::new(config),
            transport,
            hub: Hub::new(ids),
            roster: Roster::new(manifest()),
            pacer,
        }))
    }

    async fn single_step(
        &self,
        call: &CallRef,
        operation: Operation,
        body: Body,
        then: CustomerAt,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let session = self.session(&call.session)?;
        let consulted = is_of_a_consult(&session.call(&call.call)?);
        session.permit(&call.call, &body)?;
        let order = Order {
            operation,
            call: Some(call.call.clone()),
            path: session.call_path(&call.call)?,
            body,
            goal: Goal::Moved {
                call: call.call.clone(),
                to: then,
                consulted,
                answer: Answer::Awaited,
            },
        };
        session.send(order, cx).await
    }
}

#[async_trait]
impl CallControl for Gws {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        self.roster.offered()
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        check_open(&request)?;
        let session = Session::new(
            self.hub.clone(),
            Arc::clone(&self.config),
            Arc::clone(&self.transport),
            &request,
            &self.pacer,
        )?;
        let deadline = session.opening_deadline(cx);
        self.admit(&session, deadline).await?;
        // A dropped future must not leave a pump running.
        let guard = session.stop.clone().drop_guard();
        let started = session.start(&request, deadline).await;
        match started {
            Ok(()) => {
                let _signed_in = guard.disarm();
                self.look_at_features();
                Ok(SessionInfo {
                    session: session.id.clone(),
                    agent: request.agent,
                })
            }
            Err(error) => {
                self.dismiss(&session);
                Err(error.during(Operation::Open.as_str()).with_op(&cx.op))
            }
        }
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        if request.reason.is_some() {
            return Err(Error::unsupported(
                "Web Services records no reason of a sign-out; leave it out",
            ));
        }
        let session = self.any_session(session)?;
        let deadline = session.deadline(cx);
        let begun = session.stop.is_cancelled();
        if !request.force && !begun {
            session.refuse_with_calls(deadline).await?;
        }
        session.wind_up(deadline).await;
        let closed = session.close(deadline).await;
        closed.map_err(|error| error.during(Operation::Close.as_str()).with_op(&cx.op))?;
        self.dismiss(&session);
        let outcome = Outcome::done(CustomerAt::Unknown).by(Evidence::Answer);
        Ok(Receipt::new(OutcomeHandle::settled(cx.op.clone(), outcome)))
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        readiness::check(&to)?;
        let session = self.session(session)?;
        let (of, cx) = (Arc::clone(&session), cx.clone());
        session.detached(async move { of.set_readiness(to, &cx).await }).await
    }

    async fn adopt(&self, _session: &SessionId, _request: AdoptCall, _cx: &OpCx) -> Result<CallRef> {
        self.claims(Operation::Adopt)?;
        Err(Error::unsupported("this adapter has no way to adopt"))
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        self.claims(OperationKey::to(Operation::Dial, request.to.kind()))?;
        if request.preview.is_some() {
            return Err(Error::unsupported(
                "outbound campaigns are not steered through this adapter; use native",
            ));
        }
        let session = self.session(session)?;
        let body = Body::op("Dial")
            .destination(target::number(&request.to)?)
            .location(session.config.location.as_deref())
            .user_data(target::pairs(&request.data)?)
            .caller_id(request.caller_id.as_ref());
        let order = Order {
            operation: Operation::Dial,
            call: None,
            path: session.desk_path()?.literal("calls"),
            body,
            goal: Goal::Dialed(None),
        };
        session.send(order, cx).await
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        self.claims(what.operation())?;
        let session = self.session(&at.session)?;
        session.call(&at.call)?;
        let (name, goal) = action(what, &at.call, &session)?;
        let body = Body::op(name);
        session.permit_action(&at.call, what, &body)?;
        let order = Order {
            operation: what.operation(),
            call: Some(at.call.clone()),
            path: session.call_path(&at.call)?,
            body,
            goal,
        };
        session.send(order, cx).await
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let operation = request.mode.operation();
        self.claims(OperationKey::to(operation, request.to.kind()))?;
        no_caller_id(request.caller_id.is_some())?;
        let name = match request.mode {
            TransferMode::ReleaseAfter => "InitiateTransfer",
            _ => "SingleStepTransfer",
        };
        let body = Body::op(name)
            .destination(target::number(&request.to)?)
            .location(self.config.location.as_deref())
            .user_data(target::pairs(&request.data)?);
        if request.mode == TransferMode::Blind {
            return self
                .single_step(call, operation, body, landed(request.to.kind()), cx)
                .await;
        }
        let session = self.session(&call.session)?;
        session.call(&call.call)?;
        session.permit(&call.call, &body)?;
        let (to, call, cx) = (Arc::clone(&session), call.call.clone(), cx.clone());
        session
            .detached(async move { to.release_after(&call, body, &cx).await })
            .await
    }

    async fn cancel_transfer(&self, call: &CallRef, op: &OpId, cx: &OpCx) -> Result<Receipt> {
        self.claims(Operation::CancelTransfer)?;
        let session = self.session(&call.session)?;
        if let Some(cancelled) = session.cancel_release_after(op, &call.call, cx) {
            return cancelled;
        }
        let is_consult = session.book().calls.third(op, &call.call).is_some();
        if is_consult {
            let (to, call, op, cx) = (Arc::clone(&session), call.call.clone(), op.clone(), cx.clone());
            let cancel = async move { to.cancel_consult(&op, &call, Operation::CancelTransfer, &cx).await };
            return session.detached(cancel).await;
        }
        let text = format!("no transfer or consult begun by {op} is running on this call");
        Err(Error::invalid_state(text).on_call(&call.call))
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        self.claims(OperationKey::to(request.style.operation(), request.to.kind()))?;
        no_caller_id(request.caller_id.is_some())?;
        let session = self.session(&call.session)?;
        let consult = ConsultRef {
            id: cx.op.clone(),
            call: call.clone(),
        };
        let (to, call, cx) = (Arc::clone(&session), call.call.clone(), cx.clone());
        let start = async move { to.start_consult(&call, &request, &cx).await };
        let receipt = session.detached(start).await?;
        Ok(ConsultStarted { receipt, consult })
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        self.claims(step.operation())?;
        let session = self.session(&consult.call.session)?;
        let (to, consult, cx) = (Arc::clone(&session), consult.clone(), cx.clone());
        let steps = async move {
            let (id, original) = (&consult.id, &consult.call.call);
            match step {
                ConsultStep::Complete => to.complete_consult(id, original, &cx).await,
                ConsultStep::Cancel => to.cancel_consult(id, original, step.operation(), &cx).await,
                ConsultStep::Swap => to.swap_consult(id, original, &cx).await,
                ConsultStep::Merge => to.merge_consult(id, original, &cx).await,
                _ => Err(Error::unsupported("Web Services has no such step of a consult")),
            }
        };
        session.detached(steps).await
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let operation = request.state.operation();
        self.claims(OperationKey::to(operation, request.to.kind()))?;
        let body = Body::op("SingleStepTransfer")
            .destination(target::number(&request.to)?)
            .location(self.config.location.as_deref())
            .user_data(target::pairs(&request.data)?);
        let receipt = self.single_step(call, operation, body, CustomerAt::Queue, cx).await?;
        Ok(receipt.emulated(TRANSFER_TO_ROUTING_POINT, ROUTING_STEPS))
    }

    async fn conference(&self, call: &CallRef, request: ConferenceOp, cx: &OpCx) -> Result<Receipt> {
        self.claims(request.key())?;
        let session = self.session(&call.session)?;
        let parties = session.call(&call.call)?.parties.len();
        let at = call.call.clone();
        let (operation, body, goal) = match &request {
            ConferenceOp::Add { to } => {
                let body = Body::op("SingleStepConference").destination(target::number(to)?);
                let body = body.location(session.config.location.as_deref());
                (Operation::ConferenceAdd, body, Goal::Added(at, parties))
            }
            ConferenceOp::Remove { party } => {
                let body = Body::op("RemoveParticipantFromConference").participant(target::number(party)?);
                (Operation::ConferenceRemove, body, Goal::Removed(at, parties))
            }
            _ => return Err(Error::unsupported("Web Services has no such operation on a conference")),
        };
        session.permit(&call.call, &body)?;
        let order = Order {
            operation,
            call: Some(call.call.clone()),
            path: session.call_path(&call.call)?,
            body,
            goal,
        };
        session.send(order, cx).await
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        let session = self.session(&at.session)?;
        session.call(&at.call)?;
        let body = Body::op("SendDtmf").digits(&digits);
        session.permit(&at.call, &body)?;
        let order = Order {
            operation: Operation::SendDtmf,
            call: Some(at.call.clone()),
            path: session.call_path(&at.call)?,
            body,
            goal: Goal::Tones(at.call.clone()),
        };
        session.send(order, cx).await
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        target::no_text(&patch)?;
        if patch.is_empty() {
            return Err(Error::invalid_input(
                "the patch changes nothing; set, remove or clear something",
            ));
        }
        let session = self.session(&call.session)?;
        let (to, call, cx) = (Arc::clone(&session), call.call.clone(), cx.clone());
        session.detached(async move { to.patch(&call, patch, &cx).await }).await
    }

    async fn snapshot(&self, scope: Scope, cx: &OpCx) -> Result<Arc<Snapshot>> {
        let asked: Vec<Arc<Session>> = match scope.session() {
            Some(id) => vec![self.session(id)?],
            None => self
                .roster
                .all()
                .iter()
                .filter_map(|session| self.session(&session.id).ok())
                .collect(),
        };
        for session in asked {
            let deadline = session.deadline(cx);
            let taken = session.resync(deadline).await;
            taken.map_err(|error| error.during(Operation::Snapshot.as_str()).with_op(&cx.op))?;
        }
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, request: NativeRequest, cx: &OpCx) -> Result<NativeReply> {
        let wanted = request.session.as_ref();
        let wanted = wanted.ok_or_else(|| {
            Error::invalid_input("a native request needs the session whose credential it is to carry")
        })?;
        let session = self.session(wanted)?;
        let (method, path, body) = native_parts(&request)?;
        let response = session
            .link
            .raw(method, path, body.as_ref(), session.deadline(cx))
            .await?;
        Ok(NativeReply::new(response.status, response.text()))
    }

    async fn configure(&self, session: &SessionId, setting: SessionSetting, cx: &OpCx) -> Result<Receipt> {
        self.claims(setting.operation())?;
        let session = self.session(session)?;
        let (of, cx) = (Arc::clone(&session), cx.clone());
        session.detached(async move { of.configure(setting, &cx).await }).await
    }

    async fn take(&self, _session: &SessionId, request: TakeCall, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities().refuse(request.operation()))
    }

    async fn join(&self, _call: &CallRef, request: JoinCalls, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities().refuse(request.style.operation()))
    }

    async fn media(&self, session: &SessionId, request: Media, cx: &OpCx) -> Result<Receipt> {
        self.claims(request.what.operation())?;
        let session = self.session(session)?;
        let (of, cx) = (Arc::clone(&session), cx.clone());
        session.detached(async move { of.record(request, &cx).await }).await
    }

    async fn supervise(&self, session: &SessionId, request: Supervise, cx: &OpCx) -> Result<Receipt> {
        self.claims(request.operation())?;
        let session = self.session(session)?;
        let (of, cx) = (Arc::clone(&session), cx.clone());
        session.detached(async move { of.supervise(request, &cx).await }).await
    }

    async fn say(&self, _call: &CallRef, _request: Say, _cx: &OpCx) -> Result<Receipt> {
        Err(self.capabilities().refuse(Operation::Say))
    }

    async fn look_up(&self, _session: Option<&SessionId>, _what: LookUp, _cx: &OpCx) -> Result<Found> {
        Err(self.capabilities().refuse(Operation::LookUp))
    }

    async fn receive(&self, _pushed: Pushed, _cx: &OpCx) -> Result<NativeReply> {
        Err(self.capabilities().refuse(Operation::Receive))
    }

    async fn shutdown(&self, cx: &OpCx) {
        let deadline = Instant::now() + cx.remaining_or(self.config.request_timeout());
        self.sign_all_out(deadline).await;
        self.hub.close();
    }
}

impl fmt::Debug for Gws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gws")
            .field("config", &self.config)
            .field("roster", &self.roster)
            .finish_non_exhaustive()
    }
}

/// What a sign-in can ask for that Web Services has not.
fn check_open(request: &OpenSession) -> Result<()> {
    if request.auto_answer {
        return Err(Error::unsupported(
            "Web Services cannot answer by itself; set auto-answer on the agent's device",
        ));
    }
    if request.sign_in == SignIn::Account {
        return Err(Error::unsupported(
            "an agent signs in to Web Services by user name; give it as the agent",
        ));
    }
    if request.displace != Displace::Never {
        return Err(Error::unsupported(
            "Web Services puts no other holder of an agent out: both would share the agent's device; sign in without displacing, or have the other one sign out",
        ));
    }
    readiness::check(&request.state).map(drop)
}

fn action(what: LegAction, call: &CallId, session: &Session) -> Result<(&'static str, Goal)> {
    let at = call.clone();
    Ok(match what {
        LegAction::Answer => ("Answer", Goal::Talking(at)),
        LegAction::Hold => ("Hold", Goal::Held(at)),
        LegAction::Retrieve => ("Retrieve", Goal::Talking(at)),
        LegAction::Mute => ("MuteCall", Goal::Muted(at, true)),
        LegAction::Unmute => ("UnmuteCall", Goal::Muted(at, false)),
        LegAction::Release => ("Hangup", Goal::Gone(at, session.world().customer_after_leaving(call))),
        LegAction::Clear => ("ClearCall", Goal::Gone(at, CustomerAt::Gone)),
        _ => return Err(Error::unsupported("Web Services has no such action on a call")),
    })
}

/// `outboundCallerId` is a parameter of Dial alone (section 9.0).
fn no_caller_id(given: bool) -> Result<()> {
    if given {
        return Err(Error::invalid_input(
            "Web Services lets the caller id be chosen when dialling only, not with a transfer or consult",
        ));
    }
    Ok(())
}

/// Where a customer is who was sent to a target of this kind, as far as a release of the agent's call can tell.
fn landed(to: TargetKind) -> CustomerAt {
    match to {
        TargetKind::Queue => CustomerAt::Queue,
        TargetKind::Ivr => CustomerAt::Ivr,
        _ => CustomerAt::Target,
    }
}
