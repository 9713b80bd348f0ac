//! The silent agent's stay. The vendor has no sign-in for agents: opening declares one and proves the tenant's credentials,
//! so that a wrong password shows here and not on a live call. There is no event link, and so no task to stop.

use callcontrol_core::{
    AdoptCall, AdoptState, CallId, CallRef, Cause, Draft, Effect, Error, ErrorKind, EventKind, LegState, OpCx,
    OpenSession, Operation, Pending, Provenance, Receipt, Result, RobotMode, Scope, SessionId, SessionInfo,
    SessionState, ViewPatch,
};
use callcontrol_http::{Deadline, Idempotency, Method};

use crate::adapter::Oifde;
use crate::calls::{Medium, Mode, work_mode};
use crate::link::Order;
use crate::mapping::work_number;
use crate::outcomes;
use crate::private::Private;
use crate::wire::records;

impl Oifde {
    /// Password, phone and agent state of the request are left alone: nothing of the kind exists at this vendor.
    pub(crate) async fn open_session(&self, request: OpenSession, deadline: Deadline) -> Result<SessionInfo> {
        self.check_running()?;
        work_number(&request.agent)?;
        let session = SessionId::new(request.agent.as_str())?;
        self.check_not_open(&session)?;
        self.link.sign_in(deadline).await?;
        self.check_running()?;
        self.check_not_open(&session)?;
        self.robots.forget(&session);
        self.hub.open_session(&session, &request.agent);
        self.hub
            .set_session_state(&session, SessionState::Active, "tenant credentials accepted");
        Ok(SessionInfo {
            session,
            agent: request.agent,
        })
    }

    pub(crate) fn close_session(&self, session: &SessionId, cx: &OpCx) -> Result<Receipt> {
        self.check_open(session)?;
        let pending = Pending::new(cx.op.clone(), Operation::Close, session.clone(), None);
        let outcome = self.hub.begin(pending);
        self.hub.settle(&cx.op, outcomes::signed_off());
        self.end_session(session, "signed off");
        Ok(Receipt::new(outcome))
    }

    pub(crate) fn end_session(&self, session: &SessionId, reason: &str) {
        self.robots.forget(session);
        self.hub.set_session_state(session, SessionState::Closed, reason);
    }

    pub(crate) fn end_all_sessions(&self) {
        for session in self.hub.snapshot(&Scope::All).sessions.keys() {
            self.end_session(session, "shut down");
        }
    }

    /// Takes a robot session into view, by its own id or, as `cti:…`, by the id of the telephony side.
    pub(crate) async fn adopt_call(
        &self,
        session: &SessionId,
        request: AdoptCall,
        deadline: Deadline,
    ) -> Result<CallRef> {
        self.check_open(session)?;
        let (medium, robot) = told(request.state)?;
        let Some(mode) = work_mode(robot).map(Mode::from) else {
            return Err(Error::invalid_input("this work mode is not known to OIFDE"));
        };
        let native = match request.native.strip_prefix(CTI) {
            Some(cti_call) => self.resolve(cti_call, deadline).await?,
            None => request.native,
        };
        check_native(&native)?;
        self.check_open(session)?;
        let call = self.hub.call_id(&native);
        let outgoing = self.robots.adopt(session, &call, medium, mode)?;
        if let Some(outgoing) = outgoing {
            self.leave_view(session, outgoing);
        }
        self.hub.publish(
            Draft::new(session.clone(), EventKind::RobotModeChanged { mode: robot })
                .call(call.clone(), native)
                .patch(ViewPatch {
                    state: Some(LegState::Robot(robot)),
                    ..ViewPatch::default()
                })
                .provenance(Provenance::Derived),
        );
        Ok(CallRef {
            session: session.clone(),
            call,
        })
    }

    async fn resolve(&self, cti_call: &str, deadline: Deadline) -> Result<String> {
        check_native(cti_call)?;
        let order = Order {
            what: "queryRecordHistory answer",
            method: Method::Post,
            path: records::path(),
            body: Some(records::body(&self.config.tenant_id, cti_call)),
            idempotency: Idempotency::Query,
            private: Private::default(),
        };
        let answer = self.link.order(&order, &Default::default(), deadline).await?;
        let mut found = records::session_ids(&answer.fields, cti_call).into_iter();
        match (found.next(), found.next()) {
            (Some(native), None) => Ok(native),
            (None, _) => Err(Error::not_found(
                "no session record of this CTI call; the vendor may write it only when the call is over – adopt it by its session id",
            )),
            (Some(_), Some(_)) => Err(Error::invalid_input(
                "this CTI call has several robot sessions; adopt the one meant by its session id",
            )),
        }
    }

    fn leave_view(&self, session: &SessionId, call: CallId) {
        let Some(view) = self.hub.call(session, &call) else {
            return;
        };
        let cause = Cause::Unspecified;
        let draft = Draft::new(session.clone(), EventKind::Released { cause }).call(call, view.native);
        self.hub.publish(draft.provenance(Provenance::Synthesized));
    }

    pub(crate) fn check_open(&self, session: &SessionId) -> Result<()> {
        match self.hub.session_state(session) {
            Some(state) if !state.is_over() => Ok(()),
            Some(state) => {
                let message = format!("session {session} is {}; open it again", state.as_str());
                Err(Error::new(ErrorKind::Closed, Effect::None, message))
            }
            None => Err(Error::not_found(format!("session {session} was never opened here"))),
        }
    }

    fn check_not_open(&self, session: &SessionId) -> Result<()> {
        if self.check_open(session).is_err() {
            return Ok(());
        }
        Err(Error::invalid_state(format!(
            "agent {session} has an open session here; use it or close it first"
        )))
    }
}

fn told(state: AdoptState) -> Result<(Medium, RobotMode)> {
    match state {
        AdoptState::RobotVoice(mode) => Ok((Medium::Voice, mode)),
        AdoptState::RobotText(mode) => Ok((Medium::Text, mode)),
        AdoptState::Ask => Err(Error::unsupported(
            "OIFDE has no interface that tells a session's work mode; say which mode the flow was published in",
        )),
        _ => Err(Error::unsupported(
            "OIFDE steers robot sessions only; say robot-voice or robot-text and the work mode",
        )),
    }
}

/// The vendor's id is opaque text of at most 64 characters (vendor page, section 4.6).
fn check_native(native: &str) -> Result<()> {
    let fits = !native.is_empty() && native.len() <= 64 && native.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "the robot session's id has {} bytes, 1 to 64 ASCII characters without blanks are expected",
        native.len()
    )))
}

const CTI: &str = "cti:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_opaque_text() {
        for good in [
            "123123412300030010",
            "16064786965020f6fb86792bd25dbbb489426",
            "1528780879-9581",
            "a/../b",
        ] {
            assert!(check_native(good).is_ok(), "{good}");
        }
        for bad in ["", " 1", "1\n", "会话", &"1".repeat(65)] {
            assert_eq!(check_native(bad).expect_err(bad).kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_mode_cannot_be_asked_for() {
        for state in [AdoptState::Ask, AdoptState::Waiting] {
            assert_eq!(told(state).expect_err("refused").kind(), ErrorKind::Unsupported);
        }
    }
}
