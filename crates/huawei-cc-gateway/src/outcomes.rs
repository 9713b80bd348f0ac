//! Which event settles which operation, and where the customer is then: sections 6, 7, 16 and 17 of the vendor's page as pure functions.
//! An event that allows two readings settles nothing; the operation then ends as unknown when its window closes.

use callcontrol_core::{Cause, ConsultStyle, CustomerAt, MediaState, OpId, Outcome};

use crate::consult::{Consult, Kind, Stage, Turn, same};
use crate::wire::{AgentWord, Heard};

/// What an accepted command is waiting for.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Aim {
    Answer,
    Hold,
    Retrieve,
    /// With where the customer is after the agent has left.
    Release(CustomerAt),
    Dial,
    /// With the target's address, where the customer lands, whether the customer was said to have left while the agent was in the call, and whether the
    /// agent may be the one who is consulted in it: then the far side is a colleague, who can take the call away at any moment.
    Blind {
        to: String,
        lands: CustomerAt,
        customer_left: bool,
        consulted: bool,
    },
    ReleaseAfter {
        to: String,
    },
    /// With the flow's address, and whether the agent has been heard in the call since.
    Suspend {
        to: String,
        heard: bool,
    },
    /// A consult is being set up.
    Consult,
    /// A step of the consult begun by this operation.
    Complete(OpId),
    Cancel(OpId),
    /// With who is to be put out, who is known to stay, and where the customer is then.
    Remove {
        party: String,
        stays: Option<String>,
        leaves: CustomerAt,
    },
    State(Wanted),
    /// A call that rings or waits elsewhere shall ring here.
    Take,
    /// The call is to be joined with this held one.
    Join {
        held: String,
    },
    /// The call is to be connected with this held one; with the one of the two that the agent is out of already.
    Connect {
        held: String,
        left: Option<String>,
    },
    /// A supervised agent's customer is to be taken over.
    Intercept,
    /// What is being played is to be so; with where the customer is meanwhile.
    Playback(MediaState, CustomerAt),
}

/// The agent state that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Ready,
    Busy,
    Rest,
    Work,
}

impl Aim {
    /// True for one-command transfers.
    pub(crate) fn is_transfer(&self) -> bool {
        matches!(
            self,
            Self::Blind { .. } | Self::ReleaseAfter { .. } | Self::Suspend { .. }
        )
    }

    /// True where the listing shows what no event shows in full: which call rings, which of two calls is left.
    pub(crate) fn wants_a_look(&self, heard: &Heard) -> bool {
        match self {
            Self::Take => matches!(heard, Heard::PhoneAlerting { call: None, .. }),
            Self::Join { .. } => true,
            _ => false,
        }
    }

    /// True for what is not bound to a call beforehand.
    pub(crate) fn is_about_any_call(&self, heard: &Heard) -> bool {
        match self {
            Self::Take => matches!(heard, Heard::PhoneAlerting { call: None, .. }),
            Self::Intercept => matches!(heard, Heard::Talking(_) | Heard::Conference { .. }),
            Self::Playback(..) => matches!(heard, Heard::Playback(_)),
            _ => matches!(heard, Heard::TransferResult { call: None, .. }) && self.is_transfer(),
        }
    }

    /// Remembers what a later event is read by. An event that settles nothing by itself may still decide what the next one means.
    pub(crate) fn learn(&mut self, heard: &Heard) {
        match self {
            Self::Blind { to, customer_left, .. } => {
                *customer_left |= matches!(heard, Heard::PartyLeft { number, .. } if !same(number, to));
            }
            Self::Suspend { heard: spoken, .. } => *spoken |= matches!(heard, Heard::Talking(_) | Heard::Held(_)),
            Self::Connect { left, .. } => {
                if let Heard::Left(call) = heard {
                    left.get_or_insert_with(|| call.clone());
                }
            }
            _ => {}
        }
    }

    /// The second call that it concerns.
    pub(crate) fn held(&self) -> Option<&str> {
        match self {
            Self::Join { held } | Self::Connect { held, .. } => Some(held),
            _ => None,
        }
    }

    /// The consult that it belongs to, if it is a step of one.
    pub(crate) fn step_of(&self) -> Option<&OpId> {
        match self {
            Self::Complete(consult) | Self::Cancel(consult) => Some(consult),
            _ => None,
        }
    }
}

/// The outcome of an operation on one call, if this event, which is about that call, decides it.
pub(crate) fn of_call(aim: &Aim, heard: &Heard, cause: Cause) -> Option<Outcome> {
    match aim {
        Aim::Answer => answer(heard, cause),
        Aim::Hold => hold(heard),
        Aim::Retrieve => retrieve(heard),
        Aim::Release(after) => matches!(heard, Heard::Left(_)).then(|| Outcome::done(*after)),
        Aim::Dial => dial(heard, cause),
        // A consult that is taken back ends for the consulted with a release and nothing else (6.2), as a blind transfer does (7).
        Aim::Blind { consulted: true, .. } if matches!(heard, Heard::Left(_)) => None,
        Aim::Blind {
            lands, customer_left, ..
        } => blind(*lands, *customer_left, heard, cause),
        Aim::ReleaseAfter { to } => release_after(to, heard, cause),
        Aim::Suspend { to, heard: spoken } => suspend(to, *spoken, heard, cause),
        Aim::Remove { party, stays, leaves } => remove(party, stays.as_deref(), *leaves, heard),
        Aim::Take => take(heard, cause),
        Aim::Join { .. } => matches!(heard, Heard::Conference { .. }).then(|| Outcome::done(CustomerAt::Conference)),
        Aim::Connect { left, .. } => connect(left.as_deref(), heard),
        Aim::Intercept => {
            matches!(heard, Heard::Talking(_) | Heard::Conference { .. }).then(|| Outcome::done(CustomerAt::Agent))
        }
        Aim::Playback(wanted, customer) => playback(*wanted, *customer, heard),
        Aim::Consult | Aim::Complete(_) | Aim::Cancel(_) | Aim::State(_) => None,
    }
}

fn answer(heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::Talking(_) => Some(Outcome::done(CustomerAt::Agent)),
        // Where the platform sends the withdrawn call, it does not say.
        Heard::Unanswered(_) => Some(Outcome::failed(Cause::NoAnswer, CustomerAt::Unknown)),
        Heard::ConnectFailed(_) => Some(Outcome::failed(cause, CustomerAt::Unknown)),
        Heard::Left(_) | Heard::PartyLeft { .. } => Some(hung_up()),
        _ => None,
    }
}

fn hold(heard: &Heard) -> Option<Outcome> {
    match heard {
        Heard::Held(_) => Some(Outcome::done(CustomerAt::AgentHeld)),
        Heard::Left(_) | Heard::PartyLeft { .. } => Some(hung_up()),
        _ => None,
    }
}

fn retrieve(heard: &Heard) -> Option<Outcome> {
    match heard {
        Heard::Talking(_) => Some(Outcome::done(CustomerAt::Agent)),
        Heard::Left(_) | Heard::PartyLeft { .. } => Some(hung_up()),
        _ => None,
    }
}

fn dial(heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::Talking(_) => Some(Outcome::done(CustomerAt::Agent)),
        Heard::CallOutFailed(_) | Heard::InsideCallFailed(_) | Heard::ConnectFailed(_) => {
            Some(Outcome::failed(cause, CustomerAt::Gone))
        }
        Heard::Left(_) => Some(Outcome::failed(Cause::AgentHungUp, CustomerAt::Gone)),
        _ => None,
    }
}

/// That the customer has left is told of a transferred customer too, only after the agent's release: by itself it decides nothing.
fn blind(lands: CustomerAt, customer_left: bool, heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::Left(_) if customer_left => Some(hung_up()),
        Heard::Left(_) => Some(Outcome::done(lands)),
        // Connect_Fail comes with a talking event; which of them first is not documented.
        Heard::ConnectFailed(_) | Heard::CallOutFailed(_) | Heard::InsideCallFailed(_) | Heard::Talking(_) => {
            Some(Outcome::failed(cause, CustomerAt::Agent))
        }
        Heard::TransferResult { result, .. } => Some(by_result(*result, lands)),
        _ => None,
    }
}

/// The agent's own release alone decides nothing: it comes when the target answers *and* when the customer hangs up meanwhile.
fn release_after(to: &str, heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::TransferResult { result, .. } => Some(by_result(*result, CustomerAt::Target)),
        Heard::ConnectFailed(_) | Heard::CallOutFailed(_) | Heard::InsideCallFailed(_) => {
            Some(Outcome::failed(cause, CustomerAt::Agent))
        }
        Heard::PartyLeft { number, .. } if !same(number, to) => Some(hung_up()),
        _ => None,
    }
}

/// Who hangs up after the agent was heard in the call again may have been back from the flow.
fn suspend(to: &str, spoken: bool, heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::BackFromIvr(_) => Some(Outcome::done(CustomerAt::Agent)),
        Heard::ConnectFailed(_) => Some(Outcome::failed(cause, CustomerAt::Agent)),
        Heard::Left(_) if !spoken => Some(hung_up()),
        Heard::PartyLeft { number, .. } if !spoken && !same(number, to) => Some(hung_up()),
        _ => None,
    }
}

/// The gateway may call the party otherwise than it was called (an IVR by its access code): in a call of three, who is not the one that stays is the one.
fn remove(party: &str, stays: Option<&str>, leaves: CustomerAt, heard: &Heard) -> Option<Outcome> {
    match heard {
        Heard::PartyLeft { number, .. } if same(number, party) => Some(Outcome::done(leaves)),
        Heard::PartyLeft { number, .. } if !number.is_empty() && stays.is_some_and(|stays| !same(number, stays)) => {
            Some(Outcome::done(leaves))
        }
        _ => None,
    }
}

fn take(heard: &Heard, cause: Cause) -> Option<Outcome> {
    match heard {
        Heard::Ringing(_) | Heard::Talking(_) | Heard::PhoneAlerting { .. } => Some(Outcome::done(CustomerAt::Agent)),
        Heard::Unanswered(_) | Heard::ConnectFailed(_) => Some(Outcome::failed(cause, CustomerAt::Unknown)),
        Heard::Left(_) | Heard::PartyLeft { .. } => Some(hung_up()),
        _ => None,
    }
}

/// Who is said to have left before the agent is out was not connected. An agent who is out of one of the two calls only may have lost its far side.
fn connect(left: Option<&str>, heard: &Heard) -> Option<Outcome> {
    match (heard, left) {
        (Heard::Left(call), Some(other)) if call != other => Some(Outcome::done(CustomerAt::Target)),
        (Heard::PartyLeft { .. }, None) => Some(Outcome::failed(Cause::Unspecified, CustomerAt::Unknown)),
        _ => None,
    }
}

fn playback(wanted: MediaState, customer: CustomerAt, heard: &Heard) -> Option<Outcome> {
    match heard {
        Heard::Playback(state) if *state == wanted => Some(Outcome::done(customer)),
        Heard::Playback(MediaState::Failed) => Some(Outcome::failed(Cause::Unspecified, customer)),
        _ => None,
    }
}

/// What is left of an outcome where events may have been lost since the operation began. That somebody has left shows how a call ends, not what
/// came before: an answer, a return, the other release. Only who was to be put out is out.
pub(crate) fn after_gap(aim: &Aim, heard: &Heard, outcome: Outcome) -> Option<Outcome> {
    if !matches!(heard, Heard::Left(_) | Heard::PartyLeft { .. }) {
        return Some(outcome);
    }
    match aim {
        Aim::Release(CustomerAt::Gone) => Some(outcome),
        Aim::Remove { leaves, .. } if *leaves == CustomerAt::Gone => Some(outcome),
        Aim::Release(_) | Aim::Remove { .. } => Some(Outcome::done(CustomerAt::Unknown)),
        _ => None,
    }
}

/// The outcome of an operation on a consult, if this turn of the consult decides it. `consult` is as it was *before* the turn.
pub(crate) fn of_consult(aim: &Aim, turn: &Turn, consult: &Consult) -> Option<Outcome> {
    match aim {
        Aim::Consult => consulted(turn, consult),
        Aim::Complete(_) => completed(turn, consult),
        Aim::Cancel(_) => cancelled(turn, consult),
        _ => None,
    }
}

fn consulted(turn: &Turn, consult: &Consult) -> Option<Outcome> {
    let failure = |cause: &Cause| {
        if consult.cancelling {
            Cause::Cancelled
        } else {
            cause.clone()
        }
    };
    match turn {
        Turn::Answered if consult.style == ConsultStyle::ThreeWay => Some(Outcome::done(CustomerAt::Conference)),
        Turn::Answered => Some(Outcome::done(CustomerAt::AgentHeld)),
        Turn::Failed(cause) => Some(Outcome::failed(failure(cause), CustomerAt::Agent)),
        Turn::CustomerBack => Some(Outcome::failed(failure(&Cause::Unspecified), CustomerAt::Agent)),
        Turn::CustomerLeft => Some(hung_up()),
        Turn::TargetLeft if consult.cancelling && consult.kind == Kind::Number => {
            Some(Outcome::failed(Cause::Cancelled, CustomerAt::Agent))
        }
        Turn::TargetLeft | Turn::LegOver | Turn::AgentOut => None,
    }
}

/// The agent's leaving of the customer's call is the hand-over, unless the third party was gone before.
fn completed(turn: &Turn, consult: &Consult) -> Option<Outcome> {
    match turn {
        Turn::AgentOut if consult.target_left => Some(Outcome::failed(Cause::TargetHungUp, CustomerAt::Gone)),
        Turn::AgentOut => Some(Outcome::done(CustomerAt::Target)),
        // A private help's own call also ends when the helper hangs up; a conference's does not.
        Turn::LegOver if !consult.target_left && consult.style == ConsultStyle::ThreeWay => {
            Some(Outcome::done(CustomerAt::Target))
        }
        Turn::LegOver if !consult.target_left && consult.kind == Kind::Number => {
            Some(Outcome::done(CustomerAt::Target))
        }
        Turn::CustomerLeft => Some(hung_up()),
        Turn::CustomerBack => Some(Outcome::failed(Cause::TargetHungUp, CustomerAt::Agent)),
        Turn::TargetLeft if consult.kind == Kind::Number || consult.style == ConsultStyle::ThreeWay => {
            Some(Outcome::failed(Cause::TargetHungUp, CustomerAt::Agent))
        }
        Turn::TargetLeft | Turn::LegOver | Turn::Answered | Turn::Failed(_) => None,
    }
}

fn cancelled(turn: &Turn, consult: &Consult) -> Option<Outcome> {
    let customer_gone = consult.stage == Stage::CustomerGone;
    match turn {
        Turn::LegOver | Turn::AgentOut if customer_gone => Some(hung_up()),
        Turn::CustomerBack | Turn::Failed(_) => Some(Outcome::done(CustomerAt::Agent)),
        Turn::TargetLeft if consult.kind == Kind::Number || consult.style == ConsultStyle::ThreeWay => {
            Some(Outcome::done(CustomerAt::Agent))
        }
        Turn::CustomerLeft => Some(hung_up()),
        Turn::TargetLeft | Turn::LegOver | Turn::AgentOut | Turn::Answered => None,
    }
}

/// The outcome of a request for an agent state. No customer is concerned.
pub(crate) fn of_state(wanted: Wanted, word: &AgentWord) -> Option<Outcome> {
    let is_it = match wanted {
        Wanted::Ready => matches!(
            word,
            AgentWord::Ready | AgentWord::BusyOver | AgentWord::WorkOver | AgentWord::RestOver
        ),
        Wanted::Busy => *word == AgentWord::Busy,
        Wanted::Rest => matches!(word, AgentWord::Rest(_)),
        Wanted::Work => *word == AgentWord::Work,
    };
    is_it.then(|| Outcome::done(CustomerAt::Unknown))
}

fn by_result(result: i64, lands: CustomerAt) -> Outcome {
    match result {
        0 => Outcome::done(lands),
        cause => Outcome::failed(Cause::Vendor(cause.to_string()), CustomerAt::Agent),
    }
}

fn hung_up() -> Outcome {
    Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Leg;

    const CALL: &str = "1456404171-43";

    fn id() -> String {
        CALL.to_owned()
    }

    fn talking() -> Heard {
        Heard::Talking(Leg {
            call: id(),
            ..Leg::default()
        })
    }

    fn left(number: &str) -> Heard {
        Heard::PartyLeft {
            call: id(),
            number: number.to_owned(),
        }
    }

    fn result(result: i64) -> Heard {
        Heard::TransferResult {
            call: Some(id()),
            result,
        }
    }

    /// Verdict and place of the first event that settles.
    fn settle(aim: &Aim, heard: &[Heard]) -> Option<(bool, Cause, CustomerAt)> {
        let mut aim = aim.clone();
        let outcome = heard.iter().find_map(|heard| {
            let outcome = of_call(&aim, heard, Cause::Unspecified);
            aim.learn(heard);
            outcome
        })?;
        Some((outcome.is_done(), outcome.cause, outcome.customer))
    }

    fn blind() -> Aim {
        Aim::Blind {
            to: "25".into(),
            lands: CustomerAt::Queue,
            customer_left: false,
            consulted: false,
        }
    }

    /// Out of a call in which a colleague asks for advice.
    fn blind_of_consulted() -> Aim {
        Aim::Blind {
            to: "25".into(),
            lands: CustomerAt::Queue,
            customer_left: false,
            consulted: true,
        }
    }

    fn connection() -> Aim {
        Aim::Connect {
            held: "1-9".into(),
            left: None,
        }
    }

    fn suspension() -> Aim {
        Aim::Suspend {
            to: "1321".into(),
            heard: false,
        }
    }

    #[test]
    fn a_blind_transfer_is_done_when_the_agent_is_out() {
        let done = Some((true, Cause::Normal, CustomerAt::Queue));
        assert_eq!(settle(&blind(), &[Heard::Left(id()), left("70093")]), done);
        assert_eq!(settle(&blind(), &[left("25"), Heard::Left(id())]), done);
    }

    #[test]
    fn a_blind_transfer_fails_back_to_the_agent_or_with_the_customer() {
        let failed = Some((false, Cause::Unspecified, CustomerAt::Agent));
        assert_eq!(settle(&blind(), &[Heard::ConnectFailed(id()), talking()]), failed);
        assert_eq!(settle(&blind(), &[talking(), Heard::ConnectFailed(id())]), failed);
        let gone = Some((false, Cause::CustomerHungUp, CustomerAt::Gone));
        assert_eq!(settle(&blind(), &[left("70093"), Heard::Left(id())]), gone);
        assert_eq!(
            settle(&blind(), &[left("70093")]),
            None,
            "a transferred customer is said to have left too, and the release before it may be lost"
        );
    }

    #[test]
    fn a_release_alone_does_not_tell_a_blind_transfer_from_a_consult_that_a_colleague_took_back() {
        let aim = blind_of_consulted();
        assert_eq!(settle(&aim, &[Heard::Left(id())]), None);
        assert_eq!(settle(&aim, &[left("102"), Heard::Left(id())]), None);
        assert_eq!(
            settle(&aim, &[result(0)]),
            Some((true, Cause::Normal, CustomerAt::Queue)),
            "the result is told of the transfer"
        );
        assert_eq!(
            settle(&aim, &[Heard::ConnectFailed(id())]),
            Some((false, Cause::Unspecified, CustomerAt::Agent))
        );
    }

    #[test]
    fn who_left_after_a_gap_proves_nothing_of_what_was_asked_before_it() {
        let (release, gone) = (Heard::Left(id()), left("70093"));
        let aims = [
            blind(),
            Aim::ReleaseAfter { to: "102".into() },
            suspension(),
            Aim::Answer,
            Aim::Hold,
            Aim::Retrieve,
            Aim::Dial,
            Aim::Take,
            connection(),
            Aim::Complete(OpId::new("op-1").expect("id")),
        ];
        for aim in aims {
            for heard in [&release, &gone] {
                assert_eq!(after_gap(&aim, heard, hung_up()), None);
            }
            assert_eq!(after_gap(&aim, &talking(), hung_up()), Some(hung_up()));
        }
        let done = |at| Some(Outcome::done(at));
        let after = |at| after_gap(&Aim::Release(at), &release, Outcome::done(at));
        assert_eq!(after(CustomerAt::Gone), done(CustomerAt::Gone));
        assert_eq!(after(CustomerAt::Target), done(CustomerAt::Unknown));
    }

    #[test]
    fn a_release_after_transfer_rests_on_its_result_and_never_on_the_release_alone() {
        let aim = Aim::ReleaseAfter { to: "102".into() };
        assert_eq!(settle(&aim, &[Heard::Left(id())]), None);
        assert_eq!(
            settle(&aim, &[result(0), Heard::Left(id())]),
            Some((true, Cause::Normal, CustomerAt::Target))
        );
        assert_eq!(
            settle(&aim, &[result(1)]),
            Some((false, Cause::Vendor("1".into()), CustomerAt::Agent))
        );
        let gone = Some((false, Cause::CustomerHungUp, CustomerAt::Gone));
        assert_eq!(settle(&aim, &[Heard::Left(id()), left("70093")]), gone);
        assert_eq!(settle(&aim, &[left("70093")]), gone);
        assert_eq!(settle(&aim, &[left("A102")]), None);
    }

    #[test]
    fn a_suspend_transfer_is_done_when_the_customer_is_back() {
        let aim = suspension();
        assert_eq!(
            settle(&aim, &[Heard::BackFromIvr(id())]),
            Some((true, Cause::Normal, CustomerAt::Agent))
        );
        assert_eq!(
            settle(&aim, &[Heard::ConnectFailed(id())]),
            Some((false, Cause::Unspecified, CustomerAt::Agent))
        );
        let gone = Some((false, Cause::CustomerHungUp, CustomerAt::Gone));
        assert_eq!(settle(&aim, &[left("70093")]), gone);
        assert_eq!(settle(&aim, &[Heard::Left(id())]), gone);
        assert_eq!(
            settle(&aim, &[talking(), left("70093"), Heard::Left(id())]),
            None,
            "back from the flow, or refused by it"
        );
    }

    #[test]
    fn dialling_ends_by_talking_failing_or_hanging_up() {
        assert_eq!(
            settle(&Aim::Dial, &[talking()]),
            Some((true, Cause::Normal, CustomerAt::Agent))
        );
        for failed in [
            Heard::CallOutFailed(id()),
            Heard::InsideCallFailed(id()),
            Heard::ConnectFailed(id()),
        ] {
            assert_eq!(
                settle(&Aim::Dial, &[failed]),
                Some((false, Cause::Unspecified, CustomerAt::Gone))
            );
        }
        assert_eq!(
            settle(&Aim::Dial, &[Heard::Left(id())]),
            Some((false, Cause::AgentHungUp, CustomerAt::Gone))
        );
    }

    #[test]
    fn a_call_withdrawn_before_the_answer_is_somewhere_unknown() {
        let withdrawn = Some((false, Cause::NoAnswer, CustomerAt::Unknown));
        assert_eq!(settle(&Aim::Answer, &[Heard::Unanswered(id())]), withdrawn);
        assert_eq!(
            settle(&Aim::Answer, &[talking()]),
            Some((true, Cause::Normal, CustomerAt::Agent))
        );
    }

    #[test]
    fn the_platforms_cause_is_kept_as_it_came() {
        let detected = Cause::Vendor("1552".into());
        let outcome = of_call(&Aim::Dial, &Heard::CallOutFailed(id()), detected.clone()).expect("failed");
        assert_eq!(outcome.cause, detected);
    }

    #[test]
    fn two_calls_are_connected_when_the_agent_is_out_of_both() {
        let (current, held) = (Heard::Left(id()), Heard::Left("1-9".into()));
        let done = Some((true, Cause::Normal, CustomerAt::Target));
        assert_eq!(settle(&connection(), &[current.clone(), held.clone()]), done);
        assert_eq!(settle(&connection(), &[held, left("70093"), current.clone()]), done);
        assert_eq!(
            settle(&connection(), &[left("70093"), current.clone()]),
            Some((false, Cause::Unspecified, CustomerAt::Unknown))
        );
        assert_eq!(settle(&connection(), &[current.clone(), current, left("70093")]), None);
    }

    #[test]
    fn saying_free_is_confirmed_by_any_of_four_events() {
        let words = [
            AgentWord::Ready,
            AgentWord::BusyOver,
            AgentWord::WorkOver,
            AgentWord::RestOver,
        ];
        assert!(words.iter().all(|word| of_state(Wanted::Ready, word).is_some()));
        assert!(of_state(Wanted::Busy, &AgentWord::Handling).is_none());
    }
}
