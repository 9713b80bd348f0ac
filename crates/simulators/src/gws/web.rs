//! HTTP sessions: Basic or a `JSESSIONID` cookie says who asks, and a token proves that the page was ours (section 2).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use tokio::time::Instant;

use super::ids::Mint;
use super::options::GwsUser;
use super::settings::Settings;

/// The HTTP sessions that live.
#[derive(Debug, Default)]
pub(super) struct WebSessions {
    sessions: BTreeMap<String, WebSession>,
    /// No session can have lapsed before.
    all_live_until: Option<Instant>,
    /// Lapsed, and not yet asked for.
    lapsed: Vec<String>,
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
    pub(super) fn identify(&mut self, headers: &HeaderMap, settings: &Settings, mint: &mut Mint) -> Option<Caller> {
        self.forget_idle(settings);
        let basic = basic_user(headers, settings);
        let known = cookie(headers, "JSESSIONID").filter(|session| self.belongs_to(session, basic));
        match (known, basic) {
            (Some(session), _) => self.resume(&session, settings),
            (None, Some(user)) => Some(self.begin(user.clone(), mint)),
            (None, None) => None,
        }
    }

    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }

    /// The tokens given out so far are worth nothing any more; the next GET tells the new ones.
    pub(super) fn renew_tokens(&mut self, mint: &mut Mint) {
        for session in self.sessions.values_mut() {
            session.csrf_token = mint.csrf_token();
        }
    }

    /// Options changed: what was reckoned from them is void.
    pub(super) fn reckon_anew(&mut self) {
        self.all_live_until = None;
    }

    /// Ends the sessions of this user; which ones they were.
    pub(super) fn end_of_user(&mut self, user: &str) -> Vec<String> {
        let ended = self.sessions.extract_if(.., |_, session| session.user == user);
        ended.map(|(id, _)| id).collect()
    }

    pub(super) fn end_all(&mut self) {
        self.sessions.clear();
    }

    /// The sessions that have lapsed since this was last asked.
    pub(super) fn take_lapsed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lapsed)
    }

    fn resume(&mut self, session: &str, settings: &Settings) -> Option<Caller> {
        let found = self.sessions.get_mut(session)?;
        found.used = Instant::now();
        let user = settings.user_named(&found.user)?.clone();
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

    /// Looks through all only when the one that was silent longest may have lapsed.
    fn forget_idle(&mut self, settings: &Settings) {
        let now = Instant::now();
        let Some(idle) = settings.http_session_idle else { return };
        if self.all_live_until.is_some_and(|until| now < until) {
            return;
        }
        let lapsed = self.sessions.extract_if(.., |_, session| session.used + idle <= now);
        self.lapsed.extend(lapsed.map(|(id, _)| id));
        self.all_live_until = self.sessions.values().map(|session| session.used + idle).min();
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

fn basic_user<'a>(headers: &HeaderMap, settings: &'a Settings) -> Option<&'a GwsUser> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let given = STANDARD.decode(encoded.trim()).ok()?;
    // Genesys' own client encodes the text as ISO-8859-1; UTF-8 is what everybody else does (section 2.1).
    let latin1: String = given.iter().copied().map(char::from).collect();
    let utf8 = std::str::from_utf8(&given).ok();
    utf8.and_then(|text| matching(text, settings))
        .or_else(|| matching(&latin1, settings))
}

fn matching<'a>(credentials: &str, settings: &'a Settings) -> Option<&'a GwsUser> {
    let (name, password) = credentials.split_once(':')?;
    settings.user_named(name).filter(|user| user.password == password)
}
