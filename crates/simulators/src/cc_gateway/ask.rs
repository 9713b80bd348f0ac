//! One request as an operation sees it: path parameters, query, and body fields read as leniently as the vendor does
//! (15.2: numbers and booleans may come as strings).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::answer::Fault;
use super::options::CcGatewayOptions;

/// A request that found its route.
#[derive(Debug)]
pub(super) struct Ask {
    /// The agent in the path.
    pub(super) agent: String,
    /// The other path parameters in order.
    pub(super) params: Vec<String>,
    /// Method, for the operations that have two.
    pub(super) method: http::Method,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Ask {
    /// The first path parameter after the agent.
    pub(super) fn param(&self) -> &str {
        self.params.first().map_or("", String::as_str)
    }

    /// The credential it carries.
    pub(super) fn guid(&self) -> Option<&str> {
        self.headers.get("guid").and_then(|value| value.to_str().ok())
    }

    /// A query parameter that is not empty.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The body's fields, of which these are documented.
    pub(super) fn fields(&self, documented: &[&str], options: &CcGatewayOptions) -> Result<Fields, Fault> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(&self.body) else {
            return Err(options.malformed_body.into());
        };
        let unknown = fields.keys().any(|name| !documented.contains(&name.as_str()));
        match options.unknown_property {
            Some(bad) if unknown => Err(bad.into()),
            Some(_) | None => Ok(Fields(fields)),
        }
    }
}

/// The fields of a body. A `null` counts as absent.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// A text, or a number written without quotes; absent or empty is `None`.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(Fault::PARAMETER),
        }
    }

    /// A whole number, also in quotes.
    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Fault> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        number.map(Some).ok_or(Fault::PARAMETER)
    }

    /// A boolean, also in quotes.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(Fault::PARAMETER),
        }
    }

    /// Call-associated data of at most so many bytes (6.1).
    pub(super) fn call_data(&self, name: &str, options: &CcGatewayOptions) -> Result<Option<String>, Fault> {
        let data = self.text(name)?;
        match data {
            Some(data) if data.len() > options.call_data_limit => Err(Fault::PARAMETER),
            data => Ok(data),
        }
    }
}

/// Whether this may be a `serviceToken`: at most 50 letters and digits (3.3).
pub(super) fn is_token(text: &str) -> bool {
    (1..=50).contains(&text.len()) && text.chars().all(char::is_alphanumeric)
}

/// The pairs of a query, decoded; of repeated names the last counts.
pub(super) fn parse_query(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-decoded text.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether these are 1 to 24 of such characters.
pub(super) fn is_number(text: &str, such: impl Fn(char) -> bool) -> bool {
    (1..=24).contains(&text.len()) && text.chars().all(such)
}

/// A key of a telephone.
pub(super) fn is_key(key: char) -> bool {
    key.is_ascii_digit() || matches!(key, '*' | '#')
}

/// A decimal digit.
pub(super) fn is_digit(key: char) -> bool {
    key.is_ascii_digit()
}
