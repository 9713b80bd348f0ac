//! What bad input gets, on every adapter: an error or outcome that says what, where and what to do, with the right kind and effect. Nothing panics; nothing is sent twice.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use callcontrol::*;
use callcontrol_http::{NotSent, Trick};
use callcontrol_testkit::switch::Behaviour;
use support::{ADAPTERS, InMemory, SecretFile, Site, TELEPHONY};

fn number(text: &str) -> Transfer {
    Transfer::new(Target::number(text).unwrap(), TransferMode::Blind)
}

fn page() -> Trick {
    let body = "<html><body>Please sign in</body></html>";
    Trick::Answer {
        status: 200,
        content_type: "text/html",
        body: body.into(),
    }
}

/// How many requests whose path holds `words` reached the simulator.
fn arrived(site: &Site, words: &str) -> usize {
    site.log
        .all()
        .iter()
        .filter(|request| request.path.contains(words))
        .count()
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_tried_once_and_never_shown() {
    for adapter in ADAPTERS {
        let memory = InMemory::with_secret(Site::of(adapter), SecretFile::new("canary-password"));
        let error = Session::open(&memory.control, memory.ann()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Credentials, Effect::None),
            "{adapter}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        assert!(
            arrived(&memory.site, memory.sign_in_path()) <= 2,
            "{adapter}: {:?}",
            memory.site.log
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_server_is_tried_again_within_reason_and_named() {
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        memory.next(memory.sign_in_path(), Trick::NotSent(NotSent::Refused));
        assert!(
            Session::open(&memory.control, memory.ann()).await.is_ok(),
            "{adapter}: refused once"
        );
    }
    for adapter in ADAPTERS {
        let site = Site::of(adapter);
        let secret = SecretFile::new(&site.secret);
        let config = Config::parse(&site.file("http://127.0.0.1:1", &secret), "site.toml").unwrap();
        let control = connect(&config).unwrap();
        let error = Session::open(&control, config.agent("ann").unwrap()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unreachable, Effect::None),
            "{adapter}: {error}"
        );
        assert!(error.to_string().contains("127.0.0.1:1"), "{adapter}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_page_in_place_of_an_answer_leaves_a_transfer_unknown_and_unrepeated() {
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        memory.next(memory.transfer_path(), page());
        let before = arrived(&memory.site, memory.transfer_path());
        let error = call.transfer(number("90012345")).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Protocol, Effect::Unknown),
            "{adapter}: {error}"
        );
        assert_eq!(
            arrived(&memory.site, memory.transfer_path()),
            before,
            "{adapter}: sent again"
        );
        assert_eq!(memory.site.truth(customer).1, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn truncated_json_after_a_transfer_is_unknown_and_the_customer_is_moved_once() {
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        memory.next(memory.transfer_path(), Trick::CutBody);
        let error = call.transfer(number("90012345")).await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{adapter}: {error}");
        assert_eq!(memory.site.truth(customer).1, 1, "{adapter}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_unknown_and_the_outcome_is_found_by_the_operations_id() {
    for adapter in TELEPHONY {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        memory.next(memory.transfer_path(), Trick::Reset);
        let cx = OpCx::new();
        let error = call.transfer_with(number("90012345"), &cx).await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{adapter}: {error}");
        let handle = memory.control.outcome_of(&cx.op).unwrap();
        let outcome = handle.wait().await;
        // The gateway tells who left the call; Genesys tells only that it is gone, and a customer who hangs up looks the same.
        let known = match adapter {
            "genesys-gws" => (Verdict::Unknown, CustomerAt::Unknown),
            _ => (Verdict::Done, CustomerAt::Target),
        };
        assert_eq!((outcome.verdict, outcome.customer), known, "{adapter}: {outcome}");
        assert_eq!(memory.site.truth(customer).1, 1, "{adapter}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_nobody_documented_is_kept_and_is_no_success() {
    let answers = [
        (
            "huawei-cc-gateway",
            r#"{"message":"new","retcode":"987-654"}"#,
            "987-654",
        ),
        (
            "huawei-oifde",
            r#"{"errorCode":"98765432","errorMsg":"new"}"#,
            "98765432",
        ),
        ("genesys-gws", r#"{"statusCode":987,"statusMessage":"new"}"#, "987"),
    ];
    for (adapter, body, code) in answers {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        let answer = Trick::Answer {
            status: 200,
            content_type: "application/json",
            body: body.into(),
        };
        memory.next(memory.transfer_path(), answer);
        let error = call.transfer(number("90012345")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VendorUnknown, "{adapter}: {error}");
        assert_eq!(error.native_code(), Some(code), "{adapter}");
        assert_eq!(memory.site.truth(customer).1, 0, "{adapter}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_id_with_a_path_in_it_is_refused_before_anything_is_sent() {
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        let mut request = memory.ann();
        request.agent = AgentId::new("101/../x").unwrap();
        let error = Session::open(&memory.control, request).await.unwrap_err();
        assert_eq!(error.effect(), Effect::None, "{adapter}: {error}");
        let escaped = memory
            .site
            .log
            .all()
            .iter()
            .any(|request| request.path.contains("..") || request.path.ends_with("/x"));
        assert!(!escaped, "{adapter}: {:?}", memory.site.log);
    }
    let memory = InMemory::new("huawei-cc-gateway");
    let mut request = memory.ann();
    request.agent = AgentId::new("101/../x").unwrap();
    let error = Session::open(&memory.control, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(memory.site.log.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn destinations_and_data_beyond_the_limits_are_refused_before_anything_is_sent() {
    assert_eq!(
        Target::number("20655x0100").unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let memory = InMemory::new("huawei-cc-gateway");
    let (_ann, call, _) = memory.talking().await;
    let before = arrived(&memory.site, "/transfer");
    let long = call.transfer(number(&"9".repeat(25))).await.unwrap_err();
    let data = CallDataPatch::text("x".repeat(17 * 1024));
    let heavy = call.transfer(number("90012345").data(data)).await.unwrap_err();
    for (error, says) in [(long, "at most 24"), (heavy, "at most 16384")] {
        assert_eq!((error.kind(), error.effect()), (ErrorKind::InvalidInput, Effect::None));
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(arrived(&memory.site, "/transfer"), before);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_gone_and_a_call_in_the_wrong_state_are_told_apart() {
    for adapter in TELEPHONY {
        let memory = InMemory::new(adapter);
        let (ann, call, _) = memory.talking().await;
        let wrong = call.retrieve().await.unwrap_err();
        assert_eq!(
            (wrong.kind(), wrong.effect()),
            (ErrorKind::InvalidState, Effect::None),
            "{adapter}: {wrong}"
        );
        assert!(call.release().await.unwrap().outcome().await.is_done(), "{adapter}");
        while ann.snapshot().await.unwrap().is_some_and(|view| !view.calls.is_empty()) {
            tokio::time::advance(Duration::from_millis(50)).await;
        }
        let gone = call.hold().await.unwrap_err();
        assert_eq!(
            (gone.kind(), gone.effect()),
            (ErrorKind::NotFound, Effect::None),
            "{adapter}: {gone}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_transfer_while_one_runs_is_a_conflict_with_nothing_sent() {
    for adapter in TELEPHONY {
        let memory = InMemory::new(adapter);
        let (_ann, call, customer) = memory.talking().await;
        memory.site.bob(Behaviour::Manual);
        let bob = Target::named("agent:bob").unwrap();
        let first = call.release_after_transfer(bob.clone()).await.unwrap();
        let before = arrived(&memory.site, memory.transfer_path());
        let error = call.blind_transfer(bob).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Conflict, Effect::None),
            "{adapter}: {error}"
        );
        assert_eq!(error.running(), Some(&first.op), "{adapter}");
        assert_eq!(arrived(&memory.site, memory.transfer_path()), before, "{adapter}");
        assert_eq!(memory.site.truth(customer).1, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_logical_target_lists_near_matches_with_nothing_sent() {
    for adapter in ADAPTERS {
        let memory = InMemory::new(adapter);
        let (_ann, call, _) = memory.talking().await;
        let error = call
            .blind_transfer(Target::named("queue:suport").unwrap())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::UnknownTarget, Effect::None));
        assert!(error.to_string().contains("did you mean queue:support?"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_emulation_is_denied_a_recipe_is_refused_and_the_line_to_change_is_named() {
    let site = Site::of("genesys-gws");
    let secret = SecretFile::new(&site.secret);
    let file = format!("emulation = \"deny\"\n{}", site.file("http://simulator.test", &secret));
    let config = Config::parse(&file, "site.toml").unwrap();
    let control: Arc<dyn CallControl> = connect(&config).unwrap();
    let capabilities = control.capabilities();
    for key in [
        OperationKey::to(Operation::ReleaseAfterTransfer, TargetKind::Agent),
        OperationKey::to(Operation::RequeueConnected, TargetKind::Queue),
    ] {
        let answer = capabilities.explain(key);
        assert!(!answer.support.is_available(), "{key}");
        assert!(answer.rule.contains("emulation = \"safe\""), "{}", answer.rule);
    }
    let cancel = capabilities.explain(Operation::ConsultCancel);
    assert!(
        cancel.support.is_available(),
        "the way back out of a consult stays open"
    );
}
