//! The silent agent's two interfaces: changing a session's work mode (section 4) and replying into it (section 5).

use callcontrol_testkit::switch::Switch;
use serde_json::Map;

use super::choices::{Delivery, FaultTime, SameMode};
use super::engine::Engine;
use super::fault::{Answer, Fault};
use super::fields::Fields;
use super::options::OifdeOptions;
use super::session::{AgentReply, Medium, Session, SessionId, WorkMode};
use super::transfer::{TransferOrder, TransferStage, TransferType};

impl Engine {
    /// `POST /oifde/rest/api/flow/changeWorkMode`. The order of the checks is that of section 13.
    pub(super) fn change_work_mode(&mut self, switch: &mut Switch, request: &Fields<'_>) -> Answer {
        let tenant = request.required("tenantId")?;
        let id = request.required("callId")?;
        let agent = request.required("agentId")?;
        let mode = request.required("workMode")?;
        self.authorise(&tenant, request)?;
        let options = self.options.clone();
        let session = self.steered(switch, &tenant, &id, &agent)?;
        let mode = WorkMode::from_code(&mode).ok_or_else(|| Fault::parameters("workMode must be 0, 1, 2 or 3"))?;
        match mode {
            WorkMode::Common | WorkMode::Supervision | WorkMode::Insertion => session.switch_to(mode, &options)?,
            WorkMode::Transfer => {
                let transfer = request.object("callTransferRequest")?;
                let transfer = transfer.ok_or_else(|| Fault::parameters("callTransferRequest is mandatory"))?;
                session.accept(order(&transfer, session.medium, &options)?);
                let at_once = options.deliver == Delivery::Immediately && !session.driven;
                if at_once {
                    self.deliver(switch, &SessionId::from(id));
                }
            }
        }
        Ok(Map::new())
    }

    /// `POST /oifde/rest/api/flow/receiveDialogrecord`.
    pub(super) fn receive_dialog_record(&mut self, switch: &mut Switch, request: &Fields<'_>) -> Answer {
        let tenant = request.required("tenantId")?;
        let id = request.required("callId")?;
        let agent = request.required("agentId")?;
        let node = request.required("nodeId")?;
        let index = request.integer("nodeIndex")?;
        let free = match request.integer("replyType")?.unwrap_or(0) {
            0 => false,
            1 => true,
            _ => return Err(Fault::parameters("replyType must be 0 or 1")),
        };
        let intent = request.required("replyIntentCode")?;
        let words = request.required("replyIntentContent")?;
        let name = request.required("replyIntentName")?;
        self.authorise(&tenant, request)?;
        let codes = self.options.codes;
        let session = self.steered(switch, &tenant, &id, &agent)?;
        if free && session.mode == WorkMode::Insertion && [&intent, &name].iter().any(|given| *given != FREE_WORDS) {
            return Err(Fault::parameters(
                "replyIntentCode and replyIntentName must be slientInsertReply",
            ));
        }
        let asked = session
            .help
            .as_ref()
            .is_some_and(|help| help.node_id == node && index.is_none_or(|index| index == help.node_index));
        if !asked {
            return Err(Fault::new(codes.no_help_request, "no such help request is pending"));
        }
        session.help = None;
        session.not_understood = 0;
        session.to_say.push_back(words.clone());
        session.replies.push(AgentReply { words, intent, free });
        Ok(Map::new())
    }
}

impl Session {
    fn switch_to(&mut self, mode: WorkMode, options: &OifdeOptions) -> Result<(), Fault> {
        if mode == self.mode && options.same_mode == SameMode::Refused {
            return Err(Fault::new(
                options.codes.wrong_state,
                "the session is in this mode already",
            ));
        }
        self.mode = mode;
        if mode == WorkMode::Common {
            self.help = None;
        }
        Ok(())
    }

    fn accept(&mut self, order: TransferOrder) {
        let before = std::mem::replace(&mut self.mode, WorkMode::Transfer);
        self.help = None;
        self.transfer = Some(super::session::Transfer {
            order,
            before,
            stage: TransferStage::Waiting,
            moved: None,
        });
    }
}

fn order(request: &Fields<'_>, medium: Medium, options: &OifdeOptions) -> Result<TransferOrder, Fault> {
    let code = request.required("callTransferType")?;
    if !request.has("callTransferRouteValue") {
        return Err(Fault::parameters("callTransferRouteValue is mandatory"));
    }
    let route_value = request.text_or_empty("callTransferRouteValue")?;
    let trans_data = request.text_or_empty("callTransferTransData")?;
    let calling_number = request.text_or_empty("callTransferNumber")?;
    let kind = TransferType::from_code(&code).filter(|kind| options.extra_types || !kind.is_extra());
    let kind = kind.ok_or_else(|| Fault::new(options.codes.bad_type, "the transfer type does not exist"))?;
    if kind.needs_route() && route_value.is_empty() {
        return Err(Fault::parameters("callTransferRouteValue is mandatory for this type"));
    }
    if options.medium_fault == FaultTime::AtOnce && is_for_another_medium(kind, medium, options) {
        return Err(Fault::new(
            options.codes.wrong_medium,
            "the transfer type is not allowed for this medium",
        ));
    }
    Ok(TransferOrder {
        kind,
        route_value,
        trans_data,
        calling_number,
    })
}

pub(super) fn is_for_another_medium(kind: TransferType, medium: Medium, options: &OifdeOptions) -> bool {
    match medium {
        Medium::Voice => options.not_for_voice.contains(&kind),
        Medium::Text => options.not_for_text.contains(&kind),
    }
}

/// The fixed intention code of free words in insertion mode, misspelt as the vendor does.
const FREE_WORDS: &str = "slientInsertReply";
