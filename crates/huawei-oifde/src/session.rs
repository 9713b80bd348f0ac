//! The silent agent's stay. The vendor has no sign-in for agents: opening declares one and proves the tenant's credentials,
//! so that a wrong password shows here and not on a live call. There is no event link, and so no task to stop.

use callcontrol_core::{
    AdoptCall, AdoptState, CallId, CallRef, Draft, Effect, Error, ErrorKind, EventKind, LegState, OpCx, OpenSession,
    Operation, Party, Pending, Provenance, Receipt, Result, RobotMode, Scope, SessionId, SessionInfo, SessionState,
    ViewPatch,
};
use callcontrol_http::Deadline;

use crate::adapter::Oifde;
use crate::calls::{Medium, Mode, work_mode};
use crate::mapping::work_number;
use crate::outcomes;
use crate::private::Private;
use crate::wire::listing::SESSIONS;
use crate::wire::records::{self, By};

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
        self.watches.end(session);
    }

    pub(crate) fn end_all_sessions(&self) {
        for session in self.hub.snapshot(&Scope::All).sessions.keys() {
            self.end_session(session, "shut down");
        }
    }

    /// Takes a robot session into view, by its own id or, as `cti:…`, by the id of the telephony side. To *ask* is to have its records looked for.
    pub(crate) async fn adopt_call(
        &self,
        session: &SessionId,
        request: AdoptCall,
        deadline: Deadline,
    ) -> Result<CallRef> {
        self.check_open(session)?;
        let told = told(request.state)?;
        let by = match request.native.strip_prefix(CTI) {
            Some(cti_call) => By::PlatformCall(cti_call),
            None => By::Session(&request.native),
        };
        let (native, customer) = match (by, told) {
            (By::PlatformCall(id), _) | (By::Session(id), None) => {
                check_native(id)?;
                self.recorded(by, deadline).await?
            }
            (By::Session(id) | By::Customer(id), _) => (id.to_owned(), None),
        };
        let customer = customer.or_else(|| request.customer.as_ref().map(|number| number.reveal().to_owned()));
        check_native(&native)?;
        self.check_open(session)?;
        let call = self.hub.call_id(&native);
        let outgoing = self
            .robots
            .adopt(session, &call, told.map(|(medium, mode, _)| (medium, mode)))?;
        if let Some(outgoing) = outgoing {
            self.leave_view(session, outgoing);
        }
        let adopted = CallRef {
            session: session.clone(),
            call,
        };
        self.show(&adopted, native, told.map(|(_, _, robot)| robot), customer);
        if self.hub.call(&adopted.session, &adopted.call).is_none() {
            return Err(Error::not_found(
                "this session left the view to make room and comes back only if its mode is told: adopt it as robot-voice or robot-text",
            ));
        }
        Ok(adopted)
    }

    fn show(&self, adopted: &CallRef, native: String, robot: Option<RobotMode>, customer: Option<String>) {
        let known = self.hub.call(&adopted.session, &adopted.call).map(|view| view.state);
        let (kind, state, provenance) = match robot {
            Some(mode) => (
                EventKind::RobotModeChanged { mode },
                LegState::Robot(mode),
                Provenance::Derived,
            ),
            // The records do not tell the mode: what was known of it stays.
            None => (
                EventKind::Updated,
                known.unwrap_or(LegState::Unknown),
                Provenance::Vendor,
            ),
        };
        let patch = ViewPatch {
            state: Some(state),
            parties: customer.map(|customer| vec![Party::new(customer)]),
            ..ViewPatch::default()
        };
        let draft = Draft::new(adopted.session.clone(), kind).call(adopted.call.clone(), native);
        self.hub.publish(draft.patch(patch).provenance(provenance));
    }

    /// The one robot session that the records know under this key, with its customer.
    async fn recorded(&self, by: By<'_>, deadline: Deadline) -> Result<(String, Option<String>)> {
        let answer = self
            .page(&SESSIONS, &by.wanted(), 1, &Private::default(), deadline)
            .await?;
        let mut found = records::sessions(&SESSIONS.page(&answer)?.rows, by).into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(Error::not_found(
                "no session record under this id; the vendor may write it only when the call is over – adopt it by its session id and say its mode",
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
        let draft = Draft::new(session.clone(), EventKind::LeftView).call(call, view.native);
        self.hub.publish(draft.provenance(Provenance::Derived));
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

/// What the application says of the session; `None` where it wants to have it asked for.
fn told(state: AdoptState) -> Result<Option<(Medium, Mode, RobotMode)>> {
    let (medium, robot) = match state {
        AdoptState::RobotVoice(robot) => (Medium::Voice, robot),
        AdoptState::RobotText(robot) => (Medium::Text, robot),
        AdoptState::Ask => return Ok(None),
        _ => {
            return Err(Error::unsupported(
                "OIFDE steers robot sessions only; say robot-voice or robot-text and the work mode",
            ));
        }
    };
    match work_mode(robot) {
        Some(mode) => Ok(Some((medium, mode.into(), robot))),
        None => Err(Error::invalid_input("this work mode is not known to OIFDE")),
    }
}

/// The vendor's id is opaque text of at most 64 characters (vendor page, section 4.6).
pub(crate) fn check_native(native: &str) -> Result<()> {
    let fits = !native.is_empty() && native.len() <= 64 && native.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Ok(());
    }
    Err(Error::invalid_input(format!(
        "the id has {} bytes, 1 to 64 ASCII characters without blanks are expected",
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
    fn a_call_that_waits_is_none_of_the_robots() {
        assert!(told(AdoptState::Ask).expect("asked for").is_none());
        let error = told(AdoptState::Waiting).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
