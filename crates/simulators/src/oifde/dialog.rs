//! The dialog protocol (section 8): an access party outside reports what happened and is told what to do next.

use callcontrol_testkit::switch::{Cause, Party, Switch};
use serde_json::{Map, Value, json};

use super::clock;
use super::engine::Engine;
use super::fault::{Answer, EXISTS, Fault};
use super::fields::Fields;
use super::session::{CallIdStyle, FlowEnd, Medium, NewSession, PublishMode, Session, SessionId, WorkMode};
use super::transfer::TransferStage;

impl Engine {
    /// `POST /oifde/rest/crs/process`.
    pub(super) fn process(&mut self, switch: &mut Switch, request: &Fields<'_>) -> Answer {
        let user = request.required("userid")?;
        let action = request
            .integer("inaction")?
            .ok_or_else(|| Fault::parameters("inaction is mandatory"))?;
        let params = request
            .object("inparams")?
            .ok_or_else(|| Fault::parameters("inparams is mandatory"))?;
        let too_long = user.chars().count() > 64;
        if too_long || params.required("call_id")? != user {
            return Err(Fault::parameters(
                "call_id must be the userid, of at most 64 characters",
            ));
        }
        params.required("call_dst_id")?;
        let tenant = self.tenant_of(&params, "auth_token")?;
        let id = SessionId::from(user);
        if action == OPEN {
            return self.open(switch, &tenant, &id, &params);
        }
        let known = self
            .session(switch, &id)
            .filter(|session| session.tenant == tenant && !session.ended);
        let session = known.ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        session.driven = true;
        session.turns += 1;
        let hung_up = params.text_or_empty("input")? == "hangup";
        let over = session.release;
        match action {
            INTERACT | TRANSFERRED if hung_up => self.close(switch, &id),
            INTERACT | TRANSFERRED | QUERIED if over.is_some() => self.hang_up(switch, &id),
            INTERACT => self.interact(switch, &id, &params),
            TRANSFERRED => self.transferred(switch, &id, &params),
            QUERIED => self.interact(switch, &id, &params),
            RESULT_WAITING => Ok(told(&id, RESULT_WAITING, json!({ "call_id": id.as_str() }))),
            _ => Err(Fault::parameters("inaction is none of 8, 9, 11, 12 and 13")),
        }
    }

    fn open(&mut self, switch: &mut Switch, tenant: &str, id: &SessionId, params: &Fields<'_>) -> Answer {
        let customer = params.required("call_sor_id")?;
        let called = params.required("call_dst_id")?;
        if customer.chars().count() > 64 || called.chars().count() > 20 {
            return Err(Fault::parameters("call_sor_id or call_dst_id is too long"));
        }
        let flow = self.options.flows.iter().find(|flow| flow.code == called);
        let flow = flow
            .ok_or_else(|| Fault::parameters("no flow has this access code"))?
            .clone();
        let mut new = NewSession::new(customer.as_str())
            .tenant(tenant)
            .call_id(CallIdStyle::Given(id.to_string()));
        new = new.medium(medium(params)?);
        new = match flow.silent_agent {
            Some(agent) => new.mode(flow.mode).agent(agent),
            None => new.mode(PublishMode::Common).agent(""),
        };
        let cti_call_id = params.text_or_empty("cti_callid")?;
        if !cti_call_id.is_empty() {
            new = new.cti_call_id(cti_call_id);
        }
        // The access party may have put the customer into its IVR on the switch already.
        let there = switch
            .calls_of(&Party::outside(&customer))
            .find(|call| call.ivr().is_some())
            .map(|call| call.id);
        new.on = there;
        self.begin(switch, new)
            .map_err(|refusal| Fault::new(EXISTS, refusal.to_string()))?;
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        session.driven = true;
        session.called = called;
        Ok(session.play())
    }

    fn interact(&mut self, switch: &mut Switch, id: &SessionId, params: &Fields<'_>) -> Answer {
        let input = params.text_or_empty("input")?;
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        if let Some(order) = session.hand_out_transfer() {
            return Ok(order);
        }
        if session.needs_help_after(&input) {
            self.ask_for_help(id);
        }
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        Ok(session.play())
    }

    fn transferred(&mut self, switch: &mut Switch, id: &SessionId, params: &Fields<'_>) -> Answer {
        let result = params.required("trans_result")?;
        let after_failure = self.options.after_failed_transfer;
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        let ordered = session
            .transfer
            .as_ref()
            .is_some_and(|transfer| transfer.stage == TransferStage::Ordered);
        if !ordered {
            return Err(Fault::parameters("no transfer was ordered"));
        }
        if result != "0" {
            session.transfer_came_to(TransferStage::Failed(None), after_failure);
            return Ok(session.play());
        }
        if in_the_robots_hands(switch, session) {
            // The access party did not move the call on the switch itself: its word is carried out now.
            self.deliver_reported(switch, id);
        } else {
            session.transfer_came_to(TransferStage::Done, after_failure);
        }
        self.hang_up(switch, id)
    }

    /// Tells the access party to hang up, now and with every further turn.
    fn hang_up(&mut self, switch: &Switch, id: &SessionId) -> Answer {
        let now = self.clock.now();
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        let how = *session.release.get_or_insert(FlowEnd::Normal);
        Ok(session.told_to_hang_up(now, how))
    }

    /// The customer hung up, or the last word after a transfer.
    fn close(&mut self, switch: &mut Switch, id: &SessionId) -> Answer {
        let answer = self.hang_up(switch, id)?;
        let after_failure = self.options.after_failed_transfer;
        let session = self
            .session(switch, id)
            .ok_or_else(|| Fault::parameters("the call instance does not exist"))?;
        session.ended = true;
        if session.awaits_transfer() {
            session.transfer_came_to(TransferStage::Failed(Some(Cause::CallerHungUp)), after_failure);
        }
        if in_the_robots_hands(switch, session) {
            // Refused only if the customer is gone already, which is what is wanted.
            let _ = switch.hang_up(&Party::outside(&session.customer), session.call);
        }
        Ok(answer)
    }
}

impl Session {
    /// Tells the access party to say something.
    fn play(&mut self) -> Map<String, Value> {
        let words = self.to_say.pop_front().unwrap_or_else(|| PROMPT.into());
        let params = json!({
            "call_id": self.id.as_str(), "prompt_type": "1", "prompt_wav": "", "prompt_text": words, "language": "1",
            "inter_idx": (self.turns + 1).to_string(), "model_type": "1100000", "timeout": "10", "collectTimeout": "5",
        });
        told(&self.id, INTERACT, params)
    }

    /// Tells the access party to transfer the call, if a transfer waits.
    fn hand_out_transfer(&mut self) -> Option<Map<String, Value>> {
        let turns = self.turns;
        let transfer = self
            .transfer
            .as_mut()
            .filter(|transfer| transfer.stage == TransferStage::Waiting)?;
        transfer.stage = TransferStage::Ordered;
        let order = &transfer.order;
        let params = json!({
            "call_id": self.id.as_str(), "call_sor_id": self.customer, "trans_type": order.kind.code(),
            "route_value": order.route_value, "trans_data": order.trans_data, "calling_num": order.calling_number,
            "record_path": "", "inter_idx": (turns + 1).to_string(), "trans_idx": "1",
        });
        Some(told(&self.id, TRANSFERRED, params))
    }

    fn told_to_hang_up(&self, now: u64, how: FlowEnd) -> Map<String, Value> {
        let params = json!({
            "call_id": self.id.as_str(), "call_sor_id": self.customer, "call_dst_id": self.called,
            "start_time": clock::dialog_time(self.started), "end_time": clock::dialog_time(now), "release_reason": how.reason(),
            "region_id": "", "entrance_id": "", "exit_id": "",
        });
        told(&self.id, HANG_UP, params)
    }

    /// Whether a transfer was accepted and has not been carried out.
    fn awaits_transfer(&self) -> bool {
        let stage = self.transfer.as_ref().map(|transfer| transfer.stage);
        matches!(stage, Some(TransferStage::Waiting | TransferStage::Ordered))
    }

    /// Section 4.5: in insertion every message of the customer, in supervision the third in a row that was not understood.
    fn needs_help_after(&mut self, input: &str) -> bool {
        let silent = matches!(input, "" | "playover" | "timeout" | "sys_err" | "recordend");
        self.not_understood = if input == "nomatch" { self.not_understood + 1 } else { 0 };
        match self.mode {
            WorkMode::Insertion => !silent,
            WorkMode::Supervision => self.not_understood >= 3,
            WorkMode::Common | WorkMode::Transfer => false,
        }
    }
}

fn told(id: &SessionId, action: i64, params: Value) -> Map<String, Value> {
    let members = [
        ("userid", id.as_str().into()),
        ("outaction", action.into()),
        ("outparams", params),
    ];
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn medium(params: &Fields<'_>) -> Result<Medium, Fault> {
    let channel = params.text_or_empty("channelType")?;
    let media = params.text_or_empty("call_media_type")?;
    Ok(if media == "0" || !channel.is_empty() {
        Medium::Text
    } else {
        Medium::Voice
    })
}

fn in_the_robots_hands(switch: &Switch, session: &Session) -> bool {
    let call = switch.call(session.call);
    call.is_some_and(|call| call.ivr().is_some() && call.legs.len() == 2)
}

const OPEN: i64 = 8;
const INTERACT: i64 = 9;
const HANG_UP: i64 = 10;
const TRANSFERRED: i64 = 11;
const QUERIED: i64 = 12;
const RESULT_WAITING: i64 = 13;
const PROMPT: &str = "How can I help you?";
