//! One step of a recipe: recorded, sent, and sent again only while it is certain that nothing was sent before. Nobody else would: the retry layer sees commands,
//! not their steps.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{CallId, Effect, Error, Result, StepEnd};
use callcontrol_http::ApiPath;
use tokio::time::Instant;

use crate::cometd::backoff::Backoff;
use crate::faults::Asked;
use crate::journal::Journal;
use crate::session::Session;
use crate::wire::body::Body;

impl Session {
    /// Sends a step. A refusal ends it in the journal; how any other one ends, its effect must show.
    pub(crate) async fn step(
        &self,
        journal: &Journal,
        name: &str,
        request: impl Fn() -> Result<(ApiPath, Body)>,
    ) -> Result<()> {
        journal.begin(name);
        let sent = self.see_sent(request).await;
        if let Err(error) = &sent {
            tracing::warn!(target: "callcontrol::op", session = %self.id, step = name, %error, "a step of a recipe was not accepted");
            if error.effect() == Effect::None {
                journal.end(name, StepEnd::Failed);
            }
        }
        sent
    }

    /// The request is made anew for each try: what it needs may be gone meanwhile.
    async fn see_sent(&self, request: impl Fn() -> Result<(ApiPath, Body)>) -> Result<()> {
        let deadline = Instant::now() + self.config.request_timeout();
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE, Arc::clone(&self.place));
        loop {
            let (path, body) = request()?;
            let Err(error) = self.post(path, &body, Asked::Call, deadline).await else {
                return Ok(());
            };
            let pause = backoff.next();
            let in_time = Instant::now() + pause < deadline;
            if !(in_time && was_not_sent(&error)) {
                return Err(error);
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(error),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// A step that is one operation on one call.
    pub(crate) fn on_call(&self, call: &CallId, name: &str) -> Result<(ApiPath, Body)> {
        Ok((self.call_path(call)?, Body::op(name)))
    }
}

/// No byte was written. A refusal by the server is an answer, and stands.
pub(crate) fn was_not_sent(error: &Error) -> bool {
    error.is_retryable() && error.native().is_none()
}

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
