//! A call's business data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A change of a call's business data. Values may be personal, so `Debug` shows keys only.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallDataPatch {
    /// Pairs to set or replace. CC-Gateway and OIFDE carry one text: the pairs go as one JSON object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Keys to remove.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub remove: BTreeSet<String>,
    /// Remove everything first.
    #[serde(default)]
    pub clear: bool,
    /// One opaque text instead of pairs, for vendors that carry text (CC-Gateway, OIFDE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl CallDataPatch {
    /// Sets one pair.
    #[must_use]
    pub fn set(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::default().and(key, value)
    }

    /// Sets one more pair.
    #[must_use]
    pub fn and(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set.insert(key.into(), value.into());
        self
    }

    /// One opaque text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// Removes one key.
    #[must_use]
    pub fn remove(key: impl Into<String>) -> Self {
        Self {
            remove: BTreeSet::from([key.into()]),
            ..Self::default()
        }
    }

    /// Removes everything.
    #[must_use]
    pub fn clear() -> Self {
        Self {
            clear: true,
            ..Self::default()
        }
    }

    /// True when it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty() && !self.clear && self.text.is_none()
    }

    /// The data as one text, for vendors that carry text: the opaque text, else the pairs as a JSON object, else `None`.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        if let Some(text) = &self.text {
            return Some(text.clone());
        }
        if self.set.is_empty() {
            return None;
        }
        let pairs = self.set.iter().map(|(key, value)| (key.clone(), value.clone().into()));
        Some(serde_json::Value::Object(pairs.collect()).to_string())
    }
}

impl std::fmt::Debug for CallDataPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallDataPatch")
            .field("set", &self.set.keys().collect::<Vec<_>>())
            .field("remove", &self.remove)
            .field("clear", &self.clear)
            .field("text", &self.text.as_ref().map(String::len))
            .finish()
    }
}
