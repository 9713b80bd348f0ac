//! The agent's stay at the switch (vendor page, sections 4.2, 5.1 and 13.2): begun, noticed to be there or gone, begun again where the deployment wants it,
//! and kept alive.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{AgentState, AgentStateRequest, Effect, Error, ErrorKind, Result, SessionState};
use callcontrol_http::ApiPath;
use tokio::time::Instant;

use crate::chance;
use crate::config::SignInAgain;
use crate::faults::{self, Asked};
use crate::readiness::Wanted;
use crate::session::{ME, Session, VOICE};
use crate::wire::body::Body;
use crate::wire::envelope::Envelope;

/// What must be assigned to a user for some operations (section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Every voice operation.
    Voice,
    /// The four recording operations.
    Recording,
    /// Listening in, coaching, barging in.
    Monitoring,
}

impl Feature {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Voice => "api-voice",
            Self::Recording => "api-voice-recording",
            Self::Monitoring => "api-supervisor-monitoring",
        }
    }
}

impl Session {
    /// Refuses what the user lacks the feature for. Where the server told no features, it decides itself.
    pub(crate) fn needs(&self, feature: Feature) -> Result<()> {
        let lacks = |features: &BTreeSet<String>| !features.contains(feature.word());
        if !self.book().features.as_ref().is_some_and(lacks) {
            return Ok(());
        }
        let text = format!(
            "the user {} lacks the feature {}; have it assigned in Genesys",
            self.agent,
            feature.word()
        );
        Err(Error::new(ErrorKind::Permission, Effect::None, text))
    }

    /// The features the server says the user has; `None` where it did not say.
    pub(crate) fn features(&self) -> Option<BTreeSet<String>> {
        self.book().features.clone()
    }

    /// Begins the stay. `was_in`: the server showed the agent as signed in before, and what a second start then does is not documented (section 18, item 12):
    /// if it is refused, the stay from before is taken up.
    pub(crate) async fn start_stay(&self, was_in: bool, deadline: Instant) -> Result<()> {
        let agent = self.agent.as_str();
        let config = &self.config;
        let body = Body::start_session(
            config.place_of(agent),
            config.login_code_of(agent),
            config.queue_of(agent),
        );
        self.book().is_in = false;
        match self.link.post(ApiPath::new(ME), &body, Asked::Session, deadline).await {
            Ok(envelope) => voice_started(&envelope),
            Err(error) if error.native_code() == Some(EXISTS_ALREADY) => Ok(()),
            Err(error) if was_in && error.native_code().is_some_and(|code| IN_THE_WAY.contains(&code)) => {
                tracing::info!(target: "callcontrol::session", session = %self.id, %error, "the stay from before is taken up");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Looks at what the server says of the agent's presence: once there, the agent can only leave by somebody's deed.
    pub(crate) fn mind_presence(self: &Arc<Self>, state: &AgentState) {
        if !matches!(state, AgentState::SignedOut) {
            self.book().is_in |= !matches!(state, AgentState::Unknown);
            return;
        }
        if !self.book().is_in || self.stop.is_cancelled() {
            return;
        }
        if self.config.sign_in_again == SignInAgain::Always && self.may_return() {
            return self.return_soon();
        }
        self.lose(SessionState::Displaced, "somebody has signed the agent out");
    }

    /// At most once in a while: whoever signs the agent out again means it.
    fn may_return(&self) -> bool {
        let mut book = self.book();
        let may = book.returned.is_none_or(|before| before.elapsed() > RETURN_PAUSE);
        if may {
            book.returned = Some(Instant::now());
        }
        may
    }

    fn return_soon(self: &Arc<Self>) {
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            let deadline = Instant::now() + session.config.request_timeout();
            let back = tokio::select! {
                biased;
                () = session.stop.cancelled() => return,
                back = session.come_back(deadline) => back,
            };
            match back {
                Ok(()) => tracing::info!(target: "callcontrol::session", session = %session.id, "signed in again after a sign-out"),
                Err(error) => session.lose(
                    SessionState::Displaced,
                    &format!("somebody has signed the agent out, and signing in again failed: {}", error.message()),
                ),
            }
        });
    }

    /// Begins the stay anew, and the readiness that the agent had asked for last.
    pub(crate) async fn come_back(&self, deadline: Instant) -> Result<()> {
        self.start_stay(false, deadline).await?;
        let wish = self.book().wish.clone();
        if wish == Some(AgentStateRequest::Ready) {
            let body = Body::op("Ready").work_mode(self.config.work_mode.map(crate::config::WorkMode::word));
            self.link
                .post(ApiPath::new(VOICE), &body, Asked::Session, deadline)
                .await?;
        }
        Ok(())
    }

    /// The first readiness of the stay, unless it is so already.
    pub(crate) async fn first_readiness(self: &Arc<Self>, state: AgentStateRequest, deadline: Instant) -> Result<()> {
        self.book().wish = Some(state.clone());
        if Wanted::plain(state.clone()).is_met(&self.world()) {
            return Ok(());
        }
        let (body, _) = self.wanted(state, deadline).await?;
        let path = ApiPath::new(VOICE);
        self.link.post(path, &body, Asked::Session, deadline).await.map(drop)
    }

    /// Asks for something every few minutes (section 18, item 15). With calls up it is the whole state, so that a call whose end was not told is found.
    pub(crate) fn keep_alive(self: &Arc<Self>) {
        let Some(every) = self.config.keep_alive() else { return };
        let session = Arc::clone(self);
        self.tasks.spawn(async move {
            loop {
                let pause = every.mul_f64(0.9 + 0.2 * chance::draw(session.hub.ids()));
                tokio::select! {
                    biased;
                    () = session.stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                if !session.hub.calls(&session.id).is_empty() {
                    session.resync_soon();
                    continue;
                }
                let deadline = Instant::now() + session.config.request_timeout();
                tokio::select! {
                    biased;
                    () = session.stop.cancelled() => return,
                    asked = session.get(ApiPath::new(ME), deadline) => drop(asked),
                }
            }
        });
    }
}

fn voice_started(envelope: &Envelope) -> Result<()> {
    if envelope.code == 0 || envelope.succeeded().iter().any(|channel| channel.channel == "voice") {
        return Ok(());
    }
    let failed = envelope.failed();
    let voice = failed
        .iter()
        .find(|channel| channel.channel == "voice")
        .or(failed.first());
    Err(match voice {
        Some(channel) => faults::refused(channel.code, channel.message.as_deref(), 200, Asked::Session),
        None => faults::refused(envelope.code, envelope.message.as_deref(), 200, Asked::Session),
    })
}

/// A stay from before, e.g. of a process that died: this is how to take it up again (section 5.1).
const EXISTS_ALREADY: &str = "18";
/// How a server may refuse a start that is not needed: invalid now, forbidden now, cannot assign, in use.
const IN_THE_WAY: [&str; 4] = ["2", "3", "16", "19"];
const RETURN_PAUSE: Duration = Duration::from_secs(60);
