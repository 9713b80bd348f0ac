//! `Retry-After` as a duration: seconds or an HTTP date, clamped, nonsense ignored.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// How long the server asks to wait. A date is measured against the reply's own `Date`, so that our wall clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => until(text, headers, now)?,
    };
    (wait <= ABSURD).then(|| wait.min(LONGEST))
}

fn until(date: &str, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let then = httpdate::parse_http_date(date).ok()?;
    let now = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .unwrap_or(now);
    Some(then.duration_since(now).unwrap_or_default())
}

const LONGEST: Duration = Duration::from_secs(300);
const ABSURD: Duration = Duration::from_secs(86_400);

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn wait(retry_after_text: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(retry_after_text).expect("header"));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).expect("header"));
        }
        retry_after(&headers, SystemTime::UNIX_EPOCH).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_clamped_and_nonsense_is_ignored() {
        assert_eq!(wait("7", None), Some(7));
        assert_eq!(wait(" 0 ", None), Some(0));
        assert_eq!(wait("301", None), Some(300));
        for nonsense in ["-1", "99999999", "18446744073709551616", "soon", "", "1.5", "0x10"] {
            assert_eq!(wait(nonsense, None), None, "{nonsense}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::UNIX_EPOCH), None);
    }

    #[test]
    fn a_date_counts_from_the_replys_own_date() {
        let at = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(wait(at, Some("Wed, 21 Oct 2026 07:27:50 GMT")), Some(10));
        assert_eq!(wait(at, Some("Wed, 21 Oct 2026 07:29:00 GMT")), Some(0));
        assert_eq!(wait(at, None), None, "half a century is absurd");
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:09 GMT", None), Some(9));
    }
}
