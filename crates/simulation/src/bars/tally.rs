//! The line of a measurement: what goes wrong on it, and how many requests of which class met it, with the times of the sign-ins.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callcontrol_http::{Attempt, Mischief, NotSent, Request, RequestKind, Trick};
use tokio::time::Instant;

use crate::vendor::Vendor;
use crate::wire::unavailable;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Proves who the agent is.
    SignIn,
    /// Keeps the event link.
    Link,
    /// Everything else: commands, queries.
    Command,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Trouble {
    #[default]
    None,
    /// No connection can be made.
    Down,
    /// 503 to every request of this class, or to all.
    Unavailable(Option<Class>),
}

/// The line; clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    vendor: Vendor,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    trouble: Trouble,
    seen: Seen,
}

/// What went over it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) sign_ins: Vec<Instant>,
    pub(super) link: u64,
    pub(super) commands: u64,
}

impl Tally {
    pub(super) fn new(vendor: Vendor) -> Self {
        Self {
            vendor,
            state: Arc::default(),
        }
    }

    pub(super) fn trouble(&self, trouble: Trouble) {
        self.lock().trouble = trouble;
    }

    /// What went over it since the last time that this was asked.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut self.lock().seen)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    pub(super) fn requests(&self) -> u64 {
        self.link + self.commands + u64::try_from(self.sign_ins.len()).unwrap_or(u64::MAX)
    }
}

impl Mischief for Tally {
    fn trick(&self, attempt: &Attempt<'_>) -> Trick {
        let class = class(self.vendor, attempt.request);
        let mut state = self.lock();
        match class {
            Class::SignIn => state.seen.sign_ins.push(Instant::now()),
            Class::Link => state.seen.link += 1,
            Class::Command => state.seen.commands += 1,
        }
        match state.trouble {
            Trouble::None => Trick::Pass,
            Trouble::Down => Trick::NotSent(NotSent::Refused),
            Trouble::Unavailable(only) if only.is_none_or(|only| only == class) => unavailable(),
            Trouble::Unavailable(_) => Trick::Pass,
        }
    }
}

/// Told from the request alone, in the vendor's spelling.
fn class(vendor: Vendor, request: &Request) -> Class {
    let shape = request.path().shape();
    let ends = |words: &[&str]| words.iter().any(|word| shape.ends_with(word));
    let (sign_in, link) = match vendor {
        Vendor::HuaweiCcGateway => (
            ends(&["/onlineagent/{id}", "/loginex", "/loginbyaccount", "/forcelogin"]),
            shape.contains("/agentevent/") || ends(&["/updateGuid", "/handshake"]),
        ),
        Vendor::HuaweiOifde => (ends(&["/gettoken"]), false),
        Vendor::GenesysGws => (
            request.headers().contains_key("authorization"),
            ends(&["/notifications"]),
        ),
    };
    if sign_in {
        Class::SignIn
    } else if link || request.kind() == RequestKind::LongPoll {
        Class::Link
    } else {
        Class::Command
    }
}
