//! The vendor's spelling, pure: what requests look like, and a decoder that takes every form the vendor's answers come in.

pub(crate) mod envelope;
pub(crate) mod health;
pub(crate) mod listing;
pub(crate) mod records;
pub(crate) mod reply;
pub(crate) mod token;
pub(crate) mod work_mode;

use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// Below this lies everything that this adapter calls (vendor page, section 2).
pub(crate) const API: &str = "/oifde/rest/api";
