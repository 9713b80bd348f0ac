//! Bodies of the operations (sections 5 and 9): a POST to a resource with `operationName` in the JSON.

use std::collections::BTreeMap;

use callcontrol_core::{Dtmf, PhoneNumber};
use serde_json::{Map, Value, json};

/// The body of one operation. `Debug` shows the operation's name only: numbers and tones stand in the rest.
#[derive(Clone, PartialEq)]
pub(crate) struct Body {
    /// The operation's name, which is also the word in a call's capability list.
    pub(crate) name: String,
    members: Map<String, Value>,
}

impl Body {
    /// An operation without parameters.
    pub(crate) fn op(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            members: Map::new(),
        }
    }

    /// To this number. `phoneNumber` is the only documented member of a destination (section 9.0).
    pub(crate) fn destination(self, number: &PhoneNumber) -> Self {
        self.with("destination", json!({ "phoneNumber": number.reveal() }))
    }

    /// With these pairs attached; none at all leaves the member out.
    pub(crate) fn user_data(self, pairs: &BTreeMap<String, String>) -> Self {
        if pairs.is_empty() {
            return self;
        }
        self.with("userData", json!(pairs))
    }

    /// With the location (switch) of the destination, beside it and not within.
    pub(crate) fn location(self, location: Option<&str>) -> Self {
        self.maybe("location", location)
    }

    pub(crate) fn caller_id(self, number: Option<&PhoneNumber>) -> Self {
        self.maybe("outboundCallerId", number.map(PhoneNumber::reveal))
    }

    pub(crate) fn digits(self, digits: &Dtmf) -> Self {
        self.with("digits", json!(digits.reveal()))
    }

    /// A plain string here, unlike a destination (section 14, item 11).
    pub(crate) fn participant(self, number: &PhoneNumber) -> Self {
        self.with("participant", json!(number.reveal()))
    }

    /// The other call's URI exactly as the server gave it.
    pub(crate) fn other_call(self, uri: &str) -> Self {
        self.with("otherCallUri", json!(uri))
    }

    /// The consult's URI exactly as the server gave it.
    pub(crate) fn consult_call(self, uri: Option<&str>) -> Self {
        self.maybe("consultCallUri", uri)
    }

    /// A destination that is a plain string (section 6: ForwardCallsOn).
    pub(crate) fn plain_destination(self, number: &PhoneNumber) -> Self {
        self.with("destination", json!(number.reveal()))
    }

    /// Whom to supervise, and in which calls (section 6).
    pub(crate) fn supervised(self, number: &PhoneNumber, scope: &str, mode: &str) -> Self {
        self.with("phoneNumber", json!(number.reveal()))
            .with("supervisorMonitoringScope", json!(scope))
            .with("supervisorMonitoringMode", json!(mode))
    }

    /// `workmode` in the request, in lower case; `workMode` in resources (section 14, item 12).
    pub(crate) fn work_mode(self, mode: Option<&str>) -> Self {
        self.maybe("workmode", mode)
    }

    /// Seconds as a text (section 5.3).
    pub(crate) fn wrap_up_time(self, seconds: Option<u32>) -> Self {
        match seconds {
            Some(seconds) => self.with("wrapUpTime", json!(seconds.to_string())),
            None => self,
        }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.with("key", json!(key))
    }

    /// `StartContactCenterSession` for the voice channel.
    pub(crate) fn start_session(place: Option<&str>, login_code: Option<&str>, queue: Option<&str>) -> Self {
        Self::op("StartContactCenterSession")
            .with("channels", json!(["voice"]))
            .maybe("place", place)
            .maybe("loginCode", login_code)
            .maybe("queue", queue)
    }

    /// As it goes on the wire.
    pub(crate) fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("operationName".to_owned(), json!(self.name));
        members.extend(self.members.clone());
        Value::Object(members)
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, json!(value)),
            None => self,
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_an_object_with_a_number_and_location_stands_beside_it() {
        let number = PhoneNumber::new("7005").expect("valid");
        let pairs = BTreeMap::from([("Topic".to_owned(), "Billing".to_owned())]);
        let body = Body::op("SingleStepTransfer")
            .destination(&number)
            .location(Some("SIP_Switch"))
            .user_data(&pairs);
        assert_eq!(
            body.to_json(),
            json!({"operationName": "SingleStepTransfer", "destination": {"phoneNumber": "7005"},
                   "location": "SIP_Switch", "userData": {"Topic": "Billing"}})
        );
        let bare = Body::op("Dial")
            .destination(&number)
            .location(None)
            .user_data(&BTreeMap::new());
        assert_eq!(
            bare.to_json(),
            json!({"operationName": "Dial", "destination": {"phoneNumber": "7005"}})
        );
    }

    #[test]
    fn a_session_starts_with_voice_and_with_what_is_configured() {
        assert_eq!(
            Body::start_session(Some("Place_7001"), Some("7001"), Some("8000")).to_json(),
            json!({"operationName": "StartContactCenterSession", "channels": ["voice"],
                   "place": "Place_7001", "loginCode": "7001", "queue": "8000"})
        );
    }
}
