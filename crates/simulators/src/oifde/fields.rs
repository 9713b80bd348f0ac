//! Reading members of a request: what is mandatory, and how strictly types are taken.

use std::fmt;

use serde_json::{Map, Value};

use super::fault::Fault;

/// A JSON object of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    strict: bool,
    signed: Option<Signed<'a>>,
}

/// Whoever does not put a token into the body: the headers `username` and `token` (section 3).
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) account: &'a str,
    pub(super) token: &'a str,
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a Map<String, Value>, strict: bool) -> Self {
        let signed = None;
        Self { object, strict, signed }
    }

    pub(super) fn signed_by(self, signed: Option<Signed<'a>>) -> Self {
        Self { signed, ..self }
    }

    pub(super) fn signed(&self) -> Option<Signed<'a>> {
        self.signed
    }

    /// A string that is there and not empty.
    pub(super) fn required(&self, name: &str) -> Result<String, Fault> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Fault::parameters(format!("{name} is mandatory")))
    }

    /// A string, `""` when it is not there.
    pub(super) fn text_or_empty(&self, name: &str) -> Result<String, Fault> {
        Ok(self.text(name)?.unwrap_or_default())
    }

    /// A string, if it is there and not null.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) if !self.strict => Ok(Some(number.to_string())),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    /// An integer, if it is there and not null.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let wrong = || wrong_type(name, "an integer");
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number.as_i64().map(Some).ok_or_else(wrong),
            Some(Value::String(text)) if !self.strict => text.parse().map(Some).map_err(|_| wrong()),
            Some(_) => Err(wrong()),
        }
    }

    /// An object, if it is there and not null.
    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Self { object, ..*self })),
            Some(_) => Err(wrong_type(name, "an object")),
        }
    }

    /// Whether the member is there, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }
}

fn wrong_type(name: &str, wanted: &str) -> Fault {
    Fault::parameters(format!("{name} must be {wanted}"))
}
