//! Values whose type varies between releases: numbers as text, text as numbers, text padded with NUL.

use serde_json::{Map, Value};

/// A member under any of its spellings; key case varies (`callid`, `callId`).
pub(super) fn member<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(*name))
}

/// Text or number as text, without the NUL padding of some releases; `None` for everything else and for nothing.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim_end_matches('\0').trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A member as text.
pub(super) fn text_at(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    member(object, names).and_then(text)
}

/// A number or a number in quotes.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim_end_matches('\0').trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A member as a number.
pub(super) fn number_at(object: &Map<String, Value>, names: &[&str]) -> Option<i64> {
    member(object, names).and_then(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_text_and_text_as_numbers() {
        assert_eq!(text(&json!(291)), Some("291".into()));
        assert_eq!(text(&json!("note\u{0}\u{0}")), Some("note".into()));
        assert_eq!(text(&json!("")), None);
        assert_eq!(text(&json!({})), None);
        assert_eq!(number(&json!("51")), Some(51));
        assert_eq!(number(&json!(51)), Some(51));
        assert_eq!(number(&json!("x")), None);
    }
}
