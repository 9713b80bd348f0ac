//! What an accepted command is waiting for, and when that has come true: pure. Voice messages carry no reference to a command (section 3.1), so each
//! command is a *goal* over the state of the session's calls, looked at after every message and, once its time is up, against a snapshot.

use std::time::Duration;

use callcontrol_core::{
    CallDataPatch, CallId, CallView, Cause, CustomerAt, Evidence, LegState, MediaState, Outcome, SupervisionMode,
};

use crate::config::GwsConfig;
use crate::expectations::World;
use crate::readiness::Wanted;

/// What a command wants to come true.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Goal {
    /// The agent talks on this call: answer, retrieve.
    Talking(CallId),
    /// The call is held.
    Held(CallId),
    /// The agent is (not) muted.
    Muted(CallId, bool),
    /// The call has left this agent, who then leaves the customer there: release, clear.
    Gone(CallId, CustomerAt),
    /// The call has left this agent for `to`: blind transfer, requeue. That the call is gone is all that is ever told (section 9.2), and a customer
    /// who hangs up looks the same: only after the server has accepted the command does it count as its doing. `consulted`: the agent is the one whom a
    /// colleague asks in this call, and a colleague who cancels the consult looks the same, too, with the customer still on hold there.
    Moved {
        call: CallId,
        to: CustomerAt,
        consulted: bool,
        answer: Answer,
    },
    /// An outgoing call is answered. The call is known once it appears.
    Dialed(Option<CallId>),
    /// The third party answers.
    Consulting { original: CallId, third: Option<CallId> },
    /// Both calls of the agent are gone: the two others talk.
    Completed { original: CallId, third: Option<CallId> },
    /// The agent talks to the other one.
    Swapped {
        original: CallId,
        talking: CallId,
        held: CallId,
    },
    /// All three are in the original call.
    Merged { original: CallId, third: Option<CallId> },
    /// One party more than so many.
    Added(CallId, usize),
    /// Fewer parties than so many.
    Removed(CallId, usize),
    /// The server says that tones were sent.
    Tones(CallId),
    /// The data are as the patch wants them.
    Data(CallId, CallDataPatch),
    /// The agent is in this state.
    Readiness(Box<Wanted>),
    /// The recorder of the call does this.
    Taped(CallId, MediaState),
    /// The device's calls go elsewhere, or no longer do. The number may come back changed, so only that counts.
    Forwarded(bool),
    /// The device turns calls away, or no longer does.
    Undisturbed(bool),
    /// The agent supervises in this way; `None`: no longer.
    Supervising(Option<SupervisionMode>),
    /// The supervised agent of this call is (not) kept from being heard.
    AgentMuted(CallId, bool),
}

/// What the server said to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing yet.
    Awaited,
    /// Yes.
    Accepted,
    /// Nobody will ever know.
    Lost,
}

/// What is to be said of a goal now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// It is settled.
    Settled(Outcome),
    /// The consult failed. Some switches retrieve the customer by themselves, and the message that he was put on hold may come late:
    /// where he is can be said in a moment.
    ConsultFailed(Cause, CallId),
}

/// What can be said from the messages so far. `None`: nothing yet.
pub(crate) fn judge(goal: &Goal, world: &World) -> Option<Verdict> {
    let settled = |outcome| Some(Verdict::Settled(outcome));
    match goal {
        Goal::Talking(call) if world.is(call, LegState::Talking) => settled(Outcome::done(world.customer(call))),
        Goal::Held(call) if world.is(call, LegState::Held) => settled(Outcome::done(world.customer(call))),
        Goal::Muted(call, on) if world.calls.get(call).is_some_and(|view| view.muted == *on) => {
            settled(Outcome::done(world.customer(call)))
        }
        Goal::Gone(call, then) => (!world.is_alive(call)).then(|| Verdict::Settled(Outcome::done(*then))),
        Goal::Moved { call, .. } if world.is_alive(call) => None,
        Goal::Moved {
            to, consulted, answer, ..
        } => match answer {
            Answer::Awaited => None,
            // Moved, or taken away by the colleague (section 9.3: cancelling tells the consulted one of the end only): nobody will ever tell.
            Answer::Accepted if *consulted => settled(Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Unknown)),
            Answer::Accepted => settled(Outcome::done(*to)),
            // Moved, or hung up: nobody will ever tell.
            Answer::Lost => settled(Outcome::unknown(Evidence::AnswerLost, CustomerAt::Unknown)),
        },
        Goal::Dialed(Some(call)) => match world.state(call) {
            Some(LegState::Talking | LegState::Held) => settled(Outcome::done(CustomerAt::Agent)),
            Some(_) => None,
            // Busy, no answer and refused all look like this; the cause is lost (section 10).
            None => settled(Outcome::failed(Cause::Unspecified, CustomerAt::Gone)),
        },
        Goal::Consulting { original, third } => consulting(original, third.as_ref(), world),
        Goal::Completed { original, third } => {
            let both_gone = !world.is_alive(original) && third.as_ref().is_none_or(|third| !world.is_alive(third));
            both_gone.then(|| Verdict::Settled(Outcome::done(CustomerAt::Target)))
        }
        Goal::Swapped {
            original,
            talking,
            held,
        } => swapped(original, talking, held, world),
        Goal::Merged { original, .. } => match world.calls.get(original) {
            None => settled(Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone)),
            Some(view) if view.state == LegState::Talking && view.conference => {
                settled(Outcome::done(CustomerAt::Conference))
            }
            Some(_) => None,
        },
        Goal::Added(call, before) if parties(world, call) > Some(*before) => {
            settled(Outcome::done(world.customer(call)))
        }
        Goal::Removed(call, before) if world.is_alive(call) && parties(world, call) < Some(*before) => {
            settled(Outcome::done(world.customer(call)))
        }
        Goal::Data(call, patch) if world.calls.get(call).is_some_and(|view| has_data(view, patch)) => {
            settled(Outcome::done(world.customer(call)))
        }
        Goal::Readiness(asked) => asked
            .is_met(world)
            .then(|| Verdict::Settled(Outcome::done(CustomerAt::Unknown))),
        Goal::Taped(call, state) if world.tapes.get(call) == Some(state) => {
            settled(Outcome::done(world.customer(call)))
        }
        Goal::AgentMuted(call, on) if world.agents_muted.contains(call) == *on && world.is_alive(call) => {
            settled(Outcome::done(CustomerAt::Unknown))
        }
        Goal::Forwarded(on) => at_desk(world.desk.forward_to.is_some() == *on),
        Goal::Undisturbed(on) => at_desk(world.desk.do_not_disturb.unwrap_or_default() == *on),
        Goal::Supervising(mode) => {
            let running = world.desk.supervision.as_ref();
            at_desk(running.is_some() == mode.is_some() && running.and_then(|running| running.mode) == *mode)
        }
        Goal::Dialed(None) => None,
        Goal::Talking(call)
        | Goal::Held(call)
        | Goal::Muted(call, _)
        | Goal::Added(call, _)
        | Goal::Removed(call, _)
        | Goal::Tones(call)
        | Goal::Taped(call, _)
        | Goal::AgentMuted(call, _)
        | Goal::Data(call, _) => (!world.is_alive(call)).then(|| Verdict::Settled(ended_first())),
    }
}

/// A setting of the device has come true; it concerns no customer.
fn at_desk(is_so: bool) -> Option<Verdict> {
    is_so.then(|| Verdict::Settled(Outcome::done(CustomerAt::Unknown)))
}

/// What can be said when the time is up and `world` is a snapshot. `accepted`: the vendor took the command, so that no effect means that it was refused in silence.
pub(crate) fn conclude(goal: &Goal, world: &World, accepted: bool) -> Option<Verdict> {
    if let Some(verdict) = judge(goal, world) {
        return Some(match verdict {
            Verdict::Settled(outcome) if outcome.is_unknown() => Verdict::Settled(outcome),
            Verdict::Settled(outcome) => Verdict::Settled(outcome.by(Evidence::Snapshot)),
            later @ Verdict::ConsultFailed(..) => later,
        });
    }
    let (cause, customer) = match goal {
        // The third party or the called one still rings: people have their own time.
        Goal::Dialed(Some(_)) | Goal::Consulting { third: Some(_), .. } => return None,
        // Nothing of the state shows tones.
        Goal::Tones(call) => {
            let unknown = Outcome::unknown(Evidence::NothingInTime, world.customer(call));
            return Some(Verdict::Settled(unknown));
        }
        Goal::Dialed(None) => (Cause::Unspecified, CustomerAt::Gone),
        Goal::Readiness(_)
        | Goal::Forwarded(_)
        | Goal::Undisturbed(_)
        | Goal::Supervising(_)
        | Goal::AgentMuted(..) => (Cause::Unspecified, CustomerAt::Unknown),
        Goal::Consulting { original, third: None } if accepted => {
            return Some(consult_failed(original, Cause::Unspecified, world));
        }
        Goal::Completed { original, third } | Goal::Merged { original, third } => {
            (half_way(original, third.as_ref(), world), world.customer(original))
        }
        Goal::Swapped { original, .. } | Goal::Consulting { original, third: None } => {
            (Cause::Unspecified, world.customer(original))
        }
        Goal::Talking(call)
        | Goal::Held(call)
        | Goal::Muted(call, _)
        | Goal::Gone(call, _)
        | Goal::Moved { call, .. }
        | Goal::Added(call, _)
        | Goal::Removed(call, _)
        | Goal::Taped(call, _)
        | Goal::Data(call, _) => (Cause::Unspecified, world.customer(call)),
    };
    // With one of the two calls gone, what was asked for cannot come true any more, however late the request arrives.
    let outcome = if accepted || is_half_done(goal, world) {
        Outcome::failed(cause, customer).by(Evidence::Snapshot)
    } else {
        // The request may still be under way: not done so far, and nobody can say more.
        Outcome::unknown(Evidence::AnswerLost, customer)
    };
    Some(Verdict::Settled(outcome))
}

/// An asynchronous failure hit this command.
pub(crate) fn faulted(goal: &Goal, cause: Cause, world: &World) -> Verdict {
    match goal {
        Goal::Consulting { original, .. } => consult_failed(original, cause, world),
        Goal::Dialed(_) => Verdict::Settled(Outcome::failed(cause, CustomerAt::Gone)),
        Goal::Readiness(_)
        | Goal::Forwarded(_)
        | Goal::Undisturbed(_)
        | Goal::Supervising(_)
        | Goal::AgentMuted(..) => Verdict::Settled(Outcome::failed(cause, CustomerAt::Unknown)),
        Goal::Completed { original, .. } | Goal::Swapped { original, .. } | Goal::Merged { original, .. } => {
            Verdict::Settled(Outcome::failed(cause, world.customer(original)))
        }
        Goal::Talking(call)
        | Goal::Held(call)
        | Goal::Muted(call, _)
        | Goal::Gone(call, _)
        | Goal::Moved { call, .. }
        | Goal::Added(call, _)
        | Goal::Removed(call, _)
        | Goal::Tones(call)
        | Goal::Taped(call, _)
        | Goal::Data(call, _) => Verdict::Settled(Outcome::failed(cause, world.customer(call))),
    }
}

/// Of the two calls of a consult that is being completed or merged, exactly one is there. A hand-over takes both at once, so unless the other one follows in
/// a moment somebody has hung up. (After a merge the original alone is there, as a conference: then [`judge`] has said so.)
pub(crate) fn is_half_done(goal: &Goal, world: &World) -> bool {
    match goal {
        Goal::Completed {
            original,
            third: Some(third),
        }
        | Goal::Merged {
            original,
            third: Some(third),
        } => world.is_alive(original) != world.is_alive(third),
        _ => false,
    }
}

/// Whether the end of this call is read as the failure of the goal.
pub(crate) fn fails_with(goal: &Goal, call: &CallId) -> bool {
    match goal {
        Goal::Talking(on)
        | Goal::Held(on)
        | Goal::Muted(on, _)
        | Goal::Added(on, _)
        | Goal::Removed(on, _)
        | Goal::Tones(on)
        | Goal::Taped(on, _)
        | Goal::AgentMuted(on, _)
        | Goal::Data(on, _)
        | Goal::Consulting { original: on, .. }
        | Goal::Merged { original: on, .. }
        | Goal::Swapped { original: on, .. } => on == call,
        Goal::Gone(..)
        | Goal::Moved { .. }
        | Goal::Dialed(_)
        | Goal::Completed { .. }
        | Goal::Readiness(_)
        | Goal::Forwarded(_)
        | Goal::Undisturbed(_)
        | Goal::Supervising(_) => false,
    }
}

/// How long after acceptance the state is asked for when no message has told the outcome.
pub(crate) fn patience(goal: &Goal, config: &GwsConfig) -> Duration {
    match goal {
        // The new party has to answer before it is in.
        Goal::Added(..) => config.answer_timeout(),
        _ => config.effect_timeout(),
    }
}

/// Section 12.3: the result of a failed consult is never by itself that the agent talks to the customer again.
fn consulting(original: &CallId, third: Option<&CallId>, world: &World) -> Option<Verdict> {
    let third = third?;
    match world.state(third) {
        // Who talks to the third party does not talk to the customer, even when the message that says so is still to come.
        Some(LegState::Talking) if world.is_alive(original) => {
            Some(Verdict::Settled(Outcome::done(CustomerAt::AgentHeld)))
        }
        Some(LegState::Held) if world.is_alive(original) => {
            Some(Verdict::Settled(Outcome::done(world.customer(original))))
        }
        _ if !world.is_alive(original) => Some(Verdict::Settled(Outcome::failed(
            Cause::CustomerHungUp,
            CustomerAt::Gone,
        ))),
        Some(_) => None,
        None => Some(consult_failed(original, Cause::Unspecified, world)),
    }
}

fn consult_failed(original: &CallId, cause: Cause, world: &World) -> Verdict {
    match world.customer(original) {
        CustomerAt::Gone => Verdict::Settled(Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone)),
        _ => Verdict::ConsultFailed(cause, original.clone()),
    }
}

fn swapped(original: &CallId, talking: &CallId, held: &CallId, world: &World) -> Option<Verdict> {
    if world.is(talking, LegState::Talking) && world.is(held, LegState::Held) {
        return Some(Verdict::Settled(Outcome::done(world.customer(original))));
    }
    if world.is_alive(talking) && world.is_alive(held) {
        return None;
    }
    let cause = half_way(original, None, world);
    let cause = if cause == Cause::Unspecified {
        Cause::TargetHungUp
    } else {
        cause
    };
    Some(Verdict::Settled(Outcome::failed(cause, world.customer(original))))
}

/// One of the two calls is there and the other is not: who has hung up.
fn half_way(original: &CallId, third: Option<&CallId>, world: &World) -> Cause {
    if !world.is_alive(original) {
        return Cause::CustomerHungUp;
    }
    match third {
        Some(third) if !world.is_alive(third) => Cause::TargetHungUp,
        Some(_) | None => Cause::Unspecified,
    }
}

/// The call ended before the command could do anything to it: with no request of ours that is the other side's doing.
fn ended_first() -> Outcome {
    Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone)
}

fn parties(world: &World, call: &CallId) -> Option<usize> {
    world.calls.get(call).map(|view| view.parties.len())
}

fn has_data(view: &CallView, patch: &CallDataPatch) -> bool {
    let data = &view.data.0;
    let all_set = patch.set.iter().all(|(key, value)| data.get(key) == Some(value));
    let all_removed = patch
        .remove
        .iter()
        .all(|key| patch.set.contains_key(key) || !data.contains_key(key));
    let cleared = !patch.clear || data.keys().all(|key| patch.set.contains_key(key));
    all_set && all_removed && cleared
}

/// A setting that is so already needs no time.
pub(crate) const SETTING_PATIENCE: Duration = Duration::from_secs(1);
