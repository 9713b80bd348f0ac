//! The two things a silent agent can do with a session beside replying: change who talks, and hand the customer over. Both are one `changeWorkMode`.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallRef, Error, OpCx, Receipt, Result, RobotMode, Target, Transfer};
use callcontrol_http::{Deadline, Idempotency, Method};

use crate::adapter::Oifde;
use crate::attempt::{Attempt, Begin};
use crate::calls::{Deed, work_mode};
use crate::link::Order;
use crate::mapping::{Allowance, transfer_request};
use crate::private::Private;
use crate::watch::{ASK_TIMEOUT, Question, Watch};
use crate::wire::work_mode::{self as wire, TransferRequest, WorkMode};

impl Oifde {
    pub(crate) async fn change_mode(&self, call: &CallRef, mode: RobotMode, cx: &OpCx) -> Result<Receipt> {
        self.check_open(&call.session)?;
        let Some(mode) = work_mode(mode) else {
            return Err(Error::unsupported("this work mode is not known to OIFDE"));
        };
        let native = self.native_of(call)?;
        let order = self.change_order(call, &native, mode, None);
        let deed = Begin::new(Deed::Change(mode), &cx.op);
        let attempt = Attempt::begin(&self.hub, &self.robots, call, native, deed)?;
        let result = self.link.order(&order, attempt.on_wire(), self.deadline(cx)).await;
        attempt.end(result)
    }

    pub(crate) async fn blind_transfer(&self, call: &CallRef, request: &Transfer, cx: &OpCx) -> Result<Receipt> {
        self.check_open(&call.session)?;
        let deadline = self.deadline(cx);
        let medium = self.robots.medium(&call.session, &call.call)?;
        let allowance = Allowance {
            undocumented_types: self.config.allow_undocumented_types,
            call_data_bytes: self.config.max_call_data_bytes,
        };
        let transfer = transfer_request(request, medium, allowance)?;
        let native = self.native_of(call)?;
        let order = self.change_order(call, &native, WorkMode::Transfer, Some(&transfer));
        let question = self.question(&request.to, &native);
        let window = question.as_ref().map(|question| question.window + 2 * ASK_TIMEOUT);
        let deed = Begin::new(Deed::Change(WorkMode::Transfer), &cx.op).window(window);
        let attempt = Attempt::begin(&self.hub, &self.robots, call, native, deed)?;
        let watch = self.watch(question, call, cx, deadline).await;
        let result = self.link.order(&order, attempt.on_wire(), deadline).await;
        let receipt = attempt.told_later(watch.is_some()).end(result)?;
        if let Some(watch) = watch {
            self.watches.begin(watch);
        }
        Ok(receipt)
    }

    fn change_order(&self, call: &CallRef, native: &str, to: WorkMode, transfer: Option<&TransferRequest>) -> Order {
        Order {
            what: "changeWorkMode answer",
            method: Method::Post,
            path: wire::path(),
            // The session's id is the silent agent's id.
            body: Some(wire::body(
                &self.config.tenant_id,
                call.session.as_str(),
                native,
                to,
                transfer,
            )),
            idempotency: Idempotency::Command,
            private: transfer.map(private_parts).unwrap_or_default(),
        }
    }

    /// What to ask afterwards, where that is wanted and the target is a number.
    fn question(&self, to: &Target, native: &str) -> Option<Question> {
        let Target::Number(number) = to else {
            return None;
        };
        self.config.ask_transfer_records.then(|| Question {
            link: Arc::clone(&self.link),
            tenant: self.config.tenant_id.clone(),
            native: native.to_owned(),
            number: number.clone(),
            every: self.config.transfer_records_interval(),
            window: self.config.transfer_records_window(),
        })
    }

    /// A record that is there already would prove nothing, so it is counted before the order goes out. Without that count nothing is asked afterwards.
    async fn watch(&self, question: Option<Question>, call: &CallRef, cx: &OpCx, deadline: Deadline) -> Option<Watch> {
        let question = question?;
        let patience = Deadline::after(ASK_TIMEOUT.min(deadline.remaining() / 4));
        match question.ask(patience).await {
            Ok(before) => Some(Watch {
                question,
                hub: self.hub.clone(),
                call: call.clone(),
                op: cx.op.clone(),
                before,
            }),
            Err(error) => {
                tracing::warn!(target: "callcontrol::huawei_oifde", %error, "recorded transfers could not be counted, this outcome will stay unknown");
                None
            }
        }
    }

    /// The vendor's id of a call in view.
    pub(crate) fn native_of(&self, call: &CallRef) -> Result<String> {
        let view = self.hub.call(&call.session, &call.call);
        let view =
            view.ok_or_else(|| Error::not_found("this session has no such call; adopt the robot session first"))?;
        Ok(view.native)
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
const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
