//! The four envelopes of one product: `errorCode`/`errorMsg`, `errorCode`/`errorMessage`, `rtnCode`/`rtnMsg`, `ret` (vendor page, section 11).
//! Codes come as text, as number, as null or not at all; success is `"0"`, `0`, absent or null.

use callcontrol_http::{DecodeError, Response};
use serde_json::Value;

use super::Object;

/// An answer of the vendor's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) code: Code,
    pub(crate) message: Option<String>,
    pub(crate) fields: Object,
}

/// What an answer says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    /// `"0"` or `0`.
    Success,
    /// No code, or null.
    Absent,
    /// Any other text or integer, as decimal text.
    Failure(String),
    /// Something that is no code at all (a fraction, a list, an empty text), as it came.
    Odd(String),
}

impl Envelope {
    /// Reads an answer; an error shows how the body begins.
    pub(crate) fn read(response: &Response, what: &'static str) -> Result<Self, DecodeError> {
        response.json::<Object>(what).map(Self::from)
    }

    /// As [`Self::read`] for an answer that holds a credential: an error shows nothing of the body.
    pub(crate) fn read_secret(response: &Response, what: &'static str) -> Result<Self, DecodeError> {
        response.json_secret::<Object>(what).map(Self::from)
    }
}

impl From<Object> for Envelope {
    fn from(fields: Object) -> Self {
        let code = CODES
            .iter()
            .find_map(|name| get(&fields, name))
            .map_or(Code::Absent, code_of);
        let message = MESSAGES.iter().find_map(|name| get(&fields, name)).and_then(text_of);
        Self {
            code,
            message: message.filter(|text| !text.is_empty()),
            fields,
        }
    }
}

/// A field by its name, in whatever case; null counts as absent.
pub(crate) fn get<'a>(fields: &'a Object, name: &str) -> Option<&'a Value> {
    let exact = fields.get(name);
    let any_case = || {
        fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    exact.or_else(any_case).filter(|value| !value.is_null())
}

/// Text, or a number as text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn code_of(value: &Value) -> Code {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        Value::Null => return Code::Absent,
        Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Code::Odd(value.to_string()),
    };
    match text.as_str() {
        "0" => Code::Success,
        "" => Code::Odd("\"\"".to_owned()),
        _ => Code::Failure(text),
    }
}

/// In the order in which they count when an answer has several.
const CODES: &[&str] = &["errorCode", "rtnCode", "ret"];
const MESSAGES: &[&str] = &["errorMsg", "errorMessage", "rtnMsg"];

#[cfg(test)]
mod tests {
    use callcontrol_http::HeaderMap;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &str) -> Envelope {
        Envelope::read(&Response::new(200, HeaderMap::new(), body.to_owned()), "answer").expect("an object")
    }

    fn failure(code: &str) -> Code {
        Code::Failure(code.to_owned())
    }

    #[test]
    fn success_is_told_in_six_ways() {
        for body in [
            r#"{"errorCode":"0","errorMsg":""}"#,
            r#"{"errorCode":0}"#,
            r#"{"rtnCode":0}"#,
            r#"{"ret":0}"#,
        ] {
            assert_eq!(read(body).code, Code::Success, "{body}");
        }
        for body in [
            "{}",
            r#"{"errorCode":null}"#,
            r#"{"rtnCode":null,"beans":{}}"#,
            r#"{"total":3}"#,
        ] {
            assert_eq!(read(body).code, Code::Absent, "{body}");
        }
    }

    #[test]
    fn a_failure_is_read_from_each_envelope_with_its_text() {
        for (body, text) in [
            (r#"{"errorCode":"900001","errorMsg":"token expired"}"#, "token expired"),
            (
                r#"{"errorCode":900001,"errorMessage":"token expired"}"#,
                "token expired",
            ),
            (r#"{"rtnCode":"900001","rtnMsg":"token expired"}"#, "token expired"),
            (
                r#"{"errorcode":" 900001 ","ERRORMSG":"token expired"}"#,
                "token expired",
            ),
            (r#"{"errorCode":null,"ret":900001,"errorMsg":7}"#, "7"),
        ] {
            let envelope = read(body);
            assert_eq!(envelope.code, failure("900001"), "{body}");
            assert_eq!(envelope.message.as_deref(), Some(text), "{body}");
        }
    }

    #[test]
    fn what_is_no_code_is_kept_as_odd() {
        for (body, raw) in [
            (r#"{"errorCode":true}"#, "true"),
            (r#"{"errorCode":0.0}"#, "0.0"),
            (r#"{"errorCode":["0"]}"#, r#"["0"]"#),
            (r#"{"errorCode":""}"#, r#""""#),
        ] {
            assert_eq!(read(body).code, Code::Odd(raw.to_owned()), "{body}");
        }
        assert_eq!(read(r#"{"errorCode":-1}"#).code, failure("-1"));
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for body in [
            "",
            "[]",
            "\"0\"",
            "0",
            "null",
            "<html>",
            "{\"errorCode\":\"0\"",
            "{} {}",
        ] {
            let response = Response::new(200, HeaderMap::new(), body.to_owned());
            assert!(Envelope::read(&response, "answer").is_err(), "{body}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let response = Response::new(200, HeaderMap::new(), body);
            let _ = Envelope::read(&response, "answer");
            let _ = Envelope::read_secret(&response, "answer");
        }

        #[test]
        fn any_value_of_a_code_is_success_only_if_it_is_zero(value in any_json(), name in prop::sample::select(CODES)) {
            let envelope = Envelope::from(json!({ name: value }).as_object().cloned().unwrap_or_default());
            let zero = value == json!(0) || value.as_str().is_some_and(|text| text.trim() == "0");
            prop_assert_eq!(envelope.code == Code::Success, zero);
            prop_assert_eq!(envelope.code == Code::Absent, value.is_null());
        }

        #[test]
        fn every_integer_code_reads_alike_as_number_and_as_text(code in any::<i64>()) {
            let number = Envelope::from(json!({ "errorCode": code }).as_object().cloned().unwrap_or_default());
            let text = Envelope::from(json!({ "errorCode": code.to_string() }).as_object().cloned().unwrap_or_default());
            prop_assert_eq!(number.code, text.code);
        }

        #[test]
        fn unknown_fields_change_nothing(extra in any_json(), name in "x-[a-z]{1,8}") {
            let mut fields = json!({ "errorCode": "900002", "errorMsg": "no" }).as_object().cloned().unwrap_or_default();
            fields.insert(name, extra);
            prop_assert_eq!(Envelope::from(fields).code, failure("900002"));
        }
    }
}
