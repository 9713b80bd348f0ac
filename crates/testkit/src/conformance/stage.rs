//! The stage of one story: the adapter under its layers, everything that is said noted down, and words for what people do.

use std::sync::Arc;
use std::time::Duration;

use callcontrol_core::{
    Call, CallControl, CallView, Capabilities, CustomerAt, EmulationPolicy, Filter, LegState, OpCx, Operation,
    OperationKey, Outcome, Receipt, Session, Stack, StackOptions, TargetKind, Verdict,
};
use tokio::time::{Instant, sleep, timeout};

use super::report::{Tried, ensure, fail, skip};
use super::{Arrival, Caller, Cast, Deed, Harness, Part};
use crate::fake::{Recorded, Story};
use crate::switch::Party;

/// One vendor with its adapter under the layers.
pub(super) struct Stage {
    pub(super) harness: Box<dyn Harness>,
    pub(super) control: Arc<dyn CallControl>,
    pub(super) bare: Arc<dyn CallControl>,
    pub(super) story: Story,
    pub(super) cast: Cast,
}

/// An agent and a customer, connected.
pub(super) struct Talk {
    pub(super) session: Session,
    pub(super) call: Call,
    pub(super) caller: Caller,
}

impl Stage {
    pub(super) fn new(harness: Box<dyn Harness>, emulation: EmulationPolicy) -> Self {
        let story = Story::new();
        if let Some(switch) = harness.switch() {
            story.hear(&switch);
        }
        let bare = harness.adapter();
        story.read(bare.subscribe(Filter::all()));
        let mut options = StackOptions::default();
        options.emulation = emulation;
        let stack = Stack::over(Arc::clone(&bare), options);
        let control = Arc::new(Recorded::over(Arc::new(stack), story.clone()));
        let cast = harness.cast();
        Self {
            harness,
            control,
            bare,
            story,
            cast,
        }
    }

    /// Everything ends.
    pub(super) async fn strike(self) {
        self.control.shutdown(&OpCx::new().within(Duration::from_secs(5))).await;
    }

    /// What the adapter claims, every recipe allowed.
    pub(super) fn manifest(&self) -> Arc<Capabilities> {
        let mut manifest = Capabilities::clone(&self.bare.capabilities());
        manifest.policy = EmulationPolicy::Allow;
        Arc::new(manifest)
    }

    pub(super) fn claims(&self, key: impl Into<OperationKey>) -> bool {
        self.manifest().support(key).is_available()
    }

    /// The first of these operations that is claimed for somebody of the cast, kinds in order of preference.
    pub(super) fn claimed(&self, operations: &[Operation], kinds: &[TargetKind]) -> Option<(Operation, Part)> {
        let parts: Vec<Part> = kinds.iter().filter_map(|kind| self.cast.part(*kind).cloned()).collect();
        self.claimed_for(operations, &parts)
    }

    /// The same for somebody of these.
    pub(super) fn claimed_for(&self, operations: &[Operation], parts: &[Part]) -> Option<(Operation, Part)> {
        operations.iter().find_map(|operation| {
            let fits = |part: &&Part| self.claims(OperationKey::to(*operation, part.target.kind()));
            parts.iter().find(fits).map(|part| (*operation, part.clone()))
        })
    }

    pub(super) fn part(&self, kind: TargetKind) -> Tried<Part> {
        match self.cast.part(kind) {
            Some(part) => Ok(part.clone()),
            None => skip(format!("the harness names no target of the kind {kind}")),
        }
    }

    pub(super) async fn sign_in(&self) -> Tried<Session> {
        Ok(Session::open(&self.control, self.harness.agent()).await?)
    }

    /// A customer calls the agent. Rings, or is in view, when this returns.
    pub(super) async fn customer_calls(&self, session: &Session) -> Tried<(Call, Caller)> {
        self.comes(session, self.harness.customer_calls()).await
    }

    async fn comes(&self, session: &Session, arrival: Option<Arrival>) -> Tried<(Call, Caller)> {
        match arrival {
            Some(Arrival::Rings(caller)) => match timeout(self.harness.patience(), session.next_offered()).await {
                Ok(Some(call)) => Ok((call, caller)),
                _ => fail("a customer's call rings at the agent, and the feed never offers it"),
            },
            Some(Arrival::Adopt(caller, adopt)) => Ok((session.adopt(adopt).await?, caller)),
            None => skip("the harness has no customer who calls"),
        }
    }

    /// Signs the agent in, lets a customer call and the agent answer.
    pub(super) async fn talking(&self) -> Tried<Talk> {
        let session = self.sign_in().await?;
        let arrival = self.harness.customer_calls();
        self.connected(session, arrival).await
    }

    /// The same, the customer coming as this operation needs it.
    pub(super) async fn talking_for(&self, key: OperationKey) -> Tried<Talk> {
        let session = self.sign_in().await?;
        let arrival = self.harness.customer_calls_for(key);
        self.connected(session, arrival).await
    }

    async fn connected(&self, session: Session, arrival: Option<Arrival>) -> Tried<Talk> {
        let (call, caller) = self.comes(&session, arrival).await?;
        let ringing = self
            .view(&call)
            .await?
            .is_some_and(|view| view.state == LegState::Ringing);
        if ringing {
            let answered = call.answer().await?.outcome().await;
            ensure(answered.verdict != Verdict::Failed, || {
                format!("answering a ringing call: {answered}")
            })?;
            self.until_state(&call, LegState::Talking).await?;
        }
        Ok(Talk { session, call, caller })
    }

    pub(super) fn must(&self, deed: Deed<'_>) -> Tried {
        self.story.remark(format!("{deed:?}"));
        if self.harness.play(&deed) {
            Ok(())
        } else {
            skip(format!("the harness cannot play {deed:?}"))
        }
    }

    /// Lets everything that was said arrive.
    pub(super) async fn settle(&self) {
        self.harness.take_turns();
        sleep(self.harness.settling()).await;
    }

    /// The call as the adapter sees it.
    pub(super) async fn view(&self, call: &Call) -> Tried<Option<CallView>> {
        let mut feed = self.control.subscribe(Filter::session(call.at().session.clone()));
        match feed.next().await {
            Some(callcontrol_core::FeedItem::Snapshot(snapshot)) => {
                Ok(snapshot.call(&call.at().session, call.id()).cloned())
            }
            other => fail(format!("the first item of a feed must be a snapshot, got {other:?}")),
        }
    }

    pub(super) async fn until_state(&self, call: &Call, state: LegState) -> Tried {
        let deadline = Instant::now() + self.harness.patience();
        loop {
            let now = self.view(call).await?.map(|view| view.state);
            if now == Some(state) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return fail(format!(
                    "the call should be {state:?} in the feed's state by now, it is {now:?}"
                ));
            }
            sleep(STEP).await;
        }
    }

    pub(super) async fn until_gone(&self, call: &Call) -> Tried {
        let deadline = Instant::now() + self.harness.patience();
        while self.view(call).await?.is_some() {
            if Instant::now() >= deadline {
                return fail("the call should be over for the agent by now, the feed's state still has it");
            }
            sleep(STEP).await;
        }
        Ok(())
    }

    /// The outcome of an accepted command, while the other side does what it has to: answers, comes to the queue, ends the flow.
    pub(super) async fn see_through(&self, receipt: &Receipt, caller: &Caller, to: Option<&Party>) -> Outcome {
        for _ in 0..MOVES {
            if let Some(outcome) = receipt.within(self.harness.settling()).await {
                return outcome;
            }
            let moved = match to {
                Some(Party::Ivr(_)) => self.harness.play(&Deed::FlowEnds(caller)),
                Some(party) => self.harness.play(&Deed::Answers(party)),
                None => false,
            };
            if moved {
                self.story.remark("the other side does its part");
            }
        }
        receipt.outcome().await
    }

    /// An outcome must not say anything that is not so.
    pub(super) fn agrees(&self, outcome: &Outcome, caller: &Caller) -> Tried {
        let Some(truth) = self.harness.customer(caller) else {
            return Ok(());
        };
        let out_of_hand = matches!(truth, CustomerAt::Queue | CustomerAt::Ivr | CustomerAt::Target);
        let same = match outcome.customer {
            CustomerAt::Unknown => true,
            CustomerAt::Target => out_of_hand,
            CustomerAt::Robot => truth == CustomerAt::Ivr || truth == CustomerAt::Agent,
            said => said == truth,
        };
        ensure(same, || {
            format!("the outcome says \"{outcome}\", in truth the customer is {truth}")
        })
    }

    pub(super) fn moved(&self, caller: &Caller, times: usize) -> Tried {
        match self.harness.moves(caller) {
            Some(really) => ensure(really == times, || {
                format!("the customer was moved {really} times in truth, {times} expected")
            }),
            None => Ok(()),
        }
    }
}

/// How often the other side is asked to do its part.
const MOVES: usize = 4;
const STEP: Duration = Duration::from_millis(100);
