//! Paths below the base URL, built piece by piece from trusted literals and checked values.
//! Text from a caller or a server is validated first and percent-encoded second; it can never change the shape of a path.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::invalid::InvalidInput;

/// A path and query below the [`BaseUrl`](crate::BaseUrl). `Debug` and errors show its shape: literals, `{id}`, names of query parameters.
///
/// ```
/// use callcontrol_http::ApiPath;
/// let path = ApiPath::new("/gateway/resource").literal("call").id("10-7")?.query("to", "#1")?;
/// assert_eq!(path.path_and_query(), "/gateway/resource/call/10-7?to=%231");
/// assert_eq!(path.shape(), "/gateway/resource/call/{id}");
/// assert!(ApiPath::new("/call").id("../admin").is_err());
/// # Ok::<(), callcontrol_http::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiPath {
    path: String,
    shape: String,
    query: String,
    query_names: Vec<&'static str>,
}

impl ApiPath {
    /// Starts from a trusted prefix such as `/gateway/resource`; `""` and `/` both mean the base URL itself.
    #[must_use]
    pub fn new(prefix: &'static str) -> Self {
        let mut path = Self {
            path: String::new(),
            shape: String::new(),
            query: String::new(),
            query_names: Vec::new(),
        };
        path.push_literal(prefix);
        path
    }

    /// Appends one or more trusted segments (`"calls"`, `"calls/recent"`).
    #[must_use]
    pub fn literal(mut self, segment: &'static str) -> Self {
        self.push_literal(segment);
        self
    }

    /// Appends one id as a segment of its own.
    ///
    /// # Errors
    /// Refuses what could change the path or hide what it says: empty or longer than 256 bytes, control characters, anything beyond ASCII
    /// (full-width digits look like digits), blanks at the ends, `/ \ ? # %`, `.` and `..`.
    pub fn id(mut self, id: impl AsRef<str>) -> Result<Self, InvalidInput> {
        let id = id.as_ref();
        check_id(id).map_err(|why| InvalidInput::new("id in the path", why))?;
        self.path.push('/');
        self.path.extend(utf8_percent_encode(id, ENCODED));
        self.shape.push_str("/{id}");
        Ok(self)
    }

    /// Appends a query parameter; the value is percent-encoded, so that `#` travels as `%23`.
    ///
    /// # Errors
    /// Refuses control characters and values longer than 4096 bytes.
    pub fn query(mut self, name: &'static str, value: impl AsRef<str>) -> Result<Self, InvalidInput> {
        let value = value.as_ref();
        check_query_value(value).map_err(|why| InvalidInput::new(format!("query value \"{name}\""), why))?;
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.extend(utf8_percent_encode(name, ENCODED));
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, ENCODED));
        self.query_names.push(name);
        Ok(self)
    }

    /// The encoded text as it goes on the wire below the base URL. Holds ids and values: not for logs.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    /// The path without ids and query, safe to log: `/calls/{id}/transfer`.
    #[must_use]
    pub fn shape(&self) -> &str {
        &self.shape
    }

    fn push_literal(&mut self, text: &'static str) {
        for segment in text.split('/').filter(|segment| !segment.is_empty()) {
            self.path.push('/');
            self.path.push_str(segment);
            self.shape.push('/');
            self.shape.push_str(segment);
        }
    }
}

impl fmt::Debug for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shape)?;
        for (at, name) in self.query_names.iter().enumerate() {
            write!(f, "{}{name}=…", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

/// Only the id out of a URI a server supplied, absolute or relative; the URI itself is never followed.
/// `None` if the last segment is not an id that [`ApiPath::id`] would take.
///
/// ```
/// use callcontrol_http::last_segment;
/// assert_eq!(last_segment("http://elsewhere:1/api/v2/calls/007?x=1").as_deref(), Some("007"));
/// assert_eq!(last_segment("/calls/%2e%2e"), None);
/// ```
#[must_use]
pub fn last_segment(uri: &str) -> Option<String> {
    if uri.len() > MAX_SERVER_URI {
        return None;
    }
    let without_query = uri.split(['?', '#']).next()?;
    let path = below_authority(without_query)?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let segment = path.rsplit('/').next()?;
    let id = percent_decode_str(segment).decode_utf8().ok()?;
    check_id(&id).ok()?;
    Some(id.into_owned())
}

fn below_authority(uri: &str) -> Option<&str> {
    match uri.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || scheme.ends_with(':') => {
            rest.split_once('/').map(|(_authority, path)| path)
        }
        _ => Some(uri),
    }
}

fn check_id(id: &str) -> Result<(), &'static str> {
    if id.is_empty() {
        return Err("is empty");
    }
    if id.len() > MAX_ID {
        return Err("is longer than 256 bytes");
    }
    if id == "." || id == ".." {
        return Err("is \".\" or \"..\", which would change the path");
    }
    if id.starts_with(' ') || id.ends_with(' ') {
        return Err("begins or ends with a blank");
    }
    for byte in id.bytes() {
        match byte {
            b'/' | b'\\' | b'?' | b'#' | b'%' => {
                return Err("holds one of / \\ ? # %, which could change the path");
            }
            b' '..=b'~' => {}
            _ => return Err("holds a control or non-ASCII character"),
        }
    }
    Ok(())
}

fn check_query_value(value: &str) -> Result<(), &'static str> {
    if value.len() > MAX_QUERY_VALUE {
        return Err("is longer than 4096 bytes");
    }
    if value.chars().any(char::is_control) {
        return Err("holds a control character");
    }
    Ok(())
}

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const MAX_ID: usize = 256;
const MAX_QUERY_VALUE: usize = 4096;
const MAX_SERVER_URI: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_change_the_path_is_refused_and_not_shown() {
        let long = "1".repeat(1 << 20);
        for bad in [
            "101/../x",
            "%2f",
            "%2e%2e",
            "..",
            ".",
            "",
            "１０１",
            "1\t",
            "1\r\n",
            "a?b",
            "a#b",
            "a\\b",
            " 1",
            "1 ",
            &long,
            "\u{7f}",
            "a\0",
        ] {
            let refused = ApiPath::new("/agent").id(bad).expect_err(bad);
            assert!(bad.len() < 4 || !refused.to_string().contains(bad));
        }
    }

    #[test]
    fn an_ordinary_id_is_encoded_and_stays_one_segment() {
        let path = ApiPath::new("/v2")
            .literal("agents")
            .id("sip:ann@example.com")
            .and_then(|path| path.id("Agent Group 1"))
            .expect("valid");
        assert_eq!(
            path.path_and_query(),
            "/v2/agents/sip%3Aann%40example.com/Agent%20Group%201"
        );
        assert_eq!(path.shape(), "/v2/agents/{id}/{id}");
    }

    #[test]
    fn query_values_are_encoded_and_hidden() {
        let path = ApiPath::new("/dial")
            .query("called", "#2065550100&x=1")
            .and_then(|path| path.query("name", "Zoë"))
            .expect("valid");
        assert_eq!(
            path.path_and_query(),
            "/dial?called=%232065550100%26x%3D1&name=Zo%C3%AB"
        );
        assert_eq!(format!("{path:?}"), "/dial?called=…&name=…");
        assert!(ApiPath::new("/dial").query("called", "1\r\n2").is_err());
    }

    #[test]
    fn the_id_is_taken_out_of_any_uri_without_following_it() {
        let cases = [
            ("https://evil.example/api/calls/42", Some("42")),
            ("//evil/42/", Some("42")),
            ("/calls/42?fields=*#top", Some("42")),
            ("http://user:pw@host:99/d/9f-2", Some("9f-2")),
            ("calls/a%20b", Some("a b")),
            ("42", Some("42")),
            ("https://host", None),
            ("https://host/", None),
            ("/calls/%2e%2e", None),
            ("/calls/a%2Fb", None),
            ("/calls/%00", None),
            ("", None),
        ];
        for (uri, id) in cases {
            assert_eq!(last_segment(uri).as_deref(), id, "{uri}");
        }
    }
}
