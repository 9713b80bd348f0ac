//! What must never be shown, taken out of foreign text: the token travels in the body, so whoever echoes the body leaks it.

use callcontrol_core::Secret;
use callcontrol_http::Response;

/// The secrets and numbers of one exchange.
#[derive(Debug, Clone, Default)]
pub(crate) struct Private(Vec<Secret>);

impl Private {
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// Also hides this; texts of one or two characters are left, as hiding them would tear every message.
    pub(crate) fn add(&mut self, text: &str) {
        if text.len() > 2 {
            self.0.push(Secret::new(text));
        }
    }

    /// Also hides this.
    pub(crate) fn and(mut self, text: &str) -> Self {
        self.add(text);
        self
    }

    /// Also hides what that one hides.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// The text with everything private blotted out, plain or as it is escaped in JSON.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in &self.0 {
            shown = shown.replace(secret.reveal(), HIDDEN);
            let escaped = serde_json::Value::from(secret.reveal()).to_string();
            let inner = escaped.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            shown = shown.replace(inner.unwrap_or(&escaped), HIDDEN);
        }
        shown
    }

    /// The response as it came, unless something private is echoed in it.
    pub(crate) fn hide_echo(&self, response: Response) -> Response {
        let shown = self.hide_body(&response);
        if shown.text() == response.text() {
            response
        } else {
            shown
        }
    }

    /// The response with everything private blotted out of its body.
    pub(crate) fn hide_body(&self, response: &Response) -> Response {
        let mut shown = response.clone();
        shown.body = self.hide(&response.text()).into();
        shown
    }
}

const HIDDEN: &str = "***";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echoed_token_is_blotted_out_plain_and_escaped() {
        let private = Private::default().and("token\"").and("88880006").and("1");
        let shown = private.hide("no token\", no token\\\", code 10000001, number 88880006");
        assert_eq!(shown, "no ***, no ***, code 10000001, number ***");
        assert!(!format!("{private:?}").contains("88880006"));
    }
}
