//! Servers repeat what they were told, in messages and on error pages. What a request held in confidence is kept beside its reply, to be taken out of any text that is shown.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// The confidential words of one request.
#[derive(Clone, Default)]
pub(crate) struct Confidential(Arc<[SecretString]>);

impl Confidential {
    /// Every sensitive header, whole and in its parts, and what the adapter has named.
    pub(crate) fn new(headers: &HeaderMap, named: &[SecretString]) -> Self {
        let sensitive = headers.values().filter(|value| value.is_sensitive());
        let texts = sensitive.filter_map(|value| value.to_str().ok());
        let words = texts
            .flat_map(parts)
            .map(SecretString::from)
            .chain(named.iter().cloned());
        Self(words.filter(|word| word.expose_secret().len() >= SHORTEST).collect())
    }

    /// The text without them, plain or as they are escaped in JSON.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for word in self.0.iter().map(ExposeSecret::expose_secret) {
            shown = shown.replace(word, HIDDEN);
            let escaped = serde_json::Value::from(word).to_string();
            shown = shown.replace(escaped.trim_matches('"'), HIDDEN);
        }
        shown
    }
}

impl fmt::Debug for Confidential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confidential({} words)", self.0.len())
    }
}

/// `Basic x`, `a=x; b=y`: the whole first, as it is the longest.
fn parts(header: &str) -> impl Iterator<Item = &str> {
    let of_pairs = header.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1));
    let of_words = header.split_once(' ').map(|(_, rest)| rest);
    std::iter::once(header).chain(of_pairs).chain(of_words)
}

/// Anything shorter stands in every other word.
const SHORTEST: usize = 4;
const HIDDEN: &str = "[…]";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{ApiPath, Request};

    #[test]
    fn what_was_told_in_confidence_does_not_come_back() {
        let request = Request::post(ApiPath::new("/x"), Duration::from_secs(1))
            .sensitive_header("authorization", "Basic QWxhZGRpbjpvcGVu")
            .and_then(|request| request.sensitive_header("cookie", "id=abcdefgh; b=1"))
            .expect("plain")
            .private("pass\"word")
            .header("accept", "text/plain")
            .expect("plain");
        let words = request.confidential();
        let told = "QWxhZGRpbjpvcGVu, abcdefgh, pass\"word, pass\\\"word, b=1, text/plain";
        assert_eq!(words.hide(told), "[…], […], […], […], b=1, text/plain");
        let shown = format!("{words:?} {request:?}");
        assert!(!shown.contains("pass") && !shown.contains("abcdefgh"), "{shown}");
    }
}
