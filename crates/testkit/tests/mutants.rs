//! The suite itself is tested: adapters that lie, each in one way, and the named test that catches each.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::sync::Arc;

use async_trait::async_trait;
use callcontrol_core::{
    AdapterInfo, CallControl, Capabilities, Command, CommandControl, CustomerAt, Directory, Effect, Error, ErrorKind,
    EventKind, Feed, Filter, NativeFault, OpCx, OpId, Operation, OperationKey, Outcome, OutcomeHandle, OutcomeSource,
    Receipt, Recipe, Reply, Result, Risk, TargetKind, TransferMode, dispatch,
};
use callcontrol_testkit::conformance::{FakeHarness, Finding, Profile, Report, run};
use callcontrol_testkit::fake::{FakeCallControl, everything, scenery};

/// An adapter that is honest but for one thing.
#[derive(Debug)]
struct Mutant {
    inner: Arc<dyn CallControl>,
    manifest: Arc<Capabilities>,
    lie: Lie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    /// None: what remains is the manifest given.
    None,
    /// Release-after transfers are sent as blind ones.
    WrongMode,
    /// A refused transfer is reported as done.
    RefusalIsSuccess,
    /// Release-after transfers are reported as done when they are accepted.
    DoneTooEarly,
    /// A command whose answer was lost is sent again.
    SecondRequest,
    /// A lost answer is reported as if nothing could have happened.
    NothingHappened,
    /// An operation is claimed, and there is no way to do it.
    ClaimedInVain(Operation),
    /// An operation is not claimed, and carried out all the same.
    CarriedOutUnclaimed(Operation),
    /// A refusal quotes the password.
    SecretInError,
    /// A recipe runs and is reported as one command.
    RecipeConcealed,
}

#[async_trait]
impl CommandControl for Mutant {
    fn info(&self) -> &AdapterInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Arc<Capabilities> {
        Arc::clone(&self.manifest)
    }

    async fn command(&self, mut command: Command, cx: &OpCx) -> Result<Reply> {
        let key = command.key();
        let operation = key.operation;
        match (self.lie, &mut command) {
            (Lie::ClaimedInVain(claimed), _) if operation == claimed => {
                return Err(Error::unsupported("there is no way to do this"));
            }
            (Lie::WrongMode, Command::Transfer { request, .. }) => request.mode = TransferMode::Blind,
            (Lie::CarriedOutUnclaimed(carried), _) if operation == carried => {}
            _ if !self.manifest.support(key).is_available() => {
                return Err(self.manifest.refuse(key));
            }
            _ => {}
        }
        let is_transfer = matches!(command, Command::Transfer { .. });
        let result = dispatch(&*self.inner, command.clone(), cx).await;
        match (self.lie, result) {
            (Lie::RefusalIsSuccess, Err(error)) if is_transfer && error.effect() == Effect::None => {
                Ok(Reply::Receipt(done(cx, CustomerAt::Target)))
            }
            (Lie::DoneTooEarly, Ok(Reply::Receipt(_))) if operation == Operation::ReleaseAfterTransfer => {
                Ok(Reply::Receipt(done(cx, CustomerAt::Target)))
            }
            (Lie::SecondRequest, Err(error)) if error.effect() == Effect::Unknown => {
                dispatch(&*self.inner, command, cx).await
            }
            (Lie::NothingHappened, Err(error)) => Err(error.with_effect(Effect::None).with_kind(ErrorKind::Timeout)),
            (Lie::SecretInError, Err(error)) => Err(error.with_native(NativeFault {
                message: Some("the password canary-of-the-fake was not liked".to_owned()),
                ..NativeFault::default()
            })),
            (_, result) => result,
        }
    }

    fn subscribe(&self, filter: Filter) -> Feed {
        self.inner.subscribe(filter)
    }

    fn outcome_of(&self, op: &OpId) -> Option<OutcomeHandle> {
        self.inner.outcome_of(op)
    }

    async fn shutdown(&self, cx: &OpCx) {
        self.inner.shutdown(cx).await;
    }
}

fn done(cx: &OpCx, customer: CustomerAt) -> Receipt {
    Receipt::new(OutcomeHandle::settled(cx.op.clone(), Outcome::done(customer)))
}

fn mutant(lie: Lie, manifest: Capabilities) -> FakeHarness {
    let plain = everything();
    // What the fake below is asked for it must be able to do; the mutant's manifest is what the suite sees.
    let fake = FakeCallControl::over(&scenery(), plain, Directory::empty());
    FakeHarness::over(fake, |inner| {
        let manifest = Arc::new(manifest);
        Arc::new(Mutant { inner, manifest, lie })
    })
}

async fn lying(lie: Lie, profile: Profile) -> Report {
    run(|| mutant(lie, everything()), &[profile]).await
}

/// The named test fails, and its message tells the story.
fn caught(report: &Report, test: &str) -> String {
    let found = report.tests.iter().find(|tested| tested.name == test).unwrap();
    match &found.finding {
        Finding::Failed(why) => why.clone(),
        other => panic!("{test} should fail, it is {other:?}\n{report}"),
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_lie_the_wrapped_adapter_passes() {
    let report = run(|| mutant(Lie::None, everything()), &[]).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_mode_is_caught() {
    let report = lying(Lie::WrongMode, Profile::Transfer).await;
    caught(&report, "a_release_after_transfer_moves_the_customer_once");
    let story = caught(&report, "the_agent_stays_until_the_target_answers");
    assert!(
        story.contains("The story so far:") && story.contains("agent bob rings"),
        "{story}"
    );
}

#[tokio::test(start_paused = true)]
async fn success_reported_for_a_refused_transfer_is_caught() {
    let report = lying(Lie::RefusalIsSuccess, Profile::Transfer).await;
    caught(&report, "a_blind_transfer_to_a_busy_target_claims_nothing_false");
    let report = lying(Lie::RefusalIsSuccess, Profile::Errors).await;
    caught(&report, "a_refused_command_has_no_effect");
}

#[tokio::test(start_paused = true)]
async fn success_reported_before_the_target_answers_is_caught() {
    let report = lying(Lie::DoneTooEarly, Profile::Transfer).await;
    caught(&report, "a_release_after_transfer_moves_the_customer_once");
    caught(&report, "a_busy_target_leaves_the_customer_where_the_outcome_says");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_event_is_caught() {
    for (lost, test) in [
        (EventKind::Held, "a_calls_whole_life_is_told"),
        (EventKind::Established, "a_calls_whole_life_is_told"),
    ] {
        let make = || {
            let harness = FakeHarness::new();
            let lost = lost.clone();
            harness.fake().lose_event(move |kind| *kind == lost);
            harness
        };
        let story = caught(&run(make, &[Profile::Events]).await, test);
        assert!(story.contains("the feed never tells"), "{story}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_request_after_a_lost_answer_is_caught() {
    let report = lying(Lie::SecondRequest, Profile::Recovery).await;
    caught(&report, "a_lost_answer_moves_the_customer_once");
    let story = caught(&report, "a_lost_request_is_not_sent_again");
    assert!(story.contains("was sent Some(2) times"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn an_effect_denied_although_the_switch_acted_is_caught() {
    let report = lying(Lie::NothingHappened, Profile::Recovery).await;
    caught(&report, "a_lost_answer_moves_the_customer_once");
}

#[tokio::test(start_paused = true)]
async fn a_capability_claimed_in_vain_is_caught() {
    let report = lying(Lie::ClaimedInVain(Operation::SendDtmf), Profile::Dtmf).await;
    caught(&report, "tones_are_sent");
    let cell = report.cell(Operation::SendDtmf).unwrap();
    assert!(matches!(cell.finding, Finding::Failed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_false_claim_in_the_manifest_makes_the_suite_fail() {
    // Nothing on the switch suspends a customer to an outside number.
    let number = OperationKey::to(Operation::SuspendTransfer, TargetKind::Number);
    let manifest = everything().native(number, OutcomeSource::CorrelatedEvent);
    let make = || mutant(Lie::None, manifest.clone());
    caught(
        &run(make, &[Profile::Transfer]).await,
        "a_suspended_customer_comes_back",
    );
}

#[tokio::test(start_paused = true)]
async fn an_outcome_known_although_the_manifest_says_never_is_caught() {
    let manifest = everything().native(Operation::Hold, OutcomeSource::Never);
    let make = || mutant(Lie::None, manifest.clone());
    let story = caught(&run(make, &[Profile::Session]).await, "a_call_is_held");
    assert!(story.contains("can never be known"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn an_operation_carried_out_unclaimed_is_caught() {
    let manifest = everything().unsupported(Operation::Hold, "this vendor cannot hold");
    let make = || mutant(Lie::CarriedOutUnclaimed(Operation::Hold), manifest.clone());
    let story = caught(
        &run(make, &[Profile::Absent]).await,
        "what_is_not_claimed_is_refused_unsent",
    );
    assert!(story.contains("hold by itself: not claimed, and accepted"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_an_error_is_caught_and_not_repeated() {
    let report = lying(Lie::SecretInError, Profile::Errors).await;
    let story = caught(&report, "no_error_shows_a_secret");
    let first = story.lines().next().unwrap();
    assert!(
        first.contains("an error shows secret number 0") && !first.contains("canary"),
        "{first}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_recipe_reported_as_one_command_is_caught() {
    let recipe = Recipe {
        name: "hold-by-consult".to_owned(),
        hazards: vec!["the customer may hear a tone".to_owned()],
        risk: Risk::Safe,
    };
    let manifest = everything().emulated(Operation::Hold, recipe, OutcomeSource::CorrelatedEvent);
    let make = || mutant(Lie::RecipeConcealed, manifest.clone());
    let report = run(make, &[Profile::Session, Profile::Absent]).await;
    let story = caught(&report, "a_call_is_held");
    assert!(story.contains("claimed as emulated, executed as Native"), "{story}");
    let refused = report
        .tests
        .iter()
        .find(|test| test.name == "what_the_policy_forbids_is_refused_unsent");
    assert_eq!(refused.unwrap().finding, Finding::Passed, "{report}");
}

#[tokio::test(start_paused = true)]
async fn the_report_is_text_and_json_and_says_what_was_skipped_and_why() {
    let manifest = everything().unsupported(Operation::Hold, "this vendor cannot hold");
    let report = run(|| mutant(Lie::None, manifest.clone()), &[Profile::Session]).await;
    let text = report.to_string();
    assert!(
        text.contains("skipped  a held call is taken back: retrieve: a call cannot be held first"),
        "{text}"
    );
    let read: Report = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(read, report);
}
