//! The same application functions on each vendor that supports them, by configuration alone, over real HTTP; the switch's journal is the judge.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use callcontrol::{Cause, CustomerAt, Verdict};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, Party};
use callcontrol_tests::{answer_and_requeue, answer_and_send_on, answer_consult_complete};
use support::{Served, TELEPHONY};

#[tokio::test]
async fn ann_answers_asks_bob_and_hands_the_customer_over() {
    for adapter in TELEPHONY {
        let served = Served::start(adapter).await;
        served.site.bob(Behaviour::Manual);
        let customer = served.site.customer_calls();
        let bob = Party::agent("102");
        let outcome = answer_consult_complete(&served.ann, "agent:bob", async || {
            let rings = served.site.switch.ringing_at(&bob).unwrap();
            served.site.switch.answer(&bob, rings).unwrap();
        });
        let outcome = outcome.await.unwrap();
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Done, CustomerAt::Target),
            "{adapter}: {outcome}"
        );
        assert_eq!(served.site.truth(customer), (CustomerAt::Target, 1), "{adapter}");
        served.stop().await;
    }
}

#[tokio::test]
async fn bob_is_busy_and_the_customer_comes_back_to_ann() {
    for adapter in TELEPHONY {
        let served = Served::start(adapter).await;
        served.site.bob(Behaviour::Busy);
        let customer = served.site.customer_calls();
        let outcome = answer_consult_complete(&served.ann, "agent:bob", async || {}).await;
        // Where the vendor takes the customer back by itself, there is no consult left to cancel.
        let back = outcome.map_or(CustomerAt::Agent, |outcome| outcome.customer);
        assert_eq!(back, CustomerAt::Agent, "{adapter}");
        assert_eq!(served.site.truth(customer), (CustomerAt::Agent, 0), "{adapter}");
        served.stop().await;
    }
}

#[tokio::test]
async fn the_customer_hangs_up_while_bob_rings() {
    for adapter in TELEPHONY {
        let served = Served::start(adapter).await;
        served.site.bob(Behaviour::Manual);
        let customer = served.site.customer_calls();
        let outcome = answer_consult_complete(&served.ann, "agent:bob", async || {
            served
                .site
                .switch
                .hang_up(&Party::outside(scenery::CUSTOMER), customer)
                .unwrap();
        });
        let outcome = outcome.await.unwrap();
        assert_eq!(
            (outcome.cause, outcome.customer),
            (Cause::CustomerHungUp, CustomerAt::Gone),
            "{adapter}"
        );
        assert_eq!(served.site.truth(customer), (CustomerAt::Gone, 0), "{adapter}");
        served.stop().await;
    }
}

#[tokio::test]
async fn ann_answers_and_sends_the_customer_to_bob() {
    for adapter in TELEPHONY {
        let served = Served::start(adapter).await;
        served.site.bob(Behaviour::Manual);
        let customer = served.site.customer_calls();
        let outcome = answer_and_send_on(&served.ann, "agent:bob").await.unwrap();
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Done, CustomerAt::Target),
            "{adapter}: {outcome}"
        );
        assert_eq!(served.site.truth(customer).1, 1, "{adapter}");
        served.stop().await;
    }
}

#[tokio::test]
async fn ann_answers_and_gives_the_customer_back_to_a_queue() {
    for adapter in TELEPHONY {
        let served = Served::start(adapter).await;
        let customer = served.site.customer_calls();
        let outcome = answer_and_requeue(&served.ann, "queue:support").await.unwrap();
        assert_eq!(
            (outcome.verdict, outcome.customer),
            (Verdict::Done, CustomerAt::Queue),
            "{adapter}: {outcome}"
        );
        assert_eq!(served.site.truth(customer), (CustomerAt::Queue, 1), "{adapter}");
        served.stop().await;
    }
}
