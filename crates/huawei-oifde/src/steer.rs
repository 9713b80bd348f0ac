//! The two things a silent agent can do with a session: change who talks, and hand the customer over. Both are one `changeWorkMode`.

use callcontrol_core::{CallRef, Error, OpCx, Receipt, Result, RobotMode, Transfer};
use callcontrol_http::{Deadline, Idempotency, Method};

use crate::adapter::Oifde;
use crate::attempt::Attempt;
use crate::calls::work_mode;
use crate::link::Order;
use crate::mapping::{Allowance, transfer_request};
use crate::private::Private;
use crate::wire::work_mode::{self as wire, TransferRequest, WorkMode};

impl Oifde {
    pub(crate) async fn change_mode(&self, call: &CallRef, mode: RobotMode, cx: &OpCx) -> Result<Receipt> {
        self.check_open(&call.session)?;
        match work_mode(mode) {
            Some(mode) => self.send(call, mode, None, cx).await,
            None => Err(Error::unsupported("this work mode is not known to OIFDE")),
        }
    }

    pub(crate) async fn blind_transfer(&self, call: &CallRef, request: &Transfer, cx: &OpCx) -> Result<Receipt> {
        self.check_open(&call.session)?;
        let medium = self.robots.medium(&call.session, &call.call)?;
        let allowance = Allowance {
            undocumented_types: self.config.allow_undocumented_types,
            call_data_bytes: self.config.max_call_data_bytes,
        };
        let order = transfer_request(request, medium, allowance)?;
        self.send(call, WorkMode::Transfer, Some(order), cx).await
    }

    async fn send(
        &self,
        call: &CallRef,
        to: WorkMode,
        transfer: Option<TransferRequest>,
        cx: &OpCx,
    ) -> Result<Receipt> {
        let deadline = self.deadline(cx);
        let view = self.hub.call(&call.session, &call.call);
        let view =
            view.ok_or_else(|| Error::not_found("this session has no such call; adopt the robot session first"))?;
        // The session's id is the silent agent's id.
        let body = wire::body(
            &self.config.tenant_id,
            call.session.as_str(),
            &view.native,
            to,
            transfer.as_ref(),
        );
        let attempt = Attempt::begin(&self.hub, &self.robots, call, view.native, to, &cx.op)?;
        let order = Order {
            what: "changeWorkMode answer",
            method: Method::Post,
            path: wire::path(),
            body: Some(body),
            idempotency: Idempotency::Command,
            private: transfer.as_ref().map(private_parts).unwrap_or_default(),
        };
        let result = self.link.order(&order, attempt.on_wire(), deadline).await;
        attempt.end(result)
    }

    pub(crate) fn deadline(&self, cx: &OpCx) -> Deadline {
        Deadline::after(cx.remaining_or(DEFAULT_DEADLINE))
    }
}

fn private_parts(transfer: &TransferRequest) -> Private {
    let numbers = Private::default().and(&transfer.number).and(&transfer.data);
    // Only type 5 routes to a telephone number; a queue's name in a refusal helps whoever reads it.
    if transfer.kind == "5" {
        numbers.and(&transfer.route)
    } else {
        numbers
    }
}

/// As the stack's own, for callers of the bare adapter.
const DEFAULT_DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);
