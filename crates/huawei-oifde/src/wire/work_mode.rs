//! `flow/changeWorkMode` (vendor page, section 4): every scalar is a string, optional strings go as `""`, the transfer object only with mode 3.

use std::fmt;

use callcontrol_http::ApiPath;
use serde_json::{Value, json};

use super::{API, Object};

/// The mode a session is asked to go into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum WorkMode {
    Common,
    Supervision,
    Insertion,
    Transfer,
}

impl WorkMode {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Common, Self::Supervision, Self::Insertion, Self::Transfer];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Common => "0",
            Self::Supervision => "1",
            Self::Insertion => "2",
            Self::Transfer => "3",
        }
    }
}

impl fmt::Display for WorkMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "common (0)",
            Self::Supervision => "supervision (1)",
            Self::Insertion => "insertion (2)",
            Self::Transfer => "transfer (3)",
        })
    }
}

/// `callTransferRequest`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TransferRequest {
    pub(crate) kind: &'static str,
    pub(crate) route: String,
    pub(crate) data: String,
    pub(crate) number: String,
}

impl fmt::Debug for TransferRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferRequest")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

pub(crate) fn path() -> ApiPath {
    ApiPath::new(API).literal("flow/changeWorkMode")
}

/// Everything but the token, which is put in when the request is sent.
pub(crate) fn body(
    tenant: &str,
    agent: &str,
    native: &str,
    mode: WorkMode,
    transfer: Option<&TransferRequest>,
) -> Object {
    let mut body = Object::new();
    body.insert("tenantId".to_owned(), tenant.into());
    body.insert("callId".to_owned(), native.into());
    body.insert("agentId".to_owned(), agent.into());
    body.insert("workMode".to_owned(), mode.code().into());
    if let Some(transfer) = transfer {
        body.insert("callTransferRequest".to_owned(), transfer.to_json());
    }
    body
}

impl TransferRequest {
    fn to_json(&self) -> Value {
        json!({
            "callTransferType": self.kind,
            "callTransferRouteValue": self.route,
            "callTransferTransData": self.data,
            "callTransferNumber": self.number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_to_a_number_is_spelt_as_the_page_shows_it() {
        let transfer = TransferRequest {
            kind: "5",
            route: "88880006".to_owned(),
            data: String::new(),
            number: String::new(),
        };
        let body = body(
            "202104237142",
            "10001",
            "123123412300030010",
            WorkMode::Transfer,
            Some(&transfer),
        );
        // Vendor page, section 4.7, without the token.
        let expected = json!({
            "tenantId": "202104237142", "callId": "123123412300030010", "agentId": "10001", "workMode": "3",
            "callTransferRequest": { "callTransferType": "5", "callTransferRouteValue": "88880006",
                                     "callTransferTransData": "", "callTransferNumber": "" }
        });
        assert_eq!(Value::Object(body), expected);
        assert_eq!(path().path_and_query(), "/oifde/rest/api/flow/changeWorkMode");
        assert!(!format!("{transfer:?}").contains("88880006"));
    }

    #[test]
    fn a_change_of_mode_carries_no_transfer_object_and_only_text() {
        for mode in [WorkMode::Common, WorkMode::Supervision, WorkMode::Insertion] {
            let body = body("1", "10001", "16064786965020f6fb86792bd25dbbb489426", mode, None);
            assert_eq!(body.len(), 4);
            assert!(body.values().all(Value::is_string));
        }
    }
}
