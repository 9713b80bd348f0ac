//! The search for a transferred call among the event source's items: a state machine without I/O. It says something only where what it saw allows one reading.

use std::collections::BTreeSet;

use callcontrol_core::{
    AgentRef, CallId, CallView, Cause, CustomerAt, Event, EventKind, Evidence, FeedItem, OpId, Outcome, SessionId,
    SessionState, Snapshot, Target,
};

use super::Sighting;
use super::clues::{Clues, MARK, same_number};
use super::config::JoinBy;

/// A search for one transferred call.
#[derive(Debug)]
pub(super) struct Search {
    op: OpId,
    join: Vec<JoinBy>,
    clues: Clues,
    goal: Goal,
    /// Calls that were there before the order: none of them is it.
    before: Option<BTreeSet<Sighting>>,
    /// The goal's session was signed in and its events came without a break.
    unbroken: bool,
    /// The target could not have taken a call when the order was given.
    was_busy: bool,
    /// Some call appeared at the goal, recognised or not: one that shows another number could be the one sought.
    something_appeared: bool,
    found: Option<(Sighting, Evidence)>,
    /// A second call that fits by the customer's number only.
    ambiguous: bool,
    outcome: Option<Outcome>,
}

/// Where the call must appear.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Goal {
    /// At this agent.
    Agent(SessionId),
    /// At any agent.
    Anybody,
    /// Nowhere that the event source could see.
    Unseen,
}

impl Search {
    pub(super) fn new(join: &[JoinBy], clues: Clues, op: OpId, to: &Target) -> Self {
        Self {
            op,
            join: join.to_vec(),
            clues,
            goal: Goal::of(to),
            before: None,
            unbroken: false,
            was_busy: false,
            something_appeared: false,
            found: None,
            ambiguous: false,
            outcome: None,
        }
    }

    pub(super) fn op(&self) -> &OpId {
        &self.op
    }

    /// What has been found out, once it has.
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Takes one item in. Gives the calls that could be the one sought; their views are to be shown to [`seen`](Self::seen).
    pub(super) fn hear(&mut self, item: &FeedItem) -> Vec<Sighting> {
        match item {
            FeedItem::Snapshot(snapshot) => self.hear_snapshot(snapshot),
            FeedItem::Event(event) => self.hear_event(event).into_iter().collect(),
            FeedItem::Gap(gap) => {
                if gap.session.as_ref().is_none_or(|session| self.concerns(session)) {
                    self.unbroken = false;
                }
                Vec::new()
            }
            FeedItem::Session(notice) => {
                if self.concerns(&notice.session) && notice.state != SessionState::Active {
                    self.unbroken = false;
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn hear_snapshot(&mut self, snapshot: &Snapshot) -> Vec<Sighting> {
        let calls: Vec<Sighting> = snapshot
            .sessions
            .iter()
            .flat_map(|(session, view)| view.calls.keys().map(|call| (session.clone(), call.clone())))
            .collect();
        if let Some(before) = &self.before {
            let news = |at: &&Sighting| !before.contains(*at) && self.concerns(&at.0);
            let news: Vec<Sighting> = calls.iter().filter(news).cloned().collect();
            self.something_appeared |= !news.is_empty();
            return news;
        }
        if let Goal::Agent(session) = &self.goal
            && let Some(view) = snapshot.session(session)
        {
            self.unbroken = view.state == SessionState::Active;
            self.was_busy = !view.calls.is_empty();
        }
        self.before = Some(calls.into_iter().collect());
        Vec::new()
    }

    fn hear_event(&mut self, event: &Event) -> Option<Sighting> {
        let at = (event.session.clone(), event.call.clone()?);
        if let Some((found, by)) = &self.found
            && *found == at
        {
            self.outcome = self.outcome.take().or_else(|| of_found(&event.kind, *by));
            return None;
        }
        let appears = matches!(event.kind, EventKind::Offered | EventKind::Established);
        let is_old = self.before.as_ref().is_some_and(|before| before.contains(&at));
        let is_candidate = appears && !is_old && self.concerns(&at.0);
        self.something_appeared |= is_candidate;
        is_candidate.then_some(at)
    }

    /// A call that appeared, as the event source shows it.
    pub(super) fn seen(&mut self, at: Sighting, view: &CallView) {
        let Some(by) = self.recognise(view) else { return };
        if let Some((found, earlier)) = &self.found {
            if *found != at && *earlier == Evidence::OtherByCaller && by == Evidence::OtherByCaller {
                self.ambiguous = true;
            }
            // A surer clue than the number wins over what it found.
            if *found == at || by == Evidence::OtherByCaller {
                return;
            }
        }
        self.found = Some((at, by));
        self.outcome = match (&self.goal, view.state) {
            // The queue has taken it and gives it out.
            (Goal::Anybody, _) | (_, callcontrol_core::LegState::Talking) => {
                Some(Outcome::done(CustomerAt::Target).by(by))
            }
            _ => None,
        };
    }

    fn recognise(&self, view: &CallView) -> Option<Evidence> {
        let fits = |by: &&JoinBy| match by {
            JoinBy::Id => self.clues.platform_call.as_deref() == Some(view.native.as_str()),
            JoinBy::Mark => view.data.0.get(MARK).map(String::as_str) == Some(self.op.as_str()),
            JoinBy::Caller => self.clues.customer.as_deref().is_some_and(|customer| {
                let mut parties = view.parties.iter();
                parties.any(|party| same_number(&party.address, customer))
            }),
        };
        self.join.iter().find(fits).map(|by| match by {
            JoinBy::Id => Evidence::OtherById,
            JoinBy::Mark => Evidence::OtherByMark,
            JoinBy::Caller => Evidence::OtherByCaller,
        })
    }

    /// The window has passed.
    pub(super) fn end(&self) -> Outcome {
        if self.ambiguous {
            return Outcome::unknown(Evidence::NothingInTime, CustomerAt::Unknown);
        }
        match (&self.outcome, &self.found) {
            (Some(outcome), _) => outcome.clone(),
            // It still rings there.
            (None, Some((_, by))) => Outcome::unknown(*by, CustomerAt::Target),
            (None, None) if self.saw_nothing_arrive() => {
                let cause = if self.was_busy { Cause::Busy } else { Cause::Unspecified };
                Outcome::failed(cause, CustomerAt::Unknown).by(Evidence::OtherSawNothing)
            }
            (None, None) => Outcome::unknown(Evidence::AcceptedOnly, CustomerAt::Unknown),
        }
    }

    /// Sure only where one agent's phone was watched without a break, the call would have been recognised, and no call at all appeared there.
    fn saw_nothing_arrive(&self) -> bool {
        let recognisable = self.join.iter().any(|by| match by {
            JoinBy::Id => self.clues.platform_call.is_some(),
            JoinBy::Caller => self.clues.customer.is_some(),
            JoinBy::Mark => false,
        });
        matches!(self.goal, Goal::Agent(_)) && self.unbroken && recognisable && !self.something_appeared
    }

    fn concerns(&self, session: &SessionId) -> bool {
        match &self.goal {
            Goal::Agent(wanted) => wanted == session,
            Goal::Anybody => true,
            Goal::Unseen => false,
        }
    }
}

impl Goal {
    fn of(to: &Target) -> Self {
        match to {
            Target::Agent(AgentRef::Id(agent)) => SessionId::new(agent.as_str()).map_or(Self::Unseen, Self::Agent),
            Target::Agent(_) | Target::Queue(_) | Target::QueueOfAgent(_) | Target::LastAgent => Self::Anybody,
            _ => Self::Unseen,
        }
    }
}

/// What an event on the call that was found says of the transfer to one agent.
fn of_found(kind: &EventKind, by: Evidence) -> Option<Outcome> {
    let outcome = match kind {
        EventKind::Established => Outcome::done(CustomerAt::Target),
        EventKind::Unanswered => Outcome::failed(Cause::NoAnswer, CustomerAt::Unknown),
        EventKind::Released {
            cause: Cause::CustomerHungUp,
        } => Outcome::failed(Cause::CustomerHungUp, CustomerAt::Gone),
        // Whether the customer gave up or the agent did not answer, the release alone does not say.
        EventKind::Released { cause } => Outcome::failed(cause.clone(), CustomerAt::Unknown),
        _ => return None,
    };
    Some(outcome.by(by))
}

/// For [`Sighting`]'s second half.
pub(super) fn view_of(snapshot: &Snapshot, at: &(SessionId, CallId)) -> Option<CallView> {
    snapshot.call(&at.0, &at.1).cloned()
}

#[cfg(test)]
mod tests {
    use callcontrol_core::{AgentId, Draft, Feed, Filter, Hub, IdSource, Party, Scope, Verdict, ViewPatch};

    use super::*;

    const CUSTOMER: &str = "2065550100";

    /// An event source of which the test is the vendor.
    struct Desk {
        hub: Hub,
        feed: Feed,
        search: Search,
    }

    fn session(agent: &str) -> SessionId {
        SessionId::new(agent).expect("an id")
    }

    impl Desk {
        /// Agents 101 and 102 are signed in; `busy` has a call already. The order goes to `to`.
        async fn new(join: &[JoinBy], to: Target, busy: Option<&str>) -> Self {
            let hub = Hub::new(IdSource::seeded(1));
            for agent in ["101", "102"] {
                hub.open_session(&session(agent), &AgentId::new(agent).expect("an id"));
                hub.set_session_state(&session(agent), SessionState::Active, "signed in");
            }
            if let Some(agent) = busy {
                publish(&hub, agent, "1-1", EventKind::Established, "5550000");
            }
            let clues = Clues {
                platform_call: Some("1456404043-37".into()),
                customer: Some(CUSTOMER.into()),
            };
            let op = OpId::new("op-1").expect("an id");
            let mut desk = Self {
                feed: hub.subscribe(Filter::all()),
                hub,
                search: Search::new(join, clues, op, &to),
            };
            desk.listen(1).await;
            desk
        }

        async fn listen(&mut self, items: usize) {
            for _ in 0..items {
                let item = self.feed.next().await.expect("an item");
                for at in self.search.hear(&item) {
                    let snapshot = self.hub.snapshot(&Scope::All);
                    if let Some(view) = view_of(&snapshot, &at) {
                        self.search.seen(at, &view);
                    }
                }
            }
        }

        async fn tell(&mut self, agent: &str, native: &str, kind: EventKind, from: &str) {
            publish(&self.hub, agent, native, kind, from);
            self.listen(1).await;
        }

        fn found(&self) -> Option<(bool, Cause, CustomerAt, Evidence)> {
            let outcome = self.search.outcome()?;
            Some((
                outcome.is_done(),
                outcome.cause.clone(),
                outcome.customer,
                outcome.evidence,
            ))
        }
    }

    fn publish(hub: &Hub, agent: &str, native: &str, kind: EventKind, from: &str) {
        let patch = ViewPatch {
            parties: Some(vec![Party::new(from)]),
            ..ViewPatch::default()
        };
        let call = hub.call_id(native);
        hub.publish(Draft::new(session(agent), kind).call(call, native).patch(patch));
    }

    fn to_bob() -> Target {
        Target::agent("102").expect("an agent")
    }

    const BOTH: [JoinBy; 2] = [JoinBy::Id, JoinBy::Caller];

    #[tokio::test]
    async fn the_agent_answers_the_call_of_the_same_id() {
        let mut desk = Desk::new(&BOTH, to_bob(), None).await;
        desk.tell("102", "1456404043-37", EventKind::Offered, "unknown").await;
        assert_eq!(desk.found(), None);
        desk.tell("102", "1456404043-37", EventKind::Established, "unknown")
            .await;
        let done = (true, Cause::Normal, CustomerAt::Target, Evidence::OtherById);
        assert_eq!(desk.found(), Some(done));
    }

    #[tokio::test]
    async fn the_agent_lets_it_ring() {
        let mut desk = Desk::new(&BOTH, to_bob(), None).await;
        desk.tell("102", "9-9", EventKind::Offered, "+12065550100").await;
        desk.tell("102", "9-9", EventKind::Unanswered, CUSTOMER).await;
        let failed = (false, Cause::NoAnswer, CustomerAt::Unknown, Evidence::OtherByCaller);
        assert_eq!(desk.found(), Some(failed));
    }

    #[tokio::test]
    async fn a_call_at_another_agent_is_not_it() {
        let mut desk = Desk::new(&BOTH, to_bob(), None).await;
        desk.tell("101", "1456404043-37", EventKind::Offered, CUSTOMER).await;
        assert_eq!(desk.found(), None);
        let end = desk.search.end();
        assert_eq!(
            (end.cause, end.evidence),
            (Cause::Unspecified, Evidence::OtherSawNothing)
        );
    }

    #[tokio::test]
    async fn a_call_that_shows_another_number_could_be_it_so_nothing_is_claimed() {
        let mut desk = Desk::new(&BOTH, to_bob(), Some("102")).await;
        desk.tell("102", "9-9", EventKind::Offered, "3105550199").await;
        assert_eq!(desk.found(), None);
        let end = desk.search.end();
        assert_eq!((end.verdict, end.evidence), (Verdict::Unknown, Evidence::AcceptedOnly));
    }

    #[tokio::test]
    async fn a_busy_agent_whose_phone_never_rings_is_told_as_busy() {
        let desk = Desk::new(&BOTH, to_bob(), Some("102")).await;
        let end = desk.search.end();
        assert_eq!((end.is_done(), end.cause), (false, Cause::Busy));
        assert_eq!(end.evidence, Evidence::OtherSawNothing);
    }

    #[tokio::test]
    async fn after_a_gap_nothing_seen_means_nothing() {
        let mut desk = Desk::new(&BOTH, to_bob(), Some("102")).await;
        desk.hub.announce_gap(&session("102"));
        desk.listen(1).await;
        assert_eq!(desk.search.end().evidence, Evidence::AcceptedOnly);
    }

    #[tokio::test]
    async fn an_agent_who_is_not_watched_proves_nothing() {
        let desk = Desk::new(&BOTH, Target::agent("103").expect("an agent"), None).await;
        assert_eq!(desk.search.end().evidence, Evidence::AcceptedOnly);
    }

    #[tokio::test]
    async fn a_queue_has_taken_the_call_when_it_rings_at_any_agent() {
        let to = Target::queue_id("25").expect("a queue");
        let mut desk = Desk::new(&BOTH, to, None).await;
        desk.tell("101", "1456404043-37", EventKind::Offered, CUSTOMER).await;
        let done = (true, Cause::Normal, CustomerAt::Target, Evidence::OtherById);
        assert_eq!(desk.found(), Some(done));
    }

    #[tokio::test]
    async fn a_call_that_rings_already_is_not_it() {
        let hub_call = "1456404043-37";
        let mut desk = Desk::new(&BOTH, to_bob(), None).await;
        publish(&desk.hub, "102", hub_call, EventKind::Offered, CUSTOMER);
        let mut late = Search::new(
            &BOTH,
            desk.search.clues.clone(),
            OpId::new("op-2").expect("an id"),
            &to_bob(),
        );
        let mut feed = desk.hub.subscribe(Filter::all());
        assert!(late.hear(&feed.next().await.expect("a snapshot")).is_empty());
        desk.listen(1).await;
        publish(&desk.hub, "102", hub_call, EventKind::Established, CUSTOMER);
        assert!(late.hear(&feed.next().await.expect("an event")).is_empty());
    }

    #[tokio::test]
    async fn what_happened_during_a_gap_is_found_in_the_snapshot_after_it() {
        let mut desk = Desk::new(&BOTH, to_bob(), None).await;
        desk.hub.announce_gap(&session("102"));
        let mut view = CallView::new("1456404043-37", callcontrol_core::LegState::Talking);
        view.parties = vec![Party::new(CUSTOMER)];
        desk.hub.resync(&session("102"), vec![view]);
        desk.listen(3).await;
        let done = (true, Cause::Normal, CustomerAt::Target, Evidence::OtherById);
        assert_eq!(desk.found(), Some(done));
    }

    #[tokio::test]
    async fn an_outside_number_cannot_be_watched() {
        let desk = Desk::new(&BOTH, Target::number("90012345").expect("a number"), None).await;
        assert_eq!(desk.search.end().evidence, Evidence::AcceptedOnly);
    }

    #[tokio::test]
    async fn the_mark_finds_a_call_that_nothing_else_tells() {
        let mut desk = Desk::new(&[JoinBy::Mark], to_bob(), None).await;
        let mut view = CallView::new("9-9", callcontrol_core::LegState::Talking);
        view.data.0.insert(MARK.into(), "op-1".into());
        desk.search.seen((session("102"), desk.hub.call_id("9-9")), &view);
        let done = (true, Cause::Normal, CustomerAt::Target, Evidence::OtherByMark);
        assert_eq!(desk.found(), Some(done));
    }
}
