//! The engine's whole state, and what every interface needs of it: finding sessions and seeing what became of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use callcontrol_testkit::switch::{Cause, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent};

use super::choices::ModeAfterFailure;
use super::clock::Clock;
use super::fault::Fault;
use super::options::OifdeOptions;
use super::session::{CallIdStyle, FlowEnd, HelpRequest, NewSession, Session, SessionId, WorkMode};
use super::token::Tokens;
use super::transfer::{Move, TransferStage};

/// Everything the server keeps. Its methods get the switch lent, so that both change in one go.
pub(super) struct Engine {
    pub(super) options: Arc<OifdeOptions>,
    pub(super) tokens: Tokens,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// The same in order of their beginning.
    order: VecDeque<SessionId>,
    pub(super) clock: Clock,
    /// Whether the next transfer fails, whatever its target.
    pub(super) next_transfer_fails: bool,
    last_session: u64,
    last_help: u64,
}

impl Engine {
    pub(super) fn new(options: OifdeOptions) -> Self {
        let clock = Clock::starting_at(options.epoch);
        Self {
            options: Arc::new(options),
            tokens: Tokens::default(),
            sessions: BTreeMap::new(),
            order: VecDeque::new(),
            clock,
            next_transfer_fails: false,
            last_session: 0,
            last_help: 0,
        }
    }

    /// Begins a session: puts the customer into the robot's IVR, unless the call is there already.
    pub(super) fn begin(&mut self, switch: &mut Switch, new: NewSession) -> Reply<SessionId> {
        let number = self.last_session + 1;
        let id = spelt(number, &new.style);
        if self.sessions.contains_key(&id) {
            return Err(Refusal::Conflict {
                call: None,
                running: "a session with this id",
            });
        }
        let since = switch.journal().next_seq();
        let call = match new.on {
            Some(call) => with_an_ivr(switch, call)?,
            None => self.call_the_robot(switch, &new.customer)?,
        };
        self.last_session = number;
        let tenant = new.tenant.unwrap_or_else(|| self.options.tenant_id.clone());
        let session = Session {
            number,
            id: id.clone(),
            tenant,
            cti_call_id: new.cti_call_id,
            customer: new.customer,
            called: self.options.robot_ivr.clone(),
            medium: new.medium,
            mode: new.mode.into(),
            agent: new.agent,
            last_agent: new.last_agent,
            call,
            since,
            help: None,
            transfer: None,
            replies: Vec::new(),
            to_say: [].into(),
            driven: false,
            turns: 0,
            not_understood: 0,
            started: self.clock.now(),
            release: None,
            ended: false,
        };
        self.sessions.insert(id.clone(), session);
        self.order.push_back(id.clone());
        self.forget(switch);
        Ok(id)
    }

    /// The oldest sessions over which nobody talks any more are forgotten where more are kept than the options allow.
    fn forget(&mut self, switch: &Switch) {
        for _ in 0..self
            .sessions
            .len()
            .saturating_sub(self.options.sessions_kept)
            .min(FORGOTTEN_AT_ONCE)
        {
            let Some(oldest) = self.order.pop_front() else { return };
            let lives = |session: &Session| switch.current_id(session.call).is_some();
            match self.sessions.get(&oldest) {
                Some(session) if lives(session) => self.order.push_back(oldest),
                Some(_) | None => drop(self.sessions.remove(&oldest)),
            }
        }
    }

    /// The session as it is now.
    pub(super) fn session(&mut self, switch: &Switch, id: &SessionId) -> Option<&mut Session> {
        let after_failure = self.options.after_failed_transfer;
        let session = self.sessions.get_mut(id)?;
        session.catch_up(switch, after_failure);
        Some(session)
    }

    /// The live session of this tenant that this agent steers, in supervision or insertion; checked in the order of section 13.
    pub(super) fn steered(
        &mut self,
        switch: &Switch,
        tenant: &str,
        id: &str,
        agent: &str,
    ) -> Result<&mut Session, Fault> {
        let codes = self.options.codes;
        let session = self
            .session(switch, &id.into())
            .filter(|session| session.tenant == tenant && !session.ended);
        let session = session.ok_or_else(|| Fault::new(codes.session_unknown, "the session does not exist"))?;
        if session.agent != agent {
            return Err(Fault::new(codes.wrong_agent, "the agent does not control this session"));
        }
        if !session.mode.has_silent_agent() {
            return Err(Fault::new(
                codes.wrong_state,
                "the session is not in supervision or insertion",
            ));
        }
        Ok(session)
    }

    /// The robot asks the silent agent of this session for help.
    pub(super) fn ask_for_help(&mut self, id: &SessionId) -> Option<HelpRequest> {
        let session = self
            .sessions
            .get_mut(id)
            .filter(|session| session.mode.has_silent_agent() && !session.ended)?;
        self.last_help += 1;
        let node_id = format!("node_action_{:06x}", 0x97_511e + self.last_help);
        let help = HelpRequest {
            node_id,
            node_index: session.turns + 2,
        };
        session.help = Some(help.clone());
        Some(help)
    }

    /// The flow comes to its end: an access party outside is told so with its next turn; without one the call ends now.
    pub(super) fn end_flow(&mut self, switch: &mut Switch, id: &SessionId, how: FlowEnd) -> bool {
        let robot = self.robot_of(switch, id);
        let Some(session) = self.session(switch, id).filter(|session| !session.ended) else {
            return false;
        };
        session.release = Some(how);
        if let (Some(robot), false) = (robot, session.driven) {
            // Refused while the robot passes its caller on; then that is what decides about the call.
            return switch.hang_up(&robot, session.call).is_ok();
        }
        session.driven
    }

    /// The IVR that has this session's caller.
    fn robot_of(&self, switch: &Switch, id: &SessionId) -> Option<Party> {
        let session = self.sessions.get(id)?;
        switch.call(session.call)?.ivr().map(Party::ivr)
    }

    fn call_the_robot(&self, switch: &mut Switch, customer: &str) -> Reply<SwitchCallId> {
        let robot = &self.options.robot_ivr;
        if switch.ivr(robot).is_none() {
            switch.add_ivr(robot, Some(robot));
        }
        if switch.outside(customer).is_none() {
            switch.add_outside(customer);
        }
        switch.place_call(customer, &Party::ivr(robot))
    }
}

impl Session {
    /// Reads from the switch what became of a transfer and of the call since somebody last looked.
    fn catch_up(&mut self, switch: &Switch, after_failure: ModeAfterFailure) {
        if let Some(stage) = self.outcome(switch) {
            self.transfer_came_to(stage, after_failure);
        }
        self.ended = self.ended || switch.current_id(self.call).is_none();
    }

    /// A transfer came to this stage. A failed one gives the customer back to the flow.
    pub(super) fn transfer_came_to(&mut self, stage: TransferStage, after_failure: ModeAfterFailure) {
        let Some(transfer) = &mut self.transfer else { return };
        transfer.stage = stage;
        if matches!(stage, TransferStage::Failed(_)) {
            self.mode = match after_failure {
                ModeAfterFailure::AsBefore => transfer.before,
                ModeAfterFailure::Common => WorkMode::Common,
                ModeAfterFailure::Transfer => WorkMode::Transfer,
            };
        }
    }

    fn outcome(&self, switch: &Switch) -> Option<TransferStage> {
        let transfer = self
            .transfer
            .as_ref()
            .filter(|transfer| transfer.stage == TransferStage::Ringing)?;
        let Move { to, since } = transfer.moved.as_ref()?;
        let of_this_call = |what: &SwitchEvent| what.call() == Some(self.call);
        let entries = switch.journal().since(*since).iter().map(|entry| &entry.what);
        entries.filter(|what| of_this_call(what)).find_map(|what| match what {
            SwitchEvent::Answered { .. } => Some(TransferStage::Done),
            SwitchEvent::Queued { queue, .. } if *to == Party::queue(queue) => Some(TransferStage::Done),
            SwitchEvent::DialFailed { cause, .. } | SwitchEvent::CallEnded { cause, .. } => {
                Some(TransferStage::Failed(Some(*cause)))
            }
            _ => None,
        })
    }
}

fn with_an_ivr(switch: &Switch, call: SwitchCallId) -> Reply<SwitchCallId> {
    let live = switch.call(call).ok_or(Refusal::NoSuchCall(call))?;
    let needed = Refusal::WrongState {
        call: Some(call),
        needed: "a customer with an IVR",
    };
    live.ivr().map(|_| call).ok_or(needed)
}

/// The cause that a refused move stands for.
pub(super) fn cause_of(refusal: &Refusal) -> Option<Cause> {
    match refusal {
        Refusal::NoSuchCall(_) => Some(Cause::CallerHungUp),
        other => other.cause(),
    }
}

fn spelt(number: u64, style: &CallIdStyle) -> SessionId {
    match style {
        CallIdStyle::Digits18 => (123_123_412_300_030_009 + number).to_string().into(),
        CallIdStyle::Timestamp37 => {
            let mixed = u128::from(number).wrapping_mul(0x020f_6fb8_6792_bd25_dbbb_4894_2626_7f4b) & HEX_24;
            format!("{:013}{mixed:024x}", 1_606_478_696_501 + number).into()
        }
        CallIdStyle::Cti => format!("{}-{}", 1_528_780_878 + number, 9_580 + number).into(),
        CallIdStyle::Given(id) => id.as_str().into(),
    }
}

/// So that beginning a session stays cheap where many live for long.
const FORGOTTEN_AT_ONCE: usize = 4;
/// Keeps 24 hex digits.
const HEX_24: u128 = (1 << 96) - 1;
