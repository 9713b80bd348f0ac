//! `queryRecordHistory` (vendor page, section 7.1), used for one purpose: from the id of the telephony side to the id of the robot session.

use std::collections::BTreeSet;

use callcontrol_http::ApiPath;
use serde_json::Value;

use super::envelope::{get, text_of};
use super::{API, Object};

pub(crate) fn path() -> ApiPath {
    ApiPath::new(API).literal("queryRecordHistory")
}

/// Everything but the token. Page numbers are text here.
pub(crate) fn body(tenant: &str, cti_call: &str) -> Object {
    let mut body = Object::new();
    body.insert("tenantId".to_owned(), tenant.into());
    body.insert("ctiCallId".to_owned(), cti_call.into());
    body.insert("pageNum".to_owned(), "1".into());
    body.insert("pageSize".to_owned(), "100".into());
    body
}

/// The ids of the robot sessions that belong to this call of the telephony side.
pub(crate) fn session_ids(answer: &Object, cti_call: &str) -> BTreeSet<String> {
    let records = get(answer, "recordList").and_then(Value::as_array);
    let records = records.into_iter().flatten().filter_map(Value::as_object);
    records
        // The field is optional; a record of another call would be the vendor's mistake and must not be steered.
        .filter(|record| {
            get(record, "ctiCallId")
                .and_then(text_of)
                .is_none_or(|id| id == cti_call)
        })
        .filter_map(|record| get(record, "callId").and_then(text_of))
        .filter(|id| !id.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_query_is_text_throughout() {
        let body = body("202104237142", "1528780879-9581");
        assert!(body.values().all(Value::is_string));
        assert_eq!(path().path_and_query(), "/oifde/rest/api/queryRecordHistory");
    }

    #[test]
    fn session_ids_are_found_whatever_else_a_record_holds() {
        let answer = json!({ "errorCode": 0, "total": 3, "recordList": [
            { "callId": "s1", "ctiCallId": "c1", "somethingNew": [1] },
            { "callId": "s1" },
            { "callId": "s2", "ctiCallId": "c2" },
            { "callId": "" }, { "callId": null }, 5,
        ]});
        let found = session_ids(answer.as_object().expect("an object"), "c1");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["s1"]);
        assert!(session_ids(json!({ "recordList": "none" }).as_object().expect("an object"), "c1").is_empty());
    }
}
