//! GET: the user with sub-resources, devices, calls, features, settings (sections 1.2 and 4).

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Desktop;
use crate::gws::floor::CallView;
use crate::gws::reply::{Answer, Refused};
use crate::gws::{ids, resources};

impl Desktop<'_> {
    pub(super) fn get(&self, path: &[&str], query: &str) -> Answer {
        match path {
            ["me"] => Ok(json!({"user": self.user_resource(&asked(query, "subresources"))})),
            ["users", id] if *id == ids::user_id(&self.user.name) => Ok(json!({"user": self.user_resource(&[])})),
            ["me", "devices"] => Ok(listed(
                "devices",
                vec![self.device()],
                query,
                &self.options.external_url,
            )),
            ["me", "devices", id] => self.own_device(id).map(|()| json!({"device": self.device()})),
            ["me", "devices", id, "settings", "tserver"] => self
                .own_device(id)
                .map(|()| json!({"settings": [{"name": "reject-call-notready", "value": "false"}]})),
            ["me", "calls"] => Ok(listed(
                "calls",
                self.call_resources(),
                query,
                &self.options.external_url,
            )),
            ["me", "calls", id] => self.call(id).map(|call| json!({"call": self.paint(&call)})),
            ["me", "channels"] => Ok(json!({"channels": self.channels()})),
            ["settings", "agent-states"] => Ok(resources::agent_states(&self.options)),
            ["features"] => {
                let features = resources::features(self.user, &self.options);
                Ok(listed(
                    "features",
                    features.as_array().cloned().unwrap_or_default(),
                    query,
                    &self.options.external_url,
                ))
            }
            ["services"] => Ok(listed(
                "services",
                vec![resources::voice_service(&self.options)],
                query,
                &self.options.external_url,
            )),
            _ => Err(Refused::not_found()),
        }
    }

    /// The agent's call with this id.
    pub(super) fn call(&self, id: &str) -> Result<CallView, Refused> {
        self.core
            .desk()
            .floor
            .find(self.agent(), id, &self.options)
            .ok_or_else(Refused::not_found)
    }

    pub(super) fn own_device(&self, id: &str) -> Result<(), Refused> {
        if id == ids::device_id(&self.number) {
            Ok(())
        } else {
            Err(Refused::not_found())
        }
    }

    pub(super) fn paint(&self, call: &CallView) -> Value {
        resources::call(call, Some(self.user), &self.options)
    }

    fn user_resource(&self, wanted: &[String]) -> Value {
        let mut user = resources::user(self.user, &self.options);
        for (name, value) in self.subresources() {
            if wanted.iter().any(|want| want == "*" || want == name) {
                user.insert(name.into(), value);
            }
        }
        Value::Object(user)
    }

    fn subresources(&self) -> [(&'static str, Value); 9] {
        let skill = json!({
            "id": "S1", "name": "Billing", "level": "8",
            "uri": resources::absolute("/skills/S1", &self.options), "path": "/skills/S1",
        });
        [
            ("devices", json!([self.device()])),
            ("calls", Value::Array(self.call_resources())),
            ("channels", self.channels()),
            ("features", resources::features(self.user, &self.options)),
            (
                "settings",
                json!({"interaction-workspace": {"login.voice.can-unselect-channel": "true"}}),
            ),
            ("skills", json!([skill])),
            ("groups", json!([])),
            ("interactions", json!([])),
            ("chats", json!([])),
        ]
    }

    fn call_resources(&self) -> Vec<Value> {
        let calls = self.core.desk().floor.calls_of(self.agent());
        calls.iter().map(|call| self.paint(call)).collect()
    }

    fn channels(&self) -> Value {
        json!([{"channel": "voice", "userState": resources::user_state(&self.state, &self.options)}])
    }
}

/// A collection: in full, with the named members, or as URIs (section 1.2).
fn listed(name: &str, resources: Vec<Value>, query: &str, base: &str) -> Value {
    let fields = asked(query, "fields");
    if fields.is_empty() {
        let uri = |resource: &Value| match resource.get("uri") {
            Some(uri) => uri.clone(),
            None => json!(format!(
                "{base}/api/v2/{name}/{}",
                resource.get("id").and_then(Value::as_str).unwrap_or_default()
            )),
        };
        return json!({"uris": resources.iter().map(uri).collect::<Vec<_>>()});
    }
    let all = fields.iter().any(|field| field == "*");
    let keep = |resource: Value| {
        let members = resources::object(resource).into_iter();
        Value::Object(members.filter(|(key, _)| all || fields.contains(key)).collect())
    };
    json!({name: resources.into_iter().map(keep).collect::<Vec<_>>()})
}

/// The comma-separated values of a query parameter.
fn asked(query: &str, parameter: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let values = pairs
        .filter(|(key, _)| *key == parameter)
        .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy());
    values
        .flat_map(|value| value.split(',').map(String::from).collect::<Vec<_>>())
        .collect()
}
