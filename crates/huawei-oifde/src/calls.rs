//! What this adapter believes of the robot sessions it was told of: medium and work mode. The vendor cannot be asked (vendor page, section 4.5),
//! so that this belief is the only thing that can tell an illegal change before it is sent.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callcontrol_core::{CallId, Effect, Error, ErrorKind, OpId, Result, RobotMode, SessionId};

use crate::wire::work_mode::WorkMode;

/// What the customer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Medium {
    Voice,
    Text,
}

/// What a silent agent does with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    /// Changes the mode.
    Change(WorkMode),
    /// Says something, which changes no mode.
    Reply,
}

/// The work mode, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Given back to the robot; there is no way out of it.
    Common,
    Supervision,
    Insertion,
    /// A transfer was accepted; there is no way out of it.
    Transferred,
    /// An answer was lost.
    Unknown,
    /// Nobody said, and the vendor cannot be asked.
    Untold,
}

/// The robot sessions of all silent agents.
#[derive(Debug, Default)]
pub(crate) struct Robots {
    by_session: Mutex<HashMap<SessionId, VecDeque<Robot>>>,
}

#[derive(Debug)]
struct Robot {
    call: CallId,
    /// `None` where nobody said.
    medium: Option<Medium>,
    mode: Mode,
    /// The change that is under way.
    busy: Option<OpId>,
}

impl Robots {
    /// Takes a session into view, or learns anew what it is in; what nobody told is left as it was. Gives the call that had to make room.
    pub(crate) fn adopt(
        &self,
        session: &SessionId,
        call: &CallId,
        told: Option<(Medium, Mode)>,
    ) -> Result<Option<CallId>> {
        let mut all = self.lock();
        let robots = all.entry(session.clone()).or_default();
        if let Some(robot) = robots.iter_mut().find(|robot| robot.call == *call) {
            if let Some((medium, mode)) = told {
                robot.check_idle()?;
                (robot.medium, robot.mode) = (Some(medium), mode);
            }
            return Ok(None);
        }
        robots.push_back(Robot {
            call: call.clone(),
            medium: told.map(|(medium, _)| medium),
            mode: told.map_or(Mode::Untold, |(_, mode)| mode),
            busy: None,
        });
        Ok(make_room(robots))
    }

    /// What the customer of this call uses.
    pub(crate) fn medium(&self, session: &SessionId, call: &CallId) -> Result<Medium> {
        self.with(session, call, |robot| {
            robot.medium.ok_or_else(|| Error::invalid_state(UNTOLD))
        })
    }

    /// Begins a change if it is legal and no other one is under way.
    pub(crate) fn begin(&self, session: &SessionId, call: &CallId, deed: Deed, op: &OpId) -> Result<()> {
        self.with(session, call, |robot| {
            robot.check_idle()?;
            check(robot.mode, deed)?;
            robot.busy = Some(op.clone());
            Ok(())
        })
    }

    /// Ends a change: in this mode, or as before.
    pub(crate) fn end(&self, session: &SessionId, call: &CallId, mode: Option<Mode>) {
        // A session that was closed meanwhile has nothing to end.
        let _ = self.with(session, call, |robot| {
            robot.busy = None;
            robot.mode = mode.unwrap_or(robot.mode);
            Ok(())
        });
    }

    /// Forgets everything of an agent.
    pub(crate) fn forget(&self, session: &SessionId) {
        self.lock().remove(session);
    }

    fn with<T>(&self, session: &SessionId, call: &CallId, then: impl FnOnce(&mut Robot) -> Result<T>) -> Result<T> {
        let mut all = self.lock();
        let robot = all
            .get_mut(session)
            .and_then(|robots| robots.iter_mut().find(|robot| robot.call == *call));
        let robot = robot.ok_or_else(|| {
            Error::not_found("this session knows no such call; adopt the robot session first").on_call(call)
        })?;
        then(robot)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, VecDeque<Robot>>> {
        self.by_session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mode {
    /// There is no way out of it.
    fn is_final(self) -> bool {
        matches!(self, Self::Common | Self::Transferred)
    }
}

impl Robot {
    fn is_idle(&self) -> bool {
        self.busy.is_none()
    }

    fn check_idle(&self) -> Result<()> {
        let Some(op) = &self.busy else {
            return Ok(());
        };
        let message = "a change of this robot session is being sent; wait for it";
        Err(Error::new(ErrorKind::Conflict, Effect::None, message).blocked_by(op))
    }
}

/// Nobody tells when a customer hangs up, so that memory must be bounded by number: the oldest with which nothing can be done any more goes first,
/// then the oldest.
fn make_room(robots: &mut VecDeque<Robot>) -> Option<CallId> {
    let earlier = robots.len().saturating_sub(1);
    if earlier < KEPT_PER_SESSION {
        return None;
    }
    let oldest = |leaves: fn(&Robot) -> bool| robots.iter().take(earlier).position(leaves);
    let oldest = oldest(|robot| robot.is_idle() && robot.mode.is_final()).or_else(|| oldest(Robot::is_idle))?;
    robots.remove(oldest).map(|robot| robot.call)
}

fn check(mode: Mode, deed: Deed) -> Result<()> {
    match deed {
        Deed::Change(to) => check_change(mode, to),
        Deed::Reply => check_reply(mode),
    }
}

/// In supervision the agent answers a request for help, in insertion every turn (vendor page, section 4.5).
fn check_reply(mode: Mode) -> Result<()> {
    match mode {
        Mode::Supervision | Mode::Insertion => Ok(()),
        Mode::Untold => Err(Error::invalid_state(UNTOLD)),
        Mode::Common | Mode::Transferred | Mode::Unknown => Err(Error::invalid_state(format!(
            "the robot session is in {mode}, and the agent can say something in supervision and insertion only"
        ))),
    }
}

/// The state machine of vendor page, section 4.5, same-state requests left out because the page does not say what they do.
pub(crate) fn check_change(from: Mode, to: WorkMode) -> Result<()> {
    let why = match (from, to) {
        (Mode::Supervision, WorkMode::Common | WorkMode::Insertion | WorkMode::Transfer)
        | (Mode::Insertion, WorkMode::Common | WorkMode::Supervision | WorkMode::Transfer) => return Ok(()),
        (Mode::Supervision, WorkMode::Supervision) | (Mode::Insertion, WorkMode::Insertion) => "which it is in already",
        (Mode::Common, _) => {
            "it was given back to the robot, and only a session in supervision or insertion can be changed"
        }
        (Mode::Transferred, _) => "a transfer of it was accepted, and nothing can be changed after that",
        (Mode::Unknown, _) => {
            "the answer to an earlier change was lost; find out its mode another way and adopt it again"
        }
        (Mode::Untold, _) => return Err(Error::invalid_state(UNTOLD)),
    };
    Err(Error::invalid_state(format!(
        "the robot session is in {from} and cannot go to {to}: {why}"
    )))
}

impl From<WorkMode> for Mode {
    /// The mode after the change.
    fn from(mode: WorkMode) -> Self {
        match mode {
            WorkMode::Common => Self::Common,
            WorkMode::Supervision => Self::Supervision,
            WorkMode::Insertion => Self::Insertion,
            WorkMode::Transfer => Self::Transferred,
        }
    }
}

/// The vendor's work mode; `None` for one that this adapter does not know yet.
pub(crate) fn work_mode(mode: RobotMode) -> Option<WorkMode> {
    match mode {
        RobotMode::Common => Some(WorkMode::Common),
        RobotMode::Supervision => Some(WorkMode::Supervision),
        RobotMode::Insertion => Some(WorkMode::Insertion),
        _ => None,
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "common (0)",
            Self::Supervision => "supervision (1)",
            Self::Insertion => "insertion (2)",
            Self::Transferred => "transfer (3)",
            Self::Unknown => "a mode that nobody knows",
            Self::Untold => "a mode that nobody told",
        })
    }
}

const UNTOLD: &str = "nobody has said which work mode this robot session is in, and OIFDE cannot be asked; adopt it again as robot-voice or robot-text in the mode in which its flow was published";
const KEPT_PER_SESSION: usize = 256;

#[cfg(test)]
mod tests {
    use callcontrol_core::IdSource;

    use super::*;

    fn session() -> SessionId {
        SessionId::new("10001").expect("valid")
    }

    #[test]
    fn only_from_supervision_and_insertion_can_a_session_be_changed() {
        let table = [
            (Mode::Common, ""),
            (Mode::Supervision, "0 2 3"),
            (Mode::Insertion, "0 1 3"),
            (Mode::Transferred, ""),
            (Mode::Unknown, ""),
            (Mode::Untold, ""),
        ];
        for (from, allowed) in table {
            for to in WorkMode::ALL {
                let legal = allowed.split(' ').any(|code| code == to.code());
                let result = check_change(from, to);
                assert_eq!(result.is_ok(), legal, "{from} -> {to}");
                if let Err(error) = result {
                    assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidState, Effect::None));
                }
            }
        }
    }

    #[test]
    fn only_in_supervision_and_insertion_can_something_be_said() {
        for (mode, legal) in [
            (Mode::Common, false),
            (Mode::Supervision, true),
            (Mode::Insertion, true),
            (Mode::Transferred, false),
            (Mode::Unknown, false),
            (Mode::Untold, false),
        ] {
            assert_eq!(check(mode, Deed::Reply).is_ok(), legal, "{mode}");
        }
    }

    #[test]
    fn what_nobody_told_leaves_what_was_told_before() {
        let (robots, ids) = (Robots::default(), IdSource::seeded(1));
        let (call, op) = (ids.call(), ids.op());
        robots.adopt(&session(), &call, None).expect("adopted");
        let untold = robots.medium(&session(), &call).expect_err("nobody said");
        assert_eq!(untold.kind(), ErrorKind::InvalidState);
        let told = Some((Medium::Text, Mode::Supervision));
        robots.adopt(&session(), &call, told).expect("told");
        robots.adopt(&session(), &call, None).expect("asked again");
        assert_eq!(robots.medium(&session(), &call).expect("told"), Medium::Text);
        robots.begin(&session(), &call, Deed::Reply, &op).expect("legal");
    }

    #[test]
    fn while_a_change_is_under_way_another_one_names_it() {
        let (robots, ids) = (Robots::default(), IdSource::seeded(1));
        let (call, first) = (ids.call(), ids.op());
        robots
            .adopt(&session(), &call, Some((Medium::Voice, Mode::Supervision)))
            .expect("adopted");
        robots
            .begin(&session(), &call, Deed::Change(WorkMode::Transfer), &first)
            .expect("legal");
        let second = robots
            .begin(&session(), &call, Deed::Change(WorkMode::Transfer), &ids.op())
            .expect_err("busy");
        assert_eq!((second.kind(), second.running()), (ErrorKind::Conflict, Some(&first)));
        assert!(
            robots
                .adopt(&session(), &call, Some((Medium::Voice, Mode::Common)))
                .is_err()
        );
        robots.end(&session(), &call, None);
        robots
            .begin(&session(), &call, Deed::Change(WorkMode::Insertion), &first)
            .expect("as before");
    }

    #[test]
    fn a_session_that_cannot_be_steered_any_more_makes_room_first() {
        let (robots, ids) = (Robots::default(), IdSource::seeded(1));
        let adopt = |call: &CallId, mode| {
            robots
                .adopt(&session(), call, Some((Medium::Voice, mode)))
                .expect("adopted")
        };
        let (steered, given_back, newest) = (ids.call(), ids.call(), ids.call());
        adopt(&steered, Mode::Supervision);
        adopt(&given_back, Mode::Supervision);
        for _ in 2..KEPT_PER_SESSION {
            adopt(&ids.call(), Mode::Insertion);
        }
        robots.end(&session(), &given_back, Some(Mode::Common));
        assert_eq!(adopt(&newest, Mode::Common), Some(given_back));
        assert_eq!(adopt(&ids.call(), Mode::Common), Some(newest));
        assert!(adopt(&ids.call(), Mode::Insertion).is_some());
        assert!(robots.medium(&session(), &steered).is_ok());
    }

    #[test]
    fn the_oldest_call_makes_room_unless_it_is_being_changed() {
        let (robots, ids) = (Robots::default(), IdSource::seeded(1));
        let calls: Vec<_> = (0..=KEPT_PER_SESSION).map(|_| ids.call()).collect();
        let mut gone = None;
        for call in &calls {
            gone = robots
                .adopt(&session(), call, Some((Medium::Text, Mode::Insertion)))
                .expect("adopted");
            if *call == calls[0] {
                robots
                    .begin(&session(), call, Deed::Change(WorkMode::Common), &ids.op())
                    .expect("legal");
            }
        }
        assert_eq!(gone.as_ref(), Some(&calls[1]));
        assert!(robots.medium(&session(), &calls[0]).is_ok());
        assert_eq!(
            robots.medium(&session(), &calls[1]).expect_err("gone").kind(),
            ErrorKind::NotFound
        );
    }
}
