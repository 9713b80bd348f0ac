//! What a fake agent's desk can do besides steering calls: choose queues, supervise another agent, watch a robot, look things up.

use callcontrol_core::{
    AgentId, AgentRef, CallId, Code, Entry, Error, EventKind, Found, IvrRef, LegRef, LookUp, Party as Other, QueueRef,
    Result, RobotMode, Supervise, SupervisionMode, Target,
};

use super::play::{SwitchPlay, Then};
use super::{Shared, lock, words};
use crate::switch::{self, Party, SwitchCallId};

impl Shared {
    /// What the switch's directory says.
    pub(super) fn find(&self, what: &LookUp) -> Result<Found> {
        let entries = self.switch.with(|switch| match what {
            LookUp::Service => Ok(vec![Entry::named("model switch")]),
            LookUp::Queues => switch
                .queues()
                .map(|queue| {
                    let name = queue.name.clone().unwrap_or_else(|| queue.id.clone());
                    Ok(Entry::named(name).target(Target::Queue(QueueRef::Id(Code::new(&queue.id)?))))
                })
                .collect(),
            LookUp::Ivrs => switch
                .ivrs()
                .map(|ivr| Ok(Entry::named(&ivr.code).target(Target::Ivr(IvrRef::Code(Code::new(&ivr.code)?)))))
                .collect(),
            LookUp::Agents => switch
                .agents()
                .map(|agent| {
                    let id = AgentRef::Id(AgentId::new(&agent.id)?);
                    let entry = Entry::named(&agent.id).target(Target::Agent(id));
                    Ok(entry.detail("state", agent.state.to_string()))
                })
                .collect(),
            LookUp::Waiting { queue } => {
                let queue = words::party(switch, queue)?;
                let waiting = switch.waiting_in(queue.name());
                Ok(waiting.map(|id| waiting_call(switch, id)).collect())
            }
            _ => Err(Error::unsupported("the model switch cannot be asked that")),
        });
        entries.map(Found::new)
    }
}

fn waiting_call(switch: &switch::Switch, id: SwitchCallId) -> Entry {
    let entry = Entry::named("").native(words::native(id));
    match switch.customer_of(id) {
        Some(customer) => entry.customer(Other::new(customer.name())),
        None => entry,
    }
}

impl SwitchPlay<'_> {
    /// Serves these queues only, or every queue that the switch has.
    pub(super) fn serve(&self, only: Option<&[Target]>) -> Result<()> {
        let wanted = only
            .map(|targets| {
                targets
                    .iter()
                    .map(|target| self.party(target))
                    .collect::<Result<Vec<Party>>>()
            })
            .transpose()?;
        self.verb(|switch| {
            let queues: Vec<String> = switch.queues().map(|queue| queue.id.clone()).collect();
            for queue in queues {
                let serves = wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&Party::queue(&queue)));
                if serves {
                    switch.serve(self.agent, &queue);
                } else {
                    switch.unserve(self.agent, &queue);
                }
            }
            Ok(())
        })
    }

    pub(super) fn supervise(&self, request: &Supervise) -> Result<()> {
        let supervised = self.party(request.agent())?;
        let (me, agent) = (self.agent, supervised.name());
        match request {
            Supervise::Start { mode, .. } => self.verb(|switch| switch.supervise(me, agent, as_switch(*mode))),
            Supervise::Switch { mode, .. } => {
                self.verb(|switch| switch.switch_supervision(me, agent, as_switch(*mode)))
            }
            Supervise::Intercept { call, .. } => {
                let call = call.as_ref().map(|call| self.known(call)).transpose()?;
                self.verb(|switch| switch.intercept(me, agent, call))
            }
            Supervise::Stop { .. } => self.verb(|switch| switch.stop_supervision(me, agent)),
            Supervise::MuteAgent { on, .. } => self.verb(|switch| switch.mute_monitored(me, agent, *on)),
            Supervise::SignOut { .. } => self.verb(|switch| switch.force_sign_out(agent)),
            _ => Err(Error::unsupported("the model switch does not know this")),
        }
    }

    /// Who talks to the customer of a robot's call changes; the switch does not notice.
    pub(super) fn robot(&self, at: &LegRef, id: SwitchCallId, mode: RobotMode) -> Result<Then> {
        if !lock(&self.shared.robots).contains(&id) {
            return Err(Error::invalid_state("no robot has this call"));
        }
        let ours = at.call.clone();
        let kind = EventKind::RobotModeChanged { mode };
        self.shared
            .publish(&at.session, kind, |draft| draft.call(ours, words::native(id)));
        Ok(Then::Done)
    }

    pub(super) fn known(&self, call: &CallId) -> Result<SwitchCallId> {
        let known = self.shared.native_call(call);
        known.ok_or_else(|| Error::not_found("the session knows no such call"))
    }
}

fn as_switch(mode: SupervisionMode) -> switch::SupervisionMode {
    match mode {
        SupervisionMode::Whisper => switch::SupervisionMode::Whisper,
        SupervisionMode::BargeIn => switch::SupervisionMode::BargeIn,
        _ => switch::SupervisionMode::Listen,
    }
}
