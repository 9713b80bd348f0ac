//! Operations on the agent: the contact-centre session and the state (section 5).

use callcontrol_testkit::switch::{AgentState, Refusal};
use serde_json::{Value, json};

use super::Desktop;
use super::body::Operation;
use crate::gws::floor::{DeviceView, Notice};
use crate::gws::options::SecondStart;
use crate::gws::reply::{Answer, Refused, done};
use crate::gws::resources;

impl Desktop<'_> {
    pub(super) fn operate_on_me(&self, operation: &Operation) -> Answer {
        match operation.name.as_str() {
            "StartContactCenterSession" => self.start(operation),
            "EndContactCenterSession" => self.end(),
            "Ready" => {
                operation.optional_text("workmode")?;
                self.become_state(AgentState::Ready)
            }
            "NotReady" => self.become_state(AgentState::Busy { reason: None }),
            "AfterCallWork" => {
                operation.optional_text("wrapUpTime")?;
                self.become_state(AgentState::WrapUp)
            }
            "AuxWork" => self.become_state(AgentState::Rest { reason: None }),
            "Offline" => self.become_state(AgentState::SignedOut),
            name if self.options.reasons.iter().any(|reason| reason.operation == name) => {
                self.become_state(AgentState::Busy {
                    reason: Some(name.into()),
                })
            }
            _ => Err(operation.unknown()),
        }
    }

    /// One result per channel; 7 when they differ, the first failure when none succeeded (section 3).
    fn start(&self, operation: &Operation) -> Answer {
        for parameter in ["place", "devicePath", "loginCode", "queue"] {
            operation.optional_text(parameter)?;
        }
        let unasked = self.options.reports_other_channels.then_some("multimedia");
        let channels = operation.texts("channels")?.into_iter().chain(unasked);
        let results: Vec<(&str, Answer)> = channels.map(|channel| self.start_channel(channel)).collect();
        let failed: Vec<(&str, &Refused)> = results
            .iter()
            .filter_map(|(channel, result)| Some((*channel, result.as_ref().err()?)))
            .collect();
        match failed.first() {
            None => done(),
            Some((_, first)) if failed.len() == results.len() => Err((*first).clone()),
            Some(_) => Ok(partial(&results, &failed)),
        }
    }

    fn start_channel<'c>(&self, channel: &'c str) -> (&'c str, Answer) {
        if channel == "voice" {
            return (channel, self.start_voice());
        }
        let down = Refused::new(4, "Interaction server connection is not opened");
        // The failing item names `multimedia`, whatever was asked for (section 14).
        if self.options.multimedia {
            (channel, done())
        } else {
            ("multimedia", Err(down))
        }
    }

    fn start_voice(&self) -> Answer {
        self.may_use_voice()?;
        match self.core.switch.sign_in(self.agent()) {
            Ok(()) => {}
            Err(Refusal::Conflict { .. }) => match self.options.second_start {
                SecondStart::Accepted => self.tell_device(),
                SecondStart::Refused => return Err(Refused::new(19, "Device is in use")),
            },
            Err(refusal) => return Err(Refused::new(16, refusal.to_string())),
        }
        if self.options.auto_ready {
            // An agent who has just signed in can always be ready.
            let _ = self.core.switch.set_ready(self.agent());
        }
        done()
    }

    /// Signs out and ends the HTTP session and all that hangs on it. An agent who is in a call stays signed in at the switch: the call
    /// belongs to the telephone, and the model switch signs nobody out of a call without ending it.
    fn end(&self) -> Answer {
        let _ = self.core.switch.sign_out(self.agent());
        let mut desk = self.core.desk();
        desk.web.end(self.session);
        desk.comet.end_of_web(self.session);
        done()
    }

    fn become_state(&self, state: AgentState) -> Answer {
        self.may_use_voice()?;
        let unchanged = self.state == state;
        self.core
            .switch
            .set_agent_state(self.agent(), state)
            .map_err(|refusal| Refused::from(&refusal))?;
        // T-Server tells the state again when it was asked for again; the switch tells changes only.
        if unchanged {
            self.tell_device();
        }
        done()
    }

    pub(super) fn tell_device(&self) {
        let notice = Notice::Device(Box::new(self.device_view()));
        self.core.desk().tell(&notice);
    }

    pub(super) fn device(&self) -> Value {
        resources::device(&self.device_view(), Some(self.user), &self.options)
    }

    pub(super) fn device_view(&self) -> DeviceView {
        let desk = self.core.desk();
        desk.floor.device(self.agent(), &self.number, self.state.clone())
    }
}

fn partial(results: &[(&str, Answer)], failed: &[(&str, &Refused)]) -> Value {
    let failed = failed.iter().map(
        |(channel, refused)| json!({"statusCode": refused.code, "statusMessage": refused.message, "channel": channel}),
    );
    let succeeded = results.iter().filter(|(_, result)| result.is_ok());
    json!({
        "statusCode": 7,
        "failed": failed.collect::<Vec<_>>(),
        "succeeded": succeeded.map(|(channel, _)| json!({"statusCode": 0, "channel": channel})).collect::<Vec<_>>(),
    })
}
