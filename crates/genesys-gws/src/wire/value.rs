//! Reading members of JSON values without insisting on their type: numbers come as strings and the other way round (section 14, items 1 to 4).

use std::collections::BTreeSet;

use serde_json::Value;

/// A text member; numbers are taken as text, an empty text counts as absent.
pub(crate) fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, also one written as text.
pub(crate) fn integer(object: &Value, name: &str) -> Option<i64> {
    match object.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `"On"` or `"Off"`, tolerantly also a boolean; `None` when it is neither or missing.
pub(crate) fn switch(object: &Value, name: &str) -> Option<bool> {
    match object.get(name)? {
        Value::Bool(on) => Some(*on),
        Value::String(word) if word.eq_ignore_ascii_case("on") => Some(true),
        Value::String(word) if word.eq_ignore_ascii_case("off") => Some(false),
        Value::Null | Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list member; a missing one is empty.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A list of words whose order means nothing; `None` when there is no such list.
pub(crate) fn words(object: &Value, name: &str) -> Option<BTreeSet<String>> {
    let list = object.get(name)?.as_array()?;
    Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Any value as text: strings as they are, everything else as JSON.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
