//! The four queries that list something page by page (vendor page, section 7): alike but for where they are, what the list is called
//! and whether page numbers are text.

use callcontrol_core::{Effect, Error, ErrorKind, Result};
use callcontrol_http::ApiPath;
use serde_json::Value;

use super::envelope::{Code, Envelope, get, text_of};
use super::{API, Object};

/// One of the four, as data.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) what: &'static str,
    path: &'static str,
    list: &'static str,
    text_pages: bool,
}

/// Section 7.1.
pub(crate) const SESSIONS: Listing = Listing {
    what: "queryRecordHistory answer",
    path: "queryRecordHistory",
    list: "recordList",
    text_pages: true,
};

/// Section 7.5.
pub(crate) const TRANSFERS: Listing = Listing {
    what: "queryTransferRecordHistory answer",
    path: "queryTransferRecordHistory",
    list: "transferRecordList",
    text_pages: true,
};

/// Section 7.3.
pub(crate) const FLOWS: Listing = Listing {
    what: "queryflows answer",
    path: "queryflows",
    list: "flowList",
    text_pages: false,
};

/// Section 7.4.
pub(crate) const INTENTIONS: Listing = Listing {
    what: "intentions/query answer",
    path: "intentions/query",
    list: "intentions",
    text_pages: false,
};

/// What one answer lists.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Object>,
    /// How many there are on all pages, where the vendor says so.
    pub(crate) total: Option<usize>,
}

impl Listing {
    pub(crate) fn path(&self) -> ApiPath {
        ApiPath::new(API).literal(self.path)
    }

    /// Everything but the token; pages count from 1.
    pub(crate) fn body(&self, tenant: &str, wanted: &Object, page: usize) -> Object {
        let number = |value: usize| match self.text_pages {
            true => Value::from(value.to_string()),
            false => Value::from(value),
        };
        let mut body = wanted.clone();
        body.insert("tenantId".to_owned(), tenant.into());
        body.insert("pageNum".to_owned(), number(page));
        body.insert("pageSize".to_owned(), number(PAGE_SIZE));
        body
    }

    /// Reads a page. An answer that has neither a code nor a list nor a total is nobody's empty list.
    pub(crate) fn page(&self, answer: &Envelope) -> Result<Page> {
        let total = get(&answer.fields, "total").and_then(text_of);
        let total = total.and_then(|text| text.trim().parse().ok());
        let rows = match get(&answer.fields, self.list) {
            Some(Value::Array(rows)) => rows.iter().filter_map(Value::as_object).cloned().collect(),
            None if answer.code == Code::Success || total.is_some() => Vec::new(),
            None => return Err(self.strange("holds neither a code nor a list")),
            Some(_) => return Err(self.strange("holds something else where the list should be")),
        };
        Ok(Page { rows, total })
    }

    fn strange(&self, how: &str) -> Error {
        let message = format!("the {} {how}", self.what);
        Error::new(ErrorKind::Protocol, Effect::None, message)
    }
}

/// The most that all four take.
pub(crate) const PAGE_SIZE: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn page(listing: &Listing, answer: &Value) -> Result<Page> {
        listing.page(&Envelope::from(object(answer)))
    }

    #[test]
    fn page_numbers_are_text_in_records_and_numbers_in_flows_and_intentions() {
        for (listing, path, number, size) in [
            (&SESSIONS, "queryRecordHistory", json!("2"), json!("100")),
            (&TRANSFERS, "queryTransferRecordHistory", json!("2"), json!("100")),
            (&FLOWS, "queryflows", json!(2), json!(100)),
            (&INTENTIONS, "intentions/query", json!(2), json!(100)),
        ] {
            let body = listing.body("202104237142", &object(&json!({ "callId": "s1" })), 2);
            let expected = json!({ "tenantId": "202104237142", "callId": "s1", "pageNum": number, "pageSize": size });
            assert_eq!(Value::Object(body), expected);
            assert_eq!(listing.path().path_and_query(), format!("/oifde/rest/api/{path}"));
        }
    }

    #[test]
    fn a_list_is_read_whatever_else_the_answer_holds() {
        for answer in [
            json!({ "errorCode": 0, "total": 2, "recordList": [{ "callId": "s1" }, 5, null, { "callId": "s2" }] }),
            json!({ "total": "2", "recordList": [{ "callId": "s1" }, { "callId": "s2" }], "new": {} }),
            json!({ "errorCode": null, "TOTAL": 2, "recordlist": [{ "callId": "s1" }, { "callId": "s2" }] }),
        ] {
            let page = page(&SESSIONS, &answer).expect("a list");
            assert_eq!((page.rows.len(), page.total), (2, Some(2)), "{answer}");
        }
    }

    #[test]
    fn nothing_there_is_an_empty_list_and_no_list_at_all_is_an_error() {
        for empty in [
            json!({ "errorCode": 0 }),
            json!({ "errorCode": "0", "recordList": null }),
            json!({ "total": 0 }),
            json!({ "recordList": [] }),
        ] {
            assert!(page(&SESSIONS, &empty).expect("empty").rows.is_empty(), "{empty}");
        }
        for strange in [
            json!({}),
            json!({ "message": "hello" }),
            json!({ "errorCode": 0, "recordList": "none" }),
        ] {
            let error = page(&SESSIONS, &strange).expect_err("no list");
            assert_eq!((error.kind(), error.effect()), (ErrorKind::Protocol, Effect::None));
        }
    }
}
