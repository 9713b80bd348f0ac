//! HTTP sessions: Basic or a `JSESSIONID` cookie says who asks, and a token proves that the page was ours (section 2).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use tokio::time::Instant;

use super::ids::Mint;
use super::options::{GwsOptions, GwsUser};

/// The HTTP sessions that live.
#[derive(Debug, Default)]
pub(super) struct WebSessions {
    sessions: BTreeMap<String, WebSession>,
}

#[derive(Debug)]
struct WebSession {
    user: String,
    csrf_token: String,
    used: Instant,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) user: GwsUser,
    /// Value of `JSESSIONID`.
    pub(super) session: String,
    pub(super) csrf_token: String,
    /// The session is new: its cookie must be set.
    pub(super) fresh: bool,
}

impl WebSessions {
    /// Who this is: by the cookie, else by Basic, which begins a session. A wrong password is nobody.
    pub(super) fn identify(&mut self, headers: &HeaderMap, options: &GwsOptions, mint: &mut Mint) -> Option<Caller> {
        self.forget_idle(options);
        let basic = basic_user(headers, &options.users);
        let known = cookie(headers, "JSESSIONID").filter(|session| self.belongs_to(session, basic));
        match (known, basic) {
            (Some(session), _) => self.resume(&session, options),
            (None, Some(user)) => Some(self.begin(user.clone(), mint)),
            (None, None) => None,
        }
    }

    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    pub(super) fn end_all(&mut self) {
        self.sessions.clear();
    }

    pub(super) fn is_live(&self, session: &str) -> bool {
        self.sessions.contains_key(session)
    }

    fn resume(&mut self, session: &str, options: &GwsOptions) -> Option<Caller> {
        let found = self.sessions.get_mut(session)?;
        found.used = Instant::now();
        let user = options.users.iter().find(|user| user.name == found.user)?.clone();
        let csrf_token = found.csrf_token.clone();
        Some(Caller {
            user,
            session: session.into(),
            csrf_token,
            fresh: false,
        })
    }

    fn begin(&mut self, user: GwsUser, mint: &mut Mint) -> Caller {
        let (session, csrf_token) = (mint.session(), mint.csrf_token());
        let begun = WebSession {
            user: user.name.clone(),
            csrf_token: csrf_token.clone(),
            used: Instant::now(),
        };
        self.sessions.insert(session.clone(), begun);
        Caller {
            user,
            session,
            csrf_token,
            fresh: true,
        }
    }

    /// A cookie of another user than Basic names does not count.
    fn belongs_to(&self, session: &str, basic: Option<&GwsUser>) -> bool {
        self.sessions
            .get(session)
            .is_some_and(|found| basic.is_none_or(|user| user.name == found.user))
    }

    fn forget_idle(&mut self, options: &GwsOptions) {
        if let Some(idle) = options.http_session_idle {
            self.sessions.retain(|_, session| session.used.elapsed() < idle);
        }
    }
}

/// The value of this cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut named = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name);
    named.next().map(|(_, value)| value.to_owned())
}

fn basic_user<'a>(headers: &HeaderMap, users: &'a [GwsUser]) -> Option<&'a GwsUser> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let given = STANDARD.decode(encoded.trim()).ok()?;
    users.iter().find(|user| {
        let expected = format!("{}:{}", user.name, user.password);
        // Genesys' own client encodes the text as ISO-8859-1; UTF-8 is what everybody else does (section 2.1).
        given == expected.as_bytes() || Some(&given) == latin1(&expected).as_ref()
    })
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .map(|letter| u8::try_from(u32::from(letter)).ok())
        .collect()
}
