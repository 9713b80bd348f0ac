//! Commands on calls: find the call, write the order, send it once, say what is known.

use callcontrol::{
    CallId, CallRef, CustomerAt, Effect, Error, Evidence, LegState, OpCx, OperationKey, Outcome, Pending, Receipt,
    Result, SessionId, Target, TargetKind,
};
use callcontrol_http::{ApiPath, Deadline, Idempotency, Request, Response, fault};

use crate::adapter::Tinbell;
use crate::pump::Order;
use crate::session::Stay;
use crate::{faults, mapping, wire};

/// How an accepted order's outcome will be known.
pub(crate) enum Known {
    /// It is done now.
    Now,
    /// An event with our tag will tell; the customer goes to this kind of target, or stays.
    ByTag(Option<TargetKind>),
}

impl Tinbell {
    /// An order on a call: one request, never a second.
    pub(crate) async fn order(
        &self,
        key: OperationKey,
        call: &CallRef,
        verb: &'static str,
        body: wire::Order<'_>,
        known: Known,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let stay = self.stay(&call.session)?;
        let native = self.native(call)?;
        let path = ApiPath::new("/v1").literal("calls").id(native)?.literal(verb);
        self.send(key, &stay, (&call.session, Some(&call.call)), path, body, known, cx)
            .await
    }

    /// Registers the operation before its request goes out, so that an event that overtakes the answer finds it.
    #[expect(clippy::too_many_arguments, reason = "the one place through which every order goes")]
    pub(crate) async fn send(
        &self,
        key: OperationKey,
        stay: &Stay,
        at: (&SessionId, Option<&CallId>),
        path: ApiPath,
        mut body: wire::Order<'_>,
        known: Known,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let (session, call) = (at.0.clone(), at.1.cloned());
        let outcome = self.hub.begin(Pending::new(
            cx.op.clone(),
            key.operation,
            session.clone(),
            call.clone(),
        ));
        if let Known::ByTag(to) = known {
            body.tag = Some(cx.op.as_str());
            self.orders().insert(cx.op.clone(), Order { call: call.clone(), to });
        }
        let request = Request::post(path, self.deadline(cx)).json(&body)?;
        match self.exchange(stay, request, Idempotency::Command).await {
            Ok(_) => {}
            Err(error) => {
                // What may have been done stays registered: its event may still come.
                if error.effect() == Effect::None {
                    self.hub.forget(&cx.op);
                    self.orders().remove(&cx.op);
                }
                return Err(error);
            }
        }
        if matches!(known, Known::Now) {
            let done = Outcome::done(self.customer_after(key, &session, call.as_ref()));
            self.hub.settle(&cx.op, done.by(Evidence::Answer));
        }
        Ok(Receipt::new(outcome).exact())
    }

    /// Where the customer is once an order that takes effect at once has done so.
    fn customer_after(&self, key: OperationKey, session: &SessionId, call: Option<&CallId>) -> CustomerAt {
        use callcontrol::Operation;
        match key.operation {
            Operation::Hold => CustomerAt::AgentHeld,
            Operation::Answer | Operation::Retrieve | Operation::ConsultCancel => CustomerAt::Agent,
            Operation::ConsultComplete => CustomerAt::Target,
            Operation::Release => CustomerAt::Gone,
            _ => match call
                .and_then(|call| self.hub.call(session, call))
                .map(|view| view.state)
            {
                Some(LegState::Held) => CustomerAt::AgentHeld,
                Some(_) => CustomerAt::Agent,
                None => CustomerAt::Unknown,
            },
        }
    }

    /// One request in a session's name.
    pub(crate) async fn exchange(&self, stay: &Stay, request: Request, idempotency: Idempotency) -> Result<Response> {
        let sent = self.transport.send(stay.sign(request)?).await;
        let response = sent.map_err(|error| fault::from_transport(error, idempotency))?;
        faults::judge(response, idempotency)
    }

    pub(crate) fn native(&self, call: &CallRef) -> Result<String> {
        let view = self.hub.call(&call.session, &call.call);
        let view = view.ok_or_else(|| Error::not_found("the call is not (or no longer) on this session"));
        view.map(|view| view.native)
    }

    /// What is not claimed ends here, also without the layers.
    pub(crate) fn claimed(&self, key: impl Into<OperationKey>) -> Result<OperationKey> {
        let key = key.into();
        if self.capabilities.support(key).is_available() {
            Ok(key)
        } else {
            Err(self.capabilities.refuse(key))
        }
    }

    pub(crate) fn to(&self, key: OperationKey, target: &Target) -> Result<String> {
        mapping::address(target).ok_or_else(|| self.capabilities.refuse(key))
    }

    pub(crate) fn deadline(&self, cx: &OpCx) -> Deadline {
        cx.remaining_or(self.config.request_timeout()).into()
    }
}
