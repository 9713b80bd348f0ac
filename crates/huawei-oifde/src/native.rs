//! The escape hatch: one request in the vendor's words below `/oifde/rest/api`. Tenant and token are put into a JSON object as its body;
//! a request without a body goes without a token (the health check wants none).

use callcontrol_core::{Error, NativeReply, NativeRequest, Result};
use callcontrol_http::{ApiPath, Deadline, Idempotency, Method};
use serde_json::Value;

use crate::adapter::Oifde;
use crate::link::Order;
use crate::private::Private;
use crate::wire::{API, Object};

impl Oifde {
    pub(crate) async fn native_request(&self, request: NativeRequest, deadline: Deadline) -> Result<NativeReply> {
        self.check_running()?;
        if let Some(session) = &request.session {
            self.check_open(session)?;
        }
        let order = order(&request, &self.config.tenant_id)?;
        let (response, _) = self.link.exchange(&order, &Default::default(), deadline).await?;
        Ok(NativeReply::new(response.status, response.text()))
    }
}

fn order(request: &NativeRequest, tenant: &str) -> Result<Order> {
    let joined = request.path.join("/");
    if let Some((_, reason)) = RESERVED.iter().find(|(path, _)| joined.eq_ignore_ascii_case(path)) {
        return Err(Error::unsupported(*reason));
    }
    if !request.query.is_empty() {
        return Err(Error::invalid_input(
            "OIFDE takes no query parameters; everything goes into the JSON body",
        ));
    }
    let mut path = ApiPath::new(API);
    for segment in &request.path {
        path = path.id(segment)?;
    }
    let idempotency = if QUERIES.contains(&joined.as_str()) {
        Idempotency::Query
    } else {
        Idempotency::Command
    };
    Ok(Order {
        what: "native answer",
        method: method(request, &joined)?,
        path,
        body: request.body.as_deref().map(|text| body(text, tenant)).transpose()?,
        idempotency,
        private: Private::default(),
    })
}

fn method(request: &NativeRequest, joined: &str) -> Result<Method> {
    match request.method.to_ascii_uppercase().as_str() {
        "POST" => Ok(Method::Post),
        "GET" if joined == HEALTH => Ok(Method::Get),
        _ => Err(Error::invalid_input(
            "OIFDE takes POST only, and GET for servicemonitor",
        )),
    }
}

fn body(text: &str, tenant: &str) -> Result<Object> {
    let Ok(Value::Object(mut body)) = serde_json::from_str(text) else {
        return Err(Error::invalid_input(
            "the body of a native request must be a JSON object, into which the token is put",
        ));
    };
    body.entry("tenantId").or_insert_with(|| tenant.into());
    Ok(body)
}

const HEALTH: &str = "servicemonitor";

/// Paths that only ask, so that a lost answer leaves nothing in doubt.
const QUERIES: &[&str] = &[
    HEALTH,
    "intentions/query",
    "queryHistory",
    "queryRecordHistory",
    "queryTransferRecordHistory",
    "queryflows",
];

const RESERVED: &[(&str, &str)] = &[
    (
        "gettoken",
        "the adapter asks for the token itself and gives it to nobody",
    ),
    (
        "flow/changeWorkMode",
        "changing the work mode behind the adapter's back would make what it knows of the session wrong; use robot-mode and blind-transfer",
    ),
];

#[cfg(test)]
mod tests {
    use callcontrol_core::ErrorKind;
    use serde_json::json;

    use super::*;

    fn refused(request: &NativeRequest, kind: ErrorKind) {
        let error = order(request, "1").expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }

    #[test]
    fn the_tenant_is_put_in_unless_given() {
        let request = NativeRequest::new("post", ["queryflows"]).body(r#"{"source":"IVR"}"#);
        let sent = order(&request, "202104237142").expect("valid");
        assert_eq!(
            Value::from(sent.body.expect("body")),
            json!({ "source": "IVR", "tenantId": "202104237142" })
        );
        assert_eq!(sent.idempotency, Idempotency::Query);
        assert_eq!(sent.path.path_and_query(), "/oifde/rest/api/queryflows");
        let request = NativeRequest::new("POST", ["flow", "receiveDialogrecord"]).body(r#"{"tenantId":"7"}"#);
        let sent = order(&request, "202104237142").expect("valid");
        assert_eq!(Value::from(sent.body.expect("body")), json!({ "tenantId": "7" }));
        assert_eq!(sent.idempotency, Idempotency::Command);
    }

    #[test]
    fn only_the_health_check_may_be_got() {
        assert!(
            order(&NativeRequest::new("GET", ["servicemonitor"]), "1")
                .expect("valid")
                .body
                .is_none()
        );
        refused(&NativeRequest::new("GET", ["queryflows"]), ErrorKind::InvalidInput);
        refused(&NativeRequest::new("DELETE", ["queryflows"]), ErrorKind::InvalidInput);
    }

    #[test]
    fn what_belongs_to_the_adapter_or_leaves_the_api_is_refused() {
        refused(&NativeRequest::new("POST", ["gettoken"]), ErrorKind::Unsupported);
        refused(&NativeRequest::new("POST", ["GetToken"]), ErrorKind::Unsupported);
        refused(
            &NativeRequest::new("POST", ["flow", "changeWorkMode"]),
            ErrorKind::Unsupported,
        );
        refused(
            &NativeRequest::new("POST", ["flow/changeWorkMode"]),
            ErrorKind::Unsupported,
        );
        refused(
            &NativeRequest::new("POST", ["..", "crs", "process"]),
            ErrorKind::InvalidInput,
        );
        refused(
            &NativeRequest::new("POST", ["queryflows"]).body("[1]"),
            ErrorKind::InvalidInput,
        );
        refused(
            &NativeRequest::new("POST", ["queryflows"]).body("{"),
            ErrorKind::InvalidInput,
        );
        let mut query = NativeRequest::new("POST", ["queryflows"]);
        query.query.push(("a".to_owned(), "b".to_owned()));
        refused(&query, ErrorKind::InvalidInput);
    }
}
