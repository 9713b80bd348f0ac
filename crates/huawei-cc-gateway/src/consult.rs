//! A running consult: what it is to the gateway, and what each event means for it. Pure.
//!
//! Two kinds (sections 6.2 and 7): internal help has a call of its own beside the customer's; a consult with an outside number is a transfer
//! (talk forwarding or three-party) that goes by the customer's call id.

use std::time::Duration;

use callcontrol_core::{Cause, ConsultStyle, CustomerAt, OpId};
use tokio::time::Instant;

use crate::wire::{Heard, Leg};

/// A consult as far as the gateway has told.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Consult {
    /// The operation that began it.
    pub(crate) op: OpId,
    pub(crate) kind: Kind,
    pub(crate) style: ConsultStyle,
    /// The gateway's id of the customer's call.
    pub(crate) customer: String,
    /// The customer's number, as far as it was told.
    pub(crate) customer_number: Option<String>,
    /// The gateway's id of the consult's own call, once known.
    pub(crate) leg: Option<String>,
    /// The address that was consulted: agent id, queue id or number.
    pub(crate) to: String,
    /// The id of the agent who helps, as far as it was told; for a queue it is not known beforehand.
    pub(crate) helper: Option<String>,
    pub(crate) stage: Stage,
    pub(crate) start: Start,
    /// The gateway was asked and showed no leg of the third party: it bars nothing until an event shows it.
    pub(crate) absent: bool,
    /// When it was asked for.
    pub(crate) asked: Instant,
    /// Up to which turn of the session's events and answers it is known; an older listing proves nothing of it.
    pub(crate) known_at: u64,
    /// The third party was said to have left.
    pub(crate) target_left: bool,
    /// The agent has asked to take the customer back.
    pub(crate) cancelling: bool,
    /// When the gateway has accepted that.
    pub(crate) given_up: Option<Instant>,
    /// Events may have been lost, and nothing has shown since how it stands.
    pub(crate) doubtful: bool,
}

/// How the gateway does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `innerhelp`.
    Help,
    /// `transfer` mode 3 or 4.
    Number,
}

/// Whether it was begun at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Asked for, and not answered yet.
    Asked,
    /// Asked for, and the answer was lost: it may be going on, never have begun, or begin yet.
    Doubted,
    /// The gateway's answer or an event has shown it.
    Shown,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The third party is being called.
    Calling,
    /// It has answered.
    Answered,
    /// The customer hung up; agent and third party are left.
    CustomerGone,
    /// Completed, cancelled, failed, or the third party hung up.
    Over,
}

/// What an event means for a consult.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The third party has answered.
    Answered,
    /// The third party was not reached.
    Failed(Cause),
    /// The third party has left.
    TargetLeft,
    /// The customer has hung up.
    CustomerLeft,
    /// The agent talks to the customer again.
    CustomerBack,
    /// The agent has left the consult's own call.
    LegOver,
    /// The agent has left the customer's call.
    AgentOut,
}

impl Consult {
    /// True for an event about one of its calls.
    pub(crate) fn concerns(&self, call: &str) -> bool {
        self.customer == call || self.leg.as_deref() == Some(call)
    }

    /// True while an unknown call can only be the one of this consult: an agent has one active call. A consult with a number
    /// may go by a call id of its own; the page does not say.
    pub(crate) fn awaits_leg(&self) -> bool {
        self.leg.is_none() && self.stage == Stage::Calling && !self.is_unseen()
    }

    /// Begun without an answer, and nothing of it was there when the gateway was asked. It may still begin.
    pub(crate) fn is_unseen(&self) -> bool {
        self.absent && self.start != Start::Shown
    }

    /// Nothing was ever shown of it, though no event was lost, and the request cannot arrive any more. Only a private help of a named agent would
    /// have been recognised: in a three-way one all meet in the customer's call, and who of a queue rings is anybody.
    pub(crate) fn is_past(&self) -> bool {
        let recognised = self.style == ConsultStyle::Private && self.helper.is_some();
        let unseen = self.is_unseen() && !self.doubtful && self.stage == Stage::Calling;
        recognised && unseen && self.asked.elapsed() >= REQUESTS_ARRIVE
    }

    /// Nothing is known for sure of where it stands.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.doubtful || self.start == Start::Doubted
    }

    /// What `heard` means, and remembers it.
    pub(crate) fn hear(&mut self, heard: &Heard, cause: Cause) -> Option<Turn> {
        let named = self.is_named_by(heard);
        let turn = match self.is_unseen() && !named {
            // Whatever else happens on the call is somebody else's doing.
            true => matches!(heard, Heard::Left(call) if *call == self.customer).then_some(Turn::AgentOut)?,
            false => {
                self.shown_by(named);
                self.turn(heard, cause)?
            }
        };
        self.shown_by(!matches!(turn, Turn::AgentOut | Turn::CustomerLeft));
        match turn {
            Turn::Answered => {
                self.stage = Stage::Answered;
                self.doubtful = false;
            }
            Turn::CustomerLeft => self.stage = Stage::CustomerGone,
            Turn::TargetLeft => {
                self.target_left = true;
                if self.ends_when_target_leaves() {
                    self.stage = Stage::Over;
                }
            }
            Turn::Failed(_) | Turn::CustomerBack => self.stage = Stage::Over,
            Turn::AgentOut if self.stage != Stage::CustomerGone => self.stage = Stage::Over,
            Turn::LegOver if self.stage == Stage::CustomerGone => self.stage = Stage::Over,
            Turn::AgentOut | Turn::LegOver => {}
        }
        Some(turn)
    }

    fn shown_by(&mut self, shown: bool) {
        if shown {
            self.start = Start::Shown;
            self.absent = false;
        }
    }

    /// True for an event that can be about no other business than this consult.
    pub(crate) fn is_named_by(&self, heard: &Heard) -> bool {
        let with_target = |party: &String| same(party, &self.to) || self.is_helper(party);
        match heard {
            // A help rings in a call of its own: in the customer's, it is a transfer to the one who was to be consulted.
            Heard::Alerting { call, party, worker } => {
                let elsewhere = self.kind == Kind::Number || *call != self.customer;
                elsewhere && self.may_be_about(call) && [party, worker].into_iter().flatten().any(with_target)
            }
            Heard::Talking(leg) => {
                let help = self.kind == Kind::Help && matches!(leg.feature, Some(TWO_PARTY_HELP | THREE_PARTY_HELP));
                self.may_be_about(&leg.call) && (help || self.is_with_target(leg)) && leg.call != self.customer
                    || self.kind == Kind::Number && leg.call == self.customer && self.is_with_target(leg)
            }
            Heard::Conference { call, partners } => self.concerns(call) && partners.iter().any(with_target),
            _ => false,
        }
    }

    /// One of its calls, or one that may turn out to be.
    fn may_be_about(&self, call: &str) -> bool {
        self.concerns(call) || self.leg.is_none()
    }

    fn is_helper(&self, number: &str) -> bool {
        self.helper.as_deref().is_some_and(|helper| same(number, helper))
    }

    /// Learns who helps; a queue's agent is told by the alerting event only.
    pub(crate) fn learn_helper(&mut self, heard: &Heard) {
        if let Heard::Alerting { call, party, worker } = heard
            && self.kind == Kind::Help
            && self.concerns(call)
        {
            let told = worker.as_deref().or(party.as_deref());
            self.helper = told.map(|told| plain(told).to_owned());
        }
    }

    /// True for one that goes by the customer's call id alone: the gateway shows one call, in which the customer waits and the third party is talked to.
    pub(crate) fn is_in_customers_call(&self) -> bool {
        self.is_forwarding() && self.leg.is_none()
    }

    /// Talk forwarding: it is the transfer that holds the customer, and whether the list of held calls has him is documented nowhere.
    pub(crate) fn is_forwarding(&self) -> bool {
        self.kind == Kind::Number && self.style == ConsultStyle::Private
    }

    /// The gateway took it back so long ago that the events of it have been lost.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.is_some_and(|at| at.elapsed() >= EVENTS_COME)
    }

    /// The name of ours under which the third party's leg is shown while the gateway has none for it.
    pub(crate) fn name_of_third_leg(&self) -> String {
        format!("{}{MARK}{}", self.customer, self.op)
    }

    /// The name under which the third party's leg is shown, once there may be one.
    pub(crate) fn third_leg(&self) -> Option<String> {
        match self.is_in_customers_call() {
            true => Some(self.name_of_third_leg()),
            false => self.leg.clone(),
        }
    }

    /// Where the customer is because of it, if it says so.
    pub(crate) fn customer_at(&self) -> Option<CustomerAt> {
        match self.stage {
            Stage::Answered if self.style == ConsultStyle::Private => Some(CustomerAt::AgentHeld),
            Stage::CustomerGone => Some(CustomerAt::Gone),
            Stage::Calling | Stage::Answered | Stage::Over => None,
        }
    }

    fn turn(&self, heard: &Heard, cause: Cause) -> Option<Turn> {
        if self.stage == Stage::Over {
            return None;
        }
        if let Heard::TransferResult { call, result } = heard {
            let ours = call.as_deref().is_none_or(|call| self.concerns(call));
            return (ours && self.kind == Kind::Number && self.stage == Stage::Calling).then(|| result_turn(*result));
        }
        let call = heard.call()?;
        if !self.concerns(call) {
            return None;
        }
        match heard {
            Heard::Talking(leg) => self.talking(leg),
            Heard::Conference { .. } => (self.stage == Stage::Calling).then_some(Turn::Answered),
            Heard::ConsultFailed(_)
            | Heard::ConnectFailed(_)
            | Heard::CallOutFailed(_)
            | Heard::InsideCallFailed(_) => (self.stage == Stage::Calling).then_some(Turn::Failed(cause)),
            Heard::PartyLeft { number, .. } => Some(self.party_left(call, number)),
            Heard::Left(_) if self.leg.as_deref() == Some(call) => Some(Turn::LegOver),
            Heard::Left(_) => Some(Turn::AgentOut),
            Heard::Incoming(_)
            | Heard::Ringing(_)
            | Heard::Alerting { .. }
            | Heard::Held(_)
            | Heard::Unanswered(_)
            | Heard::TransferResult { .. }
            | Heard::BackFromIvr(_)
            | Heard::OutboundDetect { .. }
            | Heard::PhoneAlerting { .. }
            | Heard::Preview { .. }
            | Heard::Recording(_)
            | Heard::Playback(_)
            | Heard::Agent(_)
            | Heard::SignedOut
            | Heard::Other => None,
        }
    }

    fn talking(&self, leg: &Leg) -> Option<Turn> {
        match (self.kind, self.stage) {
            // Beside a call of its own, a talking event of the customer's call means the customer.
            (Kind::Help, _) if leg.call == self.customer => Some(Turn::CustomerBack),
            (Kind::Number, _) if leg.call == self.customer && self.leg.is_some() => Some(Turn::CustomerBack),
            // In a three-way help the customer joins with the conference event, or with call type 52.
            (Kind::Help, Stage::Calling)
                if self.style == ConsultStyle::Private || leg.feature == Some(THREE_PARTY_HELP) =>
            {
                Some(Turn::Answered)
            }
            (Kind::Number, Stage::Calling) if (self.cancelling || self.target_left) && !self.is_with_target(leg) => {
                Some(Turn::CustomerBack)
            }
            // Interface page: three-party shows as Conference. A talking event before it is the far side, not all three.
            (Kind::Number, Stage::Calling) if self.style == ConsultStyle::Private => Some(Turn::Answered),
            (Kind::Number, Stage::Answered) if self.leg.is_none() && !self.is_with_target(leg) => {
                Some(Turn::CustomerBack)
            }
            _ => None,
        }
    }

    fn party_left(&self, call: &str, number: &str) -> Turn {
        if self.customer_number.as_deref().is_some_and(|known| same(number, known)) {
            return Turn::CustomerLeft;
        }
        let on_private_leg =
            self.kind == Kind::Help && self.style == ConsultStyle::Private && self.leg.as_deref() == Some(call);
        // Who is neither the customer nor named can only be the third party: a queue's agent is not known beforehand.
        let by_exclusion = self.customer_number.is_some() && !number.is_empty();
        if same(number, &self.to) || self.is_helper(number) || on_private_leg || by_exclusion {
            Turn::TargetLeft
        } else {
            Turn::CustomerLeft
        }
    }

    /// A private help ends with the customer's return, which the gateway tells by a talking event of its own; so does a talk forwarding whose customer
    /// may have left unheard.
    fn ends_when_target_leaves(&self) -> bool {
        match self.is_forwarding() {
            true => !self.doubtful,
            false => self.kind == Kind::Number || self.style == ConsultStyle::ThreeWay,
        }
    }

    fn is_with_target(&self, leg: &Leg) -> bool {
        [&leg.caller, &leg.called]
            .into_iter()
            .flatten()
            .any(|number| same(number, &self.to))
    }
}

fn result_turn(result: i64) -> Turn {
    match result {
        0 => Turn::Answered,
        cause => Turn::Failed(Cause::Vendor(cause.to_string())),
    }
}

/// Two spellings of one party: an agent's number may carry the prefix `a` or `A` (5.4).
pub(crate) fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && plain(a) == plain(b)
}

/// A party without the prefix that marks agents.
pub(crate) fn plain(party: &str) -> &str {
    party.strip_prefix(['a', 'A']).unwrap_or(party)
}

/// The gateway's id of a leg that readers see.
pub(crate) fn vendors_id(native: &str) -> &str {
    native.split_once(MARK).map_or(native, |(id, _)| id)
}

/// No id of the gateway's holds it: digits and `-` (5.4).
const MARK: char = '#';
/// Events come with the next answer of the poll, which is pending all the time.
const EVENTS_COME: Duration = Duration::from_secs(2);
/// Far above what any network or server keeps a request back; so long an outcome is waited for, too.
const REQUESTS_ARRIVE: Duration = Duration::from_secs(120);
/// Section 14.1: internal help.
const TWO_PARTY_HELP: i64 = 51;
const THREE_PARTY_HELP: i64 = 52;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::{Aim, of_consult};
    use callcontrol_core::{CustomerAt, Outcome};

    const CUSTOMER: &str = "1-1";
    const LEG: &str = "1-2";

    fn consult(kind: Kind, style: ConsultStyle) -> Consult {
        Consult {
            op: OpId::new("op-1").expect("id"),
            kind,
            style,
            customer: CUSTOMER.into(),
            customer_number: Some("70093".into()),
            leg: (kind == Kind::Help).then(|| LEG.into()),
            to: if kind == Kind::Help {
                "102".into()
            } else {
                "90012345".into()
            },
            helper: None,
            stage: Stage::Calling,
            start: Start::Shown,
            absent: false,
            asked: Instant::now(),
            known_at: 0,
            target_left: false,
            cancelling: false,
            given_up: None,
            doubtful: false,
        }
    }

    fn talking(call: &str) -> Heard {
        Heard::Talking(Leg {
            call: call.into(),
            ..Leg::default()
        })
    }

    fn conference() -> Heard {
        Heard::Conference {
            call: CUSTOMER.into(),
            partners: vec!["70093".into(), "90012345".into()],
        }
    }

    fn left(call: &str, number: &str) -> Heard {
        Heard::PartyLeft {
            call: call.into(),
            number: number.into(),
        }
    }

    /// Plays events on a consult; the outcome of `aim` when one of them decides it.
    fn play(mut consult: Consult, aim: &Aim, heard: &[Heard]) -> Option<Outcome> {
        heard.iter().find_map(|heard| {
            let before = consult.clone();
            let turn = consult.hear(heard, Cause::Unspecified)?;
            of_consult(aim, &turn, &before)
        })
    }

    fn answered(kind: Kind, style: ConsultStyle) -> Consult {
        let mut consult = consult(kind, style);
        consult.stage = Stage::Answered;
        consult
    }

    fn complete() -> Aim {
        Aim::Complete(OpId::new("op-1").expect("id"))
    }

    fn cancel() -> Aim {
        Aim::Cancel(OpId::new("op-1").expect("id"))
    }

    #[test]
    fn the_third_party_answers() {
        let cases = [
            (Kind::Help, ConsultStyle::Private, talking(LEG), CustomerAt::AgentHeld),
            (Kind::Help, ConsultStyle::ThreeWay, conference(), CustomerAt::Conference),
            (
                Kind::Number,
                ConsultStyle::Private,
                talking(CUSTOMER),
                CustomerAt::AgentHeld,
            ),
            (Kind::Number, ConsultStyle::Private, conference(), CustomerAt::AgentHeld),
            (
                Kind::Number,
                ConsultStyle::ThreeWay,
                conference(),
                CustomerAt::Conference,
            ),
        ];
        for (kind, style, heard, at) in cases {
            let outcome = play(consult(kind, style), &Aim::Consult, &[heard]).expect("decided");
            assert_eq!((outcome.is_done(), outcome.customer), (true, at), "{kind:?} {style:?}");
        }
    }

    #[test]
    fn a_talking_event_before_the_conference_of_a_three_way_consult_decides_nothing() {
        let talking = [talking(CUSTOMER)];
        assert_eq!(
            play(consult(Kind::Number, ConsultStyle::ThreeWay), &Aim::Consult, &talking),
            None
        );
    }

    #[test]
    fn a_consult_that_fails_leaves_the_customer_with_the_agent() {
        let help = play(
            consult(Kind::Help, ConsultStyle::Private),
            &Aim::Consult,
            &[Heard::ConsultFailed(LEG.into())],
        );
        let number = play(
            consult(Kind::Number, ConsultStyle::Private),
            &Aim::Consult,
            &[Heard::CallOutFailed(CUSTOMER.into())],
        );
        for outcome in [help, number] {
            assert_eq!(
                outcome.map(|outcome| (outcome.is_done(), outcome.customer)),
                Some((false, CustomerAt::Agent))
            );
        }
    }

    #[test]
    fn a_private_help_is_handed_over_when_the_agent_is_out_of_the_customers_call() {
        let heard = [Heard::Left(LEG.into()), Heard::Left(CUSTOMER.into())];
        let outcome = play(answered(Kind::Help, ConsultStyle::Private), &complete(), &heard).expect("decided");
        assert_eq!((outcome.is_done(), outcome.customer), (true, CustomerAt::Target));
        assert_eq!(
            play(answered(Kind::Help, ConsultStyle::Private), &complete(), &heard[..1]),
            None
        );
    }

    #[test]
    fn a_helper_who_hangs_up_before_the_hand_over_gives_the_customer_back() {
        let back = [left(LEG, "102"), Heard::Left(LEG.into()), talking(CUSTOMER)];
        let outcome = play(answered(Kind::Help, ConsultStyle::Private), &complete(), &back).expect("decided");
        assert_eq!(
            (outcome.cause, outcome.customer),
            (Cause::TargetHungUp, CustomerAt::Agent)
        );
        let struck = [left(LEG, "102"), Heard::Left(CUSTOMER.into())];
        let outcome = play(answered(Kind::Help, ConsultStyle::Private), &complete(), &struck).expect("decided");
        assert_eq!(
            (outcome.cause, outcome.customer),
            (Cause::TargetHungUp, CustomerAt::Gone)
        );
    }

    #[test]
    fn a_customer_who_hangs_up_first_is_gone_whatever_was_asked() {
        for aim in [Aim::Consult, complete(), cancel()] {
            for kind in [Kind::Help, Kind::Number] {
                let outcome =
                    play(consult(kind, ConsultStyle::Private), &aim, &[left(CUSTOMER, "70093")]).expect("decided");
                assert_eq!(
                    (outcome.cause, outcome.customer),
                    (Cause::CustomerHungUp, CustomerAt::Gone)
                );
            }
        }
    }

    #[test]
    fn a_cancel_is_done_when_the_customer_is_back_or_the_outside_party_out() {
        let help = play(
            answered(Kind::Help, ConsultStyle::Private),
            &cancel(),
            &[Heard::Left(LEG.into()), talking(CUSTOMER)],
        );
        let number = play(
            answered(Kind::Number, ConsultStyle::Private),
            &cancel(),
            &[left(CUSTOMER, "90012345")],
        );
        let three = play(
            answered(Kind::Help, ConsultStyle::ThreeWay),
            &cancel(),
            &[left(CUSTOMER, "a102")],
        );
        for outcome in [help, number, three] {
            assert_eq!(
                outcome.map(|outcome| (outcome.is_done(), outcome.customer)),
                Some((true, CustomerAt::Agent))
            );
        }
    }

    #[test]
    fn the_target_that_answers_while_a_cancel_is_under_way_was_reached_and_is_then_dropped() {
        let mut consult = consult(Kind::Number, ConsultStyle::Private);
        consult.cancelling = true;
        let with_target = Heard::Talking(Leg {
            call: CUSTOMER.into(),
            called: Some("90012345".into()),
            ..Leg::default()
        });
        let heard = [with_target, left(CUSTOMER, "90012345")];
        let outcome = play(consult.clone(), &Aim::Consult, &heard).expect("decided");
        assert!(outcome.is_done());
        let outcome = play(consult, &cancel(), &heard).expect("decided");
        assert_eq!((outcome.is_done(), outcome.customer), (true, CustomerAt::Agent));
    }

    #[test]
    fn a_consult_that_is_over_hears_nothing_more() {
        let mut consult = consult(Kind::Help, ConsultStyle::Private);
        consult.hear(&Heard::ConsultFailed(LEG.into()), Cause::Unspecified);
        assert_eq!(consult.stage, Stage::Over);
        assert_eq!(consult.hear(&talking(CUSTOMER), Cause::Unspecified), None);
    }

    #[test]
    fn a_transfer_to_the_agent_whom_nobody_heard_being_consulted_shows_no_consult() {
        let mut lost = consult(Kind::Help, ConsultStyle::Private);
        (lost.leg, lost.start, lost.absent) = (None, Start::Doubted, true);
        let rings_in = |call: &str| Heard::Alerting {
            call: call.into(),
            party: Some("102".into()),
            worker: Some("102".into()),
        };
        lost.hear(&rings_in(CUSTOMER), Cause::Unspecified);
        assert!(lost.is_unseen());
        lost.hear(&rings_in(LEG), Cause::Unspecified);
        assert!(!lost.is_unseen(), "a call of its own is the help's");
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_private_help_of_a_named_agent_can_be_told_not_to_have_begun() {
        let mut lost = consult(Kind::Help, ConsultStyle::Private);
        (lost.leg, lost.start, lost.absent) = (None, Start::Doubted, true);
        (lost.helper, lost.asked) = (Some("102".into()), Instant::now());
        assert!(!lost.is_past(), "it may still arrive");
        tokio::time::advance(REQUESTS_ARRIVE).await;
        assert!(lost.is_past());
        let three_way = Consult {
            style: ConsultStyle::ThreeWay,
            ..lost.clone()
        };
        let of_queue = Consult {
            helper: None,
            ..lost.clone()
        };
        let after_a_gap = Consult { doubtful: true, ..lost };
        assert!(![three_way, of_queue, after_a_gap].iter().any(Consult::is_past));
    }

    #[test]
    fn a_queues_helper_is_learnt_from_the_alerting_event() {
        let mut consult = consult(Kind::Help, ConsultStyle::ThreeWay);
        let alerting = Heard::Alerting {
            call: LEG.into(),
            party: Some("A102".into()),
            worker: None,
        };
        consult.learn_helper(&alerting);
        assert_eq!(consult.helper.as_deref(), Some("102"));
    }
}
