//! From the vendor's rows to what the application finds: name, target and id where there is one, everything else under the vendor's own names. Pure.

use callcontrol_core::{Entry, Target};
use serde_json::Value;

use crate::wire::Object;
use crate::wire::envelope::text_of;
use crate::wire::health::Health;
use crate::wire::records::field;

/// The engine itself.
pub(crate) fn service(health: Health) -> Entry {
    let entry = Entry::named("OIFDE").detail("state", health.state);
    health
        .signs
        .into_iter()
        .fold(entry, |entry, (name, value)| entry.detail(name, value))
}

/// A flow of `queryflows`. Only a main flow that is in force can be a destination (vendor page, section 7.3).
pub(crate) fn flow(row: &Object) -> Entry {
    let entry = with_details(
        Entry::named(field(row, "flowName").unwrap_or_default()),
        row,
        &["flowName"],
    );
    let is = |name: &str, value: &str| field(row, name).is_none_or(|told| told.eq_ignore_ascii_case(value));
    let code = field(row, "flowCode").filter(|_| is("scenarioType", "default") && is("status", "VALID"));
    match code.and_then(|code| Target::ivr(&code).ok()) {
        Some(target) => entry.target(target),
        None => entry,
    }
}

/// A record of a session or of a transfer, or the latest call of a customer. Its id is that of the robot session.
pub(crate) fn record(row: &Object) -> Entry {
    let entry = with_details(Entry::default(), row, &["callId"]);
    match field(row, "callId") {
        Some(id) => entry.native(id),
        None => entry,
    }
}

/// Something that can be said: `intentCmd` among the details is the code of [`Say::configured`](callcontrol_core::Say::configured), the entry's name its name.
pub(crate) fn reply(row: &Object) -> Entry {
    with_details(
        Entry::named(field(row, "intentName").unwrap_or_default()),
        row,
        &["intentName"],
    )
}

fn with_details(entry: Entry, row: &Object, except: &[&str]) -> Entry {
    let rest = row
        .iter()
        .filter(|(name, _)| !except.iter().any(|known| name.eq_ignore_ascii_case(known)));
    rest.fold(entry, |entry, (name, value)| match detail(value) {
        Some(text) => entry.detail(name, text),
        None => entry,
    })
}

fn detail(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
        Value::String(_) | Value::Number(_) => text_of(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_flow_is_a_destination_only_as_a_main_flow_in_force() {
        let row = |kind: &str, status: &str| json!({ "flowId": 1, "flowCode": "1321", "flowName": "PIN check", "scenarioType": kind, "status": status });
        let entry = flow(&object(&row("default", "VALID")));
        assert_eq!(
            (entry.name.as_str(), entry.target),
            ("PIN check", Target::ivr("1321").ok())
        );
        assert_eq!(entry.details["flowId"], "1");
        for (kind, status) in [
            ("subFlow", "VALID"),
            ("SYS_ERROR_DEFAULT", "VALID"),
            ("default", "INITIAL"),
        ] {
            assert_eq!(flow(&object(&row(kind, status))).target, None, "{kind} {status}");
        }
        assert!(flow(&object(&json!({ "flowCode": "1321" }))).target.is_some());
        assert_eq!(flow(&object(&json!({ "flowCode": "two words" }))).target, None);
    }

    #[test]
    fn what_the_vendor_adds_is_passed_on_under_its_own_name() {
        let row = json!({ "callId": 123_123_412_300_030_010_u64, "logId": "1", "more": { "a": [1] }, "nothing": null, "yes": true });
        let entry = record(&object(&row));
        assert_eq!(entry.native.as_deref(), Some("123123412300030010"));
        let details: Vec<_> = entry
            .details
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(details, [("logId", "1"), ("more", r#"{"a":[1]}"#), ("yes", "true")]);
    }

    #[test]
    fn a_reply_keeps_its_code_among_the_details() {
        let entry = reply(&object(
            &json!({ "intentCmd": "orderStatus", "intentName": "billing/orderStatus", "intentDesc": "Where is my order" }),
        ));
        assert_eq!(entry.name, "billing/orderStatus");
        assert_eq!(entry.details["intentCmd"], "orderStatus");
    }
}
