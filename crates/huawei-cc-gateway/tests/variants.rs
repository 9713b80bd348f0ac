//! What the vendor's page leaves open, the simulator can do either way; the adapter's outcomes must not depend on it.

mod support;

use callcontrol_core::{CallControl, ConsultStep, CustomerAt, LegAction, StartConsult, TransferMode};
use callcontrol_simulators::cc_gateway::{
    AuthMode, BadRequest, BareEvents, CcGatewayOptions, IncomingCallInfo, PhoneAlerting, SayFree, SecondPoll,
    TransferredCallId,
};
use callcontrol_testkit::switch::{CustomerPlace, Party};
use support::{CUSTOMER, HELPER, OUTSIDE, Scene, agent, cx, number, outcome};

type Variant = (&'static str, fn(&mut CcGatewayOptions));

const VARIANTS: &[Variant] = &[
    ("all events bare", |options| options.bare_events = BareEvents::Always),
    ("no incoming call info", |options| {
        options.incoming_call_info = IncomingCallInfo::Never
    }),
    ("call info after talking", |options| {
        options.incoming_call_info = IncomingCallInfo::AfterTalking
    }),
    ("no phone alerting", |options| {
        options.phone_alerting = PhoneAlerting::Never
    }),
    ("phone alerting with call", |options| {
        options.phone_alerting = PhoneAlerting::Object
    }),
    ("event times and keys", |options| {
        (options.event_gen_time, options.json_keys) = (true, true)
    }),
    ("media type", |options| options.ringing_media_type = true),
    ("agents with a prefix", |options| options.agent_prefix = Some('A')),
    ("no recording", |options| options.recording = false),
    ("no detect, no second failure", |options| {
        (options.outbound_detect, options.connect_fail_too) = (false, false)
    }),
    ("old transfer results", |options| options.trans_out_result = true),
    ("a new call id after a transfer", |options| {
        options.transferred_call_id = TransferredCallId::New
    }),
    ("no customer release after the own", |options| {
        options.customer_release_after_own = false
    }),
    ("alerting before a blind transfer", |options| {
        options.blind_customer_alerting = true
    }),
    ("ready by one event", |options| options.say_free = SayFree::AlwaysReady),
    ("static credential", |options| options.auth = AuthMode::Static),
    ("second poll refused", |options| {
        options.second_poll = SecondPoll::Refused
    }),
    ("no result in answers", |options| {
        (options.empty_result, options.success_message) = (false, "success")
    }),
    ("unknown members refused", |options| {
        options.unknown_property = Some(BadRequest::Retcode)
    }),
];

#[tokio::test]
async fn a_blind_transfer_is_done_whatever_the_release() {
    for (name, change) in VARIANTS {
        let mut scene = Scene::options(change).await;
        let talk = scene.talking().await;
        let receipt = scene
            .transfer(&talk.ours, agent(HELPER), TransferMode::Blind)
            .await
            .expect(name);
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{name}: {outcome}"
        );
        assert!(scene.view(&talk.ours).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_release_after_transfer_to_a_number_waits_for_the_answer_whatever_the_release() {
    for (name, change) in VARIANTS {
        let mut scene = Scene::options(change).await;
        let talk = scene.talking().await;
        let receipt = scene
            .transfer(&talk.ours, number(OUTSIDE), TransferMode::ReleaseAfter)
            .await
            .expect(name);
        let outside = Party::outside(OUTSIDE);
        scene
            .when_rings(&outside, |switch, call| switch.answer(&outside, call))
            .await
            .expect(name);
        let outcome = outcome(&receipt).await;
        assert_eq!(
            (outcome.is_done(), outcome.customer),
            (true, CustomerAt::Target),
            "{name}: {outcome}"
        );
    }
}

#[tokio::test]
async fn a_consult_is_completed_or_cancelled_whatever_the_release() {
    for (name, change) in VARIANTS {
        for ending in [ConsultStep::Complete, ConsultStep::Cancel] {
            for (to, party) in [
                (agent(HELPER), Party::agent(HELPER)),
                (number(OUTSIDE), Party::outside(OUTSIDE)),
            ] {
                let mut scene = Scene::options(change).await;
                let talk = scene.talking().await;
                let started = scene.consult(&talk.ours, StartConsult::new(to)).await.expect(name);
                scene
                    .when_rings(&party, |switch, call| switch.answer(&party, call))
                    .await
                    .expect(name);
                assert!(outcome(&started.receipt).await.is_done(), "{name}");
                let receipt = scene
                    .control
                    .consult_step(&started.consult, ending, &cx())
                    .await
                    .expect(name);
                let outcome = outcome(&receipt).await;
                assert!(
                    outcome.is_done(),
                    "{name} {ending:?} {party:?}: {outcome}\n{}",
                    scene.sim.switch().journal()
                );
                let at = scene.customer_at(talk.call);
                let with_agent = at == Some(CustomerPlace::WithAgent("101".into()));
                assert_eq!(with_agent, ending == ConsultStep::Cancel, "{name}: {at:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_to_a_number_is_answered_or_fails_whatever_the_release() {
    for (name, change) in VARIANTS {
        for answers in [true, false] {
            let mut scene = Scene::options(change).await;
            let receipt = scene.dial(number(CUSTOMER)).await.expect(name);
            let party = Party::outside(CUSTOMER);
            let act = |switch: &mut callcontrol_testkit::switch::Switch, call| {
                if answers {
                    switch.answer(&party, call)
                } else {
                    switch.reject(&party, call)
                }
            };
            scene.when_rings(&party, act).await.expect(name);
            let outcome = outcome(&receipt).await;
            assert_eq!(outcome.is_done(), answers, "{name}: {outcome}");
            if answers {
                let call = receipt.call.clone().expect(name);
                let released = scene.act(&call, LegAction::Release).await.expect(name);
                assert!(support::outcome(&released).await.is_done(), "{name}");
            }
            scene
                .until(|scene| scene.views().is_empty().then_some(()), "no call")
                .await;
        }
    }
}
