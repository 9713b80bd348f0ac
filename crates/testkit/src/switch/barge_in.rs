//! A supervisor's way into the call of the agent, and what ends a barge-in without a word from the supervisor.

use super::{
    Call, Cause, Direction, LegState, Party, Refusal, Reply, Supervision, SupervisionMode, Switch, SwitchCallId,
    SwitchEvent,
};

impl Switch {
    /// The call to come into; `None` for an agent without calls, with whom it will be a call of the two.
    pub(super) fn may_barge_in(&self, watched: &Party) -> Reply<Option<SwitchCallId>> {
        let Some(any) = self.calls_of(watched).next() else {
            if self.supervision_of(watched.name()).is_some() {
                return Err(Refusal::Busy(watched.clone()));
            }
            return self.has_working_telephone(watched).map(|()| None);
        };
        let talks = |call: &&Call| call.state_of(watched) == Some(LegState::Talking);
        let talking = self.calls_of(watched).find(talks);
        let call = talking.ok_or(Refusal::wrong_state(any.id, "an agent who is talking"))?;
        call.settled()?;
        Ok(Some(call.id))
    }

    pub(super) fn barge_in(&mut self, me: &Party, watched: &Party, joined: Option<SwitchCallId>) {
        match joined {
            Some(call) => {
                self.join_talking(call, me);
                self.conference_formed(call);
                self.straighten(call);
            }
            None => self.talk_to(me, watched),
        }
    }

    pub(super) fn join_talking(&mut self, call: SwitchCallId, party: &Party) {
        self.seat(call, party, LegState::Talking);
        self.emit(SwitchEvent::PartyJoined {
            call,
            party: party.clone(),
        });
    }

    /// The agent came out of a call: barge-ins by or of this agent end where the two are in no call together any
    /// more. A supervisor who is left there talks on as an ordinary party.
    pub(super) fn barge_in_broken(&mut self, agent: &str, cause: Cause) {
        let apart = |(by, running): (&String, &Supervision)| {
            let concerned = by == agent || running.agent == agent;
            let together = self.shared_call(&Party::agent(by), &Party::agent(&running.agent));
            let broken = concerned && running.mode == SupervisionMode::BargeIn && together.is_none();
            broken.then(|| by.clone())
        };
        let over: Vec<String> = self.supervisions.iter().filter_map(apart).collect();
        for by in over {
            self.end_supervision(&by, cause);
        }
    }

    /// The call in which both are.
    pub(super) fn shared_call(&self, one: &Party, other: &Party) -> Option<SwitchCallId> {
        let together = |call: &&Call| call.leg(other).is_some();
        self.calls_of(one).find(together).map(|call| call.id)
    }

    /// A call of the two, answered by the agent's telephone by itself, however the agent behaves when called.
    fn talk_to(&mut self, me: &Party, watched: &Party) {
        let call = self.open_call(Direction::Internal, me, watched, None);
        self.seat(call, watched, LegState::Alerting);
        self.emit(SwitchEvent::Alerting {
            call,
            originator: me.clone(),
            target: watched.clone(),
        });
        self.answered_by(call, watched);
    }
}
