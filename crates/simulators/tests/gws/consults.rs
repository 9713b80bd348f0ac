//! Two-step transfers: the whole story, its failures, its cancellation, and what the consulted agent sees.

use callcontrol_simulators::gws::{ConsultFailure, ConsulteeCall, GwsSimulator, HeldWithConsult};
use callcontrol_simulators::scenery;
use callcontrol_testkit::switch::{Behaviour, CustomerPlace, Party, SwitchCallId, SwitchEvent, TransferKind};
use serde_json::{Value, json};

use crate::client::{Desk, OK, bob, gws, id, may, participants, talking, uri};

struct Story {
    gws: GwsSimulator,
    ann: Desk,
    bob: Desk,
    call: SwitchCallId,
    original: String,
}

impl Story {
    /// Ann talks to the customer, Bob sits at his desk.
    async fn begin(gws: GwsSimulator) -> Self {
        let (ann, bob) = (Desk::start(&gws, "ann").await, Desk::start(&gws, "bob").await);
        let (call, original) = talking(&ann, gws.switch()).await;
        Self {
            gws,
            ann,
            bob,
            call,
            original,
        }
    }

    async fn consult(&self, number: &str) -> Vec<String> {
        let parameters = json!({"destination": {"phoneNumber": number}, "userData": {"Topic": "Billing"}});
        let got = self.ann.operate(&self.original, "InitiateTransfer", parameters).await;
        assert_eq!(got.code(), OK, "{got:?}");
        self.ann.heard().await
    }

    /// Consults Bob, who answers; the consult as Ann sees it.
    async fn consulted(&self) -> Value {
        self.consult("7002").await;
        let ringing = self.bob.events().await.remove(0)["call"].clone();
        self.bob.does(&id(&ringing), "Answer").await;
        self.bob.events().await;
        self.ann.events().await.remove(0)["call"].clone()
    }

    fn customer(&self) -> CustomerPlace {
        self.gws.switch().customer_at(self.call).unwrap()
    }
}

fn held_by_ann() -> CustomerPlace {
    CustomerPlace::HeldBy("101".into())
}

fn with_bob() -> CustomerPlace {
    CustomerPlace::WithAgent("102".into())
}

#[tokio::test(start_paused = true)]
async fn a_consult_is_held_dialing_established_and_completed() {
    let story = Story::begin(gws(|_| {})).await;
    assert_eq!(
        story.consult("7002").await,
        ["StatusChange Held Inbound", "StatusChange Dialing Consult"]
    );
    let ringing = story.bob.events().await.remove(0)["call"].clone();
    assert_eq!(
        (&ringing["callType"], participants(&ringing)),
        (&json!("Consult"), vec!["7001".to_owned()])
    );
    assert_eq!(ringing["userData"]["Topic"], "Billing");
    let calls = story.ann.calls().await;
    assert_eq!(calls[1]["parentCallUri"], calls[0]["uri"]);
    assert!(uri(&calls[1]).starts_with("http://gws.example:8090/api/v2/me/calls/"));
    story.bob.does(&id(&ringing), "Answer").await;
    assert_eq!(story.ann.heard().await, ["StatusChange Established Consult"]);
    assert_eq!(story.bob.heard().await, ["StatusChange Established Consult"]);
    story.ann.does(&id(&calls[1]), "CompleteTransfer").await;
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Released Inbound", "StatusChange Released Consult"]
    );
    assert!(story.ann.calls().await.is_empty());
    assert_eq!(story.customer(), with_bob());
    assert_eq!(story.gws.switch().journal().transfers_of(story.call), 1);
    let seen = story.bob.events().await;
    assert_eq!(seen[0]["notificationType"], "ParticipantsUpdated");
    assert_eq!(
        (participants(&seen[0]["call"]), id(&seen[0]["call"])),
        (vec![scenery::CUSTOMER.into()], id(&ringing))
    );
}

#[tokio::test(start_paused = true)]
async fn a_consult_can_be_completed_while_it_rings_and_on_the_original() {
    let story = Story::begin(gws(|_| {})).await;
    story.consult("7002").await;
    let calls = story.ann.calls().await;
    let wrong = story
        .ann
        .operate(
            &story.original,
            "CompleteTransfer",
            json!({"consultCallUri": id(&calls[1])}),
        )
        .await;
    assert_eq!(wrong.code().1, 2, "an id is no uri");
    let right = story
        .ann
        .operate(
            &story.original,
            "CompleteTransfer",
            json!({"consultCallUri": uri(&calls[1])}),
        )
        .await;
    assert_eq!(right.code(), OK);
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Released Inbound", "StatusChange Released Consult"]
    );
    assert_eq!(story.customer(), CustomerPlace::Ringing(bob()));
    let ringing = story.bob.events().await.pop().unwrap()["call"].clone();
    assert_eq!(
        (&ringing["state"], participants(&ringing)),
        (&json!("Ringing"), vec![scenery::CUSTOMER.into()])
    );
    story.bob.does(&id(&ringing), "Answer").await;
    assert_eq!(story.customer(), with_bob());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_consult_leaves_the_original_held_until_it_is_retrieved() {
    let story = Story::begin(gws(|_| {})).await;
    let consult = story.consulted().await;
    story.ann.does(&id(&consult), "Hangup").await;
    let heard = story.ann.events().await;
    assert_eq!(
        heard.iter().map(crate::client::said).collect::<Vec<_>>(),
        ["StatusChange Released Consult", "StatusChange Held Inbound"]
    );
    assert!(may(&heard[1]["call"], "Retrieve") && !may(&heard[1]["call"], "CompleteTransfer"));
    assert_eq!(story.customer(), held_by_ann());
    story.ann.does(&story.original, "Retrieve").await;
    assert_eq!(story.ann.heard().await, ["StatusChange Established Inbound"]);
    assert_eq!(story.bob.heard().await, ["StatusChange Released Consult"]);
}

#[tokio::test(start_paused = true)]
async fn some_switches_bring_the_original_back_by_themselves() {
    let story = Story::begin(gws(|options| options.auto_retrieve = true)).await;
    let consult = story.consulted().await;
    story.ann.does(&id(&consult), "Hangup").await;
    assert_eq!(
        story.ann.heard().await.last().unwrap(),
        "StatusChange Established Inbound"
    );
    assert_eq!(story.customer(), CustomerPlace::WithAgent("101".into()));
}

#[tokio::test(start_paused = true)]
async fn the_consulted_agent_hangs_up_first() {
    let story = Story::begin(gws(|_| {})).await;
    let consult = story.consulted().await;
    let theirs = id(&story.bob.calls().await[0]);
    story.bob.does(&theirs, "Hangup").await;
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Released Consult", "StatusChange Held Inbound"]
    );
    let late = story.ann.operate(&id(&consult), "CompleteTransfer", json!({})).await;
    assert_eq!(late.code(), (404, 6));
    assert_eq!(story.customer(), held_by_ann());
}

#[tokio::test(start_paused = true)]
async fn the_customer_hangs_up_during_the_consult() {
    let story = Story::begin(gws(|_| {})).await;
    let consult = story.consulted().await;
    story
        .gws
        .switch()
        .hang_up(&Party::outside(scenery::CUSTOMER), story.call)
        .unwrap();
    let heard = story.ann.events().await;
    let said: Vec<String> = heard.iter().map(crate::client::said).collect();
    assert!(said.contains(&"StatusChange Released Inbound".into()), "{said:?}");
    let left = story.ann.calls().await.remove(0);
    assert_eq!((id(&left), &left["callType"]), (id(&consult), &json!("Consult")));
    assert!(!may(&left, "CompleteTransfer"));
    story.ann.does(&id(&consult), "Hangup").await;
    assert!(story.ann.calls().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_agent_toggles_between_both() {
    let story = Story::begin(gws(|_| {})).await;
    let consult = story.consulted().await;
    let original = story.ann.calls().await.remove(0);
    let by_id = story
        .ann
        .operate(&id(&consult), "SwapCalls", json!({"otherCallUri": id(&original)}))
        .await;
    assert_eq!(by_id.code().1, 2);
    story
        .ann
        .operate(&id(&consult), "SwapCalls", json!({"otherCallUri": uri(&original)}))
        .await;
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Established Inbound", "StatusChange Held Consult"]
    );
    let swapped = story.ann.calls().await.remove(0);
    assert!(may(&swapped, "SwapCalls") && may(&swapped, "CompleteTransfer") && may(&swapped, "CompleteConference"));
    assert_eq!(story.customer(), CustomerPlace::WithAgent("101".into()));
    story
        .ann
        .operate(&story.original, "SwapCalls", json!({"otherCallUri": uri(&consult)}))
        .await;
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Established Consult", "StatusChange Held Inbound"]
    );
    story
        .ann
        .operate(&id(&consult), "SwapCalls", json!({"otherCallUri": uri(&original)}))
        .await;
    story.ann.does(&story.original, "CompleteTransfer").await;
    assert_eq!(story.customer(), with_bob());
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_consult_fails_in_each_documented_way() {
    let ways = [
        (ConsultFailure::HttpError, 2, vec![], false),
        (ConsultFailure::ErrorEvent, 0, vec!["EventError"], false),
        (
            ConsultFailure::Released,
            0,
            vec![
                "StatusChange Held Inbound",
                "StatusChange Dialing Consult",
                "StatusChange Released Consult",
                "StatusChange Held Inbound",
            ],
            true,
        ),
        (
            ConsultFailure::LeftDialing,
            0,
            vec!["StatusChange Held Inbound", "StatusChange Dialing Consult"],
            true,
        ),
        (
            ConsultFailure::HeldThenError,
            0,
            vec!["StatusChange Held Inbound", "EventError"],
            true,
        ),
    ];
    for (way, code, events, held) in ways {
        let story = Story::begin(gws(|options| options.consult_failure = way)).await;
        story.gws.switch().set_behaviour(&bob(), Behaviour::Busy).unwrap();
        let got = story
            .ann
            .operate(
                &story.original,
                "InitiateTransfer",
                json!({"destination": {"phoneNumber": "7002"}}),
            )
            .await;
        assert_eq!(got.code().1, code, "{way:?}");
        assert_eq!(story.ann.heard().await, events, "{way:?}");
        assert_eq!(story.customer() == held_by_ann(), held, "{way:?}");
        let calls = story.ann.calls().await;
        assert_eq!(calls.len(), if way == ConsultFailure::LeftDialing { 2 } else { 1 });
        if let [_, consult] = calls.as_slice() {
            story.ann.does(&id(consult), "Hangup").await;
        }
        if held {
            story.ann.does(&story.original, "Retrieve").await;
        }
        assert_eq!(story.customer(), CustomerPlace::WithAgent("101".into()), "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_consult_that_nobody_takes_is_released_and_the_original_stays_held() {
    for behaviour in [Behaviour::Rejects, Behaviour::HangsUpAtOnce] {
        let story = Story::begin(gws(|_| {})).await;
        story.gws.switch().set_behaviour(&bob(), behaviour).unwrap();
        let heard = story.consult("7002").await;
        assert!(heard.contains(&"StatusChange Released Consult".into()), "{heard:?}");
        assert_eq!((story.customer(), story.ann.calls().await.len()), (held_by_ann(), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn the_consulted_agents_call_can_change_its_id_on_completion() {
    for (how, kinds) in [
        (ConsulteeCall::NewId, vec!["StatusChange Established Inbound"]),
        (
            ConsulteeCall::ReleasedThenNewId,
            vec!["StatusChange Released Consult", "StatusChange Established Inbound"],
        ),
    ] {
        let story = Story::begin(gws(|options| options.consultee = how)).await;
        let consult = story.consulted().await;
        let before = id(&story.bob.calls().await[0]);
        story.ann.does(&id(&consult), "CompleteTransfer").await;
        let mut seen = story.bob.heard().await;
        assert_eq!(
            seen.pop().unwrap(),
            "AttachedDataChanged Established Inbound",
            "the consult's data goes along"
        );
        assert_eq!(seen, kinds);
        let after = story.bob.calls().await.remove(0);
        assert_eq!(id(&after), story.original, "{how:?}");
        assert_ne!(id(&after), before);
        story.bob.does(&id(&after), "Hangup").await;
        assert_eq!(story.customer(), CustomerPlace::Gone);
    }
}

#[tokio::test(start_paused = true)]
async fn with_retrieve_listed_the_consult_is_completed_on_its_own_id_only() {
    let story = Story::begin(gws(|options| options.held_with_consult = HeldWithConsult::Retrieve)).await;
    let consult = story.consulted().await;
    assert_eq!(
        story
            .ann
            .operate(&story.original, "CompleteTransfer", json!({}))
            .await
            .code()
            .1,
        2
    );
    story.ann.does(&id(&consult), "CompleteTransfer").await;
    assert_eq!(story.customer(), with_bob());
}

#[tokio::test(start_paused = true)]
async fn a_consult_with_a_queue_is_completed_while_it_waits() {
    let story = Story::begin(gws(|_| {})).await;
    assert_eq!(
        story.consult("8001").await,
        ["StatusChange Held Inbound", "StatusChange Dialing Consult"]
    );
    let consult = story.ann.calls().await.remove(1);
    assert_eq!(participants(&consult), ["8001"]);
    story.ann.does(&id(&consult), "CompleteTransfer").await;
    assert_eq!(story.customer(), CustomerPlace::InQueue(scenery::SUPPORT.into()));
    let moved = |fact: &SwitchEvent| {
        matches!(
            fact,
            SwitchEvent::Moved {
                kind: TransferKind::Consult,
                ..
            }
        )
    };
    assert_eq!(story.gws.switch().journal().count(moved), 1);
}

#[tokio::test(start_paused = true)]
async fn one_document_sample_has_a_parent_path_that_names_another_call() {
    let story = Story::begin(gws(|options| options.wrong_parent_path = true)).await;
    story.consult("7002").await;
    let calls = story.ann.calls().await;
    assert_eq!(calls[1]["parentCallUri"], calls[0]["uri"]);
    assert_ne!(calls[1]["parentCallPath"], calls[0]["path"]);
}

#[tokio::test(start_paused = true)]
async fn a_build_may_name_calls_by_their_connection_id() {
    let story = Story::begin(gws(|options| options.id_is_conn_id = true)).await;
    assert_eq!(story.original, "007002f1c0a1b001");
    let consult = story.consulted().await;
    assert!(uri(&consult).ends_with(&id(&consult)));
    story.ann.does(&id(&consult), "CompleteTransfer").await;
    assert_eq!(story.customer(), with_bob());
}

#[tokio::test(start_paused = true)]
async fn some_switches_complete_only_what_was_answered() {
    let story = Story::begin(gws(|options| options.mute_transfer = false)).await;
    story.consult("7002").await;
    for call in story.ann.calls().await {
        assert!(!may(&call, "CompleteTransfer"), "{call}");
        assert_eq!(
            story
                .ann
                .operate(&id(&call), "CompleteTransfer", json!({}))
                .await
                .code()
                .1,
            2
        );
    }
    let ringing = story.bob.events().await.remove(0)["call"].clone();
    story.bob.does(&id(&ringing), "Answer").await;
    let consult = story.ann.calls().await.remove(1);
    story.ann.does(&id(&consult), "CompleteTransfer").await;
    assert_eq!(story.customer(), with_bob());
}

#[tokio::test(start_paused = true)]
async fn some_switches_end_a_consult_only_as_it_was_begun() {
    let story = Story::begin(gws(|options| options.mixed_endings = false)).await;
    let consult = story.consulted().await;
    assert!(may(&consult, "CompleteTransfer") && !may(&consult, "CompleteConference"));
    assert_eq!(
        story
            .ann
            .operate(&id(&consult), "CompleteConference", json!({}))
            .await
            .code()
            .1,
        2
    );
    story.ann.does(&id(&consult), "Hangup").await;
    story.ann.does(&story.original, "Retrieve").await;
    let parameters = json!({"destination": {"phoneNumber": "7002"}});
    story
        .ann
        .operate(&story.original, "InitiateConference", parameters)
        .await;
    let calls = story.ann.calls().await;
    assert!(calls.iter().all(|call| !may(call, "CompleteTransfer")));
}

#[tokio::test(start_paused = true)]
async fn a_consult_may_begin_without_the_originals_data() {
    let story = Story::begin(gws(|options| options.consult_copies_data = false)).await;
    story
        .gws
        .switch()
        .set_data(story.call, [("CustomerId", "4711")])
        .unwrap();
    story.consult("7002").await;
    let ringing = story.bob.events().await.remove(0)["call"].clone();
    assert_eq!(ringing["userData"], json!({"Topic": "Billing"}));
    story.bob.does(&id(&ringing), "Answer").await;
    story
        .ann
        .does(&id(&story.ann.calls().await[1]), "CompleteTransfer")
        .await;
    assert_eq!(
        story.bob.calls().await[0]["userData"]["CustomerId"],
        "4711",
        "the customer's data stays with the customer"
    );
}

#[tokio::test(start_paused = true)]
async fn the_way_back_is_not_always_announced_and_a_swap_can_be_told_held_first() {
    let story = Story::begin(gws(|options| {
        options.repeats_held = false;
        options.swap_held_first = true;
    }))
    .await;
    let consult = story.consulted().await;
    let original = story.ann.calls().await.remove(0);
    let swap = json!({"otherCallUri": uri(&original)});
    story.ann.operate(&id(&consult), "SwapCalls", swap).await;
    assert_eq!(
        story.ann.heard().await,
        ["StatusChange Held Consult", "StatusChange Established Inbound"]
    );
    let swap = json!({"otherCallUri": uri(&consult)});
    story.ann.operate(&story.original, "SwapCalls", swap).await;
    story.ann.events().await;
    story.ann.does(&id(&consult), "Hangup").await;
    assert_eq!(story.ann.heard().await, ["StatusChange Released Consult"]);
    assert!(may(&story.ann.calls().await[0], "Retrieve"));
}

#[tokio::test(start_paused = true)]
async fn a_consult_becomes_a_conference_while_the_customer_waits() {
    let story = Story::begin(gws(|_| {})).await;
    let consult = story.consulted().await;
    story.ann.does(&id(&consult), "CompleteConference").await;
    let call = story.ann.calls().await.remove(0);
    assert_eq!(
        (id(&call), participants(&call)),
        (story.original.clone(), vec![scenery::CUSTOMER.into(), "7002".into()])
    );
    assert!(
        matches!(story.customer(), CustomerPlace::InConference(_)),
        "{:?}",
        story.customer()
    );
}
