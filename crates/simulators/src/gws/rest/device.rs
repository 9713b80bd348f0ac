//! Operations on the own device (section 6): forwarding, do not disturb, dispositions; supervision begins here too.

use callcontrol_testkit::switch::{Behaviour, Party};
use serde_json::{Map, Value, json};

use super::Desktop;
use super::body::Operation;
use super::data::attach;
use crate::gws::desk::GwsDisposition;
use crate::gws::floor::CallView;
use crate::gws::reply::{Answer, Refused, done};
use crate::gws::{capabilities, ids, resources};

impl Desktop<'_> {
    pub(super) fn operate_on_device(&self, operation: &Operation) -> Answer {
        self.may_use_voice()?;
        let name = operation.name.as_str();
        if name == "SetCallDisposition" {
            return self.set_disposition(operation);
        }
        if !KNOWN.contains(&name) {
            return Err(operation.unknown());
        }
        if SUPERVISION.contains(&name) {
            self.has_feature("api-supervisor-monitoring")?;
        }
        if !capabilities::of_device(&self.device_view(), Some(self.user)).contains(&name) {
            return self.not_allowed();
        }
        match name {
            "DoNotDisturbOn" => self.do_not_disturb(true),
            "DoNotDisturbOff" => self.do_not_disturb(false),
            "ForwardCallsOn" => self.forward(Some(operation.text("destination")?)),
            "ForwardCallsOff" => self.forward(None),
            "CancelSupervisorMonitoring" => self.stop_supervising().and_then(|reply| self.accepted(reply)),
            "MuteMonitoredUser" | "UnmuteMonitoredUser" => {
                self.go_on_supervising(name).and_then(|reply| self.accepted(reply))
            }
            _ => self.begin_supervising(operation),
        }
    }

    /// Where a call to this number really goes. The model switch knows no forwarding: calls from outside and from queues ring all the same.
    pub(super) fn forwarded(&self, number: &str) -> String {
        let agent = self.core.switch.with(|switch| {
            let agent = switch.agent_by_number(number);
            agent.map(|agent| agent.id.clone())
        });
        let phone = agent.map(|agent| self.core.desk().floor.phone(&agent));
        phone
            .and_then(|phone| phone.forward_to)
            .unwrap_or_else(|| number.to_owned())
    }

    fn forward(&self, to: Option<&str>) -> Answer {
        if to == Some("") {
            return Err(Refused::invalid("destination"));
        }
        self.core.desk().floor.phone_mut(self.agent()).forward_to = to.map(str::to_owned);
        self.tell_device();
        done()
    }

    /// A telephone that does not want to be disturbed turns calls away, at the switch too.
    fn do_not_disturb(&self, on: bool) -> Answer {
        let me = Party::agent(self.agent());
        let before = self.core.desk().floor.phone(self.agent()).before;
        let behaved = self.core.switch.with(|switch| {
            let now = switch.agent(self.agent()).map(|agent| agent.behaviour);
            let then = if on {
                Behaviour::Rejects
            } else {
                before.unwrap_or_default()
            };
            // Somebody without a telephone has nothing to turn away.
            let _ = switch.set_behaviour(&me, then);
            now
        });
        {
            let mut desk = self.core.desk();
            let phone = desk.floor.phone_mut(self.agent());
            phone.do_not_disturb = on;
            phone.before = behaved.filter(|_| on);
        }
        self.tell_device();
        done()
    }

    /// On a call that goes on or has ended: named by `callUri` or by `callUuid`.
    fn set_disposition(&self, operation: &Operation) -> Answer {
        let (uri, uuid) = (
            operation.optional_text("callUri")?,
            operation.optional_text("callUuid")?,
        );
        let disposition = operation.text("disposition")?;
        let key = operation.optional_text("dispositionKey")?.unwrap_or("DispositionCode");
        let mut data = operation.user_data()?.unwrap_or_default();
        if uri.is_none() && uuid.is_none() {
            return Err(Refused::missing("callUri"));
        }
        let is_it = |number: u64| {
            uri.is_none_or(|uri| resources::call_uri(number, &self.options) == uri)
                && uuid.is_none_or(|uuid| ids::call_uuid(number) == uuid)
        };
        let (live, ended) = {
            let desk = self.core.desk();
            let mut calls = desk.floor.calls_of(self.agent()).into_iter();
            (
                calls.find(|call| is_it(call.number)),
                desk.floor.ended_call(self.agent(), is_it),
            )
        };
        let number = live.as_ref().map(|call| call.number).or(ended);
        let number = number.ok_or_else(Refused::not_found)?;
        let id = ids::call_id(number, &self.options);
        let set = GwsDisposition::new(self.agent(), &id, key, disposition);
        self.core.desk().dispositions.push(set);
        data.insert(key.into(), json!(disposition));
        match live {
            Some(call) => self.attach_all(&call, &data),
            None => done(),
        }
    }

    fn attach_all(&self, call: &CallView, data: &Map<String, Value>) -> Answer {
        self.core.desk().floor.remember_types(call.call, data);
        self.accepted(self.core.switch.with(|switch| attach(switch, call.call, data)))
    }
}

const SUPERVISION: &[&str] = &[
    "ListenIn",
    "Coach",
    "BargeIn",
    "CancelSupervisorMonitoring",
    "MuteMonitoredUser",
    "UnmuteMonitoredUser",
];
const KNOWN: &[&str] = &[
    "DoNotDisturbOn",
    "DoNotDisturbOff",
    "ForwardCallsOn",
    "ForwardCallsOff",
    "ListenIn",
    "Coach",
    "BargeIn",
    "CancelSupervisorMonitoring",
    "MuteMonitoredUser",
    "UnmuteMonitoredUser",
];
