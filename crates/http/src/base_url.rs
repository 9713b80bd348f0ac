//! The one origin an adapter may talk to, checked when the configuration is read.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::error::{ConfigError, Place};
use crate::invalid::InvalidInput;
use crate::path::ApiPath;
use crate::request::Method;

/// Scheme, host, port and optional path prefix of the vendor's server; everything sent stays below it.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    authority: String,
    host: String,
    prefix: String,
    https: bool,
}

impl BaseUrl {
    /// Checks a configured URL: `http` or `https`, a host, no user, no query, no fragment; a path becomes the prefix.
    ///
    /// # Errors
    /// [`ConfigError`] that says what to change; the URL is not repeated, as a password may be in it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text.trim()).map_err(|error| {
            ConfigError::new(format!(
                "the base URL is not a URL ({error}); expected e.g. https://gateway.example:8043"
            ))
        })?;
        check(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            authority: format!("{host}:{port}"),
            host,
            prefix: url.path().trim_end_matches('/').to_owned(),
            https: url.scheme() == "https",
        })
    }

    /// Host and port, e.g. `gateway.example:8043`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True for `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// True if `uri`, as a server supplied it, is relative or names this very origin; for counting mismatches, never for following.
    #[must_use]
    pub fn owns(&self, uri: &str) -> bool {
        let home = |url: &Url| {
            let same = url.origin().ascii_serialization() == self.origin;
            same && url.username().is_empty() && url.password().is_none()
        };
        // `http:/x/y` is relative where the base has the same scheme, and a URL of the host `x` by itself: what can be read both ways is foreign.
        let by_itself = Url::parse(uri).map_or(true, |url| home(&url));
        let joined = Url::parse(&self.origin).and_then(|base| base.join(uri));
        by_itself && joined.is_ok_and(|url| home(&url))
    }

    /// Where a request goes, in a form that is safe to log.
    #[must_use]
    pub fn place(&self, method: Method, path: &ApiPath) -> Place {
        Place::new(
            method,
            self.authority.clone(),
            format!("{}{}", self.prefix, path.shape()),
        )
    }

    /// Path and query as the server sees them.
    pub(crate) fn path_and_query(&self, path: &ApiPath) -> String {
        let text = format!("{}{}", self.prefix, path.path_and_query());
        if text.starts_with('/') {
            text
        } else {
            format!("/{text}")
        }
    }

    /// The full URL, with the proof that parsing it changed nothing: the parser drops `..` and control characters silently.
    pub(crate) fn join(&self, path: &ApiPath) -> Result<Url, InvalidInput> {
        let text = format!("{}{}", self.origin, self.path_and_query(path));
        match Url::parse(&text) {
            Ok(url) if url.as_str() == text => Ok(url),
            _ => Err(InvalidInput::new("path", "is not in its plain form")),
        }
    }
}

fn check(url: &Url) -> Result<(), ConfigError> {
    let complaint = if !matches!(url.scheme(), "http" | "https") {
        "must begin with http:// or https://"
    } else if url.host_str().is_none_or(str::is_empty) {
        "names no host"
    } else if url.port() == Some(0) {
        "has port 0"
    } else if !url.username().is_empty() || url.password().is_some() {
        "must not hold a user or password; give them under their own keys"
    } else if url.query().is_some() || url.fragment().is_some() {
        "must not hold a query or fragment"
    } else {
        return Ok(());
    };
    Err(ConfigError::new(format!("the base URL {complaint}")))
}

impl FromStr for BaseUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::parse(text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_an_origin_with_an_optional_prefix() {
        let base = BaseUrl::parse(" https://Gateway.Example/api/v2/ ").expect("valid");
        assert_eq!(base.to_string(), "https://gateway.example/api/v2");
        assert_eq!(base.authority(), "gateway.example:443");
        let url = base.join(&ApiPath::new("/me")).expect("joined");
        assert_eq!(url.as_str(), "https://gateway.example/api/v2/me");
        let bare = BaseUrl::parse("http://[::1]:8080").expect("valid");
        assert_eq!(bare.authority(), "[::1]:8080");
        let url = bare.join(&ApiPath::new("")).expect("joined");
        assert_eq!(url.as_str(), "http://[::1]:8080/");
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_repeating_it() {
        for bad in [
            "",
            "gateway:8043",
            "ftp://gateway",
            "file:///etc/passwd",
            "https://ann:CANARY@gateway",
            "https://gateway?x=CANARY",
            "https://gateway#x",
            "http://gateway:0",
            "https://",
        ] {
            let error = BaseUrl::parse(bad).expect_err(bad);
            assert!(!format!("{error} {error:?}").contains("CANARY"));
        }
    }

    #[test]
    fn a_uri_of_another_origin_is_not_owned() {
        let base = BaseUrl::parse("https://gw:8043/api").expect("valid");
        for own in ["/x/1", "x", "https://gw:8043/other"] {
            assert!(base.owns(own), "{own}");
        }
        for foreign in [
            "http://gw:8043/x",
            "https://gw/x",
            "//evil/x",
            "file:///x",
            "https://u@gw:8043/x",
            "https:/evil/x",
            "https:evil/x",
            "\\\\evil\\x",
        ] {
            assert!(!base.owns(foreign), "{foreign}");
        }
    }
}
