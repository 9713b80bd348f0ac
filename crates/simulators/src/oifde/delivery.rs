//! The access party's turn in which a transfer really happens: finding the target, and moving the customer on the switch.

use callcontrol_testkit::switch::{Cause, Party, Queue, Reply, Switch, SwitchCallId, SwitchEvent};

use super::choices::{AgentQueueRoute, FaultTime, UnansweredTransfer};
use super::engine::{Engine, cause_of};
use super::options::OifdeOptions;
use super::session::{Session, SessionId};
use super::transfer::{Move, TransferOrder, TransferReport, TransferStage, TransferType};
use super::work_mode::is_for_another_medium;

impl Engine {
    /// Carries out the session's accepted transfer, if one waits, and answers how far it came.
    pub(super) fn deliver(&mut self, switch: &mut Switch, id: &SessionId) -> Option<TransferReport> {
        let verb = match self.options.unanswered_transfer {
            UnansweredTransfer::ReturnsToRobot => Switch::ivr_tries,
            UnansweredTransfer::EndsCall => Switch::ivr_routes,
        };
        self.deliver_by(switch, id, verb)
    }

    /// Carries out a transfer that the access party reported as done: the robot is out, come what may.
    pub(super) fn deliver_reported(&mut self, switch: &mut Switch, id: &SessionId) {
        self.deliver_by(switch, id, Switch::ivr_routes);
    }

    fn deliver_by(&mut self, switch: &mut Switch, id: &SessionId, verb: Verb) -> Option<TransferReport> {
        let options = self.options.clone();
        let session = self.sessions.get_mut(id)?;
        let transfer = session.transfer.as_ref()?;
        match transfer.stage {
            TransferStage::Waiting | TransferStage::Ordered => {}
            TransferStage::Ringing | TransferStage::Done | TransferStage::Failed(_) => return None,
        }
        let forced = std::mem::take(&mut self.next_transfer_fails);
        let moved = if forced {
            Err(None)
        } else {
            move_customer(switch, session, &transfer.order, &options, verb)
        };
        match moved {
            Ok(moved) => {
                if let Some(transfer) = &mut session.transfer {
                    transfer.moved = Some(moved);
                }
                session.transfer_came_to(TransferStage::Ringing, options.after_failed_transfer);
            }
            Err(cause) => session.transfer_came_to(TransferStage::Failed(cause), options.after_failed_transfer),
        }
        self.report(switch, id)
    }

    /// The session's latest transfer as it is now.
    pub(super) fn report(&mut self, switch: &Switch, id: &SessionId) -> Option<TransferReport> {
        let transfer = self.session(switch, id)?.transfer.as_ref()?;
        Some(TransferReport {
            order: transfer.order.clone(),
            stage: transfer.stage,
        })
    }
}

/// How the switch passes a flow's caller on.
type Verb = fn(&mut Switch, SwitchCallId, &Party) -> Reply;

fn move_customer(
    switch: &mut Switch,
    session: &Session,
    order: &TransferOrder,
    options: &OifdeOptions,
    verb: Verb,
) -> Result<Move, Option<Cause>> {
    let refused = options.medium_fault == FaultTime::Late && is_for_another_medium(order.kind, session.medium, options);
    if refused {
        return Err(Some(Cause::Rejected));
    }
    let to = target(switch, session, order, options).ok_or(Some(Cause::UnknownDestination))?;
    switch.can_reach(&to).map_err(|refusal| cause_of(&refusal))?;
    if !order.trans_data.is_empty() {
        let data = Some(order.trans_data.clone());
        switch
            .set_opaque(session.call, data)
            .map_err(|refusal| cause_of(&refusal))?;
    }
    let since = switch.journal().next_seq();
    verb(switch, session.call, &to).map_err(|refusal| cause_of(&refusal))?;
    Ok(Move { to, since })
}

/// The party that the order means (section 4.4); `None` where there is no such party.
fn target(switch: &mut Switch, session: &Session, order: &TransferOrder, options: &OifdeOptions) -> Option<Party> {
    let route = order.route_value.as_str();
    match order.kind {
        TransferType::QueueByRouteCode => switch.queue_by_route_code(route).map(party_of),
        TransferType::Ivr => ivr(switch, route),
        TransferType::QueueByName => switch.queue_by_name(route).map(party_of),
        TransferType::Agent => agent(switch, route),
        TransferType::OutsideNumber => switch.outside(route),
        TransferType::DigitalAssistant => options
            .digital_assistants
            .contains(route)
            .then(|| ivr_made(switch, route)),
        TransferType::LastAgent | TransferType::LastAgentAudio => last_agent(switch, session, order, options),
        TransferType::QueueOfAgent => queue_of_agent(switch, route, options.type_8),
        TransferType::CustomRoute => switch
            .queue_by_route_code(route)
            .map(party_of)
            .or_else(|| ivr(switch, route)),
        TransferType::MessageToLastAgent => {
            let owner = last_agent(switch, session, order, options)?;
            Some(message_box(switch, &owner, options))
        }
        TransferType::MessageToQueue | TransferType::OfflineQueue => {
            let owner = switch
                .queue_by_name(route)
                .or_else(|| switch.queue_by_route_code(route))
                .or_else(|| switch.queue_by_number(route));
            let owner = owner.map(party_of)?;
            Some(message_box(switch, &owner, options))
        }
        TransferType::MessageToAgent => {
            let owner = agent(switch, route)?;
            Some(message_box(switch, &owner, options))
        }
    }
}

fn party_of(queue: &Queue) -> Party {
    Party::queue(&queue.id)
}

fn ivr(switch: &Switch, code: &str) -> Option<Party> {
    let flow = switch.ivr(code).or_else(|| switch.ivr_by_number(code))?;
    Some(Party::ivr(&flow.code))
}

fn agent(switch: &Switch, id: &str) -> Option<Party> {
    switch.agent(id).map(|agent| Party::agent(&agent.id))
}

fn queue_of_agent(switch: &Switch, route: &str, names: AgentQueueRoute) -> Option<Party> {
    let served = || {
        switch
            .agent(route)
            .and_then(|agent| agent.queues.first())
            .map(Party::queue)
    };
    let named = || switch.queue_by_name(route).map(party_of);
    match names {
        AgentQueueRoute::Either => served().or_else(named),
        AgentQueueRoute::Agent => served(),
        AgentQueueRoute::QueueName => named(),
    }
}

/// Whoever served this customer last: as the session was told, or else by the journal.
fn last_agent(switch: &Switch, session: &Session, order: &TransferOrder, options: &OifdeOptions) -> Option<Party> {
    if options.last_agent_needs_data && order.trans_data.is_empty() {
        return None;
    }
    let customer = Party::outside(&session.customer);
    let served = |what: &SwitchEvent| match what {
        SwitchEvent::Answered {
            call,
            party: Party::Agent(id),
        } => {
            let call = switch.call(*call).or_else(|| switch.past_call(*call))?;
            (call.customer.as_ref() == Some(&customer)).then(|| id.clone())
        }
        _ => None,
    };
    let known = session.last_agent.clone();
    known
        .or_else(|| switch.journal().facts().rev().find_map(served))
        .map(Party::agent)
}

/// A message box is an IVR of its own on the switch, so that the journal shows whose box took the customer.
fn message_box(switch: &mut Switch, owner: &Party, options: &OifdeOptions) -> Party {
    let kind = if owner.as_agent().is_some() { "agent" } else { "queue" };
    let code = format!("{}:{kind}:{}", options.message_box, owner.name());
    ivr_made(switch, &code)
}

fn ivr_made(switch: &mut Switch, code: &str) -> Party {
    if switch.ivr(code).is_none() {
        switch.add_ivr(code, None);
    }
    Party::ivr(code)
}
