//! The cookies of one origin: what the server set goes back to it, and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use cookie::Cookie;
use http::HeaderValue;
use tokio::time::Instant;

use crate::response::Response;

/// Keeps cookies by name, the newest value wins; `Domain` and `Path` play no part, as one jar serves one origin. `Debug` shows names only.
///
/// Life times run on the monotonic clock from the moment a cookie is stored, so that a jump of the wall clock ends no session.
#[derive(Default)]
pub struct CookieJar {
    cookies: Mutex<BTreeMap<String, Stored>>,
}

struct Stored {
    value: String,
    until: Option<Instant>,
}

impl CookieJar {
    /// An empty jar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores every `Set-Cookie` of a reply.
    pub fn store_from(&self, response: &Response) {
        for cookie in response.set_cookies() {
            self.store(cookie);
        }
    }

    /// Stores one `Set-Cookie`; a life time of zero or in the past removes. What is malformed, too large or one too many is left out.
    pub fn store(&self, set_cookie: &str) {
        let Some((name, value, life)) = parse(set_cookie, SystemTime::now()) else {
            return;
        };
        let mut cookies = self.lock();
        if life == Life::Over {
            cookies.remove(&name);
            return;
        }
        if cookies.len() >= MAX_COOKIES && !cookies.contains_key(&name) {
            return;
        }
        let until = match life {
            Life::For(duration) => Instant::now().checked_add(duration),
            Life::Session | Life::Over => None,
        };
        cookies.insert(name, Stored { value, until });
    }

    /// The value of a `Cookie` header, marked sensitive; `None` if there is nothing to send.
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        let now = Instant::now();
        let mut cookies = self.lock();
        cookies.retain(|_, stored| stored.until.is_none_or(|until| until > now));
        let pairs: Vec<String> = cookies
            .iter()
            .map(|(name, stored)| format!("{name}={}", stored.value))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let mut value = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Forgets everything, as at sign-out.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Nothing in here panics while it holds the lock, so that a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Stored>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Life {
    Over,
    For(Duration),
    Session,
}

fn parse(set_cookie: &str, now: SystemTime) -> Option<(String, String, Life)> {
    if set_cookie.len() > MAX_COOKIE {
        return None;
    }
    let cookie = Cookie::parse(set_cookie).ok()?;
    let (name, value) = (cookie.name(), cookie.value());
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b';');
    if name.is_empty() || name.contains('=') || !plain(name) || !plain(value) {
        return None;
    }
    Some((name.to_owned(), value.to_owned(), life(&cookie, now)))
}

/// `Max-Age` wins over `Expires` (RFC 6265, section 5.3).
fn life(cookie: &Cookie<'_>, now: SystemTime) -> Life {
    if let Some(age) = cookie.max_age() {
        return match Duration::try_from(age) {
            Ok(age) if age > Duration::ZERO => Life::For(age),
            _ => Life::Over,
        };
    }
    match cookie.expires_datetime() {
        None => Life::Session,
        Some(at) => match SystemTime::from(at).duration_since(now) {
            Ok(left) if left > Duration::ZERO => Life::For(left),
            _ => Life::Over,
        },
    }
}

const MAX_COOKIES: usize = 50;
const MAX_COOKIE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(jar: &CookieJar) -> Option<String> {
        let value = jar.header()?;
        Some(value.to_str().expect("text").to_owned())
    }

    #[test]
    fn the_newest_value_goes_back_and_removal_removes() {
        let jar = CookieJar::new();
        assert_eq!(sent(&jar), None);
        jar.store("JSESSIONID=one; Path=/api; HttpOnly; Secure");
        jar.store("lb=n2; Max-Age=60");
        jar.store("JSESSIONID=two; Path=/");
        assert_eq!(sent(&jar).as_deref(), Some("JSESSIONID=two; lb=n2"));
        jar.store("JSESSIONID=; Max-Age=0");
        jar.store("lb=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(sent(&jar), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cookie_lives_as_long_as_its_max_age() {
        let jar = CookieJar::new();
        jar.store("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(sent(&jar).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(sent(&jar), None);
    }

    #[test]
    fn what_would_break_a_header_is_left_out_and_values_are_hidden() {
        let jar = CookieJar::new();
        for bad in [
            "",
            "=x",
            "novalue",
            "a=\r\nx: y",
            "a=é",
            &format!("a={}", "x".repeat(5000)),
        ] {
            jar.store(bad);
        }
        assert_eq!(sent(&jar), None);
        jar.store("guid=CANARY");
        assert_eq!(format!("{jar:?}"), "{\"guid\"}");
        assert!(!format!("{:?}", jar.header()).contains("CANARY"));
        for n in 0..200 {
            jar.store(&format!("c{n}=1"));
        }
        assert_eq!(jar.lock().len(), MAX_COOKIES);
    }
}
