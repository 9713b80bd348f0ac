//! The escape hatch: a request in the vendor's own words, still kept below the base path and with every segment checked.

use callcontrol_core::{Error, NativeRequest, Result};
use callcontrol_http::{ApiPath, Method};

/// Method, path and body as they can be sent.
pub(crate) fn native_parts(request: &NativeRequest) -> Result<(Method, ApiPath, Option<serde_json::Value>)> {
    let method = match request.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        _ => return Err(Error::invalid_input("the method must be GET, POST, PUT or DELETE")),
    };
    let mut path = ApiPath::new("/api/v2");
    for segment in &request.path {
        path = path.id(segment)?;
    }
    for (name, value) in &request.query {
        path = match name.as_str() {
            "fields" => path.query("fields", value)?,
            "subresources" => path.query("subresources", value)?,
            _ => {
                return Err(Error::invalid_input(
                    "Web Services knows the query parameters fields and subresources only",
                ));
            }
        };
    }
    let body = request.body.as_deref().map(serde_json::from_str).transpose();
    let body = body.map_err(|_| Error::invalid_input("the body of a native request must be JSON"))?;
    Ok((method, path, body))
}
