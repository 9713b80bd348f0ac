//! Records of sessions and of transfers to outside numbers (vendor page, sections 7.1, 7.2 and 7.5): whose they are, and what is read out of them.

use std::collections::BTreeMap;

use callcontrol_http::ApiPath;
use serde_json::{Value, json};

use super::envelope::{Envelope, get, text_of};
use super::{API, Object};

/// Whose records: one of three keys is required.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// The robot session's id.
    Session(&'a str),
    /// The telephony side's id.
    PlatformCall(&'a str),
    /// Number or user id.
    Customer(&'a str),
}

impl By<'_> {
    fn pair(self) -> (&'static str, String) {
        match self {
            Self::Session(id) => ("callId", id.to_owned()),
            Self::PlatformCall(id) => ("ctiCallId", id.to_owned()),
            Self::Customer(customer) => ("userMobile", customer.to_owned()),
        }
    }

    /// The key as the listings take it.
    pub(crate) fn wanted(self) -> Object {
        let (name, value) = self.pair();
        Object::from_iter([(name.to_owned(), value.into())])
    }

    /// A record may leave the key out; one of another call would be the vendor's mistake and must not be steered.
    fn fits(self, record: &Object) -> bool {
        let (name, value) = self.pair();
        field(record, name).is_none_or(|told| told == value)
    }
}

/// The robot sessions in these records, each with its customer as far as told.
pub(crate) fn sessions(records: &[Object], by: By<'_>) -> BTreeMap<String, Option<String>> {
    let fitting = records.iter().filter(|record| by.fits(record));
    let with_id = fitting.filter_map(|record| Some((field(record, "callId")?, customer(record))));
    let mut found = BTreeMap::new();
    for (id, customer) in with_id {
        let known: &mut Option<String> = found.entry(id).or_default();
        *known = known.take().or(customer);
    }
    found
}

/// How many of these records say that this session was transferred to this number.
pub(crate) fn transfers_to(records: &[Object], session: &str, number: &str) -> usize {
    let is = |record: &Object, name: &str, value: &str| field(record, name).is_some_and(|told| told == value);
    let fitting = |record: &&Object| is(record, "callId", session) && is(record, "transfNumber", number);
    records.iter().filter(fitting).count()
}

pub(crate) fn latest_path() -> ApiPath {
    ApiPath::new(API).literal("queryHistory")
}

/// `queryHistory`, which gives the customer's latest call only.
pub(crate) fn latest_body(tenant: &str, customer: &str) -> Object {
    let mut body = Object::new();
    body.insert("tenantId".to_owned(), tenant.into());
    body.insert("params".to_owned(), json!({ "userMobile": customer }));
    body
}

/// The latest call in the answer, if there is one.
pub(crate) fn latest(answer: &Envelope) -> Option<Object> {
    let beans = get(&answer.fields, "beans").and_then(Value::as_object)?;
    field(beans, "callId").map(|_| beans.clone())
}

/// Text or number as text; empty counts as not told.
pub(crate) fn field(record: &Object, name: &str) -> Option<String> {
    get(record, name).and_then(text_of).filter(|text| !text.is_empty())
}

fn customer(record: &Object) -> Option<String> {
    field(record, "callSorId").or_else(|| field(record, "callingNumber"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(list: &Value) -> Vec<Object> {
        let list = list.as_array().cloned().unwrap_or_default();
        list.iter().filter_map(Value::as_object).cloned().collect()
    }

    #[test]
    fn each_key_has_its_name() {
        for (by, name) in [
            (By::Session("x"), "callId"),
            (By::PlatformCall("x"), "ctiCallId"),
            (By::Customer("x"), "userMobile"),
        ] {
            assert_eq!(Value::Object(by.wanted()), json!({ name: "x" }));
        }
    }

    #[test]
    fn sessions_are_found_whatever_else_a_record_holds() {
        let records = rows(&json!([
            { "callId": "s1", "ctiCallId": "c1", "somethingNew": [1] },
            { "callId": "s1", "callSorId": "2065550100" },
            { "callId": "s2", "ctiCallId": "c2" },
            { "callId": "" }, { "callId": null },
        ]));
        let found = sessions(&records, By::PlatformCall("c1"));
        assert_eq!(
            found,
            BTreeMap::from([("s1".to_owned(), Some("2065550100".to_owned()))])
        );
        assert!(sessions(&records, By::Session("s3")).is_empty());
    }

    #[test]
    fn only_a_transfer_of_this_session_to_this_number_counts() {
        let records = rows(&json!([
            { "callId": "s1", "transfNumber": "88880006" },
            { "callId": "s1", "transfNumber": 88_880_006 },
            { "callId": "s1", "transfNumber": "8888000" },
            { "callId": "s2", "transfNumber": "88880006" },
            { "transfNumber": "88880006" }, { "callId": "s1" },
        ]));
        assert_eq!(transfers_to(&records, "s1", "88880006"), 2);
        assert_eq!(transfers_to(&records, "s3", "88880006"), 0);
    }

    #[test]
    fn the_latest_call_is_read_from_its_own_envelope() {
        let answer = |value: Value| Envelope::from(value.as_object().cloned().unwrap_or_default());
        let found = latest(&answer(json!({ "rtnCode": null, "beans": { "callId": "s1" } })));
        assert_eq!(found.and_then(|beans| field(&beans, "callId")).as_deref(), Some("s1"));
        for nothing in [json!({ "rtnCode": 0 }), json!({ "beans": {} }), json!({ "beans": [1] })] {
            assert!(latest(&answer(nothing)).is_none());
        }
        let body = latest_body("202104237142", "2065550100");
        assert_eq!(
            Value::Object(body),
            json!({ "tenantId": "202104237142", "params": { "userMobile": "2065550100" } })
        );
        assert_eq!(latest_path().path_and_query(), "/oifde/rest/api/queryHistory");
    }
}
