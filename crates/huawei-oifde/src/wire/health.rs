//! `servicemonitor` (vendor page, section 7.6): the HTTP status is the answer, the body says more where it can be read.

use callcontrol_http::{ApiPath, Response};
use serde_json::Value;

use super::envelope::{get, text_of};
use super::{API, Object};

/// What the engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) state: &'static str,
    /// `fullgc` and `deadlock` (also spelt `deadload`), `"0"` when good.
    pub(crate) signs: Vec<(String, String)>,
}

pub(crate) fn path() -> ApiPath {
    ApiPath::new(API).literal("servicemonitor")
}

/// `None` for an answer that is not the engine's: another status, or a page of somebody else's.
pub(crate) fn read(response: &Response) -> Option<Health> {
    if response.is_html() || response.text().trim_start().starts_with('<') {
        return None;
    }
    match response.status {
        400 => Some(Health {
            state: "abnormal",
            signs: signs(&response.text()).unwrap_or_default(),
        }),
        _ if response.is_success() => signs(&response.text()).map(|signs| Health {
            state: if signs.iter().all(|(_, value)| value == "0") {
                "healthy"
            } else {
                "impaired"
            },
            signs,
        }),
        _ => None,
    }
}

/// An empty body tells nothing more; the vendor's printed sample lacks its last brace. `None` for what is no object.
fn signs(body: &str) -> Option<Vec<(String, String)>> {
    if body.trim().is_empty() {
        return Some(Vec::new());
    }
    let object: Object = serde_json::from_str(body)
        .or_else(|_| serde_json::from_str(&format!("{body}}}")))
        .ok()?;
    let jvm = get(&object, "jvm").and_then(Value::as_object);
    let told = jvm.into_iter().flatten();
    Some(
        told.filter_map(|(name, value)| Some((name.clone(), text_of(value)?)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use callcontrol_http::HeaderMap;

    use super::*;

    fn state(status: u16, body: &str) -> Option<&'static str> {
        read(&Response::new(status, HeaderMap::new(), body.to_owned())).map(|health| health.state)
    }

    #[test]
    fn the_status_is_the_answer_and_the_body_may_come_in_every_form() {
        for good in [
            r#"{"jvm":{"fullgc":"0","deadlock":"0"}}"#,
            r#"{"jvm":{"fullgc":"0","deadload":"0"}}"#,
            r#"{"jvm":{"fullgc":0,"deadlock":0}}"#,
            r#"{"jvm":{"fullgc":"0","deadlock":"0"}"#,
            r#"{"new":[1]}"#,
            "",
        ] {
            assert_eq!(state(200, good), Some("healthy"), "{good}");
            assert_eq!(state(400, good), Some("abnormal"), "{good}");
        }
        assert_eq!(state(200, r#"{"jvm":{"fullgc":"0","deadload":"1"}}"#), Some("impaired"));
        assert_eq!(state(400, "server state abnormal"), Some("abnormal"));
    }

    #[test]
    fn what_is_not_the_engines_answer_says_nothing_of_the_engine() {
        for (status, body) in [
            (500, "{}"),
            (503, ""),
            (404, "{}"),
            (200, "<html>"),
            (400, "<html>"),
            (200, "OK"),
            (200, "[]"),
        ] {
            assert_eq!(state(status, body), None, "{status} {body}");
        }
    }
}
