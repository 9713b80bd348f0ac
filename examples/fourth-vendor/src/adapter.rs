//! The contract, a few lines a method: is it claimed, which call, which order.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use callcontrol::*;
use callcontrol_http::{ApiPath, Idempotency, Method, Request, Transport};

use crate::capabilities::{TRANSFER_TO_QUEUE, manifest};
use crate::commands::Known;
use crate::config::TinbellConfig;
use crate::pump::{self, Order};
use crate::session::Stay;
use crate::{mapping, wire};

/// The adapter's id in the configuration.
pub const ADAPTER_ID: &str = "tinbell";

/// Call control at a Tinbell exchange.
pub struct Tinbell {
    info: AdapterInfo,
    pub(crate) capabilities: Arc<Capabilities>,
    pub(crate) config: TinbellConfig,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) hub: Hub,
    stays: Mutex<BTreeMap<SessionId, Arc<Stay>>>,
    orders: Mutex<HashMap<OpId, Order>>,
    me: Weak<Self>,
}

impl Tinbell {
    /// An adapter over this transport; nothing is sent yet.
    ///
    /// # Errors
    /// The settings are wrong.
    pub fn new(config: TinbellConfig, transport: Arc<dyn Transport>, ids: IdSource) -> Result<Arc<Self>> {
        config.validate()?;
        let info = AdapterInfo {
            id: AdapterId::new(ADAPTER_ID)?,
            product: "Tinbell exchange".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let mut capabilities = manifest();
        // The layers refuse what the deployment's policy refuses; the adapter carries out whatever it is asked.
        capabilities.policy = EmulationPolicy::Allow;
        Ok(Arc::new_cyclic(|me| Self {
            info,
            capabilities: Arc::new(capabilities),
            config,
            transport,
            hub: Hub::new(ids),
            stays: Mutex::default(),
            orders: Mutex::default(),
            me: Weak::clone(me),
        }))
    }

    pub(crate) fn stays(&self) -> MutexGuard<'_, BTreeMap<SessionId, Arc<Stay>>> {
        self.stays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn orders(&self) -> MutexGuard<'_, HashMap<OpId, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuse<T>(&self, key: impl Into<OperationKey>) -> Result<T> {
        Err(self.capabilities.refuse(key))
    }
}

impl fmt::Debug for Tinbell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tinbell")
            .field("stays", &*self.stays())
            .finish_non_exhaustive()
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CallControl for Tinbell {
    fn info(&self) -> &AdapterInfo {
        &self.info
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    async fn open(&self, request: OpenSession, cx: &OpCx) -> Result<SessionInfo> {
        let me = self
            .me
            .upgrade()
            .ok_or_else(|| Error::not_found("the adapter is shut down"))?;
        me.sign_in(request, cx).await
    }

    async fn close(&self, session: &SessionId, request: CloseSession, cx: &OpCx) -> Result<Receipt> {
        self.sign_out(session, request, cx).await
    }

    async fn set_agent_state(&self, session: &SessionId, to: AgentStateRequest, cx: &OpCx) -> Result<Receipt> {
        let stay = self.stay(session)?;
        let path = ApiPath::new("/v1").literal("sessions").id(&stay.native)?;
        let path = match to {
            AgentStateRequest::Ready => path.literal("ready"),
            _ => path.literal("not-ready"),
        };
        let key = Operation::SetAgentState.into();
        self.send(
            key,
            &stay,
            (session, None),
            path,
            wire::Order::default(),
            Known::Now,
            cx,
        )
        .await
    }

    async fn configure(&self, _session: &SessionId, setting: SessionSetting, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(setting.operation())
    }

    async fn adopt(&self, _session: &SessionId, _request: AdoptCall, _cx: &OpCx) -> Result<CallRef> {
        self.refuse(Operation::Adopt)
    }

    async fn dial(&self, session: &SessionId, request: Dial, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(OperationKey::to(Operation::Dial, request.to.kind()))?;
        let stay = self.stay(session)?;
        let path = ApiPath::new("/v1")
            .literal("sessions")
            .id(&stay.native)?
            .literal("dial");
        let body = wire::Order {
            to: Some(self.to(key, &request.to)?),
            set: request.data.set,
            ..wire::Order::default()
        };
        self.send(key, &stay, (session, None), path, body, Known::ByTag(None), cx)
            .await
    }

    async fn take(&self, _session: &SessionId, request: TakeCall, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(request.operation())
    }

    async fn act(&self, at: &LegRef, what: LegAction, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(what.operation())?;
        let Some(verb) = mapping::leg_verb(key.operation) else {
            return self.refuse(key);
        };
        self.order(key, &at.clone().into(), verb, wire::Order::default(), Known::Now, cx)
            .await
    }

    async fn transfer(&self, call: &CallRef, request: Transfer, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(OperationKey::to(request.mode.operation(), request.to.kind()))?;
        let when = if request.mode == TransferMode::Blind {
            "now"
        } else {
            "answered"
        };
        let body = wire::Order {
            to: Some(self.to(key, &request.to)?),
            when: Some(when),
            set: request.data.set,
            ..wire::Order::default()
        };
        let kind = request.to.kind();
        self.order(key, call, "transfer", body, Known::ByTag(Some(kind)), cx)
            .await
    }

    async fn cancel_transfer(&self, _call: &CallRef, _op: &OpId, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(Operation::CancelTransfer)
    }

    async fn consult(&self, call: &CallRef, request: StartConsult, cx: &OpCx) -> Result<ConsultStarted> {
        let key = self.claimed(OperationKey::to(request.style.operation(), request.to.kind()))?;
        let body = wire::Order {
            to: Some(self.to(key, &request.to)?),
            set: request.data.set,
            ..wire::Order::default()
        };
        let receipt = self.order(key, call, "consult", body, Known::ByTag(None), cx).await?;
        let consult = ConsultRef {
            id: cx.op.clone(),
            call: call.clone(),
        };
        Ok(ConsultStarted { receipt, consult })
    }

    async fn consult_step(&self, consult: &ConsultRef, step: ConsultStep, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(step.operation())?;
        let verb = if step == ConsultStep::Complete {
            "complete"
        } else {
            "cancel"
        };
        self.order(key, &consult.call, verb, wire::Order::default(), Known::Now, cx)
            .await
    }

    async fn requeue(&self, call: &CallRef, request: Requeue, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(OperationKey::to(request.state.operation(), request.to.kind()))?;
        let body = wire::Order {
            to: Some(self.to(key, &request.to)?),
            when: Some("now"),
            set: request.data.set,
            ..wire::Order::default()
        };
        let kind = request.to.kind();
        let receipt = self
            .order(key, call, "transfer", body, Known::ByTag(Some(kind)), cx)
            .await?;
        Ok(receipt.emulated(TRANSFER_TO_QUEUE, ["transfer"]))
    }

    async fn conference(&self, _call: &CallRef, request: ConferenceOp, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(request.key())
    }

    async fn join(&self, _call: &CallRef, request: JoinCalls, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(request.style.operation())
    }

    async fn send_dtmf(&self, at: &LegRef, digits: Dtmf, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(Operation::SendDtmf)?;
        let body = wire::Order {
            digits: Some(digits.reveal()),
            ..wire::Order::default()
        };
        self.order(key, &at.clone().into(), "tones", body, Known::Now, cx).await
    }

    async fn patch_data(&self, call: &CallRef, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        let key = self.claimed(Operation::PatchData)?;
        if patch.clear || patch.text.is_some() || !patch.remove.is_empty() {
            return Err(Error::invalid_input(
                "Tinbell sets pairs; it neither removes them nor carries a text",
            ));
        }
        let body = wire::Order {
            set: patch.set,
            ..wire::Order::default()
        };
        self.order(key, call, "data", body, Known::Now, cx).await
    }

    async fn media(&self, _session: &SessionId, request: Media, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(request.what.operation())
    }

    async fn supervise(&self, _session: &SessionId, request: Supervise, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(request.operation())
    }

    async fn say(&self, _call: &CallRef, _request: Say, _cx: &OpCx) -> Result<Receipt> {
        self.refuse(Operation::Say)
    }

    async fn look_up(&self, _session: Option<&SessionId>, _what: LookUp, _cx: &OpCx) -> Result<Found> {
        self.refuse(Operation::LookUp)
    }

    async fn snapshot(&self, scope: Scope, _cx: &OpCx) -> Result<Arc<Snapshot>> {
        for session in self.hub.snapshot(&scope).sessions.keys() {
            if let Ok(stay) = self.stay(session) {
                let listing = pump::listing(self, &stay).await?;
                pump::show(self, session, &listing);
            }
        }
        Ok(self.hub.snapshot(&scope))
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.hub.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.hub.outcome_of(op)
    }

    async fn native(&self, _request: NativeRequest, _cx: &OpCx) -> Result<NativeReply> {
        self.refuse(Operation::Native)
    }

    async fn receive(&self, _pushed: Pushed, _cx: &OpCx) -> Result<NativeReply> {
        self.refuse(Operation::Receive)
    }

    async fn shutdown(&self, cx: &OpCx) {
        let stays: Vec<Arc<Stay>> = self.stays().values().cloned().collect();
        for stay in stays {
            if let Ok(path) = ApiPath::new("/v1").literal("sessions").id(&stay.native) {
                let sign_out = Request::new(Method::Delete, path, self.deadline(cx));
                // Whoever cannot be signed out is signed out by the exchange once nobody reads its events.
                let _ = self.exchange(&stay, sign_out, Idempotency::Command).await;
            }
        }
        self.end_all().await;
        self.hub.close();
    }
}
